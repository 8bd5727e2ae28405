#include "erg/estimators/two_states/works.hpp"

#include "complaint.hpp"
#include "erg/estimators/two_states/crooks.hpp"
#include "estimators/multistate/oscillators.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

using namespace erg;

namespace {

/// Gaussian works that obey Crooks' relation: mean ±ΔF + ½ s², variance s².
std::vector<double> crooks_works(std::uint64_t seed, std::size_t count, double delta_f, double s, double sign) {
  std::vector<double> works;
  for (std::size_t k = 0; k < count; ++k)
    works.push_back(sign * delta_f + 0.5 * s * s + s * normal({seed, StreamName::test}, k, sign > 0 ? 0 : 1));
  return works;
}

}  // namespace

TEST_CASE("Gaussian works: every estimate of either direction, or of both, finds ΔF within its errors") {
  const double truth = 3, s = 1.2;
  const int repeats = 60;
  double ratio[8] = {};
  for (int seed = 0; seed < repeats; ++seed) {
    const auto set = static_cast<std::uint64_t>(seed);
    const auto forward = crooks_works(set, 800, truth, s, 1), reverse = crooks_works(set, 800, truth, s, -1);
    const Bootstrap few{50, set};
    const auto up = jarzynski(forward, Direction::forward, few), down = exponential_average(reverse, Direction::reverse, few);
    const auto cumulant = cumulant_expansion(forward, 2, Direction::forward, few);
    const auto turned = cumulant_expansion(reverse, 2, Direction::reverse, few);
    const auto both = crooks_bennett(forward, reverse, few);
    const auto fit = crooks_fit(forward, reverse);
    const auto crossing = crooks_gaussian_crossing(forward, reverse, few);
    CHECK(fit.converged);
    const double miss[8] = {(up.delta_f - truth) / up.analytic_error,
                            (down.delta_f - truth) / down.analytic_error,
                            (cumulant.delta_f - truth) / cumulant.analytic_error,
                            (turned.delta_f - truth) / turned.standard_error,
                            (both.delta_f - truth) / both.analytic_error,
                            (fit.slope.value - 1) / fit.slope.standard_error,
                            (fit.crossing.value - truth) / fit.crossing.standard_error,
                            (crossing.value - truth) / crossing.standard_error};
    for (int k = 0; k < 8; ++k) ratio[k] += miss[k] * miss[k] / repeats;
  }
  // (miss / error)² averages 1 with standard deviation √(2/60), a little more where the error is bootstrapped from 50 rounds or
  // the estimate's distribution has a tail (exponential averages): 4.5 to 5.5 deviations, false alarms below 1e-5 a bound.
  for (int k = 0; k < 8; ++k) {
    CAPTURE(k);
    CHECK(std::abs(ratio[k] - 1) < (k < 2 ? 5.5 : 4.5) * std::sqrt(2.0 / repeats));
  }
}

TEST_CASE("cumulant_expansion: bootstrap and first-order errors agree in every order, and order 2 with pymbar") {
  std::vector<double> works;
  for (std::size_t n = 0; n < 700; ++n) works.push_back(2 + 1.5 * tests::formula_normal(n));
  const auto gaussian = cumulant_expansion(works);
  // tests/reference/mbar_golden.py, pymbar 4.0.3, which divides the variance by n
  CHECK(std::abs(gaussian.delta_f + moments(works).variance / 1400 - 0.8784802569859349) < 1e-8);
  CHECK(std::abs(gaussian.analytic_error / 0.08166283330650632 - 1) < 0.05);  // its error takes the works for Gaussian
  for (double& w : works) w = std::exp(0.3 * w);
  for (int order = 1; order <= 4; ++order) {
    CAPTURE(order);
    const auto found = cumulant_expansion(works, order, Direction::forward, {400, 1});
    CHECK(std::abs(found.standard_error / found.analytic_error - 1) < 0.2);  // 4.5 / √800 = 0.16, and second orders
  }
  double mean = 0;
  for (const double w : works) mean += w / 700;
  CHECK(cumulant_expansion(works, 1).delta_f == doctest::Approx(mean).epsilon(1e-12));
}

TEST_CASE("cumulant_expansion: of works from a sum of two points it is the series of ln cosh") {
  // w = ±a: −ln⟨exp(−w)⟩ = −ln cosh a = −a²/2 + a⁴/12 − …
  const double a = 0.7;
  std::vector<double> works;
  for (int k = 0; k < 100'000; ++k) works.push_back(k % 2 ? a : -a);
  CHECK(cumulant_expansion(works, 4, Direction::forward, {2, 0}).delta_f ==
        doctest::Approx(-a * a / 2 + std::pow(a, 4) / 12).epsilon(1e-5));
  CHECK(cumulant_expansion(works, 3, Direction::reverse, {2, 0}).delta_f == doctest::Approx(a * a / 2).epsilon(1e-5));
}

TEST_CASE("crooks_fit: works that do not obey the relation have another slope") {
  auto forward = crooks_works(1, 2000, 1, 1.5, 1), reverse = crooks_works(1, 2000, 1, 1.5, -1);
  for (double& w : forward) w *= 1.5;  // a temperature mistaken
  for (double& w : reverse) w *= 1.5;
  const auto fit = crooks_fit(forward, reverse);
  CHECK(fit.converged);
  CHECK(std::abs(fit.slope.value - 1 / 1.5) < 4.5 * fit.slope.standard_error);
  CHECK(std::abs(fit.slope.value - 1) > 5 * fit.slope.standard_error);
  std::vector<double> far;
  for (const double w : reverse) far.push_back(w + 100);
  CHECK(!crooks_fit(forward, far).converged);
}

TEST_CASE("works: what cannot be used is refused by name") {
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<double> one{1}, broken{1, NAN}, forbidden{1, infinity}, good{1, 2, 3};
  CHECK(complaint([&] { exponential_average(one); }).find("at least 2") != std::string::npos);
  CHECK(complaint([&] { exponential_average(broken); }).find("switch 1): got nan") != std::string::npos);
  CHECK(complaint([&] { cumulant_expansion(forbidden); }).find("switch 1): got inf") != std::string::npos);
  CHECK(complaint([&] { cumulant_expansion(good, 5); }).find("1 to 4") != std::string::npos);
  CHECK(complaint([&] { crooks_fit(forbidden, good); }).find("finite numbers") != std::string::npos);
  CHECK(exponential_average(forbidden).delta_f == doctest::Approx(1 + std::log(2)).epsilon(1e-12));
}
