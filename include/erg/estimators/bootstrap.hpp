/// \file
/// The error of any statistic, by drawing the samples again with replacement.
#pragma once

#include "erg/base/parallel.hpp"
#include "erg/base/random.hpp"
#include "erg/base/statistics.hpp"
#include "erg/estimators/concept.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace erg {

/// The spread of a statistic over resampled data, and the number of rounds that gave a finite one.
struct BootstrapSpread {
  double standard_error;
  int rounds;
};

/// Standard deviations of the K numbers of `statistic` over the same `how.rounds` resamples of several sets of samples.
///
/// `statistic(draw)` returns their std::array on one resample, in which sample `draw(set, k)` of a set takes the place of its
/// sample k; each set is resampled within itself. Rounds run in parallel; a draw depends on seed, round, set and k alone, and the
/// result not at all on the number of threads. Rounds in which a number is not finite (no weight was drawn) are left out of its
/// spread and not counted.
/// Shapes:  sizes (sets): the samples in each.
/// Errors:  InputError for fewer than two rounds, or for more than 2³² − 1 samples; what the statistic throws.
/// Source:  Efron 1979, doi:10.1214/aos/1176344552.
template <std::size_t K, class Statistic>
std::array<BootstrapSpread, K> bootstrap_spreads(std::span<const std::size_t> sizes, const Bootstrap& how,
                                                 const Statistic& statistic) {
  if (how.rounds < 2) throw InputError("bootstrap", "estimator", std::to_string(how.rounds) + " rounds", "at least 2");
  std::vector<std::uint64_t> first{0};
  for (const std::size_t size : sizes) first.push_back(first.back() + size);
  if (first.back() > std::numeric_limits<std::uint32_t>::max())
    throw InputError("bootstrap", "estimator", std::to_string(first.back()) + " samples", "fewer than 2^32");
  const Stream stream{how.seed, StreamName::bootstrap};
  std::vector<std::array<double, K>> found(static_cast<std::size_t>(how.rounds));
  parallel_for(how.rounds, [&](int round, int) {
    const auto draw = [&](std::size_t set, std::size_t k) {
      return static_cast<std::size_t>(integer_below(static_cast<std::uint32_t>(sizes[set]), stream,
                                                    static_cast<std::uint64_t>(round),
                                                    static_cast<std::uint32_t>(first[set] + k)));
    };
    found[static_cast<std::size_t>(round)] = statistic(draw);
  });
  std::array<BootstrapSpread, K> spreads;
  for (std::size_t number = 0; number < K; ++number) {
    std::vector<double> finite;
    for (const auto& of_round : found)
      if (std::isfinite(of_round[number])) finite.push_back(of_round[number]);
    const double error = finite.size() < 2 ? std::numeric_limits<double>::infinity() : std::sqrt(moments(finite).variance);
    spreads[number] = {error, static_cast<int>(finite.size())};
  }
  return spreads;
}

/// The same for one set of samples: `statistic(draw)`, with `draw(k)`.
template <std::size_t K, class Statistic>
std::array<BootstrapSpread, K> bootstrap_spreads(std::size_t samples, const Bootstrap& how, const Statistic& statistic) {
  return bootstrap_spreads<K>(std::span(&samples, 1), how,
                              [&](const auto& draw) { return statistic([&](std::size_t k) { return draw(0, k); }); });
}

/// The same for one number.
template <class Statistic>
BootstrapSpread bootstrap_spread(std::size_t samples, const Bootstrap& how, const Statistic& statistic) {
  return bootstrap_spreads<1>(samples, how, [&](const auto& draw) { return std::array<double, 1>{statistic(draw)}; })[0];
}

}  // namespace erg
