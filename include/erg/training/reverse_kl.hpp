/// \file
/// The reverse Kullback–Leibler loss of a flow against a Boltzmann target, and its exact gradient.
#pragma once

#include "erg/base/parallel.hpp"
#include "erg/base/statistics.hpp"
#include "erg/densities/boltzmann.hpp"
#include "erg/densities/flow.hpp"
#include "erg/training/concept.hpp"

#include <cmath>
#include <vector>

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
  using Workspace = typename FlowType::template Workspace<R>;

  ReverseKl(const FlowType& flow, Boltzmann<Energy> target, GradientKind kind = GradientKind::path, int packs = 2)
      : flow_(flow), target_(target), kind_(kind), packs_(packs) {}

  int tile() const { return packs_ * lanes_of<R>; }
  /// How many samples a batch of that size really has: whole tiles.
  int samples_of(int batch) const { return (batch + tile() - 1) / tile() * tile(); }

  /// Gradient (double) of the mean over samples first … first + batch − 1. The batch is rounded up to whole tiles.
  BatchReport gradient(std::span<const T> theta, Stream stream, std::uint64_t first, int batch, std::span<double> gradient) {
    const int tiles = samples_of(batch) / tile(), threads = std::min(thread_count(), tiles);
    grow(threads, theta.size(), tiles);
    const auto prepared = flow_.base().prepare(theta.data());
    parallel_for(static_cast<int>(shares_.size()), [&](int i, int) { shares_[static_cast<std::size_t>(i)].clear(); });
    parallel_for(tiles, [&](int i, int thread) {
      pass(prepared, theta, stream, first + static_cast<std::uint64_t>(i) * tile(), shares_[static_cast<std::size_t>(thread)],
           work_.data() + static_cast<std::size_t>(i) * tile());
    });
    return collect(prepared, theta, tiles * tile(), gradient);
  }

 private:
  struct Share {
    Workspace work;
    TileBuffer<R> force;
    std::vector<double> energy;
    std::vector<T> d_theta;
    std::vector<double> d_prepared;

    Share(const FlowType& flow, int packs, std::size_t parameters)
        : work(flow.rows(), packs),
          force(flow.rows(), packs),
          energy(static_cast<std::size_t>(packs) * lanes_of<R>),
          d_theta(parameters),
          d_prepared(static_cast<std::size_t>(flow.rows())) {}
    void clear() {
      std::fill(d_theta.begin(), d_theta.end(), T(0));
      std::fill(d_prepared.begin(), d_prepared.end(), 0.0);
    }
  };

  void grow(int threads, std::size_t parameters, int tiles) {
    while (static_cast<int>(shares_.size()) < threads) shares_.emplace_back(flow_, packs_, parameters);
    work_.assign(static_cast<std::size_t>(tiles) * tile(), 0.0);
  }

  void pass(const typename FlowType::Prepared& prepared, std::span<const T> theta, Stream stream, std::uint64_t first,
            Share& share, double* reduced_work) {
    Workspace& w = share.work;
    const auto mark = w.tape.mark();
    const auto u = w.u.view(), d_u = w.d_u.view(), force = share.force.view();
    flow_.base().draw(prepared, stream, first, w.latent.view(), u, w.log_q.data(), w.tape);
    std::fill(w.log_det.begin(), w.log_det.end(), 0.0);
    if (kind_ == GradientKind::path) {
      flow_.base().score(prepared, w.latent.view(), d_u, w.tape);
      flow_.map().carry_score(theta.data(), u, w.log_det.data(), d_u, w.kept, w.tape);
    } else {
      w.d_u.fill(R(T(0)));
      flow_.map().forward(theta.data(), u, w.log_det.data(), w.kept, w.tape);
    }
    target_.reduced_energy_and_gradient(Tile<const R>(u), share.energy.data(), force, w.tape);
    for (std::size_t i = 0; i < d_u.size(); ++i) d_u.data[i] += force.data[i];
    for (int s = 0; s < tile(); ++s) reduced_work[s] = share.energy[s] + w.log_q[s] - w.log_det[s];
    const T d_log_q = kind_ == GradientKind::path ? T(0) : T(1);
    flow_.map().vjp(theta.data(), u, w.kept, d_u, -d_log_q, share.d_theta.data(), w.tape);
    flow_.base().vjp(prepared, w.latent.view(), d_u, d_log_q, share.d_prepared.data(), w.tape);
    w.tape.release(mark);
  }

  BatchReport collect(const typename FlowType::Prepared& prepared, std::span<const T> theta, int samples,
                      std::span<double> gradient) {
    std::vector<double> d_prepared(static_cast<std::size_t>(flow_.rows()), 0.0);
    for (const Share& share : shares_)
      for (std::size_t i = 0; i < d_prepared.size(); ++i) d_prepared[i] += share.d_prepared[i] / samples;
    d_theta_.assign(theta.size(), T(0));
    flow_.base().finish(prepared, theta.data(), d_prepared.data(), d_theta_.data());
    parallel_chunks(gradient.size(), [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) gradient[i] = static_cast<double>(d_theta_[i]);
      for (const Share& share : shares_)
        for (std::size_t i = begin; i < end; ++i) gradient[i] += static_cast<double>(share.d_theta[i]) / samples;
    });
    double square = 0;
    for (const double g : gradient) square += g * g;
    return report(std::isfinite(square));
  }

  BatchReport report(bool gradient_is_finite) const {
    BatchReport r;
    std::vector<double> log_weights;
    for (const double w : work_) {
      if (std::isfinite(w)) {
        r.loss += w;
        log_weights.push_back(-w);
      } else {
        ++r.refused;
      }
    }
    r.usable = gradient_is_finite && r.refused == 0;
    if (log_weights.empty()) return r;
    const auto n = static_cast<double>(log_weights.size());
    r.loss /= n;
    for (const double w : log_weights) r.spread += (w + r.loss) * (w + r.loss) / n;
    r.spread = std::sqrt(r.spread);
    r.effective_sample_size = effective_sample_size(log_weights);
    return r;
  }

  const FlowType& flow_;
  Boltzmann<Energy> target_;
  GradientKind kind_;
  int packs_;
  std::vector<Share> shares_;
  std::vector<double> work_;
  std::vector<T> d_theta_;
};

}  // namespace erg
