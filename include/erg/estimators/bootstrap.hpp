/// \file
/// The error of any statistic, by drawing the samples again with replacement.
#pragma once

#include "erg/base/parallel.hpp"
#include "erg/base/random.hpp"
#include "erg/base/statistics.hpp"
#include "erg/estimators/concept.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace erg {

/// The spread of a statistic over resampled data, and the number of rounds that gave a finite one.
struct BootstrapSpread {
  double standard_error;
  int rounds;
};

/// Standard deviation of `statistic` over `how.rounds` resamples.
///
/// `statistic(draw)` returns its value on one resample, in which sample `draw(k)` takes the place of sample k, k = 0 … samples
/// − 1. Rounds run in parallel; a draw depends on seed, round and k alone, and the result not at all on the number of threads.
/// Rounds in which the statistic is not finite (no weight was drawn) are left out and not counted.
/// Errors:  InputError for fewer than two rounds, or for more than 2³² − 1 samples; what the statistic throws.
/// Source:  Efron 1979, doi:10.1214/aos/1176344552.
template <class Statistic>
BootstrapSpread bootstrap_spread(std::size_t samples, const Bootstrap& how, const Statistic& statistic) {
  if (how.rounds < 2) throw InputError("bootstrap", "estimator", std::to_string(how.rounds) + " rounds", "at least 2");
  if (samples > std::numeric_limits<std::uint32_t>::max())
    throw InputError("bootstrap", "estimator", std::to_string(samples) + " samples", "fewer than 2^32");
  const Stream stream{how.seed, StreamName::bootstrap};
  const auto count = static_cast<std::uint32_t>(samples);
  std::vector<double> found(static_cast<std::size_t>(how.rounds));
  parallel_for(how.rounds, [&](int round, int) {
    const auto draw = [&](std::size_t k) {
      return static_cast<std::size_t>(
          integer_below(count, stream, static_cast<std::uint64_t>(round), static_cast<std::uint32_t>(k)));
    };
    found[static_cast<std::size_t>(round)] = statistic(draw);
  });
  std::erase_if(found, [](double x) { return !std::isfinite(x); });
  if (found.size() < 2) return {std::numeric_limits<double>::infinity(), static_cast<int>(found.size())};
  return {std::sqrt(moments(found).variance), static_cast<int>(found.size())};
}

}  // namespace erg
