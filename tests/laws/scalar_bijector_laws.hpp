/// \file
/// The laws of every bijector of one number, written once.
#pragma once

#include "erg/bijectors/concept.hpp"
#include "laws/numbers.hpp"

#include <array>
#include <limits>

namespace erg::tests {

/// A bijector with the numbers that steer it, a number of its domain and cotangents of what it gives.
/// Place: double -> double takes a normal number to one of the domain.
template <class B>
struct ScalarTrial {
  std::array<double, B::parameters> p;
  double x, d, d_log_det;

  template <class Place>
  ScalarTrial(std::uint64_t set, Place&& place) {
    const auto z = some_numbers(B::parameters + 3, set);
    for (int k = 0; k < B::parameters; ++k) p[k] = 0.5 * z[k];
    x = place(z[B::parameters]), d = z[B::parameters + 1], d_log_det = z[B::parameters + 2];
  }

  double loss() const {
    const auto image = B::forward(p.data(), x);
    return d * image.point + d_log_det * image.log_det;
  }
  double inverse_loss(double y) const {
    const auto image = B::inverse(p.data(), y);
    return d * image.point + d_log_det * image.log_det;
  }
};

inline double off(double a, double b) { return std::abs(a - b) / (1 + std::abs(b)); }

template <class B>
void check_scalar_round_trip(const ScalarTrial<B>& t) {
  const auto there = B::forward(t.p.data(), t.x), back = B::inverse(t.p.data(), there.point);
  CHECK(off(back.point, t.x) < 1e-12);
  CHECK(std::abs(there.log_det + back.log_det) < 1e-12);
  const auto before = B::inverse(t.p.data(), t.x);
  CHECK(off(B::forward(t.p.data(), before.point).point, t.x) < 1e-12);
}

/// log_det, vjp and inverse_vjp against differences; narrow ones, because a spline's second derivative jumps at its knots.
template <class B>
void check_scalar_derivatives(const ScalarTrial<B>& t) {
  constexpr double h = 1e-4;
  const double rise = slope([&](double s) { return B::forward(t.p.data(), t.x + s).point; }, h);
  const auto image = B::forward(t.p.data(), t.x);
  CHECK(std::abs(std::log(rise) - image.log_det) < 1e-8);
  std::array<double, B::parameters> d_p;
  d_p.fill(std::numeric_limits<double>::quiet_NaN());  // it writes, it does not add
  const double d_x = B::vjp(t.p.data(), t.x, t.d, t.d_log_det, d_p.data());
  auto other = t;
  const auto by = [&](double& number) {
    const double at = number;
    const double found = slope([&](double s) { return number = at + s, other.loss(); }, h);
    number = at;
    return found;
  };
  CHECK(off(d_x, by(other.x)) < 1e-7);
  std::array<double, B::parameters> by_p;
  for (int k = 0; k < B::parameters; ++k) by_p[k] = by(other.p[k]);
  CHECK(worst(d_p, by_p) < 1e-7);
  const double by_y = slope([&](double s) { return t.inverse_loss(image.point + s); }, h);
  CHECK(off(B::inverse_vjp(t.p.data(), t.x, t.d, t.d_log_det), by_y) < 1e-7);
}

template <class B>
void check_scalar_identity_at_zero(const ScalarTrial<B>& t) {
  const std::array<double, B::parameters> zero{};
  const auto there = B::forward(zero.data(), t.x), back = B::inverse(zero.data(), t.x);
  CHECK(off(there.point, t.x) < 1e-15);
  CHECK(off(back.point, t.x) < 1e-15);
  CHECK(std::abs(there.log_det) < 2e-15);
  CHECK(std::abs(back.log_det) < 2e-15);
}

/// Every verb in lanes (or as R = float), whose lanes hold different trials, against double.
template <class B, class R, class Place>
void check_scalar_lanes(Place&& place, double tolerance) {
  using T = scalar_t<R>;
  std::array<R, B::parameters> p, d_p;
  R x, d, d_log_det;
  for (int s = 0; s < lanes_of<R>; ++s) {
    const ScalarTrial<B> t(100 + s, place);
    for (int k = 0; k < B::parameters; ++k) set_lane(p[k], s, static_cast<T>(t.p[k]));
    set_lane(x, s, static_cast<T>(t.x)), set_lane(d, s, static_cast<T>(t.d)), set_lane(d_log_det, s, static_cast<T>(t.d_log_det));
  }
  const auto there = B::forward(p.data(), x), back = B::inverse(p.data(), x);
  const R d_x = B::vjp(p.data(), x, d, d_log_det, d_p.data()), d_y = B::inverse_vjp(p.data(), x, d, d_log_det);
  for (int s = 0; s < lanes_of<R>; ++s) {
    const ScalarTrial<B> t(100 + s, place);
    std::array<double, B::parameters> one_d_p{}, lane_d_p{};
    const auto one_there = B::forward(t.p.data(), t.x), one_back = B::inverse(t.p.data(), t.x);
    CHECK(off(lane(there.point, s), one_there.point) < tolerance);
    CHECK(off(lane(back.point, s), one_back.point) < tolerance);
    CHECK(std::abs(lane(there.log_det, s) - one_there.log_det) < 8 * tolerance);
    CHECK(std::abs(lane(back.log_det, s) - one_back.log_det) < 8 * tolerance);
    CHECK(off(lane(d_x, s), B::vjp(t.p.data(), t.x, t.d, t.d_log_det, one_d_p.data())) < 32 * tolerance);
    CHECK(off(lane(d_y, s), B::inverse_vjp(t.p.data(), t.x, t.d, t.d_log_det)) < 32 * tolerance);
    for (int k = 0; k < B::parameters; ++k) lane_d_p[k] = lane(d_p[k], s);
    CHECK(worst(lane_d_p, one_d_p) < 32 * tolerance);
  }
}

/// All of them.
template <class B, class Place>
void check_scalar_bijector(Place&& place) {
  static_assert(ScalarBijector<B, float> && ScalarBijector<B, double>);
  static_assert(ScalarBijector<B, Lanes<float, 16>> && ScalarBijector<B, Lanes<double, 8>>);
  for (std::uint64_t set = 0; set < 25; ++set) {
    const ScalarTrial<B> t(set, place);
    check_scalar_round_trip(t);
    check_scalar_derivatives(t);
    check_scalar_identity_at_zero(t);
    const auto low = B::forward(t.p.data(), t.x), high = B::forward(t.p.data(), t.x + 1e-3);
    CHECK(high.point > low.point);
  }
  check_scalar_lanes<B, Lanes<double, 8>>(place, 1e-12);
  check_scalar_lanes<B, Lanes<float, 16>>(place, 4e-6);
  check_scalar_lanes<B, float>(place, 4e-6);
}

}  // namespace erg::tests
