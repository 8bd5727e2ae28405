#include "densities/crystal/trained_published_2022.hpp"

#include <doctest/doctest.h>

using namespace erg;
using namespace erg::tests;

// Means over 2048 samples. The seed is fixed; another number of threads moves both figures in the third digit.
TEST_CASE("Published2022: a short training from scratch raises the effective sample size on ice") {
  const TrainedPublished2022 ice({.frequencies = 1, .layers = 3, .width = 16, .blocks = 1},
                                 {.batch = 64, .rate = {1e-2}, .clip = 1e4}, 200);
  const auto after = ice.weighed(2048);
  const auto mean = [](const std::vector<double>& x) { return std::accumulate(x.begin(), x.end(), 0.0) / 2048; };
  CHECK(mean(after) - mean(ice.before) > 10);  // found: 16.6 nats
  CHECK(effective_sample_size(ice.before) < 0.005);
  CHECK(effective_sample_size(after) > 0.008);  // found: 0.02
  CHECK(ice.last.effective_sample_size > 0);
}
