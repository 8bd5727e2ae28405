/// \file
/// Draws from a density, weighed against a Boltzmann target.
#pragma once

#include "erg/base/parallel.hpp"
#include "erg/densities/boltzmann.hpp"
#include "erg/densities/flow.hpp"
#include "erg/potentials/wrappers.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace erg {

/// Samples of a density with their weights under a target.
///
/// Shapes:  both (samples).
/// Units:   log_weight in nats; excess = U − U₀ in the target's energy.
struct WeighedSamples {
  std::vector<double> log_weight, excess;
};

/// Log-weights w = −β(U(v) − U₀) − ln q(v) of samples from, from + 1, … of a stream, v drawn from the flow.
///
/// `visit(first, u)` sees each tile of samples, counted from 0 (the last tile may hold more samples than are asked for); it is
/// called from several threads at once, never twice for one sample.
/// Shapes:  theta (parameters); result (samples).
/// Units:   nats; −ln⟨exp w⟩ is −ln ∫ exp(−β(U − U₀)) over the coordinates of q, in k_BT.
/// Every energy is exact: samples that a target's list does not cover are computed again without it.
template <Real R, class FlowType, class Energy, class Visit>
WeighedSamples weigh_samples(const FlowType& flow, std::span<const scalar_t<R>> theta, const Boltzmann<Energy>& target,
                             Stream stream, std::int64_t samples, Visit&& visit, std::uint64_t from = 0) {
  static_assert(!is_training_form<std::remove_cvref_t<decltype(target.energy().potential())>>,
                "weigh_samples: a training form is no target to evaluate; use the potential itself");
  constexpr int lanes = lanes_of<R>;
  const auto prepared = flow.base().prepare(theta.data());
  std::vector<typename FlowType::template Workspace<R>> work(static_cast<std::size_t>(thread_count()), {flow.rows(), 1});
  const auto count = static_cast<std::size_t>(samples);
  WeighedSamples weighed{std::vector<double>(count), std::vector<double>(count)};
  parallel_for(static_cast<int>((samples + lanes - 1) / lanes), [&](int tile, int thread) {
    auto& w = work[static_cast<std::size_t>(thread)];
    const std::int64_t first = static_cast<std::int64_t>(tile) * lanes;
    flow.draw(prepared, theta.data(), stream, from + static_cast<std::uint64_t>(first), w);
    const auto mark = w.tape.mark();
    double excess[lanes];
    target.energy().exact_energy(Tile<const R>(w.u.view()), excess, w.tape);
    w.tape.release(mark);
    for (int s = 0; s < lanes && first + s < samples; ++s) {
      weighed.excess[static_cast<std::size_t>(first + s)] = excess[s];
      weighed.log_weight[static_cast<std::size_t>(first + s)] = -target.beta() * excess[s] - w.log_q[static_cast<std::size_t>(s)];
    }
    visit(first, Tile<const R>(w.u.view()));
  });
  return weighed;
}

/// The same, without a visitor.
template <Real R, class FlowType, class Energy>
WeighedSamples weigh_samples(const FlowType& flow, std::span<const scalar_t<R>> theta, const Boltzmann<Energy>& target,
                             Stream stream, std::int64_t samples) {
  return weigh_samples<R>(flow, theta, target, stream, samples, [](std::int64_t, Tile<const R>) {});
}

}  // namespace erg
