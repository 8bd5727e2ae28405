/// \file
/// What a sublattice coupling needs to know of a crystal: who moves together, who is seen, and the harmonic mean given them.
#pragma once

#include "erg/bijectors/crystal/site_operations.hpp"

#include <vector>

namespace erg {

/// The sites of one colour and what each of them sees.
template <class T>
struct Sublattice {
  int kind = 0;                ///< symmetry class of its sites
  std::vector<int> sites;      ///< (sites)
  std::vector<int> neighbour;  ///< (sites, neighbours): site indices, in the order shared by symmetry-equivalent sites
  std::vector<T> sign;         ///< (sites, 3): axis signs that turn a site's surroundings into its kind's reference
};

/// A crystal cut into sublattices, no two neighbours in one.
///
/// Units:   `unit` is the width of one particle's harmonic motion with all others held [length]; it makes residuals of order one.
template <class T>
struct Sublattices {
  int neighbours = 0;
  T unit = 1;
  std::vector<Sublattice<T>> colours;
  std::vector<std::vector<T>>
      mean;  ///< per kind (3, 3 · neighbours): harmonic mean of a particle given its neighbours; rows sum to 1
  std::vector<std::vector<SiteOperation>> operations{};  ///< per kind: a group; empty: not known
  std::vector<T> conditions{};  ///< numbers of the state, such as its temperature, that every particle's network sees as well

  /// The same in another precision.
  template <class U>
  Sublattices<U> as() const {
    Sublattices<U> other{neighbours, static_cast<U>(unit), {}, {}, operations, {conditions.begin(), conditions.end()}};
    for (const auto& c : colours) other.colours.push_back({c.kind, c.sites, c.neighbour, {c.sign.begin(), c.sign.end()}});
    for (const auto& m : mean) other.mean.emplace_back(m.begin(), m.end());
    return other;
  }
};

}  // namespace erg
