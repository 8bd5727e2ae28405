/// \file
/// Weighted counts in bins, with an error for each.
#pragma once

#include "erg/estimators/weights.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace erg {

/// Weighted means of many numbers per sample, gathered in one pass: sums are kept in units of the largest weight so far.
/// Samples count as independent.
class WeightedBins {
 public:
  explicit WeightedBins(std::size_t bins) : value_(bins), square_(bins), cross_(bins) {}

  /// One sample and what it has in each bin.
  ///
  /// Errors:  InputError naming the sample for a log-weight of NaN or +inf.
  void add(std::span<const double> in_bin, double log_weight) {
    require_log_weight(log_weight, samples_);
    ++samples_;
    if (std::isinf(log_weight)) return;
    if (log_weight > log_scale_) rescale(log_weight);
    const double w = std::exp(log_weight - log_scale_);
    sum_ += w;
    sum_of_squares_ += w * w;
    for (std::size_t b = 0; b < value_.size(); ++b) {
      if (in_bin[b] == 0) continue;
      value_[b] += w * in_bin[b];
      cross_[b] += w * w * in_bin[b];
      square_[b] += w * w * in_bin[b] * in_bin[b];
    }
  }

  /// The samples of another set of the same bins, as gathered by another thread.
  void merge(WeightedBins other) {
    samples_ += other.samples_;
    if (std::isinf(other.log_scale_)) return;
    const double scale = std::max(log_scale_, other.log_scale_);
    rescale(scale);
    other.rescale(scale);
    sum_ += other.sum_;
    sum_of_squares_ += other.sum_of_squares_;
    for (std::size_t b = 0; b < value_.size(); ++b) {
      value_[b] += other.value_[b];
      cross_[b] += other.cross_[b];
      square_[b] += other.square_[b];
    }
  }

  std::size_t samples() const { return samples_; }

  /// Weighted mean in each bin, times `factor`, with its first-order error.
  ///
  /// Errors:  InputError for fewer than two samples or when every weight is zero.
  Profile profile(std::vector<double> edges, double factor) const {
    if (samples_ < 2 || !(sum_ > 0))
      throw InputError("binned average", "estimator",
                       std::to_string(samples_) + " samples of total weight " + (sum_ > 0 ? "above 0" : "0"),
                       "at least 2 samples, one with a weight above 0");
    Profile result{std::move(edges), {}, {}};
    const auto n = static_cast<double>(samples_);
    for (std::size_t b = 0; b < value_.size(); ++b) {
      const double mean = value_[b] / sum_;
      const double square = square_[b] - 2 * mean * cross_[b] + mean * mean * sum_of_squares_;
      result.value.push_back(factor * mean);
      result.standard_error.push_back(factor * std::sqrt(std::max(0.0, square) * n / (n - 1)) / sum_);
    }
    return result;
  }

 private:
  void rescale(double log_scale) {
    const double shrink = std::exp(log_scale_ - log_scale);
    log_scale_ = log_scale;
    sum_ *= shrink;
    sum_of_squares_ *= shrink * shrink;
    for (std::size_t b = 0; b < value_.size(); ++b) {
      value_[b] *= shrink;
      cross_[b] *= shrink * shrink;
      square_[b] *= shrink * shrink;
    }
  }

  std::size_t samples_ = 0;
  double log_scale_ = -std::numeric_limits<double>::infinity(), sum_ = 0, sum_of_squares_ = 0;
  std::vector<double> value_, square_, cross_;
};

/// bins + 1 edges at equal distances.
///
/// Errors:  InputError unless lower < upper, both finite, and bins > 0.
inline std::vector<double> even_edges(double lower, double upper, int bins) {
  if (!(lower < upper) || !std::isfinite(upper - lower) || bins < 1)
    throw InputError("bins", "histogram", std::to_string(bins) + " from " + to_text(lower) + " to " + to_text(upper),
                     "at least one, on an interval of finite length");
  std::vector<double> edges;
  for (int k = 0; k <= bins; ++k) edges.push_back(lower + (upper - lower) * k / bins);
  return edges;
}

/// The probability density of a number, from weighted samples.
///
/// Units:   density is per unit of the number; it integrates to the weight that fell inside, 1 − outside.
/// Errors:  InputError for a value that is NaN; as WeightedBins.
class Histogram {
 public:
  Histogram(double lower, double upper, int bins)
      : edges_(even_edges(lower, upper, bins)), counts_(static_cast<std::size_t>(bins)), one_(static_cast<std::size_t>(bins)) {}

  void add(double value, double log_weight = 0) {
    if (std::isnan(value)) throw InputError("histogram value", "sample " + std::to_string(counts_.samples()), "nan", "a number");
    const double at = (value - edges_.front()) / (edges_.back() - edges_.front()) * static_cast<double>(one_.size());
    const bool inside = at >= 0 && at < static_cast<double>(one_.size());
    const std::size_t bin = inside ? static_cast<std::size_t>(at) : 0;
    one_[bin] = inside ? 1 : 0;
    counts_.add(one_, log_weight);
    one_[bin] = 0;
  }
  void merge(const Histogram& other) { counts_.merge(other.counts_); }

  Profile density() const { return counts_.profile(edges_, 1 / (edges_[1] - edges_[0])); }

  /// The fraction of the weight that lies outside the interval.
  double outside() const {
    double inside = 0;
    for (const double fraction : counts_.profile(edges_, 1).value) inside += fraction;
    return std::max(0.0, 1 - inside);
  }

 private:
  std::vector<double> edges_;
  WeightedBins counts_;
  std::vector<double> one_;
};

}  // namespace erg
