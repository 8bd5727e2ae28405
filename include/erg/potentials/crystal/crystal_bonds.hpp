/// \file
/// The pairs of sites of a crystal that can meet inside a cutoff, each once, in an order that all cells share.
#pragma once

#include "erg/geometry/crystal.hpp"

#include <algorithm>
#include <tuple>
#include <vector>

namespace erg {

/// Half the neighbourhood of each basis site, every periodic image apart, nearest first. Of the two directions of a pair
/// the one to the higher basis number is kept (inside one sublattice: the one to the later cell), so all cells are alike.
///
/// Shapes:  vector(b), length(b): one entry per bond k of basis site b; partner(b)[cell · bonds(b) + k] is a site.
/// Units:   those of the crystal.
class CrystalBonds {
 public:
  CrystalBonds(const Crystal& crystal, double range) : CrystalBonds(crystal, range, [](int, int) { return true; }) {}
  /// Only those between sites of the basis numbers for which `counts(one, other)` holds.
  template <class Counts>
  CrystalBonds(const Crystal& crystal, double range, const Counts& counts)
      : of_basis_(crystal.basis_size()), range_(range), cells_(crystal.cell_count()) {
    for (int b = 0; b < crystal.basis_size(); ++b) gather(crystal, b, counts);
  }
  int basis_size() const { return static_cast<int>(of_basis_.size()); }
  int cell_count() const { return cells_; }
  double range() const { return range_; }

  int bonds(int basis) const { return static_cast<int>(of_basis_[basis].length.size()); }
  /// How many of them are shorter than `length` at rest.
  int bonds_within(int basis, double length) const {
    const auto& all = of_basis_[basis].length;
    return static_cast<int>(std::lower_bound(all.begin(), all.end(), length) - all.begin());
  }
  const std::vector<double>& length(int basis) const { return of_basis_[basis].length; }
  const int* partner(int basis) const { return of_basis_[basis].partner.data(); }

  /// From the site to its partner, at rest.
  template <std::floating_point T>
  const Vec3<T>* vector(int basis) const {
    if constexpr (std::same_as<T, double>) {
      return of_basis_[basis].vector.data();
    } else {
      return of_basis_[basis].short_vector.data();
    }
  }

 private:
  struct OfBasis {
    std::vector<Vec3<double>> vector;
    std::vector<Vec3<float>> short_vector;
    std::vector<double> length;
    std::vector<int> partner;
  };
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
    OfBasis& mine = of_basis_[b];
    for (const Bond& bond : found) {
      mine.vector.push_back(bond.vector);
      mine.short_vector.push_back({float(bond.vector.x), float(bond.vector.y), float(bond.vector.z)});
      mine.length.push_back(bond.length);
    }
    mine.partner.reserve(found.size() * cells_);
    for (int cell = 0; cell < cells_; ++cell) {
      const std::array<int, 3> at = crystal.cell_of(cell);
      for (const Bond& bond : found) {
        const auto [x, y, z] = bond.offset;
        mine.partner.push_back(crystal.site_at(bond.basis, {at[0] + x, at[1] + y, at[2] + z}));
      }
    }
  }

  std::vector<OfBasis> of_basis_;
  double range_;
  int cells_;
};

}  // namespace erg
