/// \file
/// The free energies that make every state's weights sum to one, found by damped Newton steps from any start.
#pragma once

#include "erg/estimators/multistate/overlap_network.hpp"
#include "erg/estimators/multistate/weight_pass.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace erg {

/// How the equations of the multistate estimate are solved.
struct MbarOptions {
  double tolerance = 1e-9;         ///< converged when no difference would move by more than this part of its error
  int iterations = 200;            ///< passes over all samples, at most
  std::vector<double> start = {};  ///< free energies to begin with, if any; a bad start costs passes, never the answer
  bool few_samples_first = true;   ///< find the start from an eighth of the samples, where there are many
};

/// Minimises the convex objective Σ_n ln Σ_k N_k exp(f_k − u_kn) − Σ_k N_k f_k over the states with samples.
///
/// Newton steps of range r are taken whole where r < 1.5, or where the objective falls; otherwise by the fraction ln(1 + r) / r,
/// with which it always falls. Self-consistent steps begin, and help where weights vanish. So any start comes to the minimum.
/// Source:  the objective: Shirts and Chodera 2008, doi:10.1063/1.2978177, and Tan et al. 2012, doi:10.1063/1.3701175; the
///          fraction: Sun and Tran-Dinh 2019, doi:10.1007/s10107-018-1282-4 (log-sum-exp has ν = 2 and constant 1 with
///          respect to the range).
class MixtureDescent {
 public:
  /// Over the states `sampled`; each sample counts `times` times, or once.
  MixtureDescent(const ReducedEnergies& energies, const std::vector<std::size_t>& sampled, std::span<const double> times = {})
      : energies_(energies), pass_(energies, sampled, sampled.size(), times) {
    for (const std::size_t k : sampled) counts_.push_back(static_cast<double>(energies.counts[k]));
    for (const double n : counts_) total_ += n;
  }

  struct Outcome {
    bool converged = false;
    int passes = 0;
    double residual = 0;
    Eigen::MatrixXd products;  ///< at the last free energies
  };

  /// The objective, and the denominators ln c_n, at free energies f.
  double objective(std::span<const double> f, std::span<double> log_denominator) const {
    return objective(pass_(offset(f), false, log_denominator), f);
  }

  /// f_k ← −ln Σ_n exp(−u_kn) / c_n: never uphill.
  void self_consistent_step(std::vector<double>& f, std::span<double> log_denominator) const {
    pass_(offset(f), false, log_denominator);
    f = pass_.log_sums(log_denominator);
    for (double& of_state : f) of_state = -of_state;
    for (std::size_t k = f.size(); k-- > 0;) f[k] -= f[0];
  }

  /// From f to the minimum. `log_denominator` is left at the f that is returned.
  Outcome operator()(std::vector<double>& f, std::span<double> log_denominator, double tolerance, int passes) const {
    Outcome outcome;
    Trial trial;
    while (outcome.passes < passes) {
      WeightSums sums = pass_(offset(f), true, log_denominator, trial.moved < close_by);
      ++outcome.passes;
      const std::vector<double> lacking = missing(sums);
      const double here = objective(sums, f);
      if (!std::isfinite(here)) complain();
      if (trial.daring && !(here < trial.objective)) {
        f = trial.from;
        advance(f, trial.step, cautious(trial.step.range));
        trial.moved = 2 * trial.step.range;
        trial.daring = false;
        trial.patience = 3;
        continue;
      }
      outcome.residual = largest_residual(lacking);
      outcome.products = std::move(sums.products);
      const OverlapNetwork network(outcome.products, lacking, rounding());
      if (network.stuck()) {
        self_consistent_step(f, log_denominator);
        ++outcome.passes;
        trial.moved = far;
        trial.daring = false;
        continue;
      }
      const OverlapNetwork::Step step = network.step(lacking, rounding());
      outcome.converged = step.decrement <= tolerance;
      if (outcome.converged) break;
      trial.daring = step.range >= whole_step && step.range < 30 && outcome.passes < passes && trial.patience-- <= 0;
      if (trial.daring) {
        trial.from = f;
        trial.step = step;
        trial.objective = here;
      }
      const double fraction = trial.daring ? 1 : cautious(step.range);
      advance(f, step, fraction);
      trial.moved = fraction * step.range;
      if (counts_.size() >= 48) outcome.passes += approach(f, network, step, log_denominator, tolerance);
    }
    return outcome;
  }

 private:
  static constexpr double whole_step = 1.5;  ///< e^r − r − 1 < r² below 1.79

  static constexpr double far = std::numeric_limits<double>::infinity(), close_by = 20;

  struct Trial {
    bool daring = false;
    int patience = 0;
    double objective = 0, moved = far;  ///< by how much since the last pass
    std::vector<double> from;
    OverlapNetwork::Step step;
  };

  static double cautious(double range) { return range < whole_step ? 1 : std::log1p(range) / range; }
  static void advance(std::vector<double>& f, const OverlapNetwork::Step& step, double fraction) {
    for (std::size_t k = 0; k < f.size(); ++k) f[k] += fraction * step.of_node[k];
  }

  /// Close to the minimum the last network serves for more steps, which then need no products.
  int approach(std::vector<double>& f, const OverlapNetwork& network, OverlapNetwork::Step last,
               std::span<double> log_denominator, double tolerance) const {
    int passes = 0;
    const double rate = last.range;
    while (passes < 4 && rate < 0.1 && rate * last.decrement > tolerance) {
      const OverlapNetwork::Step next = network.step(missing(pass_(offset(f), false, log_denominator, true)), rounding());
      ++passes;
      if (!(next.decrement < 0.5 * last.decrement)) break;
      advance(f, next, 1);
      last = next;
    }
    return passes;
  }

  /// Sums over all samples are known to this many samples.
  double rounding() const { return 1e-14 * total_; }

  std::vector<double> offset(std::span<const double> f) const {
    std::vector<double> a(f.begin(), f.end());
    for (std::size_t k = 0; k < a.size(); ++k) a[k] += std::log(counts_[k]);
    return a;
  }
  double objective(const WeightSums& sums, std::span<const double> f) const {
    double value = sums.log_denominator;
    for (std::size_t k = 0; k < f.size(); ++k) value -= counts_[k] * f[k];
    return value;
  }
  std::vector<double> missing(const WeightSums& sums) const {
    std::vector<double> lacking(counts_);
    for (std::size_t k = 0; k < lacking.size(); ++k) lacking[k] -= sums.weight[k];
    return lacking;
  }
  double largest_residual(std::span<const double> lacking) const {
    double largest = 0;
    for (std::size_t k = 0; k < lacking.size(); ++k) largest = std::max(largest, std::abs(lacking[k]) / counts_[k]);
    return largest;
  }
  [[noreturn]] void complain() const {
    require_usable(energies_);
    throw InputError("reduced energies", "multistate estimate", "sums that are no numbers", "energies below 1e300");
  }

  ReducedEnergies energies_;
  std::vector<double> counts_;
  WeightPass pass_;
  double total_ = 0;
};

}  // namespace erg
