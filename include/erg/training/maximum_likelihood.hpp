/// \file
/// The maximum-likelihood loss of a flow on given samples, and its exact gradient.
#pragma once

#include "erg/base/error.hpp"
#include "erg/training/gradient_shares.hpp"
#include "erg/training/sample_order.hpp"

#include <cmath>
#include <span>
#include <string>
#include <vector>

namespace erg {

/// Mean over given samples v of −ln q(v): the forward Kullback–Leibler divergence from their density, less its entropy.
///
/// Shapes:  samples (sample, particle, axis), in the coordinates of the flow; a view, they must outlive the loss.
/// Units:   nats.
/// Errors:  InputError for no samples, a length that is no whole number of configurations, and numbers that are not finite. Where
///          ln q of a sample or the gradient is not finite the report says `usable == false`; the caller skips the step.
/// Batches take the samples that a `SampleStream` names at each index, whatever the tiles and threads: with replacement, or
/// `SampleOrder::reshuffled`, each sample once per pass, without end and without a short batch at the end of a pass. (Among
/// `AveragedLosses` a loss sees its share of the places only: none of a pass twice, but not all.)
/// The report's effective sample size has no meaning here and is 1.
///
/// ln q(v) = ln base(u) − ln |det ∂f/∂u| with u = f⁻¹(v; θ). At fixed v, ∂u/∂θ = −(∂f/∂u)⁻¹ ∂f/∂θ, so that
///   d ln q(v) / dθ = −∇_v ln q(v) · ∂f/∂θ − ∂ ln |det| / ∂θ + ∂ ln base(u) / ∂θ:
/// the map's `vjp` at u with cotangents −∇_v ln q(v), carried there from the base's score, of v and −1 of the log-determinant.
template <class FlowType, class R = native_lanes<typename FlowType::Scalar>>
class MaximumLikelihood {
 public:
  using T = scalar_t<R>;
  using Shares = GradientShares<FlowType, R>;

  MaximumLikelihood(const FlowType& flow, std::span<const double> samples, int packs = 2,
                    SampleOrder order = SampleOrder::with_replacement)
      : flow_(flow), samples_(samples), order_(checked_count(samples, flow.rows()), order), shares_(flow, packs) {
    const auto rows = static_cast<std::size_t>(flow.rows());
    for (std::size_t i = 0; i < samples.size(); ++i)
      if (!std::isfinite(samples[i]))
        throw InputError("coordinate", "sample " + std::to_string(i / rows) + ", coordinate " + std::to_string(i % rows),
                         to_text(samples[i]), "a finite number");
  }

  int tile() const { return shares_.tile(); }
  /// How many samples a batch of that size really has: whole tiles.
  int samples_of(int batch) const { return shares_.samples_of(batch); }
  /// The weights that a symmetry of the flow makes equal: what `Trainer` keeps equal.
  TiedWeights ties() const { return flow_.ties(); }
  int sample_count() const { return static_cast<int>(samples_.size() / static_cast<std::size_t>(flow_.rows())); }

  /// Gradient (double) of the mean over the samples at indices first … first + batch − 1. The batch is rounded up to whole tiles.
  BatchReport gradient(std::span<const T> theta, Stream stream, std::uint64_t first, int batch, std::span<double> gradient) {
    chosen_.resize(static_cast<std::size_t>(samples_of(batch)));
    for (std::size_t i = 0; i < chosen_.size(); ++i) chosen_[i] = order_.at(stream, first + i);
    BatchReport report =
        shares_.gradient(theta, first, batch, gradient, [&](const auto& prepared, std::uint64_t from, auto& share, double* loss) {
          load(static_cast<std::size_t>(from - first), share.field.view());
          pass(prepared, theta, share, loss);
        });
    report.effective_sample_size = 1;
    return report;
  }

 private:
  static std::uint32_t checked_count(std::span<const double> samples, int rows) {
    const auto n = static_cast<std::size_t>(rows);
    if (samples.empty() || samples.size() % n != 0 || samples.size() / n > 0xFFFFFFFF)
      throw InputError("samples", "maximum likelihood", std::to_string(samples.size()) + " numbers",
                       "a positive multiple of " + std::to_string(rows) + ", 3 per particle, of fewer than 2^32 samples");
    return static_cast<std::uint32_t>(samples.size() / n);
  }

  /// Samples of the batch, turned round: lanes are samples.
  void load(std::size_t first, Tile<R> v) const {
    const auto rows = static_cast<std::size_t>(v.rows);
    for (int i = 0; i < tile(); ++i) {
      const double* const sample = samples_.data() + rows * chosen_[first + static_cast<std::size_t>(i)];
      for (int row = 0; row < v.rows; ++row) set_lane(v(row, i / lanes_of<R>), i % lanes_of<R>, static_cast<T>(sample[row]));
    }
  }

  void pass(const typename FlowType::Prepared& prepared, std::span<const T> theta, typename Shares::Share& share, double* loss) {
    auto& w = share.work;
    const auto u = w.u.view(), d_v = w.d_u.view();
    flow_.log_density(prepared, theta.data(), Tile<const R>(share.field.view()), w);
    for (int s = 0; s < tile(); ++s) loss[s] = -w.log_q[static_cast<std::size_t>(s)];
    std::fill(share.number.begin(), share.number.end(), -1.0);
    flow_.base().log_density_vjp(prepared, w.latent.view(), share.number.data(), share.d_prepared.data(), w.tape);
    flow_.base().score(prepared, w.latent.view(), d_v, w.tape);
    flow_.map().carry_score(theta.data(), u, w.log_det.data(), d_v, w.kept, w.tape);
    flow_.map().vjp(theta.data(), u, w.kept, d_v, T(1), share.d_theta.data(), w.tape);
  }

  const FlowType& flow_;
  std::span<const double> samples_;
  SampleStream order_;
  std::vector<std::uint32_t> chosen_;  ///< of the batch
  Shares shares_;
};

}  // namespace erg
