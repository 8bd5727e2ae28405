/// \file
/// Averages over the target from weighted samples.
#pragma once

#include "erg/estimators/bootstrap.hpp"
#include "erg/estimators/weights.hpp"

#include <cmath>
#include <cstddef>
#include <span>
#include <string>

namespace erg {

/// ⟨A⟩ = Σ w A / Σ w over independent samples with log-weights, with its error.
///
/// Shapes:  log_weights, observable (samples).
/// Errors:  InputError as `weights_of`, when the two differ in length, or for an observable that is not finite where its
///          weight is not zero (naming the sample).
/// Source:  the ratio estimator and its first-order error: Owen 2013, "Monte Carlo theory, methods and examples", eq. 9.6–9.9.
inline WeightedMean reweighted_mean(std::span<const double> log_weights, std::span<const double> observable,
                                    const Bootstrap& bootstrap = {}) {
  if (log_weights.size() != observable.size())
    throw InputError("observable", "reweighted mean", std::to_string(observable.size()) + " values",
                     std::to_string(log_weights.size()) + ", one per log-weight");
  const Weights weights = weights_of(log_weights);
  const std::size_t samples = weights.samples();
  const auto value_at = [&](std::size_t k) { return weights.relative[k] > 0 ? weights.relative[k] * observable[k] : 0.0; };
  double sum = 0;
  for (std::size_t k = 0; k < samples; ++k) {
    if (weights.relative[k] > 0 && !std::isfinite(observable[k]))
      throw InputError("observable", "sample " + std::to_string(k), std::isnan(observable[k]) ? "nan" : "inf", "a finite number");
    sum += value_at(k);
  }
  const double mean = sum / weights.sum;
  double square = 0;
  for (std::size_t k = 0; k < samples; ++k) {
    const double part = value_at(k) - weights.relative[k] * mean;
    square += part * part;
  }
  const auto n = static_cast<double>(samples);
  const auto spread = bootstrap_spread(samples, bootstrap, [&](const auto& draw) {
    double top = 0, bottom = 0;
    for (std::size_t k = 0; k < samples; ++k) {
      const std::size_t drawn = draw(k);
      top += value_at(drawn);
      bottom += weights.relative[drawn];
    }
    return top / bottom;
  });
  return {mean, spread.standard_error, std::sqrt(square * n / (n - 1)) / weights.sum};
}

}  // namespace erg
