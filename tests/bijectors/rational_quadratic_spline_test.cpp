#include "erg/bijectors/rational_quadratic_spline.hpp"

#include "laws/numbers.hpp"

#include <algorithm>
#include <array>
#include <limits>

using namespace erg;
using namespace erg::tests;

namespace {

using OnLine = RationalQuadraticSpline<7, LinearTails<4>>;
using OnInterval = RationalQuadraticSpline<8, Bounded>;
using OnCircle = RationalQuadraticSpline<5, Circular>;

/// The members of a spline type that the tests below turn over.
template <class S>
struct Parts;
template <int Bins, class E>
struct Parts<RationalQuadraticSpline<Bins, E>> {
  static constexpr int bins = Bins;
  using Ends = E;
};

/// Parameters of S in T, normal with the given width but never beyond `most`.
template <class S, class T>
std::array<T, S::parameters> parameters_of(std::uint64_t set, double width, double most = 30) {
  std::array<T, S::parameters> p;
  const auto z = some_numbers(S::parameters, set, width);
  for (int k = 0; k < S::parameters; ++k) p[k] = static_cast<T>(std::clamp(z[k], -most, most));
  return p;
}

/// Numbers over the range and beyond, each knot of both sides, and the numbers next to it.
template <class S, class T>
std::vector<T> places(const std::array<T, S::parameters>& p) {
  using Ends = typename Parts<S>::Ends;
  const T lower = Ends::lower, length = Ends::upper - Ends::lower;
  std::vector<T> all;
  for (int i = -20; i <= 220; ++i) all.push_back(lower + length * static_cast<T>(i) / 200);
  const typename S::template Knots<T> knots(p.data());
  for (int k = 0; k <= Parts<S>::bins; ++k)
    for (const T at : {knots.x.knot[k], knots.y.knot[k]})
      all.insert(all.end(), {at, std::nextafter(at, T(-9)), std::nextafter(at, T(9))});
  std::sort(all.begin(), all.end());
  return all;
}

/// Finite everywhere, rising, and inverted to a few roundings of either side, whatever the parameters.
template <class S, class T>
void check_rounding(double width) {
  using Ends = typename Parts<S>::Ends;
  const double ulp = std::numeric_limits<T>::epsilon() * std::max(std::abs(Ends::lower), Ends::upper);
  for (std::uint64_t set = 0; set < 40; ++set) {
    const auto p = parameters_of<S, T>(set, width);
    const auto all = places<S>(p);
    bool finite = true, stays = true;
    double falls = 0, there_and_back = 0, back_and_there = 0, nats = 0, last = -INFINITY;
    for (const T x : all) {
      const auto y = S::forward(p.data(), x), back = S::inverse(p.data(), y.point), again = S::forward(p.data(), back.point);
      const auto before = S::inverse(p.data(), x), there = S::forward(p.data(), before.point);
      const auto before_again = S::inverse(p.data(), there.point);
      std::array<T, S::parameters> d_p;
      const T d_x = S::vjp(p.data(), x, T(1), T(1), d_p.data()), d_y = S::inverse_vjp(p.data(), x, T(1), T(1));
      for (const T z : {y.point, y.log_det, back.point, back.log_det, before.point, before.log_det, d_x, d_y})
        finite = finite && std::isfinite(z);
      for (const T d : d_p) finite = finite && std::isfinite(d);
      const bool in = x >= Ends::lower && x <= Ends::upper;
      for (const T z : {y.point, before.point}) stays = stays && (!in || (z >= Ends::lower && z <= Ends::upper));
      falls = std::max(falls, (last - y.point) / ulp);
      last = y.point;
      // Where f is steep the point returns, where it is flat the image does: one rounding of it is many of the point.
      const auto roundings = [&](double a, double b) { return std::abs(a - b) / ulp; };
      there_and_back = std::max(there_and_back, std::min(roundings(back.point, x), roundings(again.point, y.point)));
      back_and_there = std::max(back_and_there, std::min(roundings(there.point, x), roundings(before_again.point, before.point)));
      nats = std::max(nats, std::abs(double(y.log_det)));
    }
    CHECK(finite);
    CHECK(stays);
    CHECK(falls <= 2);
    CHECK(there_and_back < 8);
    CHECK(back_and_there < 8);
    CHECK(nats < 25);
  }
}

/// ∫ f' dx over the range, f' = e^log_det: the length of the range.
template <class S>
double total_slope(const std::array<double, S::parameters>& p) {
  using Ends = typename Parts<S>::Ends;
  const typename S::template Knots<double> knots(p.data());
  constexpr int steps = 2000;  // Simpson's rule, bin by bin
  double total = 0;
  for (int k = 0; k < Parts<S>::bins; ++k) {
    const double left = knots.x.knot[k], h = (knots.x.knot[k + 1] - left) / steps;
    for (int i = 0; i <= steps; ++i) {
      const double weight = i == 0 || i == steps ? 1 : i % 2 ? 4 : 2;
      total += weight * h / 3 * std::exp(S::forward(p.data(), left + i * h).log_det);
    }
  }
  return total / (Ends::upper - Ends::lower);
}

/// f and f' of both neighbours of each inner knot and end agree.
template <class S>
void check_smooth_at_knots(std::uint64_t set) {
  const auto p = parameters_of<S, double>(set, 1.0);
  const typename S::template Knots<double> knots(p.data());
  for (int k = 0; k <= Parts<S>::bins; ++k) {
    const double at = knots.x.knot[k];
    const auto left = S::forward(p.data(), at - 1e-10), on = S::forward(p.data(), at), right = S::forward(p.data(), at + 1e-10);
    CHECK(std::abs(on.point - knots.y.knot[k]) < 1e-14);
    CHECK(std::abs(left.point - on.point) < 1e-8);
    CHECK(std::abs(right.point - on.point) < 1e-8);
    CHECK(std::abs(left.log_det - on.log_det) < 1e-6);
    CHECK(std::abs(right.log_det - on.log_det) < 1e-6);
  }
}

}  // namespace

TEST_CASE("RationalQuadraticSpline: the number of parameters") {
  CHECK(RationalQuadraticSpline<16, LinearTails<1>>::parameters == 47);
  CHECK(RationalQuadraticSpline<16, Bounded>::parameters == 49);
  CHECK(RationalQuadraticSpline<16, Circular>::parameters == 48);
}

TEST_CASE("RationalQuadraticSpline: one bin by hand") {
  // Slopes 2 and 1/2 over the unit square: y = (x² + 2 x (1 − x)) / (1 + ½ x (1 − x)).
  using One = RationalQuadraticSpline<1, Bounded>;
  const auto raw = [](double slope) { return std::log(std::expm1(slope - 1e-4)) - std::log(std::expm1(1 - 1e-4)); };
  const double p[4] = {7, -7, raw(2), raw(0.5)};
  for (const double x : {0.0, 0.1, 0.5, 0.8, 1.0}) {
    const double below = 1 + 0.5 * x * (1 - x), y = (x * x + 2 * x * (1 - x)) / below;
    const double slope = (0.5 * x * x + 2 * x * (1 - x) + 2 * (1 - x) * (1 - x)) / (below * below);
    CHECK(One::forward(p, x).point == doctest::Approx(y).epsilon(1e-14));
    CHECK(One::forward(p, x).log_det == doctest::Approx(std::log(slope)).epsilon(1e-13));
    CHECK(One::inverse(p, y).point == doctest::Approx(x).epsilon(1e-13));
  }
}

TEST_CASE("RationalQuadraticSpline: finite, rising and inverted to rounding, with mild parameters and with extreme ones") {
  for (const double width : {1.0, 100.0}) {  // 100: nearly all at −30 or 30
    check_rounding<OnLine, float>(width);
    check_rounding<OnInterval, float>(width);
    check_rounding<OnCircle, float>(width);
    check_rounding<OnLine, double>(width);
    check_rounding<OnInterval, double>(width);
    check_rounding<OnCircle, double>(width);
  }
}

TEST_CASE("RationalQuadraticSpline: the slopes of a density integrate to one") {
  for (std::uint64_t set = 0; set < 5; ++set) {
    CHECK(total_slope<OnLine>(parameters_of<OnLine, double>(set, 1)) == doctest::Approx(1).epsilon(1e-9));
    CHECK(total_slope<OnInterval>(parameters_of<OnInterval, double>(set, 1)) == doctest::Approx(1).epsilon(1e-9));
    CHECK(total_slope<OnCircle>(parameters_of<OnCircle, double>(set, 1)) == doctest::Approx(1).epsilon(1e-9));
  }
}

TEST_CASE("RationalQuadraticSpline: value and slope are continuous at the knots and the ends") {
  for (std::uint64_t set = 0; set < 5; ++set) {
    check_smooth_at_knots<OnLine>(set);
    check_smooth_at_knots<OnInterval>(set);
    check_smooth_at_knots<OnCircle>(set);
  }
}

TEST_CASE("RationalQuadraticSpline: outside the reach it is exactly the identity, and the parameters have no say") {
  const auto p = parameters_of<OnLine, float>(1, 3);
  for (const float x : {-1e30f, -INFINITY, -4.000001f, 4.000001f, 5.3f, 67108872.f, 1e30f, INFINITY}) {
    const auto y = OnLine::forward(p.data(), x), back = OnLine::inverse(p.data(), x);
    CHECK(y.point == x);
    CHECK(back.point == x);
    CHECK(y.log_det == 0);
    CHECK(back.log_det == 0);
    std::array<float, OnLine::parameters> d_p;
    CHECK(OnLine::vjp(p.data(), x, 2.0f, 3.0f, d_p.data()) == 2);
    CHECK(OnLine::inverse_vjp(p.data(), x, 2.0f, 3.0f) == 2);
    for (const float d : d_p) CHECK(std::abs(d) < 1e-6);
  }
}

TEST_CASE("RationalQuadraticSpline: lanes agree with numbers at extreme parameters, and never leave the interval") {
  using R = Lanes<float, 16>;
  for (std::uint64_t set = 0; set < 40; ++set) {
    std::array<R, OnInterval::parameters> p;
    R x;
    for (int s = 0; s < 16; ++s) {
      const auto one = parameters_of<OnInterval, float>(16 * set + s, 100, set % 2 ? 30 : 1000);
      for (int k = 0; k < OnInterval::parameters; ++k) p[k].set(s, one[k]);
      x.set(s, s % 4 == 3 ? 1 : (s + 0.5f) / 16);
    }
    const R y = OnInterval::forward(p.data(), x).point, back = OnInterval::inverse(p.data(), x).point;
    for (int s = 0; s < 16; ++s) {
      const auto one = parameters_of<OnInterval, float>(16 * set + s, 100, set % 2 ? 30 : 1000);
      // Knots agree to a few roundings, and a steep piece moves with its knots.
      const auto there = OnInterval::forward(one.data(), x[s]), before = OnInterval::inverse(one.data(), x[s]);
      CHECK(std::abs(y[s] - there.point) < 2e-6 * (1 + std::exp(there.log_det)));
      CHECK(std::abs(back[s] - before.point) < 2e-6 * (1 + std::exp(before.log_det)));
      CHECK(y[s] <= 1);
      CHECK(back[s] <= 1);
    }
  }
}

TEST_CASE("RationalQuadraticSpline: no rounding carries a place or its image past the next knot") {
  const auto check = [](auto zero) {
    using R = decltype(zero);
    using S = RationalQuadraticSpline<2, LinearTails<4>>;
    for (std::uint64_t set = 0; set < 300; ++set) {
      const auto numbers = parameters_of<S, float>(set, 2);
      std::array<R, S::parameters> p;
      for (int k = 0; k < S::parameters; ++k) p[k] = R(numbers[k]);
      const S::Knots<R> knots(p.data());
      for (int k = 1; k <= 2; ++k) {
        const float x = lane(knots.x.knot[k], 0), y = lane(knots.y.knot[k], 0);
        CHECK(lane(knots.forward(R(std::nextafter(x, -9.f))).point, 0) <= y);
        CHECK(lane(knots.inverse(R(std::nextafter(y, -9.f))).point, 0) <= x);
      }
    }
  };
  check(0.f);
  check(Lanes<float, 16>(0));
}

TEST_CASE("RationalQuadraticSpline: the parts and slopes of lanes keep their accuracy") {
  const auto check = [](auto zero, double tolerance) {
    using R = decltype(zero);
    using T = scalar_t<R>;
    for (int i = -1200; i <= 1200; ++i) {
      const T z = static_cast<T>(i / 20.0);
      const auto soft = detail::soft_positive(R(z));
      const double e = std::exp(-std::abs(double(z))), at_most = tolerance * (1 + std::abs(z) / 2);
      const double value = std::max(double(z), 0.0) + std::log1p(e);
      CHECK(std::abs(soft.value[1] / value - 1) < at_most);
      CHECK(std::abs(soft.derivative[1] / ((z > 0 ? 1 : e) / (1 + e)) - 1) < at_most);
      if (z <= 0) CHECK(std::abs(detail::share(R(z))[1] / e - 1) < at_most);
    }
  };
  check(Lanes<float, 16>(0), 5e-7);
  check(Lanes<double, 8>(0), 1e-15);
}

TEST_CASE("RationalQuadraticSpline: the interval's ends stay, and beyond them it goes on straight") {
  const auto p = parameters_of<OnInterval, double>(2, 3);
  CHECK(OnInterval::forward(p.data(), 0.0).point == 0);
  CHECK(OnInterval::forward(p.data(), 1.0).point == doctest::Approx(1).epsilon(1e-15));
  const double slope = std::exp(OnInterval::forward(p.data(), 1.0).log_det);
  CHECK(OnInterval::forward(p.data(), 3.0).point == doctest::Approx(1 + 2 * slope));
  CHECK(OnInterval::inverse(p.data(), 1 + 2 * slope).point == doctest::Approx(3));
}

TEST_CASE("RationalQuadraticSpline: on the circle a turn of x is a turn of y, with one slope at the seam") {
  for (std::uint64_t set = 0; set < 5; ++set) {
    const auto p = parameters_of<OnCircle, double>(set, 2);
    for (const double x : {-0.7, 0.0, 0.25, 0.999}) {
      const auto here = OnCircle::forward(p.data(), x), round = OnCircle::forward(p.data(), x + 1);
      CHECK(round.point == doctest::Approx(here.point + 1).epsilon(1e-13));
      CHECK(round.log_det == doctest::Approx(here.log_det).epsilon(1e-10));
    }
    const double before = OnCircle::forward(p.data(), 1 - 1e-12).log_det, after = OnCircle::forward(p.data(), 0.0).log_det;
    CHECK(std::abs(before - after) < 1e-6);
    CHECK(std::abs(after) > 1e-3);  // the slope there is a parameter, not one
  }
}

TEST_CASE("RationalQuadraticSpline: bins and slopes keep their smallest size") {
  std::array<double, OnInterval::parameters> p{};
  p[0] = 1000, p[8 + 7] = 1000;
  for (int k = 16; k < OnInterval::parameters; ++k) p[k] = -1000;
  const OnInterval::Knots<double> knots(p.data());
  CHECK(knots.x.knot[1] == doctest::Approx(1 - 7e-4));
  CHECK(knots.y.knot[1] == doctest::Approx(1e-4));
  CHECK(OnInterval::forward(p.data(), 0.0).log_det == doctest::Approx(std::log(1e-4)));
}

TEST_CASE("RationalQuadraticSpline: NaN gives NaN, in its own lane only") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  auto p = parameters_of<OnLine, double>(3, 1);
  CHECK(std::isnan(OnLine::forward(p.data(), nan).point));
  CHECK(std::isnan(OnLine::forward(p.data(), nan).log_det));
  CHECK(std::isnan(OnLine::inverse(p.data(), nan).point));
  CHECK(std::isnan(OnCircle::forward(p.data(), nan).point));
  CHECK(std::isnan(OnCircle::inverse(p.data(), nan).log_det));
  using R = Lanes<double, 8>;
  std::array<R, OnLine::parameters> wide;
  for (int k = 0; k < OnLine::parameters; ++k) wide[k] = R(p[k]);
  R x(0.3);
  x.set(5, nan);
  const auto y = OnLine::forward(wide.data(), x);
  for (int s = 0; s < 8; ++s) CHECK(std::isnan(y.point[s]) == (s == 5));
  p[2] = nan;
  CHECK(std::isnan(OnLine::forward(p.data(), 0.3).point));
  CHECK(std::isnan(OnLine::inverse(p.data(), 0.3).point));
}
