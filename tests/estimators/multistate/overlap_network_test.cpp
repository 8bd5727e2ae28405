#include "erg/estimators/multistate/overlap_network.hpp"

#include "laws/numbers.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace erg;

namespace {

/// A chain of conductances c₀, c₁ …: node k is joined to node k + 1 by c_k.
Eigen::MatrixXd chain(const std::vector<double>& conductance) {
  const auto n = static_cast<Eigen::Index>(conductance.size()) + 1;
  Eigen::MatrixXd shared = Eigen::MatrixXd::Zero(n, n);
  for (Eigen::Index k = 0; k + 1 < n; ++k) shared(k + 1, k) = conductance[static_cast<std::size_t>(k)];
  return shared;
}
double between(const Eigen::MatrixXd& g, Eigen::Index i, Eigen::Index j) { return g(i, i) + g(j, j) - 2 * g(i, j); }

}  // namespace

TEST_CASE("OverlapNetwork: resistances of a chain add, those of parallel links add as conductances") {
  const auto g = OverlapNetwork(chain({2, 5, 0.1}), std::vector<double>(4), 1).inverse();
  CHECK(between(g, 0, 1) == doctest::Approx(0.5).epsilon(1e-14));
  CHECK(between(g, 0, 3) == doctest::Approx(0.5 + 0.2 + 10).epsilon(1e-14));
  CHECK(between(g, 1, 3) == doctest::Approx(10.2).epsilon(1e-14));
  Eigen::MatrixXd ring = chain({1, 1, 1});
  ring(3, 0) = 1;
  CHECK(between(OverlapNetwork(ring, std::vector<double>(4), 1).inverse(), 0, 2) == doctest::Approx(1).epsilon(1e-14));
}

TEST_CASE("OverlapNetwork: the step solves the Laplacian, and the inverse is its inverse") {
  const int n = 7;
  const auto numbers = tests::some_numbers(n * n, 1);
  Eigen::MatrixXd shared = Eigen::MatrixXd::Zero(n, n), laplacian = Eigen::MatrixXd::Zero(n, n);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < i; ++j) {
      shared(i, j) = std::exp(4 * numbers[static_cast<std::size_t>(i * n + j)]);
      laplacian(i, j) = laplacian(j, i) = -shared(i, j);
      laplacian(i, i) += shared(i, j);
      laplacian(j, j) += shared(i, j);
    }
  std::vector<double> missing = tests::some_numbers(n, 2);
  double sum = 0;
  for (const double m : missing) sum += m / n;
  for (double& m : missing) m -= sum;
  const OverlapNetwork network(shared, missing, 0);
  const auto step = network.step(missing, 0);
  const auto g = network.inverse();
  double decrement = 0;
  for (int i = 0; i < n; ++i) {
    double back = 0, by_inverse = 0;
    for (int j = 0; j < n; ++j) {
      back += laplacian(i, j) * step.of_node[static_cast<std::size_t>(j)];
      by_inverse += g(i, j) * missing[static_cast<std::size_t>(j)];
    }
    CHECK(back == doctest::Approx(missing[static_cast<std::size_t>(i)]).epsilon(1e-11));
    CHECK(by_inverse == doctest::Approx(step.of_node[static_cast<std::size_t>(i)]).epsilon(1e-11));
    decrement += missing[static_cast<std::size_t>(i)] * step.of_node[static_cast<std::size_t>(i)];
  }
  CHECK(step.decrement == doctest::Approx(std::sqrt(decrement)).epsilon(1e-11));
}

TEST_CASE("OverlapNetwork: a link of 1e-200 beside one of 1e6 keeps its digits while something pulls at it") {
  const std::vector<double> missing{0, -1e-3, 1e-3};
  const OverlapNetwork network(chain({1e6, 1e-200}), missing, 0);
  CHECK(network.step(missing, 0).of_node[2] == doctest::Approx(1e197).epsilon(1e-13));
  CHECK(!network.stuck());
}

TEST_CASE(
    "OverlapNetwork: weak links that nothing pulls at part the nodes into groups; broken ones that are pulled at are stuck") {
  const OverlapNetwork network(chain({3, 0.009, 2, 0.02}), std::vector<double>(5), 0);
  CHECK(network.groups() == std::vector<std::size_t>{0, 0, 2, 2, 2});
  const auto g = network.inverse();
  CHECK(g(2, 2) == 0);
  CHECK(between(g, 2, 4) == doctest::Approx(0.5 + 50).epsilon(1e-13));
  CHECK(OverlapNetwork(chain({3, 0}), {0, -1, 1}, 0).stuck());
  CHECK(!OverlapNetwork(chain({3, 0}), {0, 0, 0}, 0).stuck());
}
