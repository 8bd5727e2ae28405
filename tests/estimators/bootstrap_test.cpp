#include "erg/estimators/bootstrap.hpp"

#include "erg/base/parallel.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace erg;

namespace {

struct Threads {
  explicit Threads(int count) : before(thread_count()) { set_threads(count); }
  ~Threads() { set_threads(before); }
  int before;
};

const std::vector<double> samples = [] {
  std::vector<double> x(400);
  for (std::size_t k = 0; k < x.size(); ++k) x[k] = std::sin(double(k) * double(k));
  return x;
}();

const auto mean_of_resample = [](const auto& draw) {
  double sum = 0;
  for (std::size_t k = 0; k < samples.size(); ++k) sum += samples[draw(k)];
  return sum / double(samples.size());
};

}  // namespace

TEST_CASE("Bootstrap: the error of a mean is the samples' deviation over the root of their number") {
  const auto found = moments(samples);
  const double expected = std::sqrt(found.variance / double(samples.size()));
  const auto spread = bootstrap_spread(samples.size(), {.rounds = 2000, .seed = 7}, mean_of_resample);
  CHECK(spread.rounds == 2000);
  // The deviation of 2000 normal values is known to 1/√4000 = 1.6 %: five of that, false alarm 6e-7.
  CHECK(spread.standard_error == doctest::Approx(expected).epsilon(0.08));
}

TEST_CASE("Bootstrap: the number of threads changes nothing, and set_threads holds for it") {
  const Bootstrap how{.rounds = 50, .seed = 3};
  const auto with = [&](int threads) {
    const Threads chosen(threads);
    return bootstrap_spread(samples.size(), how, mean_of_resample).standard_error;
  };
  CHECK(with(1) == with(4));
  const Threads one(1);
  const auto here = std::this_thread::get_id();
  std::atomic<int> elsewhere = 0;
  bootstrap_spread(samples.size(), how, [&](const auto&) { return double(elsewhere += std::this_thread::get_id() != here); });
  CHECK(elsewhere == 0);
}

TEST_CASE("Bootstrap: what the statistic throws arrives") {
  const Threads two(2);
  const auto failing = [](const auto& draw) -> double { throw std::domain_error("at " + std::to_string(draw(0))); };
  CHECK_THROWS_AS(bootstrap_spread(samples.size(), {.rounds = 10}, failing), std::domain_error);
}

TEST_CASE("Bootstrap: several numbers are of the same resamples, and each round counts for those that are finite") {
  const auto each = [](const auto& draw) {
    const double mean = mean_of_resample(draw);
    return std::array<double, 3>{mean, -2 * mean, draw(0) % 2 == 0 ? mean : std::nan("")};
  };
  const auto found = bootstrap_spreads<3>(samples.size(), {60, 4}, each);
  const auto one = bootstrap_spread(samples.size(), {60, 4}, mean_of_resample);
  CHECK(found[0].standard_error == one.standard_error);
  CHECK(found[1].standard_error == doctest::Approx(2 * one.standard_error));
  CHECK(found[0].rounds == 60);
  CHECK(found[2].rounds > 10);
  CHECK(found[2].rounds < 50);
}
