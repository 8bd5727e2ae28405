/// \file
/// A flow with given weights as a density: what samplers and paths take.
#pragma once

#include "erg/densities/flow.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace erg {

/// A flow whose weights stand still: q of `Flow`, with its score, by the verbs of `Density`.
///
/// Laws:    those of `Density`; it has no weights to be trained by (`ParameterFree`). In `latent` stands where the base's draw
///          was before the map, and the score is the base's, carried along by the map.
/// Shapes:  theta: the flow's weights, of which it keeps a copy. It refers to the flow, which must outlive it.
/// Any number of threads may use one object, each with its own tape.
template <class F>
class FlowDensity : public ParameterFree {
 public:
  using Scalar = typename F::Scalar;

  FlowDensity(const F& flow, std::vector<Scalar> theta)
      : flow_(&flow), theta_(std::move(theta)), base_(flow.base().prepare(theta_.data())) {}

  const F& flow() const { return *flow_; }
  int rows() const { return flow_->rows(); }

  template <class R>
  void draw(const NoParameters&, Stream stream, std::uint64_t first, Tile<R> latent, Tile<R> u, double* log_q,
            Tape<R>& tape) const {
    const auto mark = tape.mark();
    flow_->base().draw(base_, stream, first, detail::tile_on(tape, u.rows, u.packs), latent, log_q, tape);
    std::copy_n(latent.data, latent.size(), u.data);
    std::vector<double> log_det(static_cast<std::size_t>(u.packs) * lanes_of<R>, 0.0);
    flow_->map().forward(theta_.data(), u, log_det.data(), tape);
    for (std::size_t s = 0; s < log_det.size(); ++s) log_q[s] -= log_det[s];
    tape.release(mark);
  }
  template <class R>
  void log_density(const NoParameters&, Tile<const R> u, Tile<R> latent, double* log_q, Tape<R>& tape) const {
    const auto mark = tape.mark();
    std::copy_n(u.data, u.size(), latent.data);
    std::vector<double> log_det(static_cast<std::size_t>(u.packs) * lanes_of<R>, 0.0);
    flow_->map().inverse(theta_.data(), latent, log_det.data(), tape);
    flow_->base().log_density(base_, Tile<const R>(latent), detail::tile_on(tape, u.rows, u.packs), log_q, tape);
    for (std::size_t s = 0; s < log_det.size(); ++s) log_q[s] += log_det[s];
    tape.release(mark);
  }
  template <class R>
  void score(const NoParameters&, Tile<R> latent, Tile<R> score, Tape<R>& tape) const {
    const auto mark = tape.mark();
    const Tile<R> z = detail::tile_on(tape, latent.rows, latent.packs), u = detail::tile_on(tape, latent.rows, latent.packs);
    std::vector<double> scratch(static_cast<std::size_t>(latent.packs) * lanes_of<R>, 0.0);
    flow_->base().log_density(base_, Tile<const R>(latent), z, scratch.data(), tape);
    flow_->base().score(base_, z, score, tape);
    std::copy_n(latent.data, latent.size(), u.data);
    typename F::template MapKept<R> kept;
    flow_->map().carry_score(theta_.data(), u, scratch.data(), score, kept, tape);
    tape.release(mark);
  }

 private:
  const F* flow_;
  std::vector<Scalar> theta_;
  typename F::Prepared base_;
};

}  // namespace erg
