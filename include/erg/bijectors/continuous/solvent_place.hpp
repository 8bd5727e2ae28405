/// \file
/// What velocities of pairs of solvent particles share: where each is, and Chebyshev series in their distance.
#pragma once

#include "erg/base/tile.hpp"
#include "erg/bijectors/continuous/chebyshev.hpp"
#include "erg/bijectors/continuous/solute_distance.hpp"

#include <cstddef>
#include <stdexcept>

namespace erg::detail {

/// x_i − x_j, the nearest image in a cube of edge 1.
template <class R>
Vec3<R> nearest_between(const R* x, int i, int j) {
  using T = scalar_t<R>;
  const R shift(sizeof(T) == 4 ? T(12582912.0) : T(6755399441055744.0));  // 1.5 · 2²³, 1.5 · 2⁵²: rounds
  Vec3<R> d;
  for (int axis = 0; axis < 3; ++axis) {
    const R apart = x[3 * i + axis] - x[3 * j + axis];
    d[axis] = apart - ((apart + shift) - shift);
  }
  return d;
}

/// What a pair has to know of one of its particles: a and b, the first two Chebyshev polynomials of s, the squared distance from
/// the solute; db/ds; e = ∇s.
template <class R>
struct SolventPlace {
  using T = scalar_t<R>;
  static constexpr int numbers = 6;
  R a, b, b_slope;
  Vec3<R> e;

  SolventPlace(const SoluteRange& range, const SoluteDistance<R>& s)
      : a(range.variable(s.squared)),
        b(R(T(2)) * a * a - R(T(1))),
        b_slope(R(static_cast<T>(4 * range.slope())) * a),
        e(s.first) {}
  explicit SolventPlace(const R* stored) : a(stored[0]), b(stored[1]), b_slope(stored[2]), e{stored[3], stored[4], stored[5]} {}
  void store(R* to_numbers) const {
    to_numbers[0] = a, to_numbers[1] = b, to_numbers[2] = b_slope;
    for (int axis = 0; axis < 3; ++axis) to_numbers[3 + axis] = e[axis];
  }
};

template <class R>
SoluteDistance<R> solute_distance(const R* x, int i) {
  return SoluteDistance<R>(Vec3<R>{x[3 * i], x[3 * i + 1], x[3 * i + 2]});
}

/// The places of all particles, particle i's at numbers · i.
template <class R>
const R* solvent_places(const SoluteRange& range, const R* x, int particles, Tape<R>& tape) {
  constexpr int numbers = SolventPlace<R>::numbers;
  R* const places = tape.push(static_cast<std::size_t>(numbers * particles));
  for (int i = 0; i < particles; ++i) SolventPlace<R>(range, solute_distance(x, i)).store(places + numbers * i);
  return places;
}

/// Where pairs are: from `core`, where they begin and series resolve most, to `reach`. In edges; as squares.
struct PairRange {
  double core2, reach2;

  PairRange(double core, double reach) : core2(core * core), reach2(reach * reach) {
    if (!(core >= 0 && core < reach && reach <= 0.5))
      throw std::invalid_argument("a range of pairs: 0 <= core < reach <= half an edge");
  }
};

/// A range as numbers of one type, made once for all pairs.
template <class R>
struct PairScale {
  using T = scalar_t<R>;
  R reach2, per_reach2, core2, y_slope, window_slope, window_curve;
  R a_slope, b_curve;  ///< da/ds, d²b/ds² of `SolventPlace`

  PairScale(const PairRange& range, const SoluteRange& solute)
      : reach2(static_cast<T>(range.reach2)),
        per_reach2(static_cast<T>(1 / range.reach2)),
        core2(static_cast<T>(range.core2)),
        y_slope(static_cast<T>(-2 / (range.reach2 - range.core2))),
        window_slope(static_cast<T>(-3 / range.reach2)),
        window_curve(static_cast<T>(6 / (range.reach2 * range.reach2))),
        a_slope(static_cast<T>(solute.slope())),
        b_curve(static_cast<T>(4 * solute.slope() * solute.slope())) {}
  bool has(R r2) const { return any(r2 < reach2); }
};

/// φ(r²) = (1 − r²/reach²)³ Σ_k c_k T_k(y), y linear in r², for several sets c at once.
template <int Terms, class R>
struct PairSeries {
  using T = scalar_t<R>;
  R window, window_slope, window_curve, y_slope;
  Chebyshev<Terms, R> basis;

  PairSeries(const PairScale<R>& scale, R r2) : y_slope(scale.y_slope), basis(place(scale, r2)) {
    const R left = R(T(1)) - r2 * scale.per_reach2, g = select(left < R(T(0)), R(T(0)), left), g2 = g * g;
    window = g2 * g;
    window_slope = scale.window_slope * g2;
    window_curve = scale.window_curve * g;
  }
  /// φ and dφ/dr² of sets c (Sets, Terms).
  template <int Sets>
  void sum_up(const T* c, R (&value)[Sets], R (&first)[Sets]) const {
    const R by_basis = window * y_slope;
    for (int k = 0; k < Sets; ++k) {
      R p(T(0)), q(T(0));
      for (int n = 0; n < Terms; ++n) {
        p += R(c[k * Terms + n]) * basis.value[n];
        q += R(c[k * Terms + n]) * basis.first[n];
      }
      value[k] = window * p;
      first[k] = window_slope * p + by_basis * q;
    }
  }
  /// Also d²φ/d(r²)² of the first `Curved` sets.
  template <int Sets, int Curved>
  void sum_up(const T* c, R (&value)[Sets], R (&first)[Sets], R (&second)[Curved]) const {
    sum_up(c, value, first);
    const R by_basis = window * y_slope, crossed = R(T(2)) * window_slope * y_slope, by_curve = by_basis * y_slope;
    for (int k = 0; k < Curved; ++k) {
      R p(T(0)), q(T(0)), z(T(0));
      for (int n = 0; n < Terms; ++n) {
        const R by(c[k * Terms + n]);
        p += by * basis.value[n];
        q += by * basis.first[n];
        z += by * basis.second[n];
      }
      second[k] = window_curve * p + crossed * q + by_curve * z;
    }
  }
  /// Adds to cotangents of c what those of φ and dφ/dr² come to.
  template <int Sets>
  void pull(const R (&d_value)[Sets], const R (&d_first)[Sets], R* d_c) const {
    const R by_basis = window * y_slope;
    for (int k = 0; k < Sets; ++k) {
      const R on_value = d_value[k] * window + d_first[k] * window_slope, on_first = d_first[k] * by_basis;
      for (int n = 0; n < Terms; ++n) d_c[k * Terms + n] += on_value * basis.value[n] + on_first * basis.first[n];
    }
  }

 private:
  static R place(const PairScale<R>& scale, R r2) {
    const R at = R(T(1)) + scale.y_slope * (r2 - scale.core2);
    return select(at < R(T(-1)), R(T(-1)), at);  // beyond the reach
  }
};

}  // namespace erg::detail
