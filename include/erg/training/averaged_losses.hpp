/// \file
/// The mean of several losses of the same weights.
#pragma once

#include "erg/base/error.hpp"
#include "erg/base/parallel.hpp"
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
/// Every sample has an index of its own, so that no two losses see the same draws. Where a share has fewer tiles than there are
/// threads the losses are worked out side by side, one thread each. The same threads, the same bits.
template <class Loss>
class AveragedLosses {
 public:
  using T = typename Loss::T;

  explicit AveragedLosses(std::vector<std::unique_ptr<Loss>> losses) : losses_(std::move(losses)) {
    if (losses_.empty()) throw InputError("losses", "averaged losses", "none", "at least 1");
  }

  int samples_of(int batch) const { return count() * losses_.front()->samples_of(share(batch)); }
  /// The weights that a symmetry of the flow makes equal: what `Trainer` keeps equal.
  TiedWeights ties() const { return tied_weights_of(*losses_.front()); }

  BatchReport gradient(std::span<const T> theta, Stream stream, std::uint64_t first, int batch, std::span<double> gradient) {
    const int samples = losses_.front()->samples_of(share(batch));
    parts_.resize(losses_.size());
    const auto work_out = [&](int i, int) {
      auto& [report, slope] = parts_[static_cast<std::size_t>(i)];
      slope.resize(gradient.size());
      const auto own = first + static_cast<std::uint64_t>(i) * static_cast<std::uint64_t>(samples);
      report = losses_[static_cast<std::size_t>(i)]->gradient(theta, stream, own, share(batch), slope);
    };
    if (samples < thread_count() * losses_.front()->samples_of(1)) {
      parallel_for(count(), work_out);
    } else {
      for (int i = 0; i < count(); ++i) work_out(i, 0);
    }
    return mean_of_parts(gradient);
  }

 private:
  struct Part {
    BatchReport report;
    std::vector<double> gradient;
  };
  int count() const { return static_cast<int>(losses_.size()); }
  int share(int batch) const { return std::max(1, batch / count()); }

  BatchReport mean_of_parts(std::span<double> gradient) const {
    std::fill(gradient.begin(), gradient.end(), 0.0);
    BatchReport mean;
    const double weight = 1.0 / count();
    for (const auto& [report, slope] : parts_) {
      for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] += weight * slope[i];
      mean.loss += weight * report.loss;
      mean.spread += weight * report.spread;
      mean.effective_sample_size += weight * report.effective_sample_size;
      mean.refused += report.refused;
      mean.usable = mean.usable && report.usable;
    }
    return mean;
  }

  std::vector<std::unique_ptr<Loss>> losses_;
  std::vector<Part> parts_;
};

}  // namespace erg
