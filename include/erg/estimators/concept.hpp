/// \file
/// What estimators exchange: log-weights in, a free energy or an average with an honest error out.
#pragma once

#include "erg/base/error.hpp"

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace erg {

/// A free energy difference and what is needed to judge it.
///
/// Units:   k_B T.
struct FreeEnergyEstimate {
  double delta_f;                ///< F of the target less F of where the samples come from
  double standard_error;         ///< by bootstrap
  double analytic_error;         ///< first order in the spread of the weights, for comparison
  double effective_sample_size;  ///< fraction: 1 / (samples · Σ p²) with normalised weights p
  double largest_weight;         ///< the largest p
  bool dominated;                ///< few samples carry the result: the stated error is then too small, see `dominance_note`
  std::int64_t samples;
  int bootstrap_rounds;
};

/// A number and one standard deviation of it, in its own units.
struct Estimate {
  double value, standard_error;
};

/// An average and its error, in the units of what is averaged.
struct WeightedMean {
  double value;
  double standard_error;  ///< by bootstrap
  double analytic_error;  ///< first order
};

/// A function estimated bin by bin.
///
/// Shapes:  edges (bins + 1), ascending; value and standard_error (bins).
struct Profile {
  std::vector<double> edges, value, standard_error;

  std::vector<double> centres() const {
    std::vector<double> middle;
    for (std::size_t k = 0; k + 1 < edges.size(); ++k) middle.push_back(0.5 * (edges[k] + edges[k + 1]));
    return middle;
  }
};

/// How error bars are drawn: resampling with replacement, from the stream StreamName::bootstrap of `seed`.
struct Bootstrap {
  int rounds = 200;  ///< the error is itself uncertain by a fraction 1 / √(2 rounds)
  std::uint64_t seed = 0;
};

/// From log-weights or works of one or more sets of samples to a free energy difference.
/// Laws: adding c to every log-weight lowers delta_f by c and changes nothing else; delta_f does not depend on the order of
/// samples; over repetitions delta_f spreads as standard_error says, unless `dominated`.
template <class E, class... Samples>
concept FreeEnergyEstimator = requires(const E estimate, const Samples&... samples) {
  { estimate(samples...) } -> std::same_as<FreeEnergyEstimate>;
};

}  // namespace erg
