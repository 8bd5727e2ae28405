#include "erg/networks/fourier_embedding.hpp"

#include "laws/network_laws.hpp"

#include <numbers>

using namespace erg;
using namespace erg::tests;

namespace {

/// The largest absolute errors of cosine and sine at frequencies 1 … 32, at x from −3 to 3 as R holds it; the truth in long
/// double.
template <class R>
double embedding_error() {
  using T = scalar_t<R>;
  const FourierEmbedding net(1, 32);
  Tape<R> tape;
  std::vector<R> y(64);
  double most = 0;
  for (int i = 0; i <= 3000; ++i) {
    const T at = static_cast<T>(-3 + 0.002L * i + 1e-5L * (i % 7));
    const R x(at);
    net.forward(nullptr, &x, y.data(), 1, tape);
    for (int k = 1; k <= 32; ++k) {
      const long double turns = static_cast<long double>(at) * k;
      const long double angle = 2 * std::numbers::pi_v<long double> * (turns - std::round(turns));
      most = std::max(most, static_cast<double>(std::abs(lane(y[static_cast<std::size_t>(k - 1)], 0) - std::cos(angle))));
      most = std::max(most, static_cast<double>(std::abs(lane(y[static_cast<std::size_t>(31 + k)], 0) - std::sin(angle))));
    }
  }
  return most;
}

}  // namespace

TEST_CASE("FourierEmbedding: the laws of a network") { check_network(FourierEmbedding(3, 2), {}); }

TEST_CASE("FourierEmbedding: as accurate at frequency 32 as at 1") {
  CHECK(embedding_error<double>() < 2.2e-16);
  CHECK(embedding_error<Lanes<double, 8>>() < 2.2e-16);
  CHECK(embedding_error<float>() < 1.2e-7);
  CHECK(embedding_error<Lanes<float, 16>>() < 1.2e-7);
}

TEST_CASE("FourierEmbedding: cosines of all axes first, then sines; one period apart is the same point") {
  const FourierEmbedding net(2, 3);
  CHECK(net.outputs() == 12);
  Tape<double> tape;
  const std::vector<double> x{0.25, 0.125}, later{1.25, -0.875};
  std::vector<double> y(12), y_later(12);
  net.forward(nullptr, x.data(), y.data(), 1, tape);
  net.forward(nullptr, later.data(), y_later.data(), 1, tape);
  const double r = std::sqrt(0.5);
  CHECK(worst(y, std::vector<double>{0, -1, 0, r, 0, -r, 1, 0, -1, r, 1, r}) < 1e-15);
  CHECK(y_later == y);
}

TEST_CASE("FourierEmbedding: no axes or no frequencies are refused") {
  CHECK_THROWS_AS(FourierEmbedding(0, 1), std::invalid_argument);
  CHECK_THROWS_AS(FourierEmbedding(1, 0), std::invalid_argument);
}
