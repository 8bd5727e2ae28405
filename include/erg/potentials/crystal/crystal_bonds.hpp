/// \file
/// The pairs of sites of a crystal that can meet inside a cutoff, each once, in an order that all cells share.
#pragma once

#include "erg/geometry/crystal.hpp"
#include "erg/potentials/crystal/bond_table.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <vector>

namespace erg {

/// Half the neighbourhood of each basis site, every periodic image apart, nearest first. Of the two directions of a pair
/// the one to the higher basis number is kept (inside one sublattice: the one to the later cell), so all cells are alike.
///
/// Shapes, units: as `BondTable`.
class CrystalBonds : public BondTable {
 public:
  CrystalBonds(const Crystal& crystal, double range) : CrystalBonds(crystal, range, [](int, int) { return true; }) {}
  /// Only those between sites of the basis numbers for which `counts(one, other)` holds.
  template <class Counts>
  CrystalBonds(const Crystal& crystal, double range, const Counts& counts)
      : BondTable(crystal.basis_size(), crystal.cell_count()), range_(range) {
    for (int b = 0; b < crystal.basis_size(); ++b) gather(crystal, b, counts);
  }
  double range() const { return range_; }

 private:
  struct Bond {
    double length;
    Vec3<double> vector;
    int basis;
    std::array<int, 3> offset;
  };

  template <class Counts>
  void gather(const Crystal& crystal, int b, const Counts& counts) {
    const Mat3<double>& v = crystal.unit.vectors;
    const double volume = crystal.unit.volume();
    const Vec3<double> height{volume / norm(cross(v.b, v.c)), volume / norm(cross(v.c, v.a)), volume / norm(cross(v.a, v.b))};
    std::array<int, 3> far;
    for (int axis = 0; axis < 3; ++axis) far[axis] = static_cast<int>(range_ / height[axis]) + 2;
    std::vector<Bond> found;
    for (int other = b; other < crystal.basis_size(); ++other) {
      if (!counts(b, other)) continue;
      for (int ix = -far[0]; ix <= far[0]; ++ix) {
        for (int iy = -far[1]; iy <= far[1]; ++iy) {
          for (int iz = -far[2]; iz <= far[2]; ++iz) {
            if (other == b && std::tuple(ix, iy, iz) <= std::tuple(0, 0, 0)) continue;
            const Vec3<double> cell{double(ix), double(iy), double(iz)};
            const Vec3<double> d = (crystal.unit.basis[other] - crystal.unit.basis[b] + cell) * v;
            if (norm(d) < range_) found.push_back({norm(d), d, other, {ix, iy, iz}});
          }
        }
      }
    }
    std::stable_sort(found.begin(), found.end(), [](const Bond& p, const Bond& q) { return p.length < q.length; });
    for (const Bond& bond : found) add_bond(b, bond.length, bond.vector);
    for (int cell = 0; cell < cell_count(); ++cell) {
      const std::array<int, 3> at = crystal.cell_of(cell);
      add_partners(b, [&](std::size_t k) {
        const auto [x, y, z] = found[k].offset;
        return crystal.site_at(found[k].basis, {at[0] + x, at[1] + y, at[2] + z});
      });
    }
  }

  double range_;
};

}  // namespace erg
