/// \file
/// The mean of several losses of the same weights.
#pragma once

#include "erg/base/error.hpp"
#include "erg/base/random.hpp"
#include "erg/training/concept.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace erg {

/// Mean of `losses`, each over its share of the batch: one flow trained at several temperatures, say, with a condition that tells
/// it which.
///
/// Units:   as the losses. The report has the means of their losses, spreads and effective sample sizes, and counts refused
///          samples of all.
/// Errors:  InputError for no loss.
/// Every sample has an index of its own, so that no two losses see the same draws.
template <class Loss>
class AveragedLosses {
 public:
  using T = typename Loss::T;

  explicit AveragedLosses(std::vector<std::unique_ptr<Loss>> losses) : losses_(std::move(losses)) {
    if (losses_.empty()) throw InputError("losses", "averaged losses", "none", "at least 1");
  }

  int samples_of(int batch) const { return count() * losses_.front()->samples_of(share(batch)); }

  BatchReport gradient(std::span<const T> theta, Stream stream, std::uint64_t first, int batch, std::span<double> gradient) {
    one_.resize(gradient.size());
    std::fill(gradient.begin(), gradient.end(), 0.0);
    BatchReport mean;
    const double weight = 1.0 / count();
    for (const auto& loss : losses_) {
      const BatchReport part = loss->gradient(theta, stream, first, share(batch), one_);
      first += static_cast<std::uint64_t>(loss->samples_of(share(batch)));
      for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] += weight * one_[i];
      mean.loss += weight * part.loss;
      mean.spread += weight * part.spread;
      mean.effective_sample_size += weight * part.effective_sample_size;
      mean.refused += part.refused;
      mean.usable = mean.usable && part.usable;
    }
    return mean;
  }

 private:
  int count() const { return static_cast<int>(losses_.size()); }
  int share(int batch) const { return std::max(1, batch / count()); }

  std::vector<std::unique_ptr<Loss>> losses_;
  std::vector<double> one_;
};

}  // namespace erg
