/// \file
/// The laws of every network, written once.
#pragma once

#include "erg/networks/concept.hpp"
#include "laws/numbers.hpp"

#include <limits>

namespace erg::tests {

/// Σ g · net(x) for one column or several; what vjp differentiates.
template <class N>
double network_loss(const N& net, const std::vector<double>& theta, const std::vector<double>& x, const std::vector<double>& g,
                    int columns) {
  Tape<double> tape;
  std::vector<double> y(g.size());
  net.forward(theta.data(), x.data(), y.data(), columns, tape);
  return dot(g, y);
}

/// vjp is the transpose of the Jacobian, weights included; it adds to d_theta and writes d_x; either may be left out.
template <class N>
void check_network_vjp(const N& net, const std::vector<double>& theta, int columns) {
  Tape<double> tape;
  const auto x = some_block<double>(net.inputs(), columns, 1), g = some_block<double>(net.outputs(), columns, 2);
  std::vector<double> y(g.size()), d_x(x.size(), std::numeric_limits<double>::quiet_NaN()), d_theta(theta.size(), 3.0);
  const auto kept = net.forward(theta.data(), x.data(), y.data(), columns, tape);
  auto d_y = g;
  net.vjp(theta.data(), kept, d_y.data(), d_x.data(), d_theta.data(), columns, tape);
  const auto by_x = gradient([&](const auto& at) { return network_loss(net, theta, at, g, columns); }, x);
  auto by_theta = gradient([&](const auto& at) { return network_loss(net, at, x, g, columns); }, theta);
  for (double& d : by_theta) d += 3;
  CHECK(worst(d_x, by_x) < 1e-9);
  CHECK(worst(d_theta, by_theta) < 1e-9);

  std::vector<double> d_x_alone(x.size()), d_theta_alone(theta.size(), 3.0);
  d_y = g;
  net.vjp(theta.data(), kept, d_y.data(), d_x_alone.data(), static_cast<double*>(nullptr), columns, tape);
  CHECK(d_x_alone == d_x);
  d_y = g;
  net.vjp(theta.data(), kept, d_y.data(), static_cast<double*>(nullptr), d_theta_alone.data(), columns, tape);
  CHECK(d_theta_alone == d_theta);
}

/// Another number in one column changes that column alone, forward and back, to the last bit.
template <class N>
void check_columns_do_not_mix(const N& net, const std::vector<double>& theta, int columns) {
  Tape<double> tape;
  auto x = some_block<double>(net.inputs(), columns, 3);
  const auto g = some_block<double>(net.outputs(), columns, 4);
  const auto run = [&](std::vector<double>& y, std::vector<double>& d_x) {
    const auto kept = net.forward(theta.data(), x.data(), y.data(), columns, tape);
    auto d_y = g;
    net.vjp(theta.data(), kept, d_y.data(), d_x.data(), static_cast<double*>(nullptr), columns, tape);
  };
  std::vector<double> y(g.size()), d_x(x.size()), y_2(g.size()), d_x_2(x.size());
  run(y, d_x);
  for (int changed = 0; changed < columns; ++changed) {
    const auto before = x;
    for (int r = 0; r < net.inputs(); ++r) x[static_cast<std::size_t>(r) * columns + changed] += 0.7 + 0.1 * r;
    run(y_2, d_x_2);
    x = before;
    for (int c = 0; c < columns; ++c) {
      const bool same = sample_of(y.data(), net.outputs(), columns, c, 0) == sample_of(y_2.data(), net.outputs(), columns, c, 0);
      CHECK(same == (c != changed));
      if (c != changed)
        CHECK(sample_of(d_x.data(), net.inputs(), columns, c, 0) == sample_of(d_x_2.data(), net.inputs(), columns, c, 0));
    }
  }
}

/// Every lane of every column gives what that sample gives alone in double; d_theta is the sum over samples.
template <class R, class N>
void check_network_lanes(const N& net, const std::vector<double>& theta, int columns, double tolerance) {
  using T = scalar_t<R>;
  const std::vector<T> weights(theta.begin(), theta.end());
  Tape<R> tape;
  const auto x = some_block<R>(net.inputs(), columns, 5);
  auto d_y = some_block<R>(net.outputs(), columns, 6);
  const auto g = d_y;
  std::vector<R> y(g.size()), d_x(x.size());
  std::vector<T> d_theta(theta.size(), T(0));
  const auto kept = net.forward(weights.data(), x.data(), y.data(), columns, tape);
  net.vjp(weights.data(), kept, d_y.data(), d_x.data(), d_theta.data(), columns, tape);
  Tape<double> one_tape;
  std::vector<double> sum_theta(theta.size(), 0.0), one_y(static_cast<std::size_t>(net.outputs())),
      one_d_x(static_cast<std::size_t>(net.inputs()));
  double worst_y = 0, worst_x = 0;
  for (int c = 0; c < columns; ++c)
    for (int s = 0; s < lanes_of<R>; ++s) {
      const auto one_x = sample_of(x.data(), net.inputs(), columns, c, s);
      auto one_g = sample_of(g.data(), net.outputs(), columns, c, s);
      const auto one_kept = net.forward(theta.data(), one_x.data(), one_y.data(), 1, one_tape);
      net.vjp(theta.data(), one_kept, one_g.data(), one_d_x.data(), sum_theta.data(), 1, one_tape);
      worst_y = std::max(worst_y, worst(sample_of(y.data(), net.outputs(), columns, c, s), one_y));
      worst_x = std::max(worst_x, worst(sample_of(d_x.data(), net.inputs(), columns, c, s), one_d_x));
    }
  CHECK(worst_y < tolerance);
  CHECK(worst_x < tolerance);
  CHECK(worst(d_theta, sum_theta) < 10 * tolerance);
}

/// All of them. Shapes: theta (parameters), random.
template <class N>
void check_network(const N& net, const std::vector<double>& theta) {
  static_assert(Network<N, double> && Network<N, Lanes<float, 16>> && Network<N, Lanes<double, 8>>);
  for (const int columns : {1, 4}) check_network_vjp(net, theta, columns);
  check_columns_do_not_mix(net, theta, 5);
  check_network_lanes<Lanes<double, 8>>(net, theta, 5, 1e-13);
  check_network_lanes<Lanes<float, 16>>(net, theta, 3, 2e-6);
}

/// The numbers of one sample of a block whose columns are (particle, pack), as a block (rows, particles).
template <class R>
std::vector<double> particles_of_sample(const std::vector<R>& block, int rows, int particles, int packs, int pack, int lane_) {
  std::vector<double> x(static_cast<std::size_t>(rows) * particles);
  for (int r = 0; r < rows; ++r)
    for (int i = 0; i < particles; ++i)
      x[static_cast<std::size_t>(r * particles + i)] =
          lane(block[static_cast<std::size_t>((r * particles + i) * packs + pack)], lane_);
  return x;
}

/// Every lane of every pack gives what that sample gives alone in double, so samples do not mix; d_theta is the sum over samples.
template <class R, class N>
void check_particle_network_lanes(const N& net, const std::vector<double>& theta, int packs, double tolerance) {
  using T = scalar_t<R>;
  const std::vector<T> weights(theta.begin(), theta.end());
  const int n = net.particles(), columns = n * packs, in = net.inputs(), out = net.outputs();
  Tape<R> tape;
  const auto x = some_block<R>(in, columns, 5), g = some_block<R>(out, columns, 6);
  auto d_y = g;
  std::vector<R> y(g.size()), d_x(x.size());
  std::vector<T> d_theta(theta.size(), T(0));
  const auto kept = net.forward(weights.data(), x.data(), y.data(), columns, tape);
  net.vjp(weights.data(), kept, d_y.data(), d_x.data(), d_theta.data(), columns, tape);
  Tape<double> one_tape;
  std::vector<double> sum_theta(theta.size(), 0.0), one_y(static_cast<std::size_t>(out * n)),
      one_d_x(static_cast<std::size_t>(in * n));
  double worst_y = 0, worst_x = 0;
  for (int p = 0; p < packs; ++p)
    for (int s = 0; s < lanes_of<R>; ++s) {
      const auto one_x = particles_of_sample(x, in, n, packs, p, s);
      auto one_g = particles_of_sample(g, out, n, packs, p, s);
      const auto one_kept = net.forward(theta.data(), one_x.data(), one_y.data(), n, one_tape);
      net.vjp(theta.data(), one_kept, one_g.data(), one_d_x.data(), sum_theta.data(), n, one_tape);
      worst_y = std::max(worst_y, worst(particles_of_sample(y, out, n, packs, p, s), one_y));
      worst_x = std::max(worst_x, worst(particles_of_sample(d_x, in, n, packs, p, s), one_d_x));
    }
  CHECK(worst_y < tolerance);
  CHECK(worst_x < tolerance);
  CHECK(worst(d_theta, sum_theta) < 10 * tolerance);
}

/// Relabelled particles give relabelled outputs and cotangents, the same weight gradients; and the particles do see each other.
template <class N>
void check_relabelling(const N& net, const std::vector<double>& theta) {
  const int n = net.particles();
  const auto relabelled = [&](const std::vector<double>& block) {
    auto other = block;
    for (std::size_t row = 0; row < block.size(); row += static_cast<std::size_t>(n))
      for (int i = 0; i < n; ++i) other[row + static_cast<std::size_t>((i + 1) % n)] = block[row + static_cast<std::size_t>(i)];
    return other;
  };
  struct Run {
    std::vector<double> y, d_x, d_theta;
  };
  const auto run = [&](const std::vector<double>& x, std::vector<double> g) {
    Tape<double> tape;
    Run r{std::vector<double>(g.size()), std::vector<double>(x.size()), std::vector<double>(theta.size(), 0.0)};
    const auto kept = net.forward(theta.data(), x.data(), r.y.data(), n, tape);
    net.vjp(theta.data(), kept, g.data(), r.d_x.data(), r.d_theta.data(), n, tape);
    return r;
  };
  auto x = some_block<double>(net.inputs(), n, 7);
  const auto g = some_block<double>(net.outputs(), n, 8);
  const Run before = run(x, g), after = run(relabelled(x), relabelled(g));
  CHECK(worst(after.y, relabelled(before.y)) < 1e-13);
  CHECK(worst(after.d_x, relabelled(before.d_x)) < 1e-13);
  CHECK(worst(after.d_theta, before.d_theta) < 1e-12);
  x[0] += 0.7;  // of particle 0
  CHECK(std::abs(run(x, g).y.back() - before.y.back()) > 1e-6);
}

/// All laws of a network that mixes the particles of a sample. Shapes: theta (parameters), random.
template <class N>
void check_particle_network(const N& net, const std::vector<double>& theta) {
  static_assert(ParticleNetwork<N, double> && ParticleNetwork<N, Lanes<float, 16>> && ParticleNetwork<N, Lanes<double, 8>>);
  for (const int packs : {1, 2}) check_network_vjp(net, theta, net.particles() * packs);
  check_relabelling(net, theta);
  check_particle_network_lanes<double>(net, theta, 3, 1e-13);
  check_particle_network_lanes<Lanes<double, 8>>(net, theta, 2, 1e-13);
  check_particle_network_lanes<Lanes<float, 16>>(net, theta, 1, 3e-6);
}

}  // namespace erg::tests
