/// \file
/// From log-weights to weights, checked and without overflow.
#pragma once

#include "erg/estimators/concept.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace erg {

/// Weights of samples, scaled by the largest.
///
/// Shapes:  relative (samples), in [0, 1].
/// Log-weights of any size (±10⁴, or a constant of 10⁸ common to all) neither overflow nor vanish together.
struct Weights {
  std::vector<double> relative;  ///< exp(w − log_scale)
  double log_scale = 0;          ///< the largest log-weight
  double sum = 0;                ///< Σ relative
  double sum_of_squares = 0;     ///< Σ relative²

  std::size_t samples() const { return relative.size(); }
};

/// Refuses a log-weight that no sample can have; −inf is a weight of zero and passes.
inline void require_log_weight(double w, std::size_t sample) {
  if (std::isnan(w) || w == std::numeric_limits<double>::infinity())
    throw InputError("log-weight", "sample " + std::to_string(sample), std::isnan(w) ? "nan" : "inf",
                     "a finite number, or -inf for a weight of zero");
}

/// Weights from log-weights.
///
/// Errors:  InputError for fewer than two samples, NaN or +inf (naming the sample), or when every weight is zero.
inline Weights weights_of(std::span<const double> log_weights) {
  if (log_weights.size() < 2)
    throw InputError("log-weights", "estimator", std::to_string(log_weights.size()) + " samples", "at least 2");
  Weights weights;
  weights.log_scale = -std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < log_weights.size(); ++k) {
    require_log_weight(log_weights[k], k);
    weights.log_scale = std::max(weights.log_scale, log_weights[k]);
  }
  if (std::isinf(weights.log_scale)) throw InputError("log-weights", "estimator", "-inf for every sample", "a weight above zero");
  weights.relative.reserve(log_weights.size());
  for (const double w : log_weights) {
    const double relative = std::exp(w - weights.log_scale);
    weights.relative.push_back(relative);
    weights.sum += relative;
    weights.sum_of_squares += relative * relative;
  }
  return weights;
}

}  // namespace erg
