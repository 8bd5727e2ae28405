#include "erg/base/native.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

using erg::Lanes;

namespace {

// The largest error of f over [low, high], evenly in the logarithm for positive low and evenly otherwise, in units of the last
// place.
template <class L, class F, class G>
double worst_ulp(F f, G exact, double low, double high) {
  using T = typename L::Scalar;
  constexpr int points = 200'000;
  double worst = 0;
  for (int i = 0; i < points; i += L::width) {
    L x;
    for (int s = 0; s < L::width; ++s) {
      const double t = (i + s + 0.37) / points;
      x.set(s, T(low > 0 ? low * std::pow(high / low, t) : low + (high - low) * t));
    }
    const L y = f(x);
    for (int s = 0; s < L::width; ++s) {
      const long double z = exact(static_cast<long double>(x[s]));
      const T near = std::abs(T(z));
      const long double ulp = std::nextafter(near, std::numeric_limits<T>::infinity()) - near;
      worst = std::max(worst, static_cast<double>(std::abs(y[s] - z) / ulp));
    }
  }
  return worst;
}

}  // namespace

TEST_CASE_TEMPLATE("Native: errors in units of the last place are as stated", L, Lanes<float, 16>, Lanes<double, 8>,
                   Lanes<double, 2>) {
  const bool single = sizeof(typename L::Scalar) == 4;
  const double tiny = single ? 1e-30 : 1e-290, huge = single ? 1e30 : 1e290, large = single ? 80 : 700;
  using X = long double;
  const double root = worst_ulp<L>([](L x) { return erg::inverse_root(x); }, [](X x) { return 1 / std::sqrt(x); }, tiny, huge);
  const double quotient = worst_ulp<L>([](L x) { return erg::reciprocal(x); }, [](X x) { return 1 / x; }, tiny, huge);
  const double power = worst_ulp<L>([](L x) { return erg::exp_normal(x); }, [](X x) { return std::exp(x); }, -large, large);
  const double gate =
      worst_ulp<L>([](L x) { return erg::sigmoid(x); }, [](X x) { return 1 / (1 + std::exp(-x)); }, -large, large);
  MESSAGE("inverse_root " << root << ", reciprocal " << quotient << ", exp_normal " << power << ", sigmoid " << gate);
  CHECK(root <= 2);
  CHECK(quotient <= 2);
  CHECK(power <= (single ? 2 : 3));
  if (!single) CHECK(gate <= 4);
}

TEST_CASE_TEMPLATE("Native: any_below and lanes_below count NaN as below", L, Lanes<float, 16>, Lanes<float, 8>, Lanes<float, 4>,
                   Lanes<double, 8>, Lanes<double, 4>) {
  using T = typename L::Scalar;
  L x(T(2));
  CHECK_FALSE(erg::any_below(x, L(T(2))));
  CHECK(erg::lanes_below(x, L(T(2))) == 0);
  x.set(L::width - 1, T(1.5));
  CHECK(erg::any_below(x, L(T(2))));
  x.set(1, std::numeric_limits<T>::quiet_NaN());
  CHECK(erg::lanes_below(x, L(T(2))) == (1u << (L::width - 1) | 2u));
  x.set(L::width - 1, T(3));
  CHECK(erg::any_below(x, L(T(2))));
}

TEST_CASE_TEMPLATE("Native: what has no finite result stays visible", L, Lanes<float, 16>, Lanes<double, 8>) {
  using T = typename L::Scalar;
  const T nan = std::numeric_limits<T>::quiet_NaN();
  CHECK_FALSE(std::isfinite(erg::inverse_root(L(T(0)))[0]));
  CHECK_FALSE(std::isfinite(erg::reciprocal(L(T(0)))[0]));
  CHECK(std::isnan(erg::inverse_root(L(nan))[3]));
  CHECK(std::isnan(erg::reciprocal(L(nan))[3]));
  CHECK(std::isnan(erg::exp_normal(L(nan))[3]));
}

TEST_CASE("Native: sigmoid of float lanes is as near as it says") {
  using L = Lanes<float, 16>;
  double worst = 0;
  for (float first = -80; first <= 79; first += 0.0137f) {
    L x;
    for (int s = 0; s < 16; ++s) x.set(s, first + 0.0625f * static_cast<float>(s));
    const L y = erg::sigmoid(x);
    for (int s = 0; s < 16; ++s) {
      const long double exact = 1 / (1 + std::exp(-static_cast<long double>(x[s])));
      const double error = std::abs(static_cast<double>((y[s] - exact) / exact));
      worst = std::max(worst, error / (4e-7 + 8e-8 * std::abs(static_cast<double>(x[s]))));
    }
  }
  MESSAGE("largest error over what is stated: " << worst);
  CHECK(worst <= 1);
  CHECK(worst > 0.1);
}

TEST_CASE("Native: sigmoid goes from 0 to 1 through one half") {
  CHECK(erg::sigmoid(0.) == 0.5);
  CHECK(erg::sigmoid(2.) + erg::sigmoid(-2.) == doctest::Approx(1).epsilon(1e-15));
  CHECK(erg::sigmoid(Lanes<double, 8>(-800))[3] < 1e-300);
  CHECK(erg::sigmoid(Lanes<float, 16>(800))[3] == 1);
}
