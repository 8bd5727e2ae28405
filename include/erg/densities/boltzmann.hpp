/// \file
/// The Boltzmann density of an energy: what flows are trained towards and weighed against.
#pragma once

#include "erg/base/error.hpp"
#include "erg/base/tile.hpp"

#include <cmath>

namespace erg {

/// p(u) ∝ exp(−β (U(u) − U₀)) of displacements u; its normaliser is what free energy estimators find.
///
/// Shapes:  u (3 · particles, packs); results one double per sample.
/// Units:   β in 1 / energy of `Energy`; log-densities and reduced energies in nats.
/// Errors:  InputError for a β that is not a positive number. A target only refers to its energy, which must outlive it.
template <class Energy>
class Boltzmann {
 public:
  Boltzmann(const Energy& energy, double beta) : energy_(&energy), beta_(beta) {
    if (!(beta > 0) || !std::isfinite(beta)) throw InputError("beta", "Boltzmann", to_text(beta), "a positive number");
  }

  const Energy& energy() const { return *energy_; }
  double beta() const { return beta_; }

  /// ln p up to the normaliser: −β (U − U₀), exact at any displacement.
  template <class R>
  void log_density(Tile<const R> u, double* out, Tape<R>& tape) const {
    energy_->exact_energy(u, out, tape);
    for (int s = 0; s < u.packs * lanes_of<R>; ++s) out[s] *= -beta_;
  }

  /// Reduced energy β (U − U₀) and gradient β dU/du, by the energy's fast path: for training.
  template <class R>
  void reduced_energy_and_gradient(Tile<const R> u, double* reduced, Tile<R> gradient, Tape<R>& tape) const {
    energy_->energy_and_gradient(u, reduced, gradient, tape);
    for (int s = 0; s < u.packs * lanes_of<R>; ++s) reduced[s] *= beta_;
    const R beta{static_cast<scalar_t<R>>(beta_)};
    for (std::size_t i = 0; i < gradient.size(); ++i) gradient.data[i] *= beta;
  }

 private:
  const Energy* energy_;
  double beta_;
};

}  // namespace erg
