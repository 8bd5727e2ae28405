/// \file
/// A velocity of pairs of particles about a solute at the origin, along their connecting line.
#pragma once

#include "erg/base/parameters.hpp"
#include "erg/bijectors/continuous/solvent_place.hpp"

#include <algorithm>
#include <string>

namespace erg {

/// v_i = Σ_j f_ij (x_i − x_j), nearest images, where f_ij depends on the pair's distance r, on time and on how far both are from
/// the solute:
///   f_ij = φ₀ + (a_i + a_j) φ₁ + a_i a_j φ₂ + (b_i + b_j) φ₃ + (a_i − a_j) φ₄ + (b_i − b_j) φ₅,
/// a and b the first two Chebyshev polynomials of the squared distance s from the solute, φ_c(r, t) Chebyshev series in r² times
/// (1 − r²/reach²)³. Pairs are pushed apart and led round each other while the solute grows; what three do follows in time.
///
/// Laws:    those of VelocityField; a whole edge, relabelling, and the 48 operations of the cube change nothing.
/// Shapes:  x (3 · particles); weights (Times, 6, Terms).
/// Units:   edges of the cube, whose centre is the solute; time 0 … 1. Resolution is finest at `core`, where pairs begin.
/// Errors:  not 0 ≤ core < reach ≤ ½: std::invalid_argument.
/// Cost:    every pair, a lane a sample.
template <int Terms = 9, int Times = 3>
class SolventPairs {
 public:
  SolventPairs(ParameterLayout& layout, const std::string& name, int particles, SoluteRange solute, double core, double reach)
      : offset_(layout.add(name, {Times, sets, Terms})), particles_(particles), solute_(solute), range_(core, reach) {}

  int particles() const { return particles_; }
  template <class T, class Draw>
  void initialise(T* theta, Draw&&) const {
    std::fill_n(theta + offset_, Times * sets * Terms, T(0));
  }

  template <class R>
  void evaluate(const scalar_t<R>* theta, double time, const R* x, R* v, R& divergence, Tape<R>& tape) const {
    using T = scalar_t<R>;
    const auto mark = tape.mark();
    const Coefficients<T> c(theta + offset_, time, scale);
    const detail::PairScale<R> scale_of_pairs(range_, solute_);
    const R* const places = detail::solvent_places(solute_, x, particles_, tape);
    R grown(T(0));
    for (int i = 0; i < particles_; ++i) {
      const Place<R> p(places + Place<R>::numbers * i);
      Vec3<R> mine{R(T(0)), R(T(0)), R(T(0))};
      for (int j = i + 1; j < particles_; ++j) {
        const Vec3<R> d = detail::nearest_between(x, i, j);
        const R r2 = dot(d, d);
        if (!scale_of_pairs.has(r2)) continue;
        const Place<R> q(places + Place<R>::numbers * j);
        R value[sets], first[sets];
        const detail::PairSeries<Terms, R> series(scale_of_pairs, r2);
        series.sum_up(c.value, value, first);
        const Strength<R> f(p, q, value, scale_of_pairs.a_slope);
        mine += (f.even + f.odd) * d;
        const Vec3<R> theirs = (f.even - f.odd) * d;
        for (int axis = 0; axis < 3; ++axis) v[3 * j + axis] -= theirs[axis];
        grown += R(T(6)) * f.even + R(T(4)) * r2 * even_part(p, q, first) + f.by_p * dot(d, p.e) - f.by_q * dot(d, q.e);
      }
      for (int axis = 0; axis < 3; ++axis) v[3 * i + axis] += mine[axis];
    }
    divergence += grown;
    tape.release(mark);
  }

  template <class R>
  void pull(const scalar_t<R>* theta, double time, const R* x, const R* d_v, R d_divergence, R* d_x, scalar_t<R>* d_theta,
            Tape<R>& tape) const {
    using T = scalar_t<R>;
    const auto mark = tape.mark();
    const Coefficients<T> c(theta + offset_, time, scale);
    Pass<R> pass{detail::PairScale<R>(range_, solute_),
                 c.value,
                 detail::solvent_places(solute_, x, particles_, tape),
                 d_v,
                 d_divergence,
                 d_x,
                 nullptr,
                 nullptr};
    pass.d_places = zeros(tape, static_cast<std::size_t>(4 * particles_));
    if (d_theta) pass.d_c = zeros(tape, sets * Terms);
    for (int i = 0; i < particles_; ++i)
      for (int j = i + 1; j < particles_; ++j) {
        const Vec3<R> d = detail::nearest_between(x, i, j);
        if (pass.scale.has(dot(d, d))) pull_pair(pass, i, j, d);
      }
    for (int i = 0; i < particles_; ++i) {
      const auto s = detail::solute_distance(x, i);
      for (int axis = 0; axis < 3; ++axis)
        d_x[3 * i + axis] += pass.d_places[4 * i] * s.first[axis] + s.second[axis] * pass.d_places[4 * i + 1 + axis];
    }
    if (d_theta) c.pull(pass.d_c, d_theta + offset_);
    tape.release(mark);
  }

 private:
  static constexpr int sets = 6;
  static constexpr double scale = 0.1;
  template <class T>
  using Coefficients = detail::CoefficientsAt<Times, sets, Terms, T>;
  template <class R>
  using Place = detail::SolventPlace<R>;

  template <class R>
  static R* zeros(Tape<R>& tape, std::size_t n) {
    R* const numbers = tape.push(n);
    std::fill_n(numbers, n, R(scalar_t<R>(0)));
    return numbers;
  }

  template <class R>
  static R even_part(const Place<R>& p, const Place<R>& q, const R (&of)[sets]) {
    return of[0] + (p.a + q.a) * of[1] + p.a * q.a * of[2] + (p.b + q.b) * of[3];
  }
  /// f_ij = even + odd, f_ji = even − odd; df_ij/ds_i and df_ji/ds_j.
  template <class R>
  struct Strength {
    R even, odd, by_p, by_q;

    Strength(const Place<R>& p, const Place<R>& q, const R (&value)[sets], R slope)
        : even(even_part(p, q, value)), odd((p.a - q.a) * value[4] + (p.b - q.b) * value[5]) {
      const R by_a = value[1] + value[4], by_b = value[3] + value[5];
      by_p = slope * (by_a + q.a * value[2]) + p.b_slope * by_b;
      by_q = slope * (by_a + p.a * value[2]) + q.b_slope * by_b;
    }
  };

  template <class R>
  struct Pass {
    detail::PairScale<R> scale;
    const scalar_t<R>* c;
    const R* places;
    const R* d_v;
    R d_divergence;
    R* d_x;
    R* d_places;  ///< of s and e of each particle
    R* d_c;
  };

  /// Λ = d_v_i · v_i + d_v_j · v_j + d_divergence · div of this pair, taken backwards.
  template <class R>
  void pull_pair(const Pass<R>& to, int i, int j, const Vec3<R>& d) const {
    using T = scalar_t<R>;
    const Place<R> p(to.places + Place<R>::numbers * i), q(to.places + Place<R>::numbers * j);
    const Vec3<R> d_p{to.d_v[3 * i], to.d_v[3 * i + 1], to.d_v[3 * i + 2]},
        d_q{to.d_v[3 * j], to.d_v[3 * j + 1], to.d_v[3 * j + 2]};
    const R r2 = dot(d, d), zero(T(0)), slope = to.scale.a_slope, curve = to.scale.b_curve;
    const detail::PairSeries<Terms, R> series(to.scale, r2);
    R value[sets], first[sets], second[4];
    series.sum_up(to.c, value, first, second);
    const Strength<R> f(p, q, value, to.scale.a_slope);

    const R d_even = dot(d_p - d_q, d) + R(T(6)) * to.d_divergence, d_odd = dot(d_p + d_q, d);
    const R d_slope = R(T(4)) * to.d_divergence * r2;  // of the even part's derivative by r²
    const R d_by_p = to.d_divergence * dot(d, p.e), d_by_q = -(to.d_divergence * dot(d, q.e));
    const R a_p = d_by_p * slope, a_q = d_by_q * slope, b_both = d_by_p * p.b_slope + d_by_q * q.b_slope;
    const R a_sum = p.a + q.a, a_product = p.a * q.a, b_sum = p.b + q.b, a_apart = p.a - q.a, b_apart = p.b - q.b;
    const R d_value[sets] = {d_even,
                             d_even * a_sum + a_p + a_q,
                             d_even * a_product + a_p * q.a + a_q * p.a,
                             d_even * b_sum + b_both,
                             d_odd * a_apart + a_p + a_q,
                             d_odd * b_apart + b_both};
    const R d_first[sets] = {d_slope, d_slope * a_sum, d_slope * a_product, d_slope * b_sum, zero, zero};
    R d_r2 = R(T(4)) * to.d_divergence * even_part(p, q, first);
    for (int k = 0; k < sets; ++k) d_r2 += d_value[k] * first[k];
    for (int k = 0; k < 4; ++k) d_r2 += d_first[k] * second[k];
    if (to.d_c) series.pull(d_value, d_first, to.d_c);

    const R d_a = d_even * value[1] + d_slope * first[1], d_a_product = d_even * value[2] + d_slope * first[2];
    const R d_a_apart = d_odd * value[4], d_b = d_even * value[3] + d_slope * first[3], d_b_apart = d_odd * value[5];
    const R by_b = value[3] + value[5];
    to.d_places[4 * i] +=
        (d_a + q.a * d_a_product + d_a_apart + a_q * value[2]) * slope + (d_b + d_b_apart) * p.b_slope + curve * d_by_p * by_b;
    to.d_places[4 * j] +=
        (d_a + p.a * d_a_product - d_a_apart + a_p * value[2]) * slope + (d_b - d_b_apart) * q.b_slope + curve * d_by_q * by_b;
    const R e_p = to.d_divergence * f.by_p, e_q = to.d_divergence * f.by_q, twice = d_r2 + d_r2;
    const R on_p = f.even + f.odd, on_q = f.even - f.odd;
    for (int axis = 0; axis < 3; ++axis) {
      to.d_places[4 * i + 1 + axis] += e_p * d[axis];
      to.d_places[4 * j + 1 + axis] -= e_q * d[axis];
      const R d_d = on_p * d_p[axis] - on_q * d_q[axis] + e_p * p.e[axis] - e_q * q.e[axis] + twice * d[axis];
      to.d_x[3 * i + axis] += d_d;
      to.d_x[3 * j + axis] -= d_d;
    }
  }

  std::size_t offset_;
  int particles_;
  SoluteRange solute_;
  detail::PairRange range_;
};

}  // namespace erg
