/// \file
/// The laws of every bijector of a point, written once.
#pragma once

#include "erg/bijectors/concept.hpp"
#include "laws/numbers.hpp"

#include <array>
#include <bit>
#include <limits>

namespace erg::tests {

/// A bijector with the numbers that steer it and cotangents of what it gives.
template <class B>
struct PointTrial {
  std::array<double, B::parameters> p;
  Vec3<double> x, d;
  double d_log_det;

  explicit PointTrial(std::uint64_t set) {
    const auto z = some_numbers(B::parameters + 7, set);
    for (int k = 0; k < B::parameters; ++k) p[k] = 0.5 * z[k];
    const double* rest = z.data() + B::parameters;
    x = {1.5 * rest[0], 1.5 * rest[1], 1.5 * rest[2]};
    d = {rest[3], rest[4], rest[5]};
    d_log_det = rest[6];
  }

  /// What vjp differentiates, and inverse_vjp.
  double loss() const {
    const auto image = B::forward(p.data(), x);
    return erg::dot(d, image.point) + d_log_det * image.log_det;
  }
  double inverse_loss(Vec3<double> y) const {
    const auto image = B::inverse(p.data(), y);
    return erg::dot(d, image.point) + d_log_det * image.log_det;
  }
};

inline double distance(Vec3<double> a, Vec3<double> b) { return norm(a - b) / (1 + norm(b)); }

template <class B>
void check_round_trip(const PointTrial<B>& t) {
  const auto there = B::forward(t.p.data(), t.x), back = B::inverse(t.p.data(), there.point);
  CHECK(distance(back.point, t.x) < 1e-12);
  CHECK(std::abs(there.log_det + back.log_det) < 1e-12);
  const auto before = B::inverse(t.p.data(), t.x);
  CHECK(distance(B::forward(t.p.data(), before.point).point, t.x) < 1e-12);
}

template <class B>
void check_log_det(const PointTrial<B>& t) {
  Mat3<double> columns;
  for (int a = 0; a < 3; ++a)
    for (int c = 0; c < 3; ++c)
      columns[a][c] = slope([&](double h) {
        Vec3<double> x = t.x;
        x[a] += h;
        return B::forward(t.p.data(), x).point[c];
      });
  CHECK(std::abs(std::log(std::abs(determinant(columns))) - B::forward(t.p.data(), t.x).log_det) < 1e-8);
}

template <class B>
void check_products(const PointTrial<B>& t) {
  std::array<double, B::parameters> d_p;
  d_p.fill(std::numeric_limits<double>::quiet_NaN());  // it writes, it does not add
  const Vec3<double> d_x = B::vjp(t.p.data(), t.x, t.d, t.d_log_det, d_p.data());
  Vec3<double> by_x, by_y;
  std::vector<double> by_p(B::parameters);
  const Vec3<double> y = B::forward(t.p.data(), t.x).point;
  for (int a = 0; a < 3; ++a) {
    by_x[a] = slope([&, moved = t](double h) mutable {
      moved.x[a] = t.x[a] + h;
      return moved.loss();
    });
    by_y[a] = slope([&](double h) {
      Vec3<double> at = y;
      at[a] += h;
      return t.inverse_loss(at);
    });
  }
  for (int k = 0; k < B::parameters; ++k)
    by_p[k] = slope([&, moved = t](double h) mutable {
      moved.p[k] = t.p[k] + h;
      return moved.loss();
    });
  CHECK(distance(d_x, by_x) < 1e-8);
  CHECK(distance(B::inverse_vjp(t.p.data(), t.x, t.d, t.d_log_det), by_y) < 1e-8);
  CHECK(worst(d_p, by_p) < 1e-8);
}

template <class B>
void check_identity_at_zero(const PointTrial<B>& t) {
  const std::array<double, B::parameters> zero{};
  const auto there = B::forward(zero.data(), t.x), back = B::inverse(zero.data(), t.x);
  CHECK(distance(there.point, t.x) < 1e-15);
  CHECK(distance(back.point, t.x) < 1e-15);
  CHECK(std::abs(there.log_det) < 1e-15);
  CHECK(std::abs(back.log_det) < 1e-15);
}

/// Every verb in lanes, whose lanes hold different trials, against double.
template <class B, class R>
void check_point_lanes(double tolerance) {
  using T = scalar_t<R>;
  std::array<R, B::parameters> p, d_p;
  Vec3<R> x, d;
  R d_log_det;
  for (int s = 0; s < lanes_of<R>; ++s) {
    const PointTrial<B> t(100 + s);
    for (int k = 0; k < B::parameters; ++k) set_lane(p[k], s, static_cast<T>(t.p[k]));
    for (int a = 0; a < 3; ++a) set_lane(x[a], s, static_cast<T>(t.x[a])), set_lane(d[a], s, static_cast<T>(t.d[a]));
    set_lane(d_log_det, s, static_cast<T>(t.d_log_det));
  }
  const auto there = B::forward(p.data(), x), back = B::inverse(p.data(), x);
  const Vec3<R> d_x = B::vjp(p.data(), x, d, d_log_det, d_p.data()), d_y = B::inverse_vjp(p.data(), x, d, d_log_det);
  const auto at = [](const Vec3<R>& v, int s) { return Vec3<double>{lane(v.x, s), lane(v.y, s), lane(v.z, s)}; };
  for (int s = 0; s < lanes_of<R>; ++s) {
    const PointTrial<B> t(100 + s);
    std::array<double, B::parameters> one_d_p{}, lane_d_p{};
    const auto one_there = B::forward(t.p.data(), t.x), one_back = B::inverse(t.p.data(), t.x);
    CHECK(distance(at(there.point, s), one_there.point) < tolerance);
    CHECK(distance(at(back.point, s), one_back.point) < tolerance);
    CHECK(std::abs(lane(there.log_det, s) - one_there.log_det) < 4 * tolerance);
    CHECK(std::abs(lane(back.log_det, s) - one_back.log_det) < 4 * tolerance);
    CHECK(distance(at(d_x, s), B::vjp(t.p.data(), t.x, t.d, t.d_log_det, one_d_p.data())) < 4 * tolerance);
    CHECK(distance(at(d_y, s), B::inverse_vjp(t.p.data(), t.x, t.d, t.d_log_det)) < 4 * tolerance);
    for (int k = 0; k < B::parameters; ++k) lane_d_p[k] = lane(d_p[k], s);
    CHECK(worst(lane_d_p, one_d_p) < 8 * tolerance);
  }
}

/// For a bijector that says how its parameters change with the axes' signs.
template <AxisSymmetricBijector B>
void check_axis_symmetry(const PointTrial<B>& t) {
  const auto there = B::forward(t.p.data(), t.x);
  for (unsigned flipped = 0; flipped < 8; ++flipped) {
    const auto turned = [&](Vec3<double> v) {
      for (int a = 0; a < 3; ++a) v[a] = flipped & 1u << a ? -v[a] : v[a];
      return v;
    };
    auto p = t.p;
    for (std::size_t k = 0; k < p.size(); ++k) p[k] = std::popcount(flipped & B::parity[k]) % 2 ? -p[k] : p[k];
    const auto mirrored = B::forward(p.data(), turned(t.x));
    CHECK(distance(mirrored.point, turned(there.point)) < 1e-14);
    CHECK(std::abs(mirrored.log_det - there.log_det) < 1e-14);
  }
}

/// All of them.
template <class B>
void check_point_bijector() {
  static_assert(PointBijector<B, double> && PointBijector<B, Lanes<float, 16>> && PointBijector<B, Lanes<double, 8>>);
  for (std::uint64_t set = 0; set < 25; ++set) {
    const PointTrial<B> t(set);
    check_round_trip(t);
    check_log_det(t);
    check_products(t);
    check_identity_at_zero(t);
    if constexpr (AxisSymmetricBijector<B>) check_axis_symmetry(t);
  }
  check_point_lanes<B, Lanes<double, 8>>(1e-12);
  check_point_lanes<B, Lanes<float, 16>>(2e-5);
}

}  // namespace erg::tests
