#include "erg/estimators/two_states/free_energy_perturbation.hpp"

#include "erg/base/random.hpp"

#include "complaint.hpp"

#include <doctest/doctest.h>
#include <omp.h>

#include <cmath>
#include <limits>
#include <vector>

using namespace erg;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Log-weights between Gaussians of stiffness 1 and `stiffness` in `dimensions`: ΔF = ½ ln(stiffness) each.
std::vector<double> gaussian_log_weights(std::uint64_t seed, std::size_t samples, double stiffness, std::uint32_t dimensions) {
  std::vector<double> w(samples, 0);
  for (std::size_t k = 0; k < samples; ++k)
    for (std::uint32_t d = 0; d < dimensions; ++d) {
      const double x = normal({seed, StreamName::test}, k, d);
      w[k] -= 0.5 * (stiffness - 1) * x * x;
    }
  return w;
}

}  // namespace

TEST_CASE("FreeEnergyPerturbation: Gaussian to Gaussian gives half the logarithm of the stiffness ratio, with an honest error") {
  const double stiffness = 1.5, truth = 1.5 * std::log(stiffness);
  const int repeats = 400;
  double mean = 0, square = 0, stated = 0, analytic = 0;
  int within = 0;
  for (int seed = 0; seed < repeats; ++seed) {
    const auto w = gaussian_log_weights(static_cast<std::uint64_t>(seed), 500, stiffness, 3);
    const FreeEnergyEstimate found = free_energy_perturbation(w, {100, static_cast<std::uint64_t>(seed)});
    const double miss = found.delta_f - truth;
    mean += miss / repeats;
    square += miss * miss / repeats;
    stated += found.standard_error / repeats;
    analytic += found.analytic_error / repeats;
    within += std::abs(miss) < found.standard_error;
    CHECK(!found.dominated);
  }
  const double spread = std::sqrt(square - mean * mean);
  // Each bound is 4.5 standard deviations wide: a correct code fails one of these with probability 3e-5, for other seeds.
  CHECK(std::abs(mean - 0.5 * spread * spread) < 4.5 * spread / std::sqrt(repeats));
  CHECK(std::abs(stated / spread - 1) < 4.5 / std::sqrt(2.0 * repeats));
  CHECK(std::abs(analytic / spread - 1) < 4.5 / std::sqrt(2.0 * repeats));
  CHECK(std::abs(within - 0.683 * repeats) < 4.5 * std::sqrt(0.683 * 0.317 * repeats));
}

TEST_CASE("FreeEnergyPerturbation: delta_f, error and sample size agree with their closed forms in the limit of many samples") {
  // ESS = (∫ p) ² / ∫ p²/q = (√(2κ − 1) / κ)^d; with 40,000 samples both are known to about 1%: bounds at 5 deviations.
  const auto w = gaussian_log_weights(1, 40'000, 1.5, 2);
  const FreeEnergyEstimate found = free_energy_perturbation(w);
  const double ess = 2 / 2.25;
  CHECK(found.effective_sample_size == doctest::Approx(ess).epsilon(0.02));
  CHECK(found.analytic_error == doctest::Approx(std::sqrt((1 / ess - 1) / 40'000)).epsilon(0.05));
  CHECK(found.standard_error == doctest::Approx(found.analytic_error).epsilon(5 / std::sqrt(400.0)));
  CHECK(found.samples == 40'000);
  CHECK(found.bootstrap_rounds == 200);
}

TEST_CASE("FreeEnergyPerturbation: agrees with pymbar") {
  struct Golden {
    std::size_t samples;
    double shift, scale, delta_f, error;
  };
  // tests/reference/pymbar_golden.py, pymbar 4.0.3
  const Golden golden[] = {{7, 0.5, 0.25, 0.4566217752845494, 0.05490161596972667},
                           {1000, -3.0, 2.0, -3.8296053791259173, 0.03416844723093348},
                           {20000, 1500.0, 6.0, 1495.7876079368493, 0.012591214084069276}};
  for (const Golden& g : golden) {
    std::vector<double> w;
    for (std::size_t k = 0; k < g.samples; ++k) w.push_back(-(g.shift + g.scale * std::sin(static_cast<double>(k * k))));
    const FreeEnergyEstimate found = free_energy_perturbation(w);
    const auto n = static_cast<double>(g.samples);
    CHECK(found.delta_f == doctest::Approx(g.delta_f).epsilon(1e-12));
    CHECK(found.analytic_error == doctest::Approx(g.error * std::sqrt(n / (n - 1))).epsilon(1e-9));  // pymbar divides by n
  }
}

TEST_CASE("FreeEnergyPerturbation: equal weights give the exact answer without error") {
  const std::vector<double> w(100, -7.25);
  const FreeEnergyEstimate found = free_energy_perturbation(w);
  CHECK(found.delta_f == doctest::Approx(7.25).epsilon(1e-15));
  CHECK(found.standard_error == doctest::Approx(0).epsilon(1e-12));
  CHECK(found.analytic_error == doctest::Approx(0).epsilon(1e-7));
  CHECK(found.effective_sample_size == doctest::Approx(1));
  CHECK(found.largest_weight == doctest::Approx(0.01));
  CHECK(!found.dominated);
}

TEST_CASE("FreeEnergyPerturbation: a constant moves delta_f and nothing else, of any size") {
  auto w = gaussian_log_weights(3, 200, 2, 1);
  const FreeEnergyEstimate before = free_energy_perturbation(w);
  for (const double c : {1e4, -1e4, 3e5}) {
    auto moved = w;
    for (double& x : moved) x += c;
    const FreeEnergyEstimate after = free_energy_perturbation(moved);
    CHECK(after.delta_f + c == doctest::Approx(before.delta_f).epsilon(1e-9));
    CHECK(after.standard_error == doctest::Approx(before.standard_error).epsilon(1e-6));
    CHECK(after.effective_sample_size == doctest::Approx(before.effective_sample_size).epsilon(1e-8));
    CHECK(after.largest_weight == doctest::Approx(before.largest_weight).epsilon(1e-8));
  }
}

TEST_CASE("FreeEnergyPerturbation: weights of zero count as samples") {
  std::vector<double> w(200, 0.5);
  for (std::size_t k = 0; k < 100; ++k) w[2 * k] = -infinity;
  const FreeEnergyEstimate found = free_energy_perturbation(w);
  CHECK(found.delta_f == doctest::Approx(std::log(2.0) - 0.5));
  CHECK(found.effective_sample_size == doctest::Approx(0.5));
  CHECK(std::isfinite(found.standard_error));
  CHECK(found.analytic_error == doctest::Approx(1 / std::sqrt(199.0)));
}

TEST_CASE("FreeEnergyPerturbation: a weight that dominates is reported") {
  std::vector<double> w(1000, -1e4);
  w[17] = 1e4;
  const FreeEnergyEstimate found = free_energy_perturbation(w);
  CHECK(found.delta_f == doctest::Approx(std::log(1000.0) - 1e4));
  CHECK(found.dominated);
  CHECK(found.largest_weight == doctest::Approx(1));
  CHECK(found.effective_sample_size == doctest::Approx(0.001));
  CHECK(dominance_note(found).find("the largest of 1000 weights holds 100% of their sum") == 0);
  // 49 equal samples are too few, 50 are enough; one weight of more than a tenth is too much.
  CHECK(free_energy_perturbation(std::vector<double>(49, 0.0)).dominated);
  CHECK(!free_energy_perturbation(std::vector<double>(51, 0.0)).dominated);
  CHECK(dominance_note(free_energy_perturbation(std::vector<double>(51, 0.0))).empty());
  w.assign(1000, 0);
  w[0] = std::log(120.0);
  CHECK(free_energy_perturbation(w).dominated);
}

TEST_CASE("FreeEnergyPerturbation: resamples without any weight are left out of the error and not counted") {
  std::vector<double> w(4, -infinity);
  w[2] = 0;
  const FreeEnergyEstimate found = free_energy_perturbation(w);  // a resample misses it with probability 0.32
  CHECK(found.bootstrap_rounds < 200);
  CHECK(found.bootstrap_rounds > 60);
  CHECK(std::isfinite(found.standard_error));
  CHECK(found.dominated);
}

TEST_CASE("FreeEnergyPerturbation: the result does not depend on the number of threads") {
  const auto w = gaussian_log_weights(5, 1000, 2, 1);
  const int before = omp_get_max_threads();
  omp_set_num_threads(1);
  const FreeEnergyEstimate one = free_energy_perturbation(w);
  omp_set_num_threads(3);
  const FreeEnergyEstimate three = free_energy_perturbation(w);
  omp_set_num_threads(before);
  CHECK(one.standard_error == three.standard_error);
  CHECK(one.standard_error != free_energy_perturbation(w, {200, 1}).standard_error);
}

TEST_CASE("FreeEnergyPerturbation: impossible input is named") {
  std::vector<double> w(20, 0);
  w[7] = std::numeric_limits<double>::quiet_NaN();
  CHECK(complaint([&] { free_energy_perturbation(w); }) ==
        "log-weight (sample 7): got nan, expected a finite number, or -inf for a weight of zero");
  w[7] = infinity;
  CHECK(complaint([&] { free_energy_perturbation(w); }).find("sample 7): got inf") != std::string::npos);
  CHECK(complaint([&] { free_energy_perturbation({}); }).find("0 samples") != std::string::npos);
  CHECK(complaint([&] { free_energy_perturbation(std::vector<double>{1.0}); }).find("1 samples") != std::string::npos);
  CHECK(complaint([&] { free_energy_perturbation(std::vector<double>(9, -infinity)); }).find("a weight above zero") !=
        std::string::npos);
  CHECK(complaint([&] { free_energy_perturbation(std::vector<double>(9, 0.0), {1, 0}); }).find("1 rounds") != std::string::npos);
}

TEST_CASE("running_estimate: evenly spaced in the logarithm, each point as if the samples ended there") {
  auto w = gaussian_log_weights(9, 10'000, 2, 2);
  w[0] = -infinity;
  const auto curve = running_estimate(w, 31);
  REQUIRE(curve.size() == 31);
  CHECK(curve.front().samples == 10);
  CHECK(curve[10].samples == 100);
  CHECK(curve.back().samples == 10'000);
  for (const RunningEstimate& point : curve) {
    const FreeEnergyEstimate direct =
        free_energy_perturbation(std::span(w).first(static_cast<std::size_t>(point.samples)), {2, 0});
    CHECK(point.delta_f == doctest::Approx(direct.delta_f).epsilon(1e-12));
    CHECK(point.standard_error == doctest::Approx(direct.analytic_error).epsilon(1e-9));
  }
}

TEST_CASE("running_estimate: growing weights, few samples, and samples without weight at first") {
  std::vector<double> w;
  for (int k = 0; k < 1000; ++k) w.push_back(-1e4 + 20 * k);
  CHECK(running_estimate(w, 10).back().delta_f == doctest::Approx(free_energy_perturbation(w).delta_f));
  CHECK(running_estimate(std::vector<double>{1.0, 1.0, 1.0}, 5).size() == 1);
  w.assign(1000, 0);
  for (std::size_t k = 0; k < 50; ++k) w[k] = -infinity;
  CHECK(running_estimate(w, 10).front().samples > 50);
  CHECK(complaint([&] { running_estimate(w, 1); }).find("1 points") != std::string::npos);
  w[3] = std::numeric_limits<double>::quiet_NaN();
  CHECK(complaint([&] { running_estimate(w, 10); }).find("sample 3") != std::string::npos);
}

TEST_CASE("FreeEnergyPerturbation: F exceeds its upper bound in one of twenty sets at most, also where few samples carry them") {
  // log-weights of mean −σ²/2 and deviation σ: F = 0. The chance that a twentieth is seen as more than 0.08 in 1000 sets: 4.4
  // sigma.
  for (const double sigma : {0.5, 3.0, 6.0}) {
    int above = 0, dominated = 0;
    for (std::uint64_t set = 0; set < 1000; ++set) {
      std::vector<double> log_weights(100);
      for (std::size_t i = 0; i < log_weights.size(); ++i)
        log_weights[i] = sigma * normal({set, StreamName::test}, i, static_cast<std::uint32_t>(sigma * 2)) - sigma * sigma / 2;
      const auto found = free_energy_perturbation(log_weights, {.rounds = 2});
      above += upper_bound_95(found) < 0;
      dominated += found.dominated;
    }
    CHECK(above <= 80);
    if (sigma > 2) CHECK(dominated > 900);
  }
}
