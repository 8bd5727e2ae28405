/// \file
/// The laws of every bijector of whole configurations, written once.
///
/// Shapes:  theta (parameters); u (rows): one sample about which the laws are tried, in double.
#pragma once

#include "erg/bijectors/concept.hpp"
#include "laws/numbers.hpp"

#include <limits>
#include <utility>

namespace erg::tests {

struct FieldImage {
  std::vector<double> point;
  double log_det;
};

template <class F>
FieldImage forward_of(const F& map, const std::vector<double>& theta, std::vector<double> u) {
  Tape<double> tape;
  double log_det = 0;
  map.forward(theta.data(), Tile<double>{u.data(), static_cast<int>(u.size()), 1}, &log_det, tape);
  return {u, log_det};
}
template <class F>
FieldImage inverse_of(const F& map, const std::vector<double>& theta, std::vector<double> v) {
  Tape<double> tape;
  double log_det = 0;
  map.inverse(theta.data(), Tile<double>{v.data(), static_cast<int>(v.size()), 1}, &log_det, tape);
  return {v, log_det};
}

template <class F>
void check_field_round_trip(const F& map, const std::vector<double>& theta, const std::vector<double>& u) {
  const FieldImage there = forward_of(map, theta, u), back = inverse_of(map, theta, there.point);
  CHECK(worst(there.point, u) > 1e-3);  // it does something
  CHECK(worst(back.point, u) < 1e-12);
  CHECK(std::abs(there.log_det + back.log_det) < 1e-11);
  Tape<double> tape;
  auto v = u;
  double total = 5;
  map.forward(theta.data(), Tile<double>{v.data(), static_cast<int>(v.size()), 1}, &total, tape);
  CHECK(total == doctest::Approx(5 + there.log_det));  // log_det is added to
}

/// ln |det A|, A (n, n), by elimination with row pivots.
inline double log_determinant(std::vector<std::vector<double>> a) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    std::size_t pivot = k;
    for (std::size_t i = k + 1; i < a.size(); ++i)
      if (std::abs(a[i][k]) > std::abs(a[pivot][k])) pivot = i;
    std::swap(a[k], a[pivot]);
    sum += std::log(std::abs(a[k][k]));
    for (std::size_t i = k + 1; i < a.size(); ++i)
      for (std::size_t j = a.size(); j-- > k;) a[i][j] -= a[i][k] / a[k][k] * a[k][j];
  }
  return sum;
}

/// log_det is that of the dense Jacobian, by differences: 4 · rows evaluations, for small crystals.
template <class F>
void check_field_log_det(const F& map, const std::vector<double>& theta, const std::vector<double>& u) {
  std::vector<std::vector<double>> columns(u.size(), std::vector<double>(u.size()));
  for (std::size_t j = 0; j < u.size(); ++j) {
    std::vector<double> e(u.size(), 0.0);
    e[j] = 1;
    const auto at = [&](double h) { return forward_of(map, theta, moved(u, e, h)).point; };
    const auto a = at(1e-3), b = at(-1e-3), c = at(5e-4), d = at(-5e-4);
    for (std::size_t i = 0; i < u.size(); ++i) columns[j][i] = (4 * (c[i] - d[i]) / 1e-3 - (a[i] - b[i]) / 2e-3) / 3;
  }
  const double log_det = forward_of(map, theta, u).log_det;
  CHECK(std::abs(log_det) > 1e-2);
  CHECK(std::abs(log_determinant(columns) - log_det) < 1e-7);
}

/// vjp: the transposed Jacobian along random directions and single weights; it adds to d_theta, undoes the map on u, and gives
/// the same d_u without d_theta. `forward` that keeps is `forward` that does not.
///
/// `step` and `tolerance` are of the differences: a map with kinks, as of splines at their knots, needs a shorter step.
template <class F>
void check_field_vjp(const F& map, const std::vector<double>& theta, const std::vector<double>& u, double step = 2e-4,
                     double tolerance = 1e-8) {
  const int rows = static_cast<int>(u.size());
  const auto d_v = some_numbers(u.size(), 31);
  const double d_log_det = -0.8;
  const auto loss = [&](const std::vector<double>& weights, const std::vector<double>& at) {
    const FieldImage image = forward_of(map, weights, at);
    return dot(d_v, image.point) + d_log_det * image.log_det;
  };
  Tape<double> tape;
  typename F::template Kept<double> kept;
  const auto pull = [&](double* d_theta) {
    auto v = u, d_u = d_v;
    double log_det = 0;
    map.forward(theta.data(), Tile<double>{v.data(), rows, 1}, &log_det, kept, tape);
    CHECK(v == forward_of(map, theta, u).point);
    CHECK(log_det == forward_of(map, theta, u).log_det);
    map.vjp(theta.data(), Tile<double>{v.data(), rows, 1}, kept, Tile<double>{d_u.data(), rows, 1}, d_log_det, d_theta, tape);
    CHECK(v == u);
    return d_u;
  };
  std::vector<double> d_theta(theta.size(), 0.25);
  const auto d_u = pull(d_theta.data());
  CHECK(pull(nullptr) == d_u);
  for (double& d : d_theta) d -= 0.25;
  for (std::uint64_t k = 0; k < 6; ++k) {
    const auto along_u = some_numbers(u.size(), 40 + k), along_theta = some_numbers(theta.size(), 50 + k);
    const double by_u = slope([&](double h) { return loss(theta, moved(u, along_u, h)); }, step);
    const double by_theta = slope([&](double h) { return loss(moved(theta, along_theta, h), u); }, step);
    CHECK(std::abs(dot(d_u, along_u) - by_u) < tolerance * (1 + std::abs(by_u)));
    CHECK(std::abs(dot(d_theta, along_theta) - by_theta) < tolerance * (1 + std::abs(by_theta)));
    const std::size_t i = theta.size() * (2 * k + 1) / 12;
    std::vector<double> one(theta.size(), 0.0);
    one[i] = 1;
    const double by_one = slope([&](double h) { return loss(moved(theta, one, h), u); }, step);
    CHECK(d_theta[i] == doctest::Approx(by_one).epsilon(10 * tolerance));
  }
}

/// carry_score takes ∇ ln q(u) to ∇ ln q(v), q(v) = q(u) / |det J|, and maps as forward does. Here ln q(u) = −½ Σ a u².
template <class F>
void check_carry_score(const F& map, const std::vector<double>& theta, const std::vector<double>& u, double step = 2e-4,
                       double tolerance = 1e-8) {
  const int rows = static_cast<int>(u.size());
  std::vector<double> stiffness = some_numbers(u.size(), 60), score(u.size());
  for (double& a : stiffness) a = 1 + a * a;
  for (std::size_t i = 0; i < u.size(); ++i) score[i] = -stiffness[i] * u[i];
  const auto log_q = [&](const std::vector<double>& v) {
    const FieldImage back = inverse_of(map, theta, v);
    double sum = back.log_det;
    for (std::size_t i = 0; i < v.size(); ++i) sum -= 0.5 * stiffness[i] * back.point[i] * back.point[i];
    return sum;
  };
  Tape<double> tape;
  typename F::template Kept<double> kept;
  auto v = u;
  double log_det = 0;
  map.carry_score(theta.data(), Tile<double>{v.data(), rows, 1}, &log_det, Tile<double>{score.data(), rows, 1}, kept, tape);
  CHECK(v == forward_of(map, theta, u).point);
  CHECK(log_det == forward_of(map, theta, u).log_det);
  for (std::uint64_t k = 0; k < 8; ++k) {
    const auto along = some_numbers(u.size(), 70 + k);
    const double expected = slope([&](double h) { return log_q(moved(v, along, h)); }, step);
    CHECK(std::abs(dot(score, along) - expected) < tolerance * (1 + std::abs(expected)));
  }
  auto d_u = some_numbers(u.size(), 80), d_u_2 = d_u;  // what it keeps is what forward keeps
  map.vjp(theta.data(), Tile<double>{v.data(), rows, 1}, kept, Tile<double>{d_u.data(), rows, 1}, 1.0,
          static_cast<double*>(nullptr), tape);
  map.forward(theta.data(), Tile<double>{v.data(), rows, 1}, &log_det, kept, tape);
  map.vjp(theta.data(), Tile<double>{v.data(), rows, 1}, kept, Tile<double>{d_u_2.data(), rows, 1}, 1.0,
          static_cast<double*>(nullptr), tape);
  CHECK(d_u == d_u_2);
}

/// All of them but the dense Jacobian.
template <class F>
void check_field_bijector(const F& map, const std::vector<double>& theta, const std::vector<double>& u) {
  static_assert(Bijector<F, double>);
  check_field_round_trip(map, theta, u);
  check_field_vjp(map, theta, u);
  check_carry_score(map, theta, u);
}

/// A tile of several packs of lanes: each sample moves, and each cotangent, as that sample alone in double; `map_r` is the map in
/// R's precision. d_theta is the sum over samples. Shapes: u, like a coordinate's scale.
template <class R, class MapR, class Map>
void check_field_lanes(const MapR& map_r, const Map& map, const std::vector<double>& theta, int rows, int packs, double scale,
                       double tolerance) {
  using T = scalar_t<R>;
  static_assert(Bijector<MapR, R>);
  const std::vector<T> weights(theta.begin(), theta.end());
  const auto u = some_block<R>(rows, packs, 90, scale), d_v = some_block<R>(rows, packs, 91),
             s_u = some_block<R>(rows, packs, 92);
  auto v = u, d_u = d_v, score = s_u, scored = u;
  std::vector<T> d_theta(theta.size(), T(0));
  std::vector<double> log_det(static_cast<std::size_t>(packs) * lanes_of<R>, 0.0), unused = log_det, back_log_det = log_det;
  typename MapR::template Kept<R> kept;
  Tape<R> tape;
  map_r.carry_score(weights.data(), Tile<R>{scored.data(), rows, packs}, unused.data(), Tile<R>{score.data(), rows, packs}, kept,
                    tape);
  map_r.forward(weights.data(), Tile<R>{v.data(), rows, packs}, log_det.data(), kept, tape);
  auto image = v, back = v;
  map_r.inverse(weights.data(), Tile<R>{back.data(), rows, packs}, back_log_det.data(), tape);
  map_r.vjp(weights.data(), Tile<R>{v.data(), rows, packs}, kept, Tile<R>{d_u.data(), rows, packs}, T(0.5), d_theta.data(), tape);

  std::vector<double> sum_theta(theta.size(), 0.0);
  Tape<double> one_tape;
  typename Map::template Kept<double> one_kept;
  double worst_point = 0, worst_log_det = 0, worst_back = 0, worst_d_u = 0, worst_score = 0;
  for (int p = 0; p < packs; ++p)
    for (int s = 0; s < lanes_of<R>; ++s) {
      const auto i = static_cast<std::size_t>(p * lanes_of<R> + s);
      const auto at = sample_of(u.data(), rows, packs, p, s);
      auto w = at, one_score = sample_of(s_u.data(), rows, packs, p, s), one_d = sample_of(d_v.data(), rows, packs, p, s);
      double one_log_det = 0;
      map.carry_score(theta.data(), Tile<double>{w.data(), rows, 1}, &one_log_det, Tile<double>{one_score.data(), rows, 1},
                      one_kept, one_tape);
      worst_point = std::max(worst_point, worst(sample_of(image.data(), rows, packs, p, s), w));
      worst_log_det = std::max({worst_log_det, std::abs(log_det[i] - one_log_det), std::abs(unused[i] - one_log_det)});
      worst_back =
          std::max({worst_back, worst(sample_of(back.data(), rows, packs, p, s), at), std::abs(log_det[i] + back_log_det[i])});
      worst_score = std::max(worst_score, worst(sample_of(score.data(), rows, packs, p, s), one_score));
      map.vjp(theta.data(), Tile<double>{w.data(), rows, 1}, one_kept, Tile<double>{one_d.data(), rows, 1}, 0.5, sum_theta.data(),
              one_tape);
      worst_d_u = std::max(worst_d_u, worst(sample_of(d_u.data(), rows, packs, p, s), one_d));
    }
  CHECK(worst_point < tolerance);
  CHECK(worst_log_det < rows * tolerance);
  CHECK(worst_back < rows * tolerance);
  CHECK(worst_d_u < 50 * tolerance);
  CHECK(worst_score < 50 * tolerance);
  CHECK(worst(d_theta, sum_theta) < 500 * tolerance);
}

}  // namespace erg::tests
