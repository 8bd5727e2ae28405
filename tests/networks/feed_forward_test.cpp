#include "erg/networks/transformer.hpp"

#include "laws/network_laws.hpp"

using namespace erg;
using namespace erg::tests;

TEST_CASE("FeedForward: the laws of a network") {
  ParameterLayout layout;
  layout.add("something before", {2});
  const FeedForward<Gelu> net(layout, "net", 3, 10);
  const auto theta = some_numbers(layout.size(), 50, 0.5);
  check_network(net, theta);
  check_network_vjp(net, theta, 29);  // several chunks, the last one shorter
  check_columns_do_not_mix(net, theta, 26);
  check_network_lanes<Lanes<float, 16>>(net, theta, 14, 2e-6);
}

TEST_CASE("FeedForward: it is the perceptron with one hidden layer") {
  ParameterLayout layout, other;
  const FeedForward<Gelu> net(layout, "net", 3, 10);
  const Perceptron<Gelu> perceptron(other, "net", {3, 10, 3});
  const auto theta = some_numbers(layout.size(), 51);
  std::vector<double> same;  // the perceptron's last layer stands first
  same.insert(same.end(), theta.begin() + 40, theta.end());
  same.insert(same.end(), theta.begin(), theta.begin() + 40);
  const auto x = some_block<double>(3, 17, 1);
  std::vector<double> y(51), y_other(51);
  Tape<double> tape;
  net.forward(theta.data(), x.data(), y.data(), 17, tape);
  perceptron.forward(same.data(), x.data(), y_other.data(), 17, tape);
  CHECK(worst(y, y_other) < 1e-15);
}
