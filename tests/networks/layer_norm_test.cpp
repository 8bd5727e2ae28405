#include "erg/networks/layer_norm.hpp"

#include "laws/network_laws.hpp"

using namespace erg;
using namespace erg::tests;

TEST_CASE("LayerNorm: the laws of a network") {
  for (const int features : {4, 7}) {
    ParameterLayout layout;
    layout.add("something before", {3});
    const LayerNorm net(layout, "norm", features);
    check_network(net, some_numbers(layout.size(), 30, 0.6));
  }
}

TEST_CASE("LayerNorm: it starts with mean 0 and variance 1, whatever the offset and scale of what enters") {
  ParameterLayout layout;
  const LayerNorm net(layout, "norm", 40);
  std::vector<double> theta(layout.size(), 9.0), y(40);
  net.initialise(theta.data());
  Tape<double> tape;
  for (const double scale : {0.1, 1.0, 30.0}) {
    auto x = some_block<double>(40, 1, 4, scale);
    double mean_in = 0, variance_in = 0, mean = 0, square = 0;
    for (double& v : x) mean_in += (v += 5) / 40;
    for (const double v : x) variance_in += (v - mean_in) * (v - mean_in) / 40;
    net.forward(theta.data(), x.data(), y.data(), 1, tape);
    for (const double v : y) mean += v / 40, square += v * v / 40;
    CHECK(std::abs(mean) < 1e-13);
    CHECK(square == doctest::Approx(variance_in / (variance_in + 1e-5)).epsilon(1e-12));
  }
}

TEST_CASE("LayerNorm: the cotangent may be replaced in place") {
  ParameterLayout layout;
  const LayerNorm net(layout, "norm", 6);
  const auto theta = some_numbers(layout.size(), 31);
  const auto x = some_block<double>(6, 4, 1), g = some_block<double>(6, 4, 2);
  std::vector<double> y(24), d_x(24), d_theta(theta.size());
  Tape<double> tape;
  const auto kept = net.forward(theta.data(), x.data(), y.data(), 4, tape);
  auto d = g;
  net.vjp(theta.data(), kept, d.data(), d_x.data(), d_theta.data(), 4, tape);
  net.vjp(theta.data(), kept, d.data(), d.data(), d_theta.data(), 4, tape);
  CHECK(d == d_x);
}
