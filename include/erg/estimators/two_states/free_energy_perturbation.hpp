/// \file
/// Free energy perturbation: a free energy difference from weighted samples of one state.
#pragma once

#include "erg/base/statistics.hpp"
#include "erg/estimators/bootstrap.hpp"
#include "erg/estimators/weights.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

namespace erg {

/// One weight above this fraction of all dominates …
inline constexpr double dominant_fraction = 0.1;
/// … and so do all together when they count for fewer samples than this.
inline constexpr double fewest_effective_samples = 50;

namespace detail {
/// Standard error of −ln mean from n weights with these sums: (spread of the weights) / (mean √n).
inline double log_mean_error(double sum, double sum_of_squares, double n) {
  const double relative_variance = n * sum_of_squares / (sum * sum) - 1;
  return std::sqrt(std::max(0.0, relative_variance) / (n - 1));
}
}  // namespace detail

/// ΔF = −ln⟨exp w⟩ from log-weights w = −(work): w = ln p*(x) − ln q(x) for x drawn from q, as of a trained flow ("learned" FEP)
/// or of a reference state, with p* the Boltzmann factor of the target that is not normalised.
///
/// Shapes:  log_weights (samples), independent samples.
/// Units:   log-weights in nats, ΔF and errors in k_B T.
/// Errors:  InputError for fewer than two samples, NaN or +inf (naming the sample), or every weight zero; −inf is a zero weight.
/// Source:  Zwanzig 1954, doi:10.1063/1.1740409; Wirnsberger et al. 2020, arXiv:2002.04913, eq. 6.
/// On average the estimate lies above the truth, by about half the square of its standard error.
struct FreeEnergyPerturbation {
  Bootstrap bootstrap = {};

  FreeEnergyEstimate operator()(std::span<const double> log_weights) const {
    const Weights weights = weights_of(log_weights);
    const std::size_t samples = weights.samples();
    const auto n = static_cast<double>(samples);
    const auto spread = bootstrap_spread(samples, bootstrap, [&](const auto& draw) {
      double sum = 0;
      for (std::size_t k = 0; k < samples; ++k) sum += weights.relative[draw(k)];
      return -std::log(sum / n);
    });
    const double ess = effective_sample_size(log_weights), largest = largest_weight(log_weights);
    return {.delta_f = -log_mean_exp(log_weights),
            .standard_error = spread.standard_error,
            .analytic_error = detail::log_mean_error(weights.sum, weights.sum_of_squares, n),
            .effective_sample_size = ess,
            .largest_weight = largest,
            .dominated = largest > dominant_fraction || ess * n < fewest_effective_samples,
            .samples = static_cast<std::int64_t>(samples),
            .bootstrap_rounds = spread.rounds};
  }
};

/// The same as a function.
inline FreeEnergyEstimate free_energy_perturbation(std::span<const double> log_weights, const Bootstrap& bootstrap = {}) {
  return FreeEnergyPerturbation{bootstrap}(log_weights);
}

/// What F exceeds with a chance of 5% at most, however few samples carry the estimate: the estimate and ln 20. The mean of n
/// weights is twenty times their expectation or more with a chance of 1/20 at most (Markov).
///
/// Units:   k_B T.
inline double upper_bound_95(const FreeEnergyEstimate& estimate) { return estimate.delta_f + std::log(20.0); }

/// A sentence for the reader when few samples carry the estimate, empty when all is well.
inline std::string dominance_note(const FreeEnergyEstimate& estimate) {
  if (!estimate.dominated) return {};
  char text[320];
  std::snprintf(
      text, sizeof(text),
      "the largest of %lld weights holds %.0f%% of their sum (they count for %.0f samples): the error of %.2g k_BT is too "
      "small; F lies below this estimate plus 3 k_BT at 95%% confidence, how far is not known; draw more samples or train longer",
      static_cast<long long>(estimate.samples), 100 * estimate.largest_weight,
      estimate.effective_sample_size * static_cast<double>(estimate.samples), estimate.standard_error);
  return text;
}

/// ΔF from the first samples only, with its first-order error.
struct RunningEstimate {
  std::int64_t samples;
  double delta_f, standard_error;
};

/// How the estimate settles: at about `points` numbers of samples, spaced evenly in their logarithm from 10 (or all, if fewer) to
/// all of them. Where the first samples weigh nothing yet, the point is left out.
///
/// Errors:  as FreeEnergyPerturbation, and for fewer than two points.
inline std::vector<RunningEstimate> running_estimate(std::span<const double> log_weights, int points) {
  if (points < 2) throw InputError("running estimate", "estimator", std::to_string(points) + " points", "at least 2");
  weights_of(log_weights);  // for its checks
  const std::size_t samples = log_weights.size();
  const double first = std::min<double>(10, static_cast<double>(samples)),
               growth = std::log(static_cast<double>(samples) / first);
  std::vector<RunningEstimate> curve;
  double scale = -std::numeric_limits<double>::infinity(), sum = 0, squares = 0;
  std::size_t used = 0;
  for (int point = 0; point < points; ++point) {
    const double wanted = first * std::exp(growth * point / (points - 1));
    const auto count = point + 1 == points ? samples : std::min(samples, static_cast<std::size_t>(std::lround(wanted)));
    if (count <= used) continue;
    for (; used < count; ++used) {
      const double w = log_weights[used];
      if (w > scale) {  // sums so far, in units of the new largest weight
        const double shrink = std::exp(scale - w);
        sum *= shrink;
        squares *= shrink * shrink;
        scale = w;
      }
      if (std::isinf(w)) continue;
      const double relative = std::exp(w - scale);
      sum += relative;
      squares += relative * relative;
    }
    if (std::isinf(scale)) continue;
    const auto n = static_cast<double>(count);
    curve.push_back({static_cast<std::int64_t>(count), -scale - std::log(sum / n), detail::log_mean_error(sum, squares, n)});
  }
  return curve;
}

static_assert(FreeEnergyEstimator<FreeEnergyPerturbation, std::span<const double>>);

}  // namespace erg
