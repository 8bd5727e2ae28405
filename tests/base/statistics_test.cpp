#include "erg/base/statistics.hpp"
#include "erg/base/random.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace {
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
const std::vector<double> none;
}  // namespace

TEST_CASE("log_sum_exp: exact on small sums, safe on large numbers") {
  CHECK(erg::log_sum_exp(std::vector{std::log(1.), std::log(2.), std::log(3.)}) == doctest::Approx(std::log(6.)).epsilon(1e-15));
  CHECK(erg::log_sum_exp(std::vector{1e4, 1e4}) == doctest::Approx(1e4 + std::log(2.)).epsilon(1e-15));
  CHECK(erg::log_sum_exp(std::vector{-1e4, -1e4 - 1}) == doctest::Approx(-1e4 + std::log1p(std::exp(-1.))).epsilon(1e-15));
  CHECK(erg::log_mean_exp(std::vector{-3e5, -3e5}) == -3e5);
}

TEST_CASE("log_sum_exp: empty sums, infinities and NaN as documented") {
  CHECK(erg::log_sum_exp(none) == -infinity);
  CHECK(erg::log_sum_exp(std::vector{-infinity, -infinity}) == -infinity);
  CHECK(erg::log_sum_exp(std::vector{-infinity, 2.}) == 2);
  CHECK(erg::log_sum_exp(std::vector{1., infinity}) == infinity);
  CHECK(std::isnan(erg::log_sum_exp(std::vector{1., undefined, infinity})));
  CHECK_THROWS_AS(erg::log_mean_exp(none), erg::InputError);
}

TEST_CASE("moments: of a known sample, and far from the origin") {
  const auto m = erg::moments(std::vector{1e9 + 1, 1e9 + 2, 1e9 + 3, 1e9 + 4});
  CHECK(m.mean == doctest::Approx(1e9 + 2.5).epsilon(1e-15));
  CHECK(m.variance == doctest::Approx(5. / 3).epsilon(1e-6));
  CHECK(erg::moments(std::vector{3.}).variance == 0);
  CHECK_THROWS_AS(erg::moments(none), erg::InputError);
}

TEST_CASE("weighted_moments: a weight of two equals a sample twice, and constants drop out") {
  const std::vector x{1., 4., -2.}, log_weights{std::log(2.) - 700, -700., -700.}, twice{1., 1., 4., -2.};
  const auto weighted = erg::weighted_moments(x, log_weights), plain = erg::moments(twice);
  CHECK(weighted.mean == doctest::Approx(plain.mean).epsilon(1e-12));
  CHECK(weighted.variance == doctest::Approx(plain.variance * 3 / 4).epsilon(1e-12));
  CHECK_THROWS_AS(erg::weighted_moments(x, std::vector{0., 0.}), erg::InputError);
  CHECK_THROWS_AS(erg::weighted_moments(none, none), erg::InputError);
  CHECK(std::isnan(erg::weighted_moments(x, std::vector{0., undefined, 0.}).mean));
}

TEST_CASE("effective_sample_size: 1 for equal weights, 1/n for one, known for a normal log-weight") {
  CHECK(erg::effective_sample_size(std::vector(50, -1e3)) == doctest::Approx(1).epsilon(1e-12));
  CHECK(erg::effective_sample_size(std::vector{0., -1e3, -1e3, -1e3}) == doctest::Approx(0.25).epsilon(1e-12));
  CHECK(erg::effective_sample_size(std::vector{0., -infinity}) == doctest::Approx(0.5).epsilon(1e-12));
  CHECK(std::isnan(erg::effective_sample_size(std::vector{-infinity, -infinity})));
  CHECK_THROWS_AS(erg::effective_sample_size(none), erg::InputError);
  // log w = σ z: E[w]² / E[w²] = exp(−σ²). With 2·10⁵ draws at σ = ½ the standard error is about 10⁻³.
  std::vector<double> w;
  for (int i = 0; i < 200'000; ++i) w.push_back(0.5 * erg::normal({3, erg::StreamName::test}, i, 0));
  CHECK(erg::effective_sample_size(w) == doctest::Approx(std::exp(-0.25)).epsilon(0.006));
}

TEST_CASE("largest_weight: the fraction that one sample holds") {
  CHECK(erg::largest_weight(std::vector{std::log(3.), 0.}) == doctest::Approx(0.75).epsilon(1e-15));
  CHECK(erg::largest_weight(std::vector(4, 5e5)) == 0.25);
  CHECK(std::isnan(erg::largest_weight(std::vector{undefined, 1.})));
  CHECK(std::isnan(erg::largest_weight(std::vector{-infinity})));
}
