/// \file
/// What a network is: a parametrised map of feature blocks, with its vector–Jacobian product.
#pragma once

#include "erg/base/parameters.hpp"
#include "erg/base/tile.hpp"

namespace erg {

/// A block of features is (features, columns), the column index fastest; a column is one site of one pack of samples.
/// Weights are scalars in the flat parameter buffer `theta`; activations are numbers R, so that `R = double` runs the laws
/// and `R = Lanes<float, 16>` the fast path.
///
/// `forward` writes y and keeps on the tape what `vjp` needs; `Kept` is the handle to it.
/// `vjp` takes dL/dy, adds dL/dtheta to `d_theta` (unless null) and writes dL/dx (unless null).
///
/// Laws: vjp is the transpose of forward's Jacobian (finite differences in double); columns do not mix, save in a
/// ParticleNetwork.
template <class N, class R>
concept Network = Real<R> && requires(const N net, const scalar_t<R>* theta, const R* x, R* y, int columns, Tape<R>& tape,
                                      const typename N::template Kept<R>& kept, R* d_y, R* d_x, scalar_t<R>* d_theta) {
  { net.inputs() } -> std::same_as<int>;
  { net.outputs() } -> std::same_as<int>;
  { net.forward(theta, x, y, columns, tape) } -> std::same_as<typename N::template Kept<R>>;
  net.vjp(theta, kept, d_y, d_x, d_theta, columns, tape);
};

/// A network that mixes the particles of a sample: column = particle · packs + pack, packs = columns / particles().
///
/// Laws: those of a Network; samples (packs and their lanes) do not mix; relabelled particles give relabelled outputs.
template <class N, class R>
concept ParticleNetwork = Network<N, R> && requires(const N net, int particles) {
  { net.particles() } -> std::same_as<int>;
  { net.with_particles(particles) } -> std::same_as<N>;  // the same weights for another number of particles
};

}  // namespace erg
