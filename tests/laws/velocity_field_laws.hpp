/// \file
/// The laws of every velocity field, written once.
#pragma once

#include "erg/bijectors/continuous/continuous_flow.hpp"
#include "laws/numbers.hpp"

#include <algorithm>

namespace erg::tests {

struct Velocity {
  std::vector<double> v;
  double divergence = 0;
};
template <class F>
Velocity velocity_of(const F& field, const std::vector<double>& theta, double time, const std::vector<double>& x) {
  Velocity at{std::vector<double>(x.size(), 0.0), 0.0};
  Tape<double> tape;
  field.evaluate(theta.data(), time, x.data(), at.v.data(), at.divergence, tape);
  return at;
}

/// Divergence is the trace of the Jacobian, pull its transpose along random directions and single weights; both add.
template <class F>
void check_velocity_field(const F& field, const std::vector<double>& theta, const std::vector<double>& x, double time,
                          double step = 1e-4, double tolerance = 1e-8) {
  static_assert(VelocityField<F, double>);
  const Velocity here = velocity_of(field, theta, time, x);
  CHECK(std::sqrt(dot(here.v, here.v)) > 1e-3);  // it does something
  double trace = 0;
  for (std::size_t row = 0; row < x.size(); ++row) {
    std::vector<double> e(x.size(), 0.0);
    e[row] = 1;
    trace += slope([&](double h) { return velocity_of(field, theta, time, moved(x, e, h)).v[row]; }, step);
  }
  CHECK(std::abs(here.divergence) > 1e-2);
  CHECK(std::abs(trace - here.divergence) < tolerance * (1 + std::abs(trace)));

  const auto d_v = some_numbers(x.size(), 31);
  const double d_divergence = -0.8;
  const auto loss = [&](const std::vector<double>& weights, const std::vector<double>& at) {
    const Velocity found = velocity_of(field, weights, time, at);
    return dot(d_v, found.v) + d_divergence * found.divergence;
  };
  Tape<double> tape;
  std::vector<double> d_x(x.size(), 0.5), d_x_alone(x.size(), 0.5), d_theta(theta.size(), 0.25);
  field.pull(theta.data(), time, x.data(), d_v.data(), d_divergence, d_x.data(), d_theta.data(), tape);
  field.pull(theta.data(), time, x.data(), d_v.data(), d_divergence, d_x_alone.data(), static_cast<double*>(nullptr), tape);
  CHECK(d_x == d_x_alone);
  for (double& d : d_x) d -= 0.5;
  for (double& d : d_theta) d -= 0.25;
  for (std::uint64_t k = 0; k < 6; ++k) {
    const auto along_x = some_numbers(x.size(), 40 + k), along_theta = some_numbers(theta.size(), 50 + k);
    const double by_x = slope([&](double h) { return loss(theta, moved(x, along_x, h)); }, step);
    const double by_theta = slope([&](double h) { return loss(moved(theta, along_theta, h), x); }, step);
    CHECK(std::abs(dot(d_x, along_x) - by_x) < tolerance * (1 + std::abs(by_x)));
    CHECK(std::abs(dot(d_theta, along_theta) - by_theta) < tolerance * (1 + std::abs(by_theta)));
  }
  for (std::size_t i = 0; i < theta.size(); i += std::max<std::size_t>(1, theta.size() / 20)) {
    std::vector<double> one(theta.size(), 0.0);
    one[i] = 1;
    const double by_one = slope([&](double h) { return loss(moved(theta, one, h), x); }, step);
    CHECK(std::abs(d_theta[i] - by_one) < 10 * tolerance * (1 + std::abs(by_one)));
  }
}

}  // namespace erg::tests
