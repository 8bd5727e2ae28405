/// \file
/// The Lennard-Jones pair energy.
#pragma once

#include "erg/potentials/concept.hpp"

namespace erg {

/// 4ε[(σ/r)¹² − (σ/r)⁶], with no cutoff: `Truncated` gives it one.
///
/// Units:   those of epsilon and sigma.
/// Errors:  r = 0 and NaN give an energy that is not finite.
/// Source:  Jones 1924, doi:10.1098/rspa.1924.0082, with exponents 12 and 6.
template <std::floating_point T>
struct LennardJones {
  using Scalar = T;
  T epsilon;  ///< well depth            [energy]
  T sigma;    ///< zero-crossing radius  [length]

  template <Real R>
  ERG_HD PairEnergy<R> operator()(R r2) const {
    using S = scalar_t<R>;
    const S s2 = S(sigma * sigma), c6 = S(4 * epsilon) * s2 * s2 * s2, c12 = c6 * s2 * s2 * s2;
    const R inverse = reciprocal(r2), inverse2 = inverse * inverse, r6 = inverse2 * inverse;  // r^−6
    return {r6 * (R(c12) * r6 - R(c6)), (R(12 * c12) * r6 - R(6 * c6)) * (inverse2 * inverse2)};
  }
};

}  // namespace erg
