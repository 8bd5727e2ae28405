/// \file
/// What this folder exchanges: points and difference vectors in a periodic space, crystals, and lists of neighbours.
#pragma once

#include "erg/base/vector.hpp"

#include <concepts>

namespace erg {

/// A space that repeats itself along three vectors.
///
/// Laws, for every difference vector d and lattice translation t of the space s:
///   s.minimum_image(d) − d and s.wrap(x) − x are lattice translations;
///   s.minimum_image(d + t) == s.minimum_image(d), and no image of d is shorter, whenever that length is below s.half_height();
///   s.volume() is that of one period.
template <class S>
concept PeriodicSpace = requires(const S s, const Vec3<double> x) {
  { s.minimum_image(x) } -> std::same_as<Vec3<double>>;
  { s.wrap(x) } -> std::same_as<Vec3<double>>;
  { s.volume() } -> std::convertible_to<double>;
  { s.half_height() } -> std::convertible_to<double>;
};

}  // namespace erg
