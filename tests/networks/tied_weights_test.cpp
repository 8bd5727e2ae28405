#include "erg/networks/tied_weights.hpp"

#include "erg/networks/perceptron.hpp"
#include "laws/numbers.hpp"

#include <algorithm>
#include <numeric>

using namespace erg;
using namespace erg::tests;

namespace {

const SignGroup none{{1, 1, 1}}, turns{{1, 1, 1}, {1, -1, -1}, {-1, 1, -1}, {-1, -1, 1}},
    mirrors{{1, 1, 1}, {-1, -1, -1}, {1, -1, -1}, {-1, 1, -1}, {-1, -1, 1}, {-1, 1, 1}, {1, -1, 1}, {1, 1, -1}};

std::vector<double> turned(const SignedPermutation& g, const std::vector<double>& x) {
  std::vector<double> y(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) y[static_cast<std::size_t>(g.to[i])] = g.sign[i] * x[i];
  return y;
}

/// Vectors on the eight corners of a cube, and one number more: corner k has the signs of mirrors[k].
Representation corners(const SignGroup& group) {
  Representation all;
  for (const auto& g : group) {
    SignedPermutation p;
    for (const auto& corner : mirrors) {
      const std::array<int, 3> image{g[0] * corner[0], g[1] * corner[1], g[2] * corner[2]};
      const auto k = static_cast<int>(std::find(mirrors.begin(), mirrors.end(), image) - mirrors.begin());
      for (int a = 0; a < 3; ++a) p.to.push_back(3 * k + a), p.sign.push_back(g[static_cast<std::size_t>(a)]);
    }
    p.to.push_back(24), p.sign.push_back(1);
    all.push_back(p);
  }
  return all;
}

/// A vector, its length, and one number for each product of two axes.
Representation outputs(const SignGroup& group) {
  Representation all;
  for (const auto& g : group)
    all.push_back({{0, 1, 2, 3, 4, 5, 6}, {g[0], g[1], g[2], 1, g[0] * g[1], g[0] * g[2], g[1] * g[2]}});
  return all;
}

struct Net {
  ParameterLayout layout;
  Perceptron<Silu> net{layout, "net", {25, 16, 11, 7}};  // eleven: three are left over, or one set and three

  TiedWeights ties(const SignGroup& group) const {
    TiedWeights t;
    net.tie(t, group, outputs(group), corners(group));
    return t;
  }
  std::vector<double> operator()(const std::vector<double>& theta, const std::vector<double>& x) const {
    Tape<double> tape;
    std::vector<double> y(7);
    net.forward<double>(theta.data(), x.data(), y.data(), 1, tape);
    return y;
  }
};

double most_broken(const Net& net, const SignGroup& group, const std::vector<double>& theta) {
  const auto x = some_numbers(25, 3), y = net(theta, x);
  double most = 0;
  for (std::size_t g = 0; g < group.size(); ++g)
    most = std::max(most, worst(net(theta, turned(corners(group)[g], x)), turned(outputs(group)[g], y)));
  return most;
}

}  // namespace

TEST_CASE("TiedWeights: a network whose weights are tied commutes with the group, by either verb; any other does not") {
  const Net net;
  for (const SignGroup& group : {turns, mirrors, SignGroup{{1, 1, 1}, {1, 1, -1}}}) {
    const auto random = some_numbers(net.layout.size(), 5, 0.4);
    auto equal = random, mean = random;
    net.ties(group).make_equal(std::span<double>(equal));
    net.ties(group).average(std::span<double>(mean));
    CHECK(most_broken(net, group, equal) < 1e-13);
    CHECK(most_broken(net, group, mean) < 1e-13);
    CHECK(most_broken(net, group, random) > 0.1);
    const auto x = some_numbers(25, 3);
    CHECK(worst(net(equal, x), std::vector<double>(7, 0.0)) > 0.1);
  }
}

TEST_CASE("TiedWeights: the mean is the orthogonal projection, and either verb leaves tied weights as they are") {
  const Net net;
  const TiedWeights ties = net.ties(mirrors);
  const auto random = some_numbers(net.layout.size(), 6), other = some_numbers(net.layout.size(), 7);
  auto mean = random, equal = other;
  ties.average(std::span<double>(mean));
  ties.make_equal(std::span<double>(equal));
  for (const auto& tied : {mean, equal}) {
    auto again = tied, still = tied;
    ties.average(std::span<double>(again));
    ties.make_equal(std::span<double>(still));
    CHECK(worst(again, tied) < 1e-15);
    CHECK(worst(still, tied) < 1e-15);
  }
  double across = 0;
  for (std::size_t i = 0; i < mean.size(); ++i) across += (random[i] - mean[i]) * equal[i];
  CHECK(std::abs(across) < 1e-11);
}

TEST_CASE("TiedWeights: equal random weights spread as before") {
  const Net net;
  auto theta = some_numbers(net.layout.size(), 8);
  net.ties(turns).make_equal(std::span<double>(theta));
  double square = 0;
  for (int i = 0; i < 16 * 25; ++i)
    square += theta[net.layout.slices()[2].offset + static_cast<std::size_t>(i)] *
              theta[net.layout.slices()[2].offset + static_cast<std::size_t>(i)];
  CHECK(square / 400 == doctest::Approx(1).epsilon(4 * std::sqrt(2.0 * 4 / 400)));  // sets of four; 4 sigma: one in 16,000
}

TEST_CASE("TiedWeights: the group of nothing ties nothing, and none leaves all as it is") {
  const Net net;
  const auto random = some_numbers(net.layout.size(), 9);
  auto theta = random;
  net.ties(none).average(std::span<double>(theta));
  CHECK(theta == random);
  TiedWeights{}.average(std::span<double>(theta));
  CHECK(theta == random);
  CHECK(TiedWeights{}.empty());
}
