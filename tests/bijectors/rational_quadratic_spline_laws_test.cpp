#include "erg/bijectors/rational_quadratic_spline.hpp"

#include "erg/base/dual.hpp"
#include "laws/scalar_bijector_laws.hpp"

using namespace erg;
using namespace erg::tests;

TEST_CASE("RationalQuadraticSpline: the laws of a scalar bijector, with linear tails") {
  check_scalar_bijector<RationalQuadraticSpline<7, LinearTails<4>>>([](double z) { return 2.5 * z; });
}
TEST_CASE("RationalQuadraticSpline: the laws of a scalar bijector, on an interval and beyond it") {
  check_scalar_bijector<RationalQuadraticSpline<8, Bounded>>([](double z) { return 0.5 + 0.31 * z; });
}
TEST_CASE("RationalQuadraticSpline: the laws of a scalar bijector, on the circle") {
  check_scalar_bijector<RationalQuadraticSpline<5, Circular>>([](double z) { return z; });
}

TEST_CASE("RationalQuadraticSpline: numbers that carry derivatives find the slope that log_det is the logarithm of") {
  using S = RationalQuadraticSpline<5, Circular>;
  const ScalarTrial<S> t(1, [](double z) { return z; });
  std::array<Dual<double>, S::parameters> p;
  for (int k = 0; k < S::parameters; ++k) p[k] = Dual<double>(t.p[k]);
  const auto there = S::forward(p.data(), variable(t.x)), back = S::inverse(p.data(), variable(t.x));
  CHECK(there.point.derivative == doctest::Approx(std::exp(there.log_det.value)).epsilon(1e-12));
  CHECK(back.point.derivative == doctest::Approx(std::exp(back.log_det.value)).epsilon(1e-12));
  CHECK(there.point.value == doctest::Approx(S::forward(t.p.data(), t.x).point));
}
