/// \file
/// The reverse Kullback–Leibler loss of a flow against a Boltzmann target, and its exact gradient.
#pragma once

#include "erg/densities/boltzmann.hpp"
#include "erg/training/gradient_shares.hpp"

#include <type_traits>
#include <utility>

namespace erg {

/// Which estimate of the gradient: both have the same mean.
enum class GradientKind {
  total,  ///< differentiates everything; its noise stays when the flow is perfect
  path    ///< leaves out the score term, whose mean is zero; its noise vanishes as the flow becomes the target
};

/// Mean over samples of the reduced work β(U(v) − U₀) + ln q(v), v drawn from the flow.
///
/// Units:   nats.
/// Errors:  where a sample's work or the gradient is not finite the report says `usable == false`; the caller skips the step.
/// Source:  the path gradient: Roeder, Wu and Duvenaud 2017, arXiv:1703.09194; carried forward through the layers as in Vaitl,
///          Nicoli, Nakajima and Kessel 2022, arXiv:2207.08219.
/// Tiles of samples go to threads in fixed shares, their gradients are added in a fixed order: the same threads, the same bits.
template <class FlowType, class Energy, class R = native_lanes<typename FlowType::Scalar>>
class ReverseKl {
 public:
  using T = scalar_t<R>;
  using Shares = GradientShares<FlowType, R>;
  static_assert(ReparametrisedDensity<std::remove_cvref_t<decltype(std::declval<const FlowType&>().base())>, R>,
                "ReverseKl: draws of the base density must move smoothly with its weights (vjp); a mixture that has weights is "
                "trained by MaximumLikelihood");

  ReverseKl(const FlowType& flow, Boltzmann<Energy> target, GradientKind kind = GradientKind::path, int packs = 2)
      : flow_(flow), target_(target), kind_(kind), shares_(flow, packs) {}

  int tile() const { return shares_.tile(); }
  /// How many samples a batch of that size really has: whole tiles.
  int samples_of(int batch) const { return shares_.samples_of(batch); }
  /// The weights that a symmetry of the flow makes equal: what `Trainer` keeps equal.
  TiedWeights ties() const { return flow_.ties(); }

  /// Gradient (double) of the mean over samples first … first + batch − 1. The batch is rounded up to whole tiles.
  BatchReport gradient(std::span<const T> theta, Stream stream, std::uint64_t first, int batch, std::span<double> gradient) {
    return shares_.gradient(theta, first, batch, gradient,
                            [&](const auto& prepared, std::uint64_t from, auto& share, double* reduced_work) {
                              pass(prepared, theta, stream, from, share, reduced_work);
                            });
  }

 private:
  void pass(const typename FlowType::Prepared& prepared, std::span<const T> theta, Stream stream, std::uint64_t first,
            typename Shares::Share& share, double* reduced_work) {
    auto& w = share.work;
    const auto u = w.u.view(), d_u = w.d_u.view(), force = share.field.view();
    double* const energy = share.number.data();
    flow_.base().draw(prepared, stream, first, w.latent.view(), u, w.log_q.data(), w.tape);
    std::fill(w.log_det.begin(), w.log_det.end(), 0.0);
    if (kind_ == GradientKind::path) {
      flow_.base().score(prepared, w.latent.view(), d_u, w.tape);
      flow_.map().carry_score(theta.data(), u, w.log_det.data(), d_u, w.kept, w.tape);
    } else {
      w.d_u.fill(R(T(0)));
      flow_.map().forward(theta.data(), u, w.log_det.data(), w.kept, w.tape);
    }
    target_.reduced_energy_and_gradient(Tile<const R>(u), energy, force, w.tape);
    for (std::size_t i = 0; i < d_u.size(); ++i) d_u.data[i] += force.data[i];
    for (int s = 0; s < tile(); ++s) reduced_work[s] = energy[s] + w.log_q[s] - w.log_det[s];
    const T d_log_q = kind_ == GradientKind::path ? T(0) : T(1);
    flow_.map().vjp(theta.data(), u, w.kept, d_u, -d_log_q, share.d_theta.data(), w.tape);
    flow_.base().vjp(prepared, w.latent.view(), d_u, d_log_q, share.d_prepared.data(), w.tape);
  }

  const FlowType& flow_;
  Boltzmann<Energy> target_;
  GradientKind kind_;
  Shares shares_;
};

}  // namespace erg
