#include "erg/base/dual.hpp"
#include "erg/base/vector.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using erg::Dual;
using erg::Lanes;

namespace {

// One generic formula through every operation and function of math.hpp.
template <class R>
R formula(R x) {
  using namespace erg;
  const R a = sqrt(x) * exp(-x) + log(x) / log1p(x);
  const R b = sinh(x) - cosh(R(0.5) * x) + asinh(x * x) + log1p(x * x);
  return select(x < R(1.5), a * b, abs(a - b) / (R(1) + x));
}

}  // namespace

TEST_CASE("Dual: a generic formula's derivative equals the central difference") {
  for (const double x : {0.3, 0.9, 1.4, 1.6, 2.5}) {
    const double h = 1e-5;
    const double expected = (formula(x + h) - formula(x - h)) / (2 * h);
    const Dual<double> y = formula(erg::variable(x));
    CHECK(y.value == formula(x));
    CHECK(y.derivative == doctest::Approx(expected).epsilon(1e-8));
  }
}

TEST_CASE("Dual: every function follows its known derivative") {
  const double x = 0.7;
  const auto d = erg::variable(x);
  CHECK(erg::sqrt(d).derivative == doctest::Approx(0.5 / std::sqrt(x)).epsilon(1e-15));
  CHECK(erg::exp(d).derivative == doctest::Approx(std::exp(x)).epsilon(1e-15));
  CHECK(erg::log(d).derivative == doctest::Approx(1 / x).epsilon(1e-15));
  CHECK(erg::log1p(d).derivative == doctest::Approx(1 / (1 + x)).epsilon(1e-15));
  CHECK(erg::sinh(d).derivative == doctest::Approx(std::cosh(x)).epsilon(1e-15));
  CHECK(erg::cosh(d).derivative == doctest::Approx(std::sinh(x)).epsilon(1e-15));
  CHECK(erg::asinh(d).derivative == doctest::Approx(1 / std::sqrt(1 + x * x)).epsilon(1e-15));
  CHECK(erg::abs(-d).derivative == 1);
  CHECK((d / (2. * d + 1.)).derivative == doctest::Approx(1 / ((2 * x + 1) * (2 * x + 1))).epsilon(1e-14));
}

TEST_CASE("Dual: lanes differentiate in eight directions at once") {
  using L = Lanes<double, 8>;
  // f(r) = |r|³ for a vector r; direction k < 3 is axis k, the others are zero.
  erg::Vec3<Dual<L>> r{L(0.3), L(-1.1), L(0.8)};
  for (int axis = 0; axis < 3; ++axis) r[axis].derivative.set(axis, 1);
  const Dual<L> n = norm(r);
  const Dual<L> f = n * n * n;
  const double length = std::sqrt(0.09 + 1.21 + 0.64);
  const double component[] = {0.3, -1.1, 0.8};
  for (int s = 0; s < 8; ++s) {
    CHECK(f.value[s] == doctest::Approx(length * length * length));
    CHECK(f.derivative[s] == doctest::Approx(s < 3 ? 3 * length * component[s] : 0.));
  }
}

TEST_CASE("Dual: comparison sees the value, select keeps lane by lane, sum and lane are linear") {
  using L = Lanes<double, 4>;
  Dual<L> x;
  for (int s = 0; s < 4; ++s) set_lane(x, s, Dual<double>{double(s), 10. + s});
  const Dual<L> y = select(x < Dual<L>(1.5), x, Dual<L>(-1.));
  CHECK(erg::any(x < Dual<L>(0.5)));
  CHECK_FALSE(erg::any(x < Dual<L>(0.)));
  CHECK(lane(y, 1).derivative == 11);
  CHECK(lane(y, 2).value == -1);
  CHECK(lane(y, 2).derivative == 0);
  CHECK(sum(x).value == 6);
  CHECK(sum(x).derivative == 46);
  CHECK(erg::lanes_of<Dual<L>> == 4);
  CHECK((2 * x + L(1)).derivative[3] == 26);
}

TEST_CASE("Dual: of duals gives the second derivative") {
  const auto x = erg::variable(erg::variable(0.6));
  const auto y = erg::exp(x * x);
  CHECK(y.derivative.derivative == doctest::Approx((2 + 4 * 0.36) * std::exp(0.36)).epsilon(1e-14));
}
