/// \file
/// Sums of exponentials and weighted averages, in double throughout.
#pragma once

#include "erg/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>

namespace erg {

namespace detail {
inline void require_samples(std::size_t got, const char* where) {
  if (got == 0) throw InputError("number of samples", where, "0", "at least 1");
}
inline void require_same_length(std::size_t x, std::size_t w, const char* where) {
  if (x != w)
    throw InputError("lengths of values and log-weights", where, std::to_string(x) + " and " + std::to_string(w), "equal");
}

/// max of a, and Σ exp(a − max); NaN anywhere gives NaN in `largest`.
struct ScaledSum {
  double largest, sum;
};
inline ScaledSum scaled_sum(std::span<const double> a) {
  double largest = -std::numeric_limits<double>::infinity(), sum = 0;
  for (const double x : a) {
    if (std::isnan(x)) return {x, x};
    largest = std::max(largest, x);
  }
  if (std::isinf(largest)) return {largest, 1};
  for (const double x : a) sum += std::exp(x - largest);
  return {largest, sum};
}
}  // namespace detail

/// log Σ exp(a_i), without overflow.
///
/// Units:   nats.
/// Errors:  of nothing it is −∞ (an empty sum); a NaN gives NaN, a +∞ gives +∞.
inline double log_sum_exp(std::span<const double> a) {
  const auto [largest, sum] = detail::scaled_sum(a);
  return largest + std::log(sum);
}

/// log of the mean of exp(a_i). Errors: no samples is an InputError; NaN gives NaN.
inline double log_mean_exp(std::span<const double> a) {
  detail::require_samples(a.size(), "log_mean_exp");
  return log_sum_exp(a) - std::log(static_cast<double>(a.size()));
}

/// A mean with the variance of the distribution it is the mean of.
struct MeanVariance {
  double mean;
  double variance;
};

/// Mean and unbiased variance (n − 1 below the line; 0 for one sample).
/// Errors:  no samples is an InputError; NaN gives NaN.
inline MeanVariance moments(std::span<const double> x) {
  detail::require_samples(x.size(), "moments");
  const auto n = static_cast<double>(x.size());
  double mean = 0, squares = 0;
  for (const double v : x) mean += v / n;
  for (const double v : x) squares += (v - mean) * (v - mean);
  return {mean, x.size() > 1 ? squares / (n - 1) : squares};
}

/// Mean Σ w x and variance Σ w (x − mean)², with w ∝ exp(log_weights) and Σ w = 1.
///
/// Shapes:  x and log_weights have one length.
/// Units:   log_weights in nats, any constant added to all of them drops out.
/// Errors:  no samples or unequal lengths are an InputError; NaN gives NaN; all weights zero gives NaN.
inline MeanVariance weighted_moments(std::span<const double> x, std::span<const double> log_weights) {
  detail::require_same_length(x.size(), log_weights.size(), "weighted_moments");
  detail::require_samples(x.size(), "weighted_moments");
  const double normaliser = log_sum_exp(log_weights);
  double mean = 0, variance = 0;
  for (std::size_t i = 0; i < x.size(); ++i) mean += std::exp(log_weights[i] - normaliser) * x[i];
  for (std::size_t i = 0; i < x.size(); ++i) variance += std::exp(log_weights[i] - normaliser) * (x[i] - mean) * (x[i] - mean);
  return {mean, variance};
}

/// Effective sample size 1 / (n Σ w²) with w ∝ exp(log_weights), Σ w = 1: a fraction, 1/n … 1.
///
/// Errors:  no samples is an InputError; NaN gives NaN; all weights zero gives NaN.
/// Source:  Kong 1992; the definition of Wirnsberger et al. 2022, arXiv:2111.08696.
inline double effective_sample_size(std::span<const double> log_weights) {
  detail::require_samples(log_weights.size(), "effective_sample_size");
  const double normaliser = log_sum_exp(log_weights);
  double squares = 0;
  for (const double w : log_weights) squares += std::exp(2 * (w - normaliser));
  return 1 / (static_cast<double>(log_weights.size()) * squares);
}

/// The largest weight as a fraction of the sum of all. Errors: as effective_sample_size.
inline double largest_weight(std::span<const double> log_weights) {
  detail::require_samples(log_weights.size(), "largest_weight");
  const auto [largest, sum] = detail::scaled_sum(log_weights);
  return std::isinf(largest) ? std::numeric_limits<double>::quiet_NaN() : 1 / sum;
}

}  // namespace erg
