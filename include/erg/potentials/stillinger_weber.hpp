/// \file
/// The Stillinger–Weber potential and its published parametrisations of water and silicon.
#pragma once

#include "erg/potentials/concept.hpp"

namespace erg {

/// U = Σ_pairs Aε[B(σ/r)⁴ − 1] e^{σ/(r−aσ)} + λε Σ_{centres, pairs of neighbours} g g' (cos θ − cos θ₀)², g = e^{γσ/(r−aσ)}.
///
/// Units:   energies as epsilon, lengths as sigma; the other members are pure numbers.
/// Errors:  r = 0 and NaN give a pair energy that is not finite.
/// Source:  Stillinger and Weber 1985, doi:10.1103/PhysRevB.31.5262, eq. 2.3–2.5 (p = 4, q = 0).
/// Where γ = 6/5, as in every published set, one exponential serves both radial parts: h = e^{x/5}, e^x = h⁵, g = h⁶.
template <std::floating_point T>
struct StillingerWeber {
  using Scalar = T;
  T epsilon;        ///< depth of the pair well  [energy]
  T sigma;          ///< unit of length          [length]
  T a;              ///< cutoff radius / sigma
  T lambda;         ///< weight of the three-body term
  T gamma;          ///< its decay
  T cosine_rest;    ///< cos θ₀
  T pair_strength;  ///< A
  T pair_balance;   ///< B

  ERG_HD constexpr T strength() const { return lambda * epsilon; }
  ERG_HD constexpr T cosine() const { return cosine_rest; }
  ERG_HD constexpr T cutoff() const { return a * sigma; }

  /// Where the force has fallen below the rounding of S in units of ε/σ: A x² e^x there is 2⁻²⁴ (2⁻⁵²), x = σ/(r − aσ).
  template <std::floating_point S>
  ERG_HD constexpr T reach() const {
    return (a - T(sizeof(S) == 4 ? 1 / 25.3 : 1 / 46.0)) * sigma;
  }

  /// φ, g and their slopes at distance r, given 1/r too.
  template <Real R>
  ERG_HD RadialTerms<R> radial(R r, R inverse_r) const {
    using S = scalar_t<R>;
    const auto beyond = r >= R(S(reach<S>()));
    const R inverse_gap = reciprocal(select(beyond, R(S(reach<S>() - cutoff())), r - R(S(cutoff()))));
    const R x = R(S(sigma)) * inverse_gap;
    R decay, weight;  // e^x, e^{γx}
    if (gamma == T(1.2)) {
      const R h = select(beyond, R(S(0)), exp_normal(R(S(0.2)) * x)), h2 = h * h, h4 = h2 * h2;
      decay = h4 * h;
      weight = h4 * h2;
    } else {
      decay = select(beyond, R(S(0)), exp_normal(x));
      weight = select(beyond, R(S(0)), exp(R(S(gamma)) * x));
    }
    const R s = R(S(sigma)) * inverse_r, s2 = s * s, slope_of_x = x * inverse_gap;  // −dx/dr
    const R scaled = R(S(pair_strength * epsilon)) * decay, core = R(S(pair_balance)) * (s2 * s2);
    const R pair = scaled * (core - R(S(1)));
    return {pair, -(R(S(4)) * (scaled * core) * inverse_r + pair * slope_of_x), weight, -(R(S(gamma)) * weight * slope_of_x)};
  }
};

/// Monatomic water: kcal/mol and Å.
/// Source: Molinero and Moore 2009, doi:10.1021/jp805227c.
template <std::floating_point T>
ERG_HD constexpr StillingerWeber<T> monatomic_water() {
  return {.epsilon = T(6.189),
          .sigma = T(2.3925),
          .a = T(1.8),
          .lambda = T(23.15),
          .gamma = T(1.2),
          .cosine_rest = T(-0.33331324756),  // cos 109.47°
          .pair_strength = T(7.049556277),
          .pair_balance = T(0.6022245584)};
}

/// Silicon: eV and Å.
/// Source: Stillinger and Weber 1985, with ε = 2.1683 eV (50 kcal/mol) and σ = 2.0951 Å.
template <std::floating_point T>
ERG_HD constexpr StillingerWeber<T> silicon() {
  return {.epsilon = T(2.1683),
          .sigma = T(2.0951),
          .a = T(1.8),
          .lambda = T(21.0),
          .gamma = T(1.2),
          .cosine_rest = T(-1.0 / 3),
          .pair_strength = T(7.049556277),
          .pair_balance = T(0.6022245584)};
}

}  // namespace erg
