/// \file
/// What a density of configurations offers to a flow and to an estimator.
#pragma once

#include "erg/base/random.hpp"
#include "erg/base/tile.hpp"

namespace erg {

/// A normalised density that is drawn from by moving standard normal numbers, with weights of its own.
///
/// `prepare(theta)` does once per step what all samples share. `draw` fills u with samples first, first + 1, … of a stream and
/// writes ln q(u) (one double per sample); `latent` is scratch that `score` and `vjp` read again. `score` writes ∇_u ln q(u).
/// `vjp` adds to `d_prepared` what d_u and d_log_q (the same for every sample, `samples` of them) say; `finish` carries that on
/// to d_theta.
///
/// Laws: draws depend on seed, stream and index alone; ∫ q = 1; the score integrates to zero.
template <class D, class R = double>
concept Density = requires(const D q, const scalar_t<R>* theta, const typename D::Prepared& prepared, Stream stream,
                           std::uint64_t first, Tile<R> latent, Tile<R> u, double* log_q, Tape<R>& tape, scalar_t<R> d_log_q,
                           double* d_prepared, scalar_t<R>* d_theta) {
  { q.rows() } -> std::same_as<int>;
  { q.prepare(theta) } -> std::same_as<typename D::Prepared>;
  q.draw(prepared, stream, first, latent, u, log_q, tape);
  q.score(prepared, latent, u, tape);
  q.vjp(prepared, latent, u, d_log_q, d_prepared, tape);
  q.finish(prepared, theta, d_prepared, d_theta);
};

}  // namespace erg
