/// \file
/// Lennard-Jones that appears without a singularity: the soft core of alchemical paths.
#pragma once

#include "erg/base/dual.hpp"
#include "erg/potentials/concept.hpp"

namespace erg {

namespace detail {
/// xⁿ.
template <int n, Real R>
ERG_HD R whole_power(R x) {
  if constexpr (n == 1) {
    return x;
  } else {
    return x * whole_power<n - 1>(x);
  }
}
}  // namespace detail

/// dU/dλ of a pair function U(r², λ), itself a pair function: its "energy" is dU/dλ, its force the derivative of the force.
/// What is put around it commutes with the derivative: Shifted(Truncated(p.coupling_derivative(), r)).
template <class P>
struct CouplingDerivative {
  using Scalar = typename P::Scalar;
  P inner;

  template <Real R>
  ERG_HD PairEnergy<R> operator()(R r2) const {
    const PairEnergy<Dual<R>> p = inner.at(Dual<R>(r2), variable(R(scalar_t<R>(inner.lambda))));
    return {p.energy.derivative, p.force_over_r.derivative};
  }
};

/// 4ε λⁿ (1/A² − 1/A), A = α (1 − λ)ᵐ + (r/σ)⁶, n = Coupling, m = Softening: Lennard-Jones at λ = 1, nothing at λ = 0. No cutoff:
/// `Truncated` gives it one.
///
/// Units:   those of epsilon and sigma; lambda (0 … 1) and alpha are pure numbers.
/// Errors:  NaN gives NaN; r = 0 gives a finite energy where λ < 1 and α > 0: coincident particles are allowed, that is its use.
/// Source:  Beutler et al. 1994, doi:10.1016/0009-2614(94)00397-1.
template <std::floating_point T, int Coupling = 1, int Softening = 2>
struct SoftCore {
  static_assert(Coupling >= 1 && Softening >= 1, "SoftCore: both exponents must be at least 1");
  using Scalar = T;
  T epsilon;         ///< well depth at λ = 1            [energy]
  T sigma;           ///< zero-crossing radius at λ = 1  [length]
  T lambda;          ///< coupling
  T alpha = T(0.5);  ///< softness

  template <Real R>
  ERG_HD PairEnergy<R> operator()(R r2) const {
    return at(r2, R(scalar_t<R>(lambda)));
  }
  /// At another coupling than `lambda`.
  template <Real R>
  ERG_HD PairEnergy<R> at(R r2, R coupling) const {
    using S = scalar_t<R>;
    const R one(S(1)), x = r2 * R(S(1 / (sigma * sigma))), x2 = x * x;
    const R s = reciprocal(R(S(alpha)) * detail::whole_power<Softening>(one - coupling) + x2 * x);
    const R strength = R(S(4 * epsilon)) * detail::whole_power<Coupling>(coupling);
    return {strength * (s * (s - one)), strength * R(S(6 / (sigma * sigma))) * (x2 * s) * (s * (s + s - one))};
  }
  ERG_HD constexpr CouplingDerivative<SoftCore> coupling_derivative() const { return {*this}; }
};

}  // namespace erg
