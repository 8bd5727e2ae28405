#include "erg/training/averaged_losses.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace erg;

namespace {

/// Remembers which samples it was asked for; its gradient is `slope` in every weight.
struct Recorder {
  using T = float;
  double slope;
  std::vector<std::pair<std::uint64_t, int>>* asked;
  bool usable = true;

  int samples_of(int batch) const { return (batch + 3) / 4 * 4; }
  BatchReport gradient(std::span<const T>, Stream, std::uint64_t first, int batch, std::span<double> g) {
    asked->emplace_back(first, batch);
    std::fill(g.begin(), g.end(), slope);
    return {
        .loss = 10 * slope, .spread = slope, .effective_sample_size = 0.1 * slope, .refused = usable ? 0 : 2, .usable = usable};
  }
};

std::vector<std::unique_ptr<Recorder>> three(std::vector<std::pair<std::uint64_t, int>>& asked) {
  std::vector<std::unique_ptr<Recorder>> losses;
  for (const double slope : {1.0, 2.0, 6.0}) losses.push_back(std::make_unique<Recorder>(Recorder{slope, &asked}));
  return losses;
}

}  // namespace

TEST_CASE("AveragedLosses: the mean of gradients and reports, over samples that none shares") {
  std::vector<std::pair<std::uint64_t, int>> asked;
  AveragedLosses<Recorder> loss(three(asked));
  const std::vector<float> theta(2);
  std::vector<double> g(2, 99.0);
  const BatchReport r = loss.gradient(theta, {1, StreamName::test}, 100, 31, g);
  for (const double x : g) CHECK(x == doctest::Approx(3));
  CHECK(r.loss == doctest::Approx(30));
  CHECK(r.spread == doctest::Approx(3));
  CHECK(r.effective_sample_size == doctest::Approx(0.3));
  CHECK(r.usable);
  CHECK(loss.samples_of(31) == 36);  // three shares of ten, each three tiles of four
  CHECK(asked == std::vector<std::pair<std::uint64_t, int>>{{100, 10}, {112, 10}, {124, 10}});
}

TEST_CASE("AveragedLosses: one that is not usable spoils the step, and none is refused") {
  std::vector<std::pair<std::uint64_t, int>> asked;
  auto losses = three(asked);
  losses[1]->usable = false;
  AveragedLosses<Recorder> loss(std::move(losses));
  std::vector<double> g(2);
  const std::vector<float> theta(2);
  const BatchReport r = loss.gradient(theta, {1, StreamName::test}, 0, 12, g);
  CHECK(!r.usable);
  CHECK(r.refused == 2);
  CHECK_THROWS_AS(AveragedLosses<Recorder>({}), InputError);
}
