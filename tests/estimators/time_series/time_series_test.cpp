#include "erg/estimators/time_series/both_directions.hpp"
#include "erg/estimators/time_series/equilibration.hpp"

#include "complaint.hpp"
#include "estimators/multistate/oscillators.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace erg;

namespace {

/// x_t = ρ x_t−1 + noise, in equilibrium from the start: g = (1 + ρ) / (1 − ρ), variance 1.
std::vector<double> autoregressive(std::uint64_t seed, std::size_t steps, double rho) {
  std::vector<double> x;
  for (std::size_t t = 0; t < steps; ++t) {
    const double z = normal({seed, StreamName::test}, t, 0);
    x.push_back(t == 0 ? z : rho * x.back() + std::sqrt(1 - rho * rho) * z);
  }
  return x;
}

}  // namespace

TEST_CASE("statistical_inefficiency: of an autoregressive series, (1 + rho) / (1 - rho)") {
  // Its scatter over 40 series gives the bound: 4.5 standard deviations of their mean, and 3% for the sum being cut where noise
  // first crosses zero. False alarms below 1e-5 of seeds.
  for (const double rho : {0., 0.5, 0.9}) {
    CAPTURE(rho);
    const double truth = (1 + rho) / (1 - rho);
    std::vector<double> g;
    for (std::uint64_t seed = 0; seed < 40; ++seed) g.push_back(statistical_inefficiency(autoregressive(seed, 20'000, rho)));
    const auto found = moments(g);
    CHECK(std::abs(found.mean - truth) < 4.5 * std::sqrt(found.variance / 40) + 0.03 * truth);
  }
}

TEST_CASE("correlated_mean: the error knows of the correlations") {
  double ratio = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const auto found = correlated_mean(autoregressive(seed, 2000, 0.8));
    ratio += std::pow(found.value / found.standard_error, 2) / 100;
  }
  CHECK(std::abs(ratio - 1) < 4.5 * std::sqrt(2. / 100) + 0.1);  // g is 5–10% small on average; false alarms below 1e-5
}

TEST_CASE("time series: as pymbar has them") {
  std::vector<double> series;  // tests/reference/mbar_golden.py, pymbar 4.0.3
  double now = 5;
  for (std::size_t t = 0; t < 3000; ++t) {
    now = 0.9 * now + tests::formula_normal(t);
    series.push_back(now);
  }
  CHECK(statistical_inefficiency(series) == doctest::Approx(7.9768291134006875).epsilon(1e-10));
  CHECK(statistical_inefficiency(std::span(series).subspan(1500)) == doctest::Approx(7.977911571986625).epsilon(1e-10));
  const auto found = detect_equilibration(std::span(series).first(600), 10);
  CHECK(found.start == 0);
  CHECK(found.inefficiency == doctest::Approx(7.771779).epsilon(1e-6));
  CHECK(uncorrelated_steps(60, 7.3) == std::vector<std::size_t>{0, 7, 15, 22, 29, 36, 44, 51, 58});
}

TEST_CASE("detect_equilibration: finds the end of a known transient, and nothing to cut where there is none") {
  int late = 0, early = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    auto x = autoregressive(seed, 1500, 0.5);
    CHECK(detect_equilibration(x, 5).start < 500);
    for (std::size_t t = 0; t < 300; ++t) x[t] += 10 * (1 - static_cast<double>(t) / 300);
    const auto found = detect_equilibration(x, 5);
    early += found.start < 200;
    late += found.start > 500;
    CHECK(found.effective_samples > 200);
    CHECK(found.effective_samples <= doctest::Approx(1500. / found.inefficiency));
  }
  CHECK(early == 0);  // at step 200 the mean is still 3.3 standard deviations off
  CHECK(late <= 2);   // each start is the best of noisy ones
}

TEST_CASE("detect_equilibration: the same on any number of threads; kept steps lie behind the start, uncorrelated") {
  auto x = autoregressive(3, 800, 0.7);
  for (std::size_t t = 0; t < 100; ++t) x[t] += 8;
  const int threads = thread_count();
  set_threads(1);
  const auto one = detect_equilibration(x);
  set_threads(2);
  const auto two = detect_equilibration(x);
  set_threads(threads);
  CHECK(one.start == two.start);
  CHECK(one.inefficiency == two.inefficiency);
  CHECK(one.start >= 95);
  const auto kept = equilibrated_steps(x);
  CHECK(kept.front() == one.start);
  CHECK(kept.back() < 800);
  std::vector<double> rest;
  for (const std::size_t t : kept) rest.push_back(x[t]);
  CHECK(statistical_inefficiency(rest) < 1.6);
}

TEST_CASE("both_directions: meet at the whole, and a transient keeps forward apart from backward") {
  auto x = autoregressive(5, 4000, 0.3);
  const auto estimate = [&](double begin, double end) {
    const auto [first, count] = part_of_series(x.size(), begin, end);
    const auto mean = correlated_mean(std::span(x).subspan(first, count));
    return Estimate{mean.value, mean.standard_error};
  };
  const auto calm = both_directions(10, estimate);
  CHECK(calm.size() == 10);
  CHECK(calm.back().forward.value == calm.back().backward.value);
  CHECK(calm[4].fraction == doctest::Approx(0.5));
  CHECK(settled_from(calm, 4.5) <= 0.2);
  for (std::size_t t = 0; t < 800; ++t) x[t] += 3;
  const auto drifting = both_directions(10, estimate);
  CHECK(drifting[1].forward.value - drifting[1].backward.value > 2);
  CHECK(settled_from(drifting) > 0.8);
  const auto part = part_of_series(7, 0.5, 1);
  CHECK(part.first + part.count == 7);
}

TEST_CASE("time series: what cannot be used is refused by name; a constant series counts in full") {
  CHECK(statistical_inefficiency(std::vector<double>(10, 2.5)) == 1);
  CHECK(complaint([] { statistical_inefficiency(std::vector<double>{1}); }).find("at least 2") != std::string::npos);
  CHECK(complaint([] { statistical_inefficiency(std::vector<double>{1, NAN}); }).find("step 1") != std::string::npos);
  CHECK(complaint([] { detect_equilibration(std::vector<double>{1, 2}); }).find("at least 3") != std::string::npos);
  CHECK(complaint([] { detect_equilibration(std::vector<double>{1, 2, 3}, 0); }).find("skip") == 0);
  CHECK(complaint([] { uncorrelated_steps(5, 0.5); }).find("a number from 1") != std::string::npos);
  CHECK(complaint([] { both_directions(1, [](double, double) { return Estimate{}; }); }).find("at least 2") != std::string::npos);
}
