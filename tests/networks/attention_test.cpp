#include "erg/networks/attention.hpp"

#include "laws/network_laws.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

/// Vaswani et al. 2017, eq. 1 and section 3.2.2, loop by loop.
std::vector<double> plain_attention(const ParameterLayout& layout, const std::vector<double>& theta, const std::vector<double>& x,
                                    int width, int heads, int particles) {
  const auto affine = [&](const Slice& weight, const Slice& bias, int row, const std::vector<double>& from, int i) {
    double sum = theta[bias.offset + static_cast<std::size_t>(row)];
    for (int k = 0; k < width; ++k)
      sum += theta[weight.offset + static_cast<std::size_t>(row * width + k)] * from[static_cast<std::size_t>(k * particles + i)];
    return sum;
  };
  const auto& slices = layout.slices();
  const int d = width / heads;
  std::vector<double> mixed(static_cast<std::size_t>(width * particles)), y(mixed.size());
  for (int h = 0; h < heads; ++h)
    for (int i = 0; i < particles; ++i) {
      std::vector<double> weights;
      double total = 0;
      for (int j = 0; j < particles; ++j) {
        double score = 0;
        for (int f = 0; f < d; ++f)
          score += affine(slices[0], slices[1], h * d + f, x, i) * affine(slices[0], slices[1], width + h * d + f, x, j);
        weights.push_back(std::exp(score / std::sqrt(d)));
        total += weights.back();
      }
      for (int f = 0; f < d; ++f)
        for (int j = 0; j < particles; ++j)
          mixed[static_cast<std::size_t>((h * d + f) * particles + i)] +=
              weights[static_cast<std::size_t>(j)] / total * affine(slices[0], slices[1], 2 * width + h * d + f, x, j);
    }
  for (int o = 0; o < width; ++o)
    for (int i = 0; i < particles; ++i)
      y[static_cast<std::size_t>(o * particles + i)] = affine(slices[2], slices[3], o, mixed, i);
  return y;
}

}  // namespace

TEST_CASE("SelfAttention: the laws of a network that mixes particles") {
  for (const int particles : {2, 9}) {
    ParameterLayout layout;
    layout.add("something before", {5});
    const SelfAttention net(layout, "attention", 6, particles == 2 ? 1 : 3, particles);
    check_particle_network(net, some_numbers(layout.size(), 40, 0.5));
  }
}

TEST_CASE("SelfAttention: the published formula") {
  ParameterLayout layout;
  const SelfAttention net(layout, "attention", 6, 2, 7);
  const auto theta = some_numbers(layout.size(), 41, 0.6);
  const auto x = some_block<double>(6, 7, 1);
  std::vector<double> y(x.size());
  Tape<double> tape;
  net.forward(theta.data(), x.data(), y.data(), 7, tape);
  CHECK(worst(y, plain_attention(layout, theta, x, 6, 2, 7)) < 1e-13);
}

TEST_CASE("SelfAttention: many particles, whose rows of scores are worked on in blocks") {
  ParameterLayout layout;
  const int particles = 300;  // blocks of 48 rows, the last of 12
  const SelfAttention net(layout, "attention", 2, 1, particles);
  const auto theta = some_numbers(layout.size(), 42, 0.7);
  const auto x = some_block<double>(2, particles, 1), g = some_block<double>(2, particles, 2);
  std::vector<double> y(x.size()), d_x(x.size()), d_theta(theta.size(), 0.0);
  Tape<double> tape;
  const auto kept = net.forward(theta.data(), x.data(), y.data(), particles, tape);
  CHECK(worst(y, plain_attention(layout, theta, x, 2, 1, particles)) < 1e-12);
  auto d_y = g;
  net.vjp(theta.data(), kept, d_y.data(), d_x.data(), d_theta.data(), particles, tape);
  const auto loss = [&](const std::vector<double>& t, const std::vector<double>& at) {
    return network_loss(net, t, at, g, particles);
  };
  const auto along = some_numbers(x.size(), 43), along_theta = some_numbers(theta.size(), 44);
  CHECK(dot(d_x, along) == doctest::Approx(slope([&](double h) { return loss(theta, moved(x, along, h)); })).epsilon(1e-8));
  CHECK(dot(d_theta, along_theta) ==
        doctest::Approx(slope([&](double h) { return loss(moved(theta, along_theta, h), x); })).epsilon(1e-8));
}

TEST_CASE("SelfAttention: scores beyond the range of exp pick one particle and stay finite") {
  ParameterLayout layout;
  const SelfAttention net(layout, "attention", 1, 1, 3);
  // query 100, key 10 x, value x; output 1.
  const std::vector<float> theta{0, 10, 1, 100, 0, 0, 1, 0};
  using R = Lanes<float, 16>;
  const std::vector<R> x{R(-1.f), R(2.f), R(1.f)};
  std::vector<R> y(3), d_y(3, R(1.f)), d_x(3);
  std::vector<float> d_theta(theta.size(), 0.f);
  Tape<R> tape;
  const auto kept = net.forward(theta.data(), x.data(), y.data(), 3, tape);
  net.vjp(theta.data(), kept, d_y.data(), d_x.data(), d_theta.data(), 3, tape);
  for (const R& v : y) CHECK(v[3] == 2);
  CHECK(d_x[1][0] == doctest::Approx(3));  // its value enters all three outputs
  CHECK(std::abs(d_x[0][0]) < 1e-20);
  for (const float d : d_theta) CHECK(std::isfinite(d));
}

TEST_CASE("SelfAttention: the weights of one size serve another, and what makes no attention is refused") {
  ParameterLayout layout;
  const SelfAttention net(layout, "attention", 4, 2, 3);
  const auto theta = some_numbers(layout.size(), 45);
  check_relabelling(net.with_particles(11), theta);
  Tape<double> tape;
  std::vector<double> x(16), y(16);
  CHECK_THROWS_AS(net.forward(theta.data(), x.data(), y.data(), 4, tape), std::invalid_argument);
  CHECK_THROWS_AS(net.with_particles(0), std::invalid_argument);
  CHECK_THROWS_AS(SelfAttention(layout, "a", 4, 3, 3), std::invalid_argument);
  CHECK_THROWS_AS(SelfAttention(layout, "a", 4, 0, 3), std::invalid_argument);
  CHECK_THROWS_AS(SelfAttention(layout, "a", 0, 1, 3), std::invalid_argument);
}
