/// \file
/// The repulsive half of Lennard-Jones.
#pragma once

#include "erg/potentials/concept.hpp"

namespace erg {

/// 4ε[(σ/r)¹² − (σ/r)⁶] + ε up to its minimum at 2^⅙ σ, nothing from there on: ε(2 (σ/r)⁶ − 1)², so energy and force are
/// continuous.
///
/// Units:   those of epsilon and sigma.
/// Errors:  r = 0 and NaN give an energy that is not finite.
/// Source:  Weeks, Chandler and Andersen 1971, doi:10.1063/1.1674820.
template <std::floating_point T>
struct WeeksChandlerAndersen {
  using Scalar = T;
  T epsilon;  ///< height at r = σ        [energy]
  T sigma;    ///< cutoff radius / 2^⅙    [length]

  ERG_HD constexpr T cutoff() const { return T(1.1224620483093729814) * sigma; }

  template <Real R>
  ERG_HD PairEnergy<R> operator()(R r2) const {
    using S = scalar_t<R>;
    const auto beyond = r2 >= R(S(cutoff() * cutoff()));
    const R inverse = reciprocal(r2), x = R(S(sigma * sigma)) * inverse, x6 = R(S(2)) * (x * x * x);
    const R root = select(beyond, R(S(0)), x6 - R(S(1)));
    return {R(S(epsilon)) * (root * root), select(beyond, R(S(0)), R(S(12 * epsilon)) * (x6 * root) * inverse)};
  }
};

}  // namespace erg
