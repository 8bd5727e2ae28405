#include "erg/base/native.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

using erg::Lanes;

namespace {

// The largest error of f over [low, high] in units of the last place of the exact result, on points that fill the interval
// evenly (or, where `ratio`, evenly in the logarithm). Exact: the same function of long double.
template <class L, class F, class G>
double worst_ulp(F f, G exact, double low, double high, bool ratio = false) {
  using T = typename L::Scalar;
  constexpr int points = 200'000;
  double worst = 0;
  for (int i = 0; i < points; i += L::width) {
    L x;
    for (int s = 0; s < L::width; ++s) {
      const double t = (i + s + 0.37) / points;
      x.set(s, T(ratio ? low * std::pow(high / low, t) : low + (high - low) * t));
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

TEST_CASE_TEMPLATE("Math: errors in units of the last place are as stated", L, Lanes<float, 16>, Lanes<double, 8>) {
  const bool single = sizeof(typename L::Scalar) == 4;
  const double large = single ? 87 : 708, tiny = single ? 1e-30 : 1e-290, huge = single ? 1e30 : 1e290;
  using X = long double;
  const auto exp = [](X x) { return std::exp(x); };
  const auto log = [](X x) { return std::log(x); };
  const auto log1p = [](X x) { return std::log1p(x); };
  const auto sinh = [](X x) { return std::sinh(x); };
  const auto cosh = [](X x) { return std::cosh(x); };
  const auto asinh = [](X x) { return std::asinh(x); };
  const auto f_exp = [](L x) { return erg::exp(x); };
  const auto f_log = [](L x) { return erg::log(x); };
  const auto f_log1p = [](L x) { return erg::log1p(x); };
  const auto f_sinh = [](L x) { return erg::sinh(x); };
  const auto f_cosh = [](L x) { return erg::cosh(x); };
  const auto f_asinh = [](L x) { return erg::asinh(x); };
  double worst[6] = {};
  for (const double reach : {1e-3, 1., 10., large}) {
    worst[0] = std::max(worst[0], worst_ulp<L>(f_exp, exp, -reach, reach));
    worst[3] = std::max(worst[3], worst_ulp<L>(f_sinh, sinh, -reach, reach));
    worst[4] = std::max(worst[4], worst_ulp<L>(f_cosh, cosh, -reach, reach));
    worst[5] = std::max(worst[5], worst_ulp<L>(f_asinh, asinh, -reach, reach));
  }
  worst[1] = std::max(worst_ulp<L>(f_log, log, tiny, huge, true), worst_ulp<L>(f_log, log, 0.5, 2));
  worst[2] = std::max({worst_ulp<L>(f_log1p, log1p, tiny, huge, true), worst_ulp<L>(f_log1p, log1p, -0.999, 1),
                       worst_ulp<L>(f_log1p, log1p, -1e-3, 1e-3)});
  worst[5] = std::max(worst[5], worst_ulp<L>(f_asinh, asinh, tiny, single ? 1e18 : 1e150, true));
  MESSAGE("exp " << worst[0] << ", log " << worst[1] << ", log1p " << worst[2] << ", sinh " << worst[3] << ", cosh " << worst[4]
                 << ", asinh " << worst[5]);
  constexpr double stated[6] = {2, 1, 2, 3, 3, 3};
  for (int k = 0; k < 6; ++k) CHECK(worst[k] <= stated[k]);
}

TEST_CASE_TEMPLATE("Math: special values are those of IEEE", L, Lanes<float, 16>, Lanes<double, 8>) {
  using T = typename L::Scalar;
  const T infinity = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  CHECK(erg::exp(L(T(0)))[0] == 1);
  CHECK(erg::exp(L(-infinity))[0] == 0);
  CHECK(erg::exp(L(infinity))[0] == infinity);
  CHECK(std::isnan(erg::exp(L(nan))[0]));
  CHECK(erg::exp(L(T(-1e6)))[0] == 0);
  CHECK(erg::exp(L(T(1e6)))[0] == infinity);
  CHECK(std::isfinite(erg::exp(L(sizeof(T) == 4 ? T(88.7) : T(709.7)))[0]));
  CHECK(erg::log(L(T(1)))[0] == 0);
  CHECK(erg::log(L(T(0)))[0] == -infinity);
  CHECK(erg::log(L(infinity))[0] == infinity);
  CHECK(std::isnan(erg::log(L(T(-1)))[0]));
  CHECK(std::isnan(erg::log(L(nan))[0]));
  CHECK(erg::log1p(L(T(0)))[0] == 0);
  CHECK(erg::sinh(L(T(0)))[0] == 0);
  CHECK(erg::cosh(L(T(0)))[0] == 1);
  CHECK(erg::asinh(L(T(0)))[0] == 0);
  CHECK(erg::sqrt(L(T(2)))[0] == std::sqrt(T(2)));
  CHECK(erg::abs(L(T(-2)))[0] == 2);
  CHECK(std::isnan(erg::sinh(L(nan))[0]));
  CHECK(std::isnan(erg::asinh(L(nan))[0]));
}

TEST_CASE("Math: special lanes do not disturb their neighbours") {
  Lanes<double, 8> x(0.5);
  x.set(1, -1);
  x.set(2, std::numeric_limits<double>::infinity());
  x.set(6, std::numeric_limits<double>::quiet_NaN());
  const auto y = erg::log(x);
  for (const int s : {0, 3, 4, 5, 7}) CHECK(y[s] == doctest::Approx(std::log(0.5)).epsilon(1e-15));
}
