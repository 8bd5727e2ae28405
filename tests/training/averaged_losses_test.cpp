#include "erg/training/averaged_losses.hpp"
#include "erg/base/parallel.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <utility>
#include <vector>

using namespace erg;

namespace {

using Asked = std::vector<std::pair<std::uint64_t, int>>;

/// Remembers which samples it was asked for; its gradient is `slope` in every weight.
struct Recorder {
  using T = float;
  double slope;
  Asked* asked;
  bool usable = true;

  int samples_of(int batch) const { return (batch + 3) / 4 * 4; }
  BatchReport gradient(std::span<const T>, Stream, std::uint64_t first, int batch, std::span<double> g) {
    asked->emplace_back(first, batch);
    std::fill(g.begin(), g.end(), slope);
    return {
        .loss = 10 * slope, .spread = slope, .effective_sample_size = 0.1 * slope, .refused = usable ? 0 : 2, .usable = usable};
  }
};

std::vector<std::unique_ptr<Recorder>> three(std::array<Asked, 3>& asked) {
  std::vector<std::unique_ptr<Recorder>> losses;
  for (const double slope : {1.0, 2.0, 6.0}) losses.push_back(std::make_unique<Recorder>(Recorder{slope, &asked[losses.size()]}));
  return losses;
}

}  // namespace

TEST_CASE("AveragedLosses: the mean of gradients and reports, over samples that none shares, on any number of threads") {
  const int before = thread_count();
  for (const int threads : {1, 2, 3, 4, 8}) {  // three tiles a share: with four threads and more the losses stand side by side
    set_threads(threads);
    std::array<Asked, 3> asked;
    AveragedLosses<Recorder> loss(three(asked));
    const std::vector<float> theta(2);
    std::vector<double> g(2, 99.0);
    for (int again = 0; again < 2; ++again) {
      const BatchReport r = loss.gradient(theta, {1, StreamName::test}, 100, 31, g);
      for (const double x : g) CHECK(x == doctest::Approx(3));
      CHECK(r.loss == doctest::Approx(30));
      CHECK(r.spread == doctest::Approx(3));
      CHECK(r.effective_sample_size == doctest::Approx(0.3));
      CHECK(r.usable);
    }
    CHECK(loss.samples_of(31) == 36);  // three shares of ten, each three tiles of four
    CHECK(asked == std::array<Asked, 3>{{{{100, 10}, {100, 10}}, {{112, 10}, {112, 10}}, {{124, 10}, {124, 10}}}});
  }
  set_threads(before);
}

TEST_CASE("AveragedLosses: one that is not usable spoils the step, and none is refused") {
  std::array<Asked, 3> asked;
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
