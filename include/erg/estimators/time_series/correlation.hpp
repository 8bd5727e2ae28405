/// \file
/// How many steps of a time series count for one independent sample, and which steps to keep.
#pragma once

#include "erg/base/error.hpp"
#include "erg/base/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace erg {

/// Refuses series that say nothing.
///
/// Errors:  InputError for fewer than `least` steps, or a step that is not finite.
inline void require_series(std::span<const double> series, std::size_t least) {
  if (series.size() < least)
    throw InputError("time series", "estimator", std::to_string(series.size()) + " steps", "at least " + std::to_string(least));
  for (std::size_t t = 0; t < series.size(); ++t)
    if (!std::isfinite(series[t]))
      throw InputError("time series", "step " + std::to_string(t), to_text(series[t]), "a finite number");
}

/// g = 1 + 2 Σ_t (1 − t/T) C(t), with C the normalised autocorrelation: T steps count for T / g independent samples.
///
/// Shapes:  series (steps), in order and in equilibrium.
/// Units:   steps; never below 1. A series without spread has g = 1.
/// Errors:  InputError for fewer than two steps, or one that is not finite.
/// Cost:    steps × the correlation time.
/// Source:  Chodera et al. 2007, doi:10.1021/ct0502864. The sum ends where C first falls to zero, though not before
///          `shortest` + 1 steps, as pymbar has it (3); noise behind is left out. So g is too small where the series is not much
///          longer than its correlations.
inline double statistical_inefficiency(std::span<const double> series, std::size_t shortest = 3) {
  require_series(series, 2);
  const std::size_t steps = series.size();
  const auto total = static_cast<double>(steps);
  const double mean = moments(series).mean;
  std::vector<double> x(series.begin(), series.end());
  double variance = 0;
  for (double& v : x) {
    v -= mean;
    variance += v * v / total;
  }
  if (!(variance > 0)) return 1;
  double g = 1;
  for (std::size_t t = 1; t + 1 < steps; ++t) {
    double products = 0;
    for (std::size_t k = 0; k + t < steps; ++k) products += x[k] * x[k + t];
    const double apart = static_cast<double>(t), correlation = products / ((total - apart) * variance);
    if (correlation <= 0 && t > shortest) break;
    g += 2 * correlation * (1 - apart / total);
  }
  return std::max(1.0, g);
}

/// The steps to keep so that what remains is uncorrelated: 0, g, 2 g … to the nearest step.
///
/// Errors:  InputError for g below 1 or not finite.
inline std::vector<std::size_t> uncorrelated_steps(std::size_t steps, double g) {
  if (!(g >= 1) || !std::isfinite(g)) throw InputError("statistical inefficiency", "subsampling", to_text(g), "a number from 1");
  std::vector<std::size_t> kept;
  for (std::size_t k = 0;; ++k) {
    const auto step = static_cast<std::size_t>(std::llrint(static_cast<double>(k) * g));
    if (step >= steps) return kept;
    kept.push_back(step);
  }
}

/// The mean of a correlated series, with its error: √(variance · g / T).
struct CorrelatedMean {
  double value, standard_error, inefficiency;
};

/// Errors:  as `statistical_inefficiency`.
inline CorrelatedMean correlated_mean(std::span<const double> series) {
  const double g = statistical_inefficiency(series);
  const auto found = moments(series);
  return {found.mean, std::sqrt(found.variance * g / static_cast<double>(series.size())), g};
}

}  // namespace erg
