#include "erg/networks/perceptron.hpp"

#include "laws/network_laws.hpp"

#include <stdexcept>

using namespace erg;
using namespace erg::tests;

namespace {

template <class Activation>
void check_dense() {
  ParameterLayout layout;
  layout.add("something before", {5});
  const Dense<Activation> net(layout, "net", 3, 11);
  check_network(net, some_numbers(layout.size(), 20, 0.5));
}

void check_perceptron(const std::vector<int>& widths) {
  ParameterLayout layout;
  layout.add("something before", {2});
  const Perceptron<Silu> net(layout, "net", widths);
  check_network(net, some_numbers(layout.size(), 21, 0.4));
}

}  // namespace

TEST_CASE("Dense: the laws of a network") {
  check_dense<Identity>();
  check_dense<Silu>();
}

TEST_CASE("Perceptron: the laws of a network") {
  check_perceptron({3, 10, 9, 2});
  check_perceptron({1, 4, 1});
  check_perceptron({2, 3, 3, 3, 3, 3, 3, 3, 3, 2});  // the most hidden layers
}

TEST_CASE("Perceptron: weights have names and shapes, one after the other") {
  ParameterLayout layout;
  const Perceptron<Silu> net(layout, "net", {6, 5, 4});
  CHECK(net.inputs() == 6);
  CHECK(net.outputs() == 4);
  CHECK(layout.size() == 6 * 5 + 5 + 5 * 4 + 4);
  REQUIRE(layout.slices().size() == 4);
  CHECK(layout.slices()[0].name == "net.last.weight");
  CHECK(layout.slices()[0].shape == std::vector<int>{4, 5});
  CHECK(layout.slices()[2].name == "net.hidden.0.weight");
  CHECK(layout.slices()[2].shape == std::vector<int>{5, 6});
}

TEST_CASE("Perceptron: it starts at zero with hidden layers of unit gain, and its gradient does not vanish there") {
  ParameterLayout layout;
  const Perceptron<Silu> net(layout, "net", {48, 32, 4});
  std::vector<double> theta(layout.size(), 7.0);
  std::uint64_t index = 0;
  net.initialise(theta.data(), [&] { return normal({1, StreamName::test}, index++, 0); });
  const Slice hidden = layout.slices()[2];
  double square = 0;
  for (std::size_t i = 0; i < hidden.size(); ++i) square += theta[hidden.offset + i] * theta[hidden.offset + i];
  CHECK(square / 32 == doctest::Approx(1).epsilon(0.15));  // 1,536 weights: 4 standard errors of the mean square
  const auto x = some_block<double>(48, 3, 1);
  auto g = some_block<double>(4, 3, 2);
  std::vector<double> y(12, 1.0), d_theta(theta.size(), 0.0);
  Tape<double> tape;
  const auto kept = net.forward(theta.data(), x.data(), y.data(), 3, tape);
  for (const double v : y) CHECK(v == 0);
  net.vjp(theta.data(), kept, g.data(), static_cast<double*>(nullptr), d_theta.data(), 3, tape);
  CHECK(dot(d_theta, d_theta) > 0.01);
}

TEST_CASE("Perceptron: widths that make no network are refused") {
  const auto refused = [](const std::vector<int>& widths) {
    ParameterLayout layout;
    CHECK_THROWS_AS(Perceptron<Silu>(layout, "net", widths), std::invalid_argument);
  };
  refused({});
  refused({3});
  refused({3, 4});
  refused({3, 0, 4});
  refused({3, 5, -1});
  refused({0, 5, 2});
  refused(std::vector<int>(11, 2));
}
