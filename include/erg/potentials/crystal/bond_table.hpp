/// \file
/// Bonds of the sites of a crystal: the same for all cells but for the sites they lead to.
#pragma once

#include "erg/base/vector.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <vector>

namespace erg {

/// The bonds of each basis site, shortest first, and where they lead in each cell.
///
/// Shapes:  vector(b), length(b): one entry per bond k of basis site b; partner(b)[cell · bonds(b) + k] is a site.
/// Units:   those of the crystal.
class BondTable {
 public:
  BondTable(int basis_size, int cells) : of_basis_(static_cast<std::size_t>(basis_size)), cells_(cells) {}

  /// One more bond of basis site b, no shorter than those it has. `add_partners` then says where it leads.
  void add_bond(int basis, double length, const Vec3<double>& vector) {
    OfBasis& mine = of_basis_[static_cast<std::size_t>(basis)];
    mine.vector.push_back(vector);
    mine.short_vector.push_back({float(vector.x), float(vector.y), float(vector.z)});
    mine.length.push_back(length);
  }
  /// site(k) is where bond k of basis site b leads: called for all k, for one cell after the other.
  template <class Site>
  void add_partners(int basis, const Site& site) {
    OfBasis& mine = of_basis_[static_cast<std::size_t>(basis)];
    for (std::size_t k = 0; k < mine.length.size(); ++k) mine.partner.push_back(site(k));
  }

  int basis_size() const { return static_cast<int>(of_basis_.size()); }
  int cell_count() const { return cells_; }
  int bonds(int basis) const { return static_cast<int>(length(basis).size()); }
  /// How many of them are shorter than `length` at rest.
  int bonds_within(int basis, double length) const {
    const auto& all = this->length(basis);
    return static_cast<int>(std::lower_bound(all.begin(), all.end(), length) - all.begin());
  }
  const std::vector<double>& length(int basis) const { return of_basis_[static_cast<std::size_t>(basis)].length; }
  const int* partner(int basis) const { return of_basis_[static_cast<std::size_t>(basis)].partner.data(); }

  /// From the site to its partner, at rest.
  template <std::floating_point T>
  const Vec3<T>* vector(int basis) const {
    const OfBasis& mine = of_basis_[static_cast<std::size_t>(basis)];
    if constexpr (std::same_as<T, double>) {
      return mine.vector.data();
    } else {
      return mine.short_vector.data();
    }
  }

 private:
  struct OfBasis {
    std::vector<Vec3<double>> vector;
    std::vector<Vec3<float>> short_vector;
    std::vector<double> length;
    std::vector<int> partner;
  };
  std::vector<OfBasis> of_basis_;
  int cells_;
};

}  // namespace erg
