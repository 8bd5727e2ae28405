#include "erg/bijectors/crystal/mode_scaling.hpp"

#include "laws/numbers.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

const std::vector<double> stiffness{0, 0, 0, 0.5, 2, 2, 3.5, 8};

struct Scaling {
  ParameterLayout layout;
  ModeScaling<double> map{layout, stiffness, 8};
  std::vector<double> theta = some_numbers(layout.size(), 1, 0.5);

  std::vector<double> stretch(const std::vector<double>& weights) const {
    Tape<double> tape;
    std::vector<double> s(stiffness.size(), 99.0);
    map.forward(weights.data(), s.data(), tape);
    return s;
  }
};

}  // namespace

TEST_CASE("ModeScaling: a function of the stiffness alone, smooth, and nothing for the uniform shifts") {
  const Scaling t;
  const auto s = t.stretch(t.theta);
  for (int row = 0; row < 3; ++row) CHECK(s[row] == 0);
  CHECK(s[4] == s[5]);
  CHECK(s[3] != s[4]);
  ParameterLayout layout;
  const std::vector<double> other{2, 0, 2.001};  // another crystal with a mode of the same stiffness: the same stretch
  const ModeScaling<double> map(layout, other, 8);
  CHECK(layout.size() == t.layout.size());
  std::vector<double> r(3);
  Tape<double> tape;
  map.forward(t.theta.data(), r.data(), tape);
  CHECK(r[0] == doctest::Approx(s[4]).epsilon(1e-14));
  CHECK(r[1] == 0);
  CHECK(std::abs(r[2] - r[0]) < 1e-2);
}

TEST_CASE("ModeScaling: vjp is the transposed Jacobian, rows of no vibration left out") {
  const Scaling t;
  const auto g = some_numbers(stiffness.size(), 2);
  std::vector<double> s(stiffness.size()), d_s = g, d_theta(t.theta.size(), 1.0);
  Tape<double> tape;
  const auto kept = t.map.forward(t.theta.data(), s.data(), tape);
  t.map.vjp(t.theta.data(), kept, d_s.data(), d_theta.data(), tape);
  auto expected = gradient([&](const auto& weights) { return dot(g, t.stretch(weights)); }, t.theta);
  for (double& d : expected) d += 1;
  CHECK(worst(d_theta, expected) < 1e-9);
}

TEST_CASE("ModeScaling: it starts without a stretch") {
  const Scaling t;
  std::vector<double> theta(t.theta.size(), 5.0);
  t.map.initialise(theta.data(), [] { return 0.7; });
  for (const double s : t.stretch(theta)) CHECK(s == 0);
}
