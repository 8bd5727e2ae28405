/// \file
/// A weighted sum of two losses of one flow.
#pragma once

#include "erg/base/error.hpp"
#include "erg/base/random.hpp"
#include "erg/training/concept.hpp"

#include <concepts>
#include <span>
#include <string>
#include <vector>

namespace erg {

/// (1 − share) · first + share · second: reverse and forward divergence together, say. The losses must outlive it.
///
/// Units:   as the losses. The report adds up their losses and spreads in these shares and counts refused samples of both; the
///          effective sample size is that of the first.
/// Errors:  InputError for a share outside [0, 1], and for losses that round batches to different tiles.
template <class First, class Second>
class WeightedLosses {
 public:
  using T = typename First::T;
  static_assert(std::same_as<T, typename Second::T>, "WeightedLosses: both losses must have weights of one scalar type");

  WeightedLosses(First& first, Second& second, double share) : first_(first), second_(second), share_(share) {
    if (!(share >= 0 && share <= 1)) throw InputError("share of the second loss", "weighted losses", to_text(share), "0 to 1");
    if (first.samples_of(1) != second.samples_of(1))
      throw InputError("tiles of the losses", "weighted losses",
                       std::to_string(first.samples_of(1)) + " and " + std::to_string(second.samples_of(1)), "equal");
  }

  int samples_of(int batch) const { return first_.samples_of(batch); }
  /// The weights that a symmetry of the flow makes equal: what `Trainer` keeps equal.
  TiedWeights ties() const { return tied_weights_of(first_); }

  BatchReport gradient(std::span<const T> theta, Stream stream, std::uint64_t first, int batch, std::span<double> gradient) {
    second_gradient_.resize(gradient.size());
    BatchReport report = first_.gradient(theta, stream, first, batch, gradient);
    const BatchReport other = second_.gradient(theta, stream, first, batch, second_gradient_);
    for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] += share_ * (second_gradient_[i] - gradient[i]);
    report.loss += share_ * (other.loss - report.loss);
    report.spread += share_ * (other.spread - report.spread);
    report.refused += other.refused;
    report.usable = report.usable && other.usable;
    return report;
  }

 private:
  First& first_;
  Second& second_;
  double share_;
  std::vector<double> second_gradient_;
};

}  // namespace erg
