#include "erg/bijectors/circular_shift.hpp"

#include "erg/base/dual.hpp"
#include "laws/scalar_bijector_laws.hpp"

using namespace erg;
using namespace erg::tests;

TEST_CASE("CircularShift: the laws of a scalar bijector, away from the seam") {
  // With parameters of width ½ a shift stays on this side of the seam for most trials; those that cross it are below.
  for (std::uint64_t set = 0; set < 200; ++set) {
    const ScalarTrial<CircularShift> t(set, [](double z) { return 0.5 + 0.1 * z; });
    const double y = t.x + t.p[0];
    if (std::abs(y - 0.5) > 0.49 || std::abs(t.x - t.p[0] - 0.5) > 0.49) continue;
    check_scalar_round_trip(t);
    check_scalar_derivatives(t);
    check_scalar_identity_at_zero(t);
  }
  static_assert(ScalarBijector<CircularShift, Lanes<float, 16>> && ScalarBijector<CircularShift, Dual<double>>);
}

TEST_CASE("CircularShift: it comes back into [0, 1) and is undone there, in every number type") {
  for (const double x : {0.0, 0.25, 0.999})
    for (const double shift : {-3.75, -0.3, 0.0, 0.5, 7.1}) {
      const auto y = CircularShift::forward(&shift, x);
      CHECK(y.point >= 0);
      CHECK(y.point < 1);
      CHECK(y.log_det == 0);
      CHECK(std::abs(std::remainder(CircularShift::inverse(&shift, y.point).point - x, 1.0)) < 1e-14);
      const Lanes<float, 16> wide(static_cast<float>(shift));
      const float there = CircularShift::forward(&wide, Lanes<float, 16>(static_cast<float>(x))).point[3];
      CHECK(there >= 0);
      CHECK(there < 1);
      CHECK(std::abs(std::remainder(there - y.point, 1.0)) < 1e-6);
    }
}

TEST_CASE("whole_turns: the floor, with derivative zero, and no number is rounded up to one") {
  for (const double x : {-2.5, -2.0, -1e-20, 0.0, 0.5, 1.0, 123456.75, 1e18}) {
    CHECK(whole_turns(x) == std::floor(x));
    CHECK(whole_turns(Lanes<double, 8>(x))[7] == std::floor(x));
    CHECK(whole_turns(variable(x)).derivative == 0);
    CHECK(on_circle(x) < 1);
    CHECK(on_circle(x) >= 0);
  }
  CHECK(on_circle(-1e-20f) == 0);
  CHECK(std::isnan(on_circle(std::numeric_limits<float>::quiet_NaN())));
  CHECK(std::isnan(on_circle(std::numeric_limits<float>::infinity())));
}
