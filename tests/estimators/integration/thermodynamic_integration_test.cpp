#include "erg/estimators/integration/thermodynamic_integration.hpp"

#include "complaint.hpp"
#include "erg/base/random.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace erg;

namespace {

template <class F>
double integral(const Quadrature& rule, F&& f) {
  double sum = 0;
  for (std::size_t k = 0; k < rule.point.size(); ++k) sum += rule.weight[k] * f(rule.point[k]);
  return sum;
}

/// Points on [0, 1], uneven: x + ε sin 2πx.
std::vector<double> uneven(int intervals, double epsilon) {
  std::vector<double> points;
  for (int k = 0; k <= intervals; ++k) {
    const double x = static_cast<double>(k) / intervals;
    points.push_back(x + epsilon * std::sin(2 * 3.141592653589793 * x));
  }
  return points;
}

}  // namespace

TEST_CASE("quadrature: exact for lines, by Gauss's points for degree 2n - 1") {
  const auto points = uneven(7, 0.05);
  const auto line = [](double x) { return 3 - 2 * x; };
  CHECK(integral(trapezoid(points), line) == doctest::Approx(2).epsilon(1e-14));
  CHECK(integral(natural_spline(points), line) == doctest::Approx(2).epsilon(1e-14));
  for (const int n : {1, 2, 3, 5, 12, 40, 200}) {
    const auto rule = gauss_legendre(n, -1, 3);
    for (const int degree : {0, 1, 2 * n - 2, 2 * n - 1}) {
      if (degree > 30) continue;
      const double exact = (std::pow(3., degree + 1) - std::pow(-1., degree + 1)) / (degree + 1);
      CHECK(integral(rule, [&](double x) { return std::pow(x, degree); }) == doctest::Approx(exact).epsilon(1e-13));
    }
    for (int k = 1; k < n; ++k) CHECK(rule.point[static_cast<std::size_t>(k)] > rule.point[static_cast<std::size_t>(k) - 1]);
    CHECK(integral(rule, [](double x) { return std::cos(x); }) ==
          doctest::Approx(std::sin(3) + std::sin(1)).epsilon(n > 8 ? 1e-14 : 1));
  }
  CHECK(integral(gauss_legendre(2), [](double x) { return std::pow(x, 4); }) != doctest::Approx(0.2).epsilon(1e-3));
}

TEST_CASE("natural_spline: the spline itself, integrated piece by piece") {
  // its second derivatives by elimination, independent of the weights: three inner points, uneven
  const std::vector<double> x{0, 0.3, 0.5, 0.9, 1.4}, f{1, -2, 0.5, 3, 2};
  double m[5] = {}, h[4];
  for (int k = 0; k < 4; ++k) h[k] = x[k + 1] - x[k];
  for (int turn = 0; turn < 200; ++turn)  // Gauss–Seidel
    for (int k = 1; k < 4; ++k)
      m[k] = (6 * ((f[k + 1] - f[k]) / h[k] - (f[k] - f[k - 1]) / h[k - 1]) - h[k - 1] * m[k - 1] - h[k] * m[k + 1]) /
             (2 * (h[k - 1] + h[k]));
  double exact = 0;
  for (int k = 0; k < 4; ++k) exact += 0.5 * h[k] * (f[k] + f[k + 1]) - h[k] * h[k] * h[k] * (m[k] + m[k + 1]) / 24;
  const auto rule = natural_spline(x);
  double found = 0;
  for (std::size_t k = 0; k < 5; ++k) found += rule.weight[k] * f[k];
  CHECK(found == doctest::Approx(exact).epsilon(1e-12));
}

TEST_CASE("quadrature: errors fall with the order of the rule as points double") {
  const auto f = [](double x) { return std::exp(2 * x); };
  const auto flat = [](double x) { return std::pow(x * (1 - x), 4); };  // no second derivative at the ends
  const double exact = 0.5 * (std::exp(2) - 1), flat_exact = 1. / 630;
  const auto order = [](double coarse, double fine) { return std::log2(std::abs(coarse / fine)); };
  const auto error = [&](auto&& rule, auto&& g, double truth, int n) { return integral(rule(uneven(n, 0.05)), g) - truth; };
  const auto lines = [](const std::vector<double>& p) { return trapezoid(p); };
  const auto splines = [](const std::vector<double>& p) { return natural_spline(p); };
  CHECK(order(error(lines, f, exact, 40), error(lines, f, exact, 80)) == doctest::Approx(2).epsilon(0.02));
  CHECK(order(error(splines, f, exact, 40), error(splines, f, exact, 80)) == doctest::Approx(3).epsilon(0.05));
  CHECK(order(error(splines, flat, flat_exact, 40), error(splines, flat, flat_exact, 80)) > 3.8);
  double before = 10;
  for (const int n : {1, 2, 3, 4, 5, 6}) {
    const double miss = std::abs(integral(gauss_legendre(n), f) - exact);
    CHECK(miss < 0.1 * before);
    before = miss;
  }
}

TEST_CASE("thermodynamic_integration: Gaussian to Gaussian, with the error of its mean forces") {
  // u = ½ (1 + λ (κ − 1)) x²: ⟨∂u/∂λ⟩ = ½ (κ − 1) / (1 + λ (κ − 1)), ΔF = ½ ln κ
  const double stiffness = 3;
  const auto rule = gauss_legendre(6);
  double ratio = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    std::vector<std::vector<double>> series(6);
    for (std::size_t k = 0; k < 6; ++k)
      for (std::size_t n = 0; n < 300; ++n) {
        const double z = normal({seed, StreamName::test}, n, static_cast<std::uint32_t>(k));
        series[k].push_back(0.5 * (stiffness - 1) * z * z / (1 + rule.point[k] * (stiffness - 1)));
      }
    const auto found = thermodynamic_integration(rule, series);
    ratio += std::pow((found.delta_f - 0.5 * std::log(stiffness)) / found.standard_error, 2) / 60;
  }
  // 4.5 deviations √(2/60) about 1; the inefficiency of white noise, 1 to 1.1, makes errors larger by up to 5%: false alarms
  // below 1e-4
  CHECK(std::abs(ratio - 0.95) < 4.5 * std::sqrt(2. / 60));
}

TEST_CASE("thermodynamic_integration: errors add in squares with the rule's weights, and misuse is refused") {
  const std::vector<double> points{0, 0.5, 1};
  const std::vector<Estimate> force{{1, 0.1}, {2, 0.2}, {3, 0.1}};
  const auto found = thermodynamic_integration(trapezoid(points), force);
  CHECK(found.delta_f == doctest::Approx(2));
  CHECK(found.standard_error == doctest::Approx(std::sqrt(2 * std::pow(0.025, 2) + std::pow(0.1, 2))));
  CHECK(found.of_point[1] == doctest::Approx(1));
  const std::vector<Estimate> two{{1, 0}, {2, 0}}, broken{{1, 0}, {NAN, 0}, {1, 0}};
  CHECK(complaint([&] { thermodynamic_integration(trapezoid(points), two); }).find("3, one for each") != std::string::npos);
  CHECK(complaint([&] { thermodynamic_integration(trapezoid(points), broken); }).find("point 1") != std::string::npos);
  CHECK(complaint([&] { trapezoid(std::vector<double>{0, 1, 1}); }).find("point 2") == 0);
  CHECK(complaint([&] { natural_spline(std::vector<double>{0}); }).find("at least 2") != std::string::npos);
  CHECK(complaint([&] { gauss_legendre(0); }).find("at least 1") != std::string::npos);
  CHECK(complaint([&] { gauss_legendre(3, 1, 1); }).find("finite length") != std::string::npos);
}
