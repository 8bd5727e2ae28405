/// \file
/// Weights of configurations alone, averaged over the auxiliary variables of an augmented flow.
#pragma once

#include "erg/base/parallel.hpp"
#include "erg/base/statistics.hpp"
#include "erg/densities/augmented.hpp"
#include "erg/densities/boltzmann.hpp"
#include "erg/densities/flow.hpp"
#include "erg/potentials/wrappers.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace erg {

/// Samples of an augmented flow with their weights under a target of x alone.
///
/// Shapes:  all (samples).
/// Units:   log-weights in nats; excess = U − U₀ in the target's energy.
struct MarginalSamples {
  std::vector<double> log_weight;  ///< marginal: averaged over the auxiliary draws
  std::vector<double> joint;       ///< of the pair (x, a) that the flow drew: what one draw gives
  std::vector<double> excess;
};

/// Log-weights −β(U(x) − U₀) − ln q̂(x) of samples 0 … samples − 1 of a stream, (x, a₀) drawn from the flow and
///   q̂(x) = 1/K Σ_k q(x, a_k) / π(a_k),   a₁ … a_K−1 drawn from π = N(0, σ²), K = `draws`.
///
/// The mean of the weights is ∫ exp(−β(U − U₀)) dx for every K, without bias: a₀ must be among the K, and averaging 1 / q̂ rather
/// than its parts is what makes it so. (The plain mean of p π / q over draws from π lies above p / q(x), however many there are;
/// and q̂ without a₀ gives weights whose mean lies too high.) More draws narrow the weights, towards those of the exact marginal
/// density q(x) = ∫ q(x, a) da. The log-weights themselves lie below their limit on average, by an amount that falls as 1 / K.
///
/// `target` is of x alone; `auxiliaries` is π, the Gaussian that the flow was trained towards (`AugmentedEnergy`).
/// Shapes:  theta (parameters); the flow has 2 · rows of the target's energy.
/// Cost:    one energy and one draw per sample, and K − 1 inverse passes.
/// Errors:  InputError for fewer than one draw.
/// Source:  Sobolev and Vetrov 2019, arXiv:1905.03290 (the estimate with a₀ among the draws); Midgley et al. 2023,
///          arXiv:2308.10364 (marginal weights of augmented flows).
template <Real R, class FlowType, class Energy>
MarginalSamples weigh_marginally(const FlowType& flow, std::span<const scalar_t<R>> theta, const Boltzmann<Energy>& target,
                                 const AuxiliaryGaussian& auxiliaries, Stream stream, std::int64_t samples, int draws) {
  static_assert(!is_training_form<std::remove_cvref_t<decltype(target.energy().potential())>>,
                "weigh_marginally: a training form is no target to evaluate; use the potential itself");
  if (draws < 1) throw InputError("auxiliary draws", "marginal weights", std::to_string(draws), "at least 1");
  using T = scalar_t<R>;
  constexpr int lanes = lanes_of<R>;
  const int rows = flow.rows(), half = rows / 2;
  const Stream of_auxiliaries = part_of(stream, 0xA0000000u);  // parts 0, 1, … are the flow's own
  const auto prepared = flow.base().prepare(theta.data());
  std::vector<typename FlowType::template Workspace<R>> work(static_cast<std::size_t>(thread_count()), {rows, 1});
  std::vector<TileBuffer<R>> pairs(static_cast<std::size_t>(thread_count()), {rows, 1});
  const auto count = static_cast<std::size_t>(samples);
  MarginalSamples weighed{std::vector<double>(count), std::vector<double>(count), std::vector<double>(count)};
  parallel_for(static_cast<int>((samples + lanes - 1) / lanes), [&](int tile, int thread) {
    auto& w = work[static_cast<std::size_t>(thread)];
    const Tile<R> pair = pairs[static_cast<std::size_t>(thread)].view(), u = w.u.view();
    const Tile<R> a = detail::rows_from(pair, half);
    const auto first = static_cast<std::uint64_t>(tile) * lanes;
    std::vector<double> terms(static_cast<std::size_t>(draws) * lanes), of_sample(static_cast<std::size_t>(draws));
    double excess[lanes], log_pi[lanes];
    for (int k = 0; k < draws; ++k) {
      if (k == 0) {
        flow.draw(prepared, theta.data(), stream, first, w);
        std::copy_n(u.data, u.size(), pair.data);
        const auto mark = w.tape.mark();
        target.energy().exact_energy(Tile<const R>{u.data, half, 1}, excess, w.tape);
        w.tape.release(mark);
      } else {
        normals(part_of(of_auxiliaries, static_cast<std::uint32_t>(k)), first, a);
        for (std::size_t i = 0; i < a.size(); ++i) a.data[i] = R(static_cast<T>(auxiliaries.sigma)) * a.data[i];
        flow.log_density(prepared, theta.data(), Tile<const R>(pair), w);
      }
      auxiliaries.log_density(Tile<const R>(a), log_pi, w.tape);
      for (int s = 0; s < lanes; ++s)
        terms[static_cast<std::size_t>(s * draws + k)] = w.log_q[static_cast<std::size_t>(s)] - log_pi[s];
    }
    for (int s = 0; s < lanes && static_cast<std::int64_t>(first) + s < samples; ++s) {
      const auto i = static_cast<std::size_t>(first) + static_cast<std::size_t>(s);
      std::copy_n(terms.begin() + s * draws, draws, of_sample.begin());
      weighed.excess[i] = excess[s];
      weighed.joint[i] = -target.beta() * excess[s] - of_sample.front();
      weighed.log_weight[i] = -target.beta() * excess[s] - log_mean_exp(of_sample);
    }
  });
  return weighed;
}

}  // namespace erg
