/// \file
/// Where a time series has forgotten its start.
#pragma once

#include "erg/base/parallel.hpp"
#include "erg/estimators/time_series/correlation.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace erg {

/// From which step on a series is in equilibrium.
struct Equilibration {
  std::size_t start;         ///< steps before are to be left out
  double inefficiency;       ///< of the steps from there on
  double effective_samples;  ///< (steps − start) / inefficiency: the most that any start gives
};

/// The start that leaves most uncorrelated samples: later ones throw good samples away, earlier ones keep the transient, whose
/// drift looks like a long correlation.
///
/// Shapes:  series (steps). Every `skip`-th step is tried as the start, the last two excepted.
/// Errors:  InputError for fewer than three steps, one that is not finite, or skip = 0.
/// Cost:    steps / skip times that of `statistical_inefficiency`, on all threads.
/// Source:  Chodera 2016, doi:10.1021/acs.jctc.5b00784.
inline Equilibration detect_equilibration(std::span<const double> series, std::size_t skip = 1) {
  require_series(series, 3);
  if (skip == 0) throw InputError("skip", "equilibration", "0", "at least 1");
  const std::size_t tries = (series.size() - 3) / skip + 1;
  std::vector<double> g(tries);
  const auto threads = static_cast<std::size_t>(thread_count());
  parallel_for(static_cast<int>(std::min(threads, tries)), [&](int first, int) {  // dealt out in turns: later starts are cheaper
    for (std::size_t k = static_cast<std::size_t>(first); k < tries; k += std::min(threads, tries))
      g[k] = statistical_inefficiency(series.subspan(k * skip));
  });
  Equilibration best{0, 1, 0};
  for (std::size_t k = 0; k < tries; ++k) {
    const double samples = static_cast<double>(series.size() - k * skip) / g[k];
    if (samples > best.effective_samples) best = {k * skip, g[k], samples};
  }
  return best;
}

/// The steps of a series from its equilibration on, uncorrelated.
inline std::vector<std::size_t> equilibrated_steps(std::span<const double> series, std::size_t skip = 1) {
  const Equilibration found = detect_equilibration(series, skip);
  std::vector<std::size_t> kept = uncorrelated_steps(series.size() - found.start, found.inefficiency);
  for (std::size_t& step : kept) step += found.start;
  return kept;
}

}  // namespace erg
