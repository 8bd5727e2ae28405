#include "erg/estimators/reweighting.hpp"

#include "erg/base/random.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

using namespace erg;

namespace {

struct Weighted {
  std::vector<double> log_weights, values;
};

/// x² of a unit Gaussian, weighted to a Gaussian of stiffness 1.6: ⟨x²⟩ = 1 / 1.6.
Weighted squares(std::uint64_t seed, std::size_t samples) {
  Weighted result;
  for (std::size_t k = 0; k < samples; ++k) {
    const double x = normal({seed, StreamName::test}, k, 0);
    result.log_weights.push_back(-0.3 * x * x + 5000);
    result.values.push_back(x * x);
  }
  return result;
}

std::string complaint(const std::vector<double>& w, const std::vector<double>& a) {
  try {
    reweighted_mean(w, a);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no InputError";
}

}  // namespace

TEST_CASE("reweighted_mean: the variance of another Gaussian, with an honest error") {
  const int repeats = 300;
  double mean = 0, square = 0, stated = 0, analytic = 0;
  for (int seed = 0; seed < repeats; ++seed) {
    const Weighted set = squares(static_cast<std::uint64_t>(seed), 600);
    const WeightedMean found = reweighted_mean(set.log_weights, set.values, {100, 0});
    const double miss = found.value - 1 / 1.6;
    mean += miss / repeats;
    square += miss * miss / repeats;
    stated += found.standard_error / repeats;
    analytic += found.analytic_error / repeats;
  }
  const double spread = std::sqrt(square - mean * mean);
  // Bounds of 4.5 standard deviations: false alarm 2e-5 for other seeds. The ratio's bias is of order 1/600 of the value.
  CHECK(std::abs(mean) < 4.5 * spread / std::sqrt(repeats) + 0.6 / 600);
  CHECK(std::abs(stated / spread - 1) < 4.5 / std::sqrt(2.0 * repeats));
  CHECK(std::abs(analytic / spread - 1) < 4.5 / std::sqrt(2.0 * repeats));
}

TEST_CASE("reweighted_mean: equal weights give the plain mean and its usual error") {
  const std::vector<double> values{1, 2, 3, 4, 10};
  const WeightedMean found = reweighted_mean(std::vector<double>(5, -3e4), values);
  CHECK(found.value == doctest::Approx(4));
  CHECK(found.analytic_error == doctest::Approx(std::sqrt(50.0 / 4 / 5)));
}

TEST_CASE("reweighted_mean: what has no weight is not looked at; a constant is itself") {
  const double infinity = std::numeric_limits<double>::infinity();
  const WeightedMean found =
      reweighted_mean(std::vector<double>{0, -infinity, std::log(3.0)}, std::vector<double>{1, infinity, 5});
  CHECK(found.value == doctest::Approx(4));
  const WeightedMean same = reweighted_mean(squares(1, 50).log_weights, std::vector<double>(50, 2.5));
  CHECK(same.value == doctest::Approx(2.5));
  CHECK(same.standard_error == doctest::Approx(0));
}

TEST_CASE("reweighted_mean: impossible input is named") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(complaint({0, 0, 0}, {1, 2}).find("2 values") != std::string::npos);
  CHECK(complaint({0, 0, 0}, {1, nan, 2}).find("sample 1") != std::string::npos);
  CHECK(complaint({0, 0, nan}, {1, 2, 3}).find("log-weight (sample 2)") != std::string::npos);
  CHECK(complaint({0}, {1}).find("at least 2") != std::string::npos);
}
