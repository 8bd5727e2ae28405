#include "erg/estimators/multistate/averages.hpp"

#include "complaint.hpp"
#include "estimators/multistate/oscillators.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

using namespace erg;
using tests::Oscillators;

TEST_CASE("multistate_average: mean and spread of oscillators, of states with samples and without, within their errors") {
  // 3 states × 40 repeats: the mean of (miss / error)² has standard deviation below √(2/40) = 0.22 (states of a repeat are
  // correlated); a correct code fails the 4.5-deviation bound with probability 1e-5.
  const Oscillators system{{0, 0.7, 1.5}, {1, 2, 1.5}, {400, 0, 300}};
  double ratio = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const auto x = system.positions([&](std::size_t n) { return normal({seed, StreamName::test}, n, 0); });
    const auto table = system.energies(x);
    const ReducedEnergies energies = table;
    const auto found = mbar(energies);
    for (std::size_t k = 0; k < 3; ++k) {
      const auto [value, error] = multistate_average(found, energies, energies.of_state(k), x);
      ratio += std::pow((value - system.centre[k]) / error, 2) / 120;
    }
  }
  CHECK(std::abs(ratio - 1) < 4.5 * 0.22);
}

TEST_CASE("multistate_average: of one state alone it is the plain mean and its error") {
  const Oscillators system{{0}, {1}, {500}};
  const auto x = system.positions([&](std::size_t n) { return normal({1, StreamName::test}, n, 0); });
  const auto table = system.energies(x);
  const auto [value, error] = multistate_average(mbar(table), table, ReducedEnergies(table).of_state(0), x);
  const auto plain = moments(x);
  CHECK(value == doctest::Approx(plain.mean).epsilon(1e-12));
  CHECK(error == doctest::Approx(std::sqrt(plain.variance * 499. / 500 / 500)).epsilon(1e-12));
}

TEST_CASE("multistate_averages: the covariance is that of sums: var(A + B) = var A + var B + 2 cov") {
  const Oscillators system{{0, 1, 2}, {1, 2, 1}, {300, 0, 200}};
  const auto x = system.positions([&](std::size_t n) { return normal({5, StreamName::test}, n, 0); });
  const auto table = system.energies(x);
  const ReducedEnergies energies = table;
  std::vector<std::vector<double>> observables(3);
  for (const double at : x) {
    observables[0].push_back(at);
    observables[1].push_back(at * at);
    observables[2].push_back(at + at * at);
  }
  const auto means = multistate_averages(mbar(energies), energies, energies.of_state(1), observables);
  const auto& c = means.covariance;
  CHECK(c(2, 2) == doctest::Approx(c(0, 0) + c(1, 1) + 2 * c(0, 1)).epsilon(1e-10));
  CHECK(std::abs(c(0, 1)) < std::sqrt(c(0, 0) * c(1, 1)));
  CHECK(c(0, 1) == doctest::Approx(c(1, 0)).epsilon(1e-12));
}

TEST_CASE("multistate_profile: a bin is a state that forbids all else: same free energies, same errors") {
  const Oscillators system{{0, 1, 2}, {2, 2, 2}, {300, 300, 300}};
  const auto x = system.positions([&](std::size_t n) { return normal({2, StreamName::test}, n, 0); });
  const auto table = system.energies(x);
  const ReducedEnergies energies = table;
  const auto found = mbar(energies);
  const std::vector<double> edges{-0.5, 0.25, 0.5, 1.5, 2.5};
  const auto profile = multistate_profile(found, energies, energies.of_state(1), x, edges);
  ReducedEnergyTable more = table;
  for (std::size_t b = 0; b + 1 < edges.size(); ++b) {
    more.counts.push_back(0);
    for (std::size_t n = 0; n < x.size(); ++n)
      more.u_kn.push_back(x[n] >= edges[b] && x[n] < edges[b + 1] ? energies.of_state(1)[n]
                                                                  : std::numeric_limits<double>::infinity());
  }
  const auto with_bins = mbar(more);
  std::size_t lowest = 0;
  for (std::size_t b = 0; b < 4; ++b)
    if (profile.value[b] == 0) lowest = b;
  CHECK(lowest == 2);
  for (std::size_t b = 0; b < 4; ++b) {
    CAPTURE(b);
    const auto [value, error] = with_bins.difference(3 + lowest, 3 + b);
    const double width = std::log((edges[b + 1] - edges[b]) / (edges[lowest + 1] - edges[lowest]));
    CHECK(profile.value[b] == doctest::Approx(value + width).epsilon(1e-10));
    CHECK(profile.standard_error[b] == doctest::Approx(error).epsilon(1e-9));
  }
}

TEST_CASE("multistate_profile: the parabola of an oscillator, from samples pulled aside") {
  // Target: stiffness 1 without samples; umbrellas at −2 … 2. Twelve bins: each miss stays below 4.5 errors (false alarms 1e-4).
  Oscillators system{{-2, -1, 0, 1, 2, 0}, {4, 4, 4, 4, 4, 1}, {2000, 2000, 2000, 2000, 2000, 0}};
  const auto x = system.positions([&](std::size_t n) { return normal({3, StreamName::test}, n, 0); });
  const auto table = system.energies(x);
  const ReducedEnergies energies = table;
  std::vector<double> edges;
  for (int k = 0; k <= 12; ++k) edges.push_back(-3 + 0.5 * k);
  const auto profile = multistate_profile(mbar(energies), energies, energies.of_state(5), x, edges);
  const auto exact = [&](std::size_t b) {
    return -std::log((std::erf(edges[b + 1] / std::sqrt(2)) - std::erf(edges[b] / std::sqrt(2))));
  };
  std::size_t lowest = 0;
  for (std::size_t b = 0; b < 12; ++b)
    if (profile.value[b] == 0) lowest = b;
  for (std::size_t b = 0; b < 12; ++b) {
    CAPTURE(b);
    CHECK(std::abs(profile.value[b] - (exact(b) - exact(lowest))) <= 4.5 * profile.standard_error[b] + 1e-12);
    CHECK(profile.standard_error[b] < 0.2);
  }
}

TEST_CASE("multistate averages: what draws on disjoint states is said to mean nothing, and wrong shapes are refused") {
  const Oscillators system{{0, 50, 25}, {1, 1, 1}, {100, 100, 0}};
  const auto x = system.positions([&](std::size_t n) { return normal({4, StreamName::test}, n, 0); });
  const auto table = system.energies(x);
  const ReducedEnergies energies = table;
  const auto found = mbar(energies);
  const std::vector<std::vector<double>> one{x};
  CHECK(multistate_averages(found, energies, energies.of_state(0), one).connected);
  std::vector<double> flat(200, 0.0);
  CHECK(!multistate_averages(found, energies, flat, one).connected);
  CHECK(complaint([&] { multistate_average(found, energies, energies.of_state(0), {1, 2}); }).find("observable") == 0);
  CHECK(complaint([&] { multistate_log_weights(found, std::vector<double>(3)); }).find("reduced energies") == 0);
  std::vector<double> broken = x;
  broken[7] = NAN;
  CHECK(complaint([&] { multistate_average(found, energies, energies.of_state(0), broken); }).find("sample 7") !=
        std::string::npos);
  CHECK(complaint([&] {
          multistate_profile(found, energies, energies.of_state(0), x, {1, 1});
        }).find("ascending") != std::string::npos);
  CHECK(complaint([&] {
          multistate_profile(found, energies, energies.of_state(0), x, {90, 91});
        }).find("no sample") != std::string::npos);
  const auto profile = multistate_profile(found, energies, energies.of_state(0), x, {-1, 1, 20, 30});
  CHECK(std::isinf(profile.value[2]));
  CHECK(std::isinf(profile.standard_error[2]));
}
