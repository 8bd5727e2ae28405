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
/// Shapes:  vector(b), bonds_within(b, length) as CrystalBonds; partner(b)[cell · bonds(b) + k] is a site.
/// Units:   those of the crystal.
class SiteNeighbours {
 public:
  explicit SiteNeighbours(const CrystalBonds& half) : cells_(half.cell_count()), of_basis_(half.basis_size()) {
    std::vector<std::vector<Neighbour>> found(static_cast<std::size_t>(half.basis_size()) * cells_);
    for (int b = 0; b < half.basis_size(); ++b) {
      const int count = half.bonds(b);
      for (int cell = 0; cell < cells_; ++cell) {
        const int i = b * cells_ + cell;
        for (int k = 0; k < count; ++k) {
          const int j = half.partner(b)[cell * count + k];
          const Vec3<double> d = half.vector<double>(b)[k];
          found[i].push_back({half.length(b)[k], d, b * 2, k, j});
          found[j].push_back({half.length(b)[k], -d, b * 2 + 1, k, i});
        }
      }
    }
    for (std::size_t i = 0; i < found.size(); ++i) gather(static_cast<int>(i) / cells_, found[i]);
  }

  int bonds(int basis) const { return static_cast<int>(of_basis_[basis].length.size()); }
  /// How many of them are shorter than `length` at rest.
  int bonds_within(int basis, double length) const {
    const auto& all = of_basis_[basis].length;
    return static_cast<int>(std::lower_bound(all.begin(), all.end(), length) - all.begin());
  }
  const int* partner(int basis) const { return of_basis_[basis].partner.data(); }
  template <std::floating_point T>
  const Vec3<T>* vector(int basis) const {
    if constexpr (std::same_as<T, double>) {
      return of_basis_[basis].vector.data();
    } else {
      return of_basis_[basis].short_vector.data();
    }
  }

 private:
  struct Neighbour {
    double length;
    Vec3<double> vector;
    int kind, bond, partner;  // kind: basis site and end of the half list's bond; with its number the same order in all cells
  };
  struct OfBasis {
    std::vector<Vec3<double>> vector;
    std::vector<Vec3<float>> short_vector;
    std::vector<double> length;
    std::vector<int> partner;
  };

  void gather(int basis, std::vector<Neighbour>& found) {
    std::sort(found.begin(), found.end(), [](const Neighbour& p, const Neighbour& q) {
      return std::tuple(p.length, p.kind, p.bond) < std::tuple(q.length, q.kind, q.bond);
    });
    OfBasis& mine = of_basis_[basis];
    const bool first = mine.length.empty();
    for (const Neighbour& n : found) {
      mine.partner.push_back(n.partner);
      if (!first) continue;
      mine.length.push_back(n.length);
      mine.vector.push_back(n.vector);
      mine.short_vector.push_back({float(n.vector.x), float(n.vector.y), float(n.vector.z)});
    }
  }

  int cells_;
  std::vector<OfBasis> of_basis_;
};

}  // namespace erg
