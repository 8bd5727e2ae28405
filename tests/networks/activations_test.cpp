#include "erg/networks/activations.hpp"

#include "laws/numbers.hpp"

#include <numbers>

using namespace erg;
using namespace erg::tests;

namespace {

/// The slope is the derivative, lanes give what scalars give, and far out everything stays finite.
template <class Activation>
void check_activation() {
  using Wide = Lanes<double, 8>;
  using Narrow = Lanes<float, 16>;
  for (double x = -6; x <= 6; x += 0.17) {
    const auto [value, derivative] = Activation::at(x);
    CHECK(derivative == doctest::Approx(slope([&](double h) { return Activation::at(x + h).value; })).epsilon(1e-9));
    const auto wide = Activation::at(Wide(x));
    const auto narrow = Activation::at(Narrow(static_cast<float>(x)));
    CHECK(std::abs(wide.value[5] - value) < 1e-14 * (1 + std::abs(value)));
    CHECK(std::abs(wide.derivative[5] - derivative) < 1e-14);
    CHECK(std::abs(narrow.value[11] - value) < 2e-6);
    CHECK(std::abs(narrow.derivative[11] - derivative) < 2e-6);
  }
  for (const float x : {-300.f, -90.f, 90.f, 300.f}) {
    const auto far = Activation::at(Narrow(x));
    CHECK(std::isfinite(far.value[0]));
    CHECK(std::isfinite(far.derivative[0]));
  }
}

}  // namespace

TEST_CASE("Activations: slopes are derivatives, lanes are scalars, nothing overflows") {
  check_activation<Identity>();
  check_activation<Relu>();
  check_activation<Tanh>();
  check_activation<Silu>();
  check_activation<Gelu>();
  check_activation<Softplus>();
}

TEST_CASE("Activations: values by their formulas") {
  for (const double x : {-3.1, -0.4, 0.0, 0.7, 2.9}) {
    CHECK(Identity::at(x).value == x);
    CHECK(Relu::at(x).value == std::max(x, 0.0));
    CHECK(Tanh::at(x).value == doctest::Approx(std::tanh(x)).epsilon(1e-14));
    CHECK(Silu::at(x).value == doctest::Approx(x / (1 + std::exp(-x))).epsilon(1e-14));
    const double inner = std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x);
    CHECK(Gelu::at(x).value == doctest::Approx(0.5 * x * (1 + std::tanh(inner))).epsilon(1e-13));
    CHECK(std::abs(Gelu::at(x).value - 0.5 * x * std::erfc(-x / std::numbers::sqrt2)) < 5e-4);  // x Φ(x)
    CHECK(Softplus::at(x).value == doctest::Approx(std::log(1 + std::exp(x))).epsilon(1e-14));
  }
  CHECK(Relu::at(0.0).derivative == 0);
}
