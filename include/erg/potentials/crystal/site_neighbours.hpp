/// \file
/// All the neighbours of each site of a crystal: what moving a single particle changes.
#pragma once

#include "erg/potentials/crystal/crystal_bonds.hpp"

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <vector>

namespace erg {

/// The bonds of `CrystalBonds` seen from both their ends, nearest first: every periodic image apart, a site's own images too.
///
/// Shapes, units: as `BondTable`.
class SiteNeighbours : public BondTable {
 public:
  explicit SiteNeighbours(const CrystalBonds& half) : BondTable(half.basis_size(), half.cell_count()) {
    const int cells = cell_count();
    std::vector<std::vector<Neighbour>> found(static_cast<std::size_t>(basis_size()) * cells);
    for (int b = 0; b < basis_size(); ++b) {
      const int count = half.bonds(b);
      for (int cell = 0; cell < cells; ++cell) {
        const int i = b * cells + cell;
        for (int k = 0; k < count; ++k) {
          const int j = half.partner(b)[cell * count + k];
          const Vec3<double> d = half.vector<double>(b)[k];
          found[i].push_back({half.length(b)[k], d, b * 2, k, j});
          found[j].push_back({half.length(b)[k], -d, b * 2 + 1, k, i});
        }
      }
    }
    for (std::size_t i = 0; i < found.size(); ++i) gather(static_cast<int>(i) / cells, found[i]);
  }

 private:
  struct Neighbour {
    double length;
    Vec3<double> vector;
    int kind, bond, partner;  // kind: basis site and end of the half list's bond; with its number the same order in all cells
  };

  void gather(int basis, std::vector<Neighbour>& found) {
    std::sort(found.begin(), found.end(), [](const Neighbour& p, const Neighbour& q) {
      return std::tuple(p.length, p.kind, p.bond) < std::tuple(q.length, q.kind, q.bond);
    });
    if (bonds(basis) == 0)
      for (const Neighbour& n : found) add_bond(basis, n.length, n.vector);
    add_partners(basis, [&](std::size_t k) { return found[k].partner; });
  }
};

}  // namespace erg
