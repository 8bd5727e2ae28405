/// \file
/// A Boltzmann density that is known by its energy and by samples of it: the base of a flow from one ensemble to another.
#pragma once

#include "erg/base/error.hpp"
#include "erg/densities/concept.hpp"
#include "erg/potentials/energy_sum.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>

namespace erg {

/// q(x) = exp(−βU(x)) / Z with Z = 1 in all that it says: ln q lacks a constant, −ln Z, and so do the losses and works of flows
/// from it. Draws are samples of a set, with replacement.
///
/// With it `ReverseKl` to another Boltzmann density is the mean work ⟨β′U′(f(x)) − βU(x) − ln|det J|⟩ of learned free energy
/// perturbation, and `MaximumLikelihood` on that one's samples is the mean work of the reverse, both up to that constant.
///
/// Shapes:  samples (sample, particle, axis), a view; x (3 · particles, packs).
/// Units:   β in 1/energy, coordinates as the energy's.
/// Errors:  InputError for a β that is not a positive number, for no samples, and a length that is no whole number of
///          configurations. It refers to energy and samples, which must outlive it.
/// Laws:    as `Density`, but for ∫ q = 1; a draw depends on seed, stream, index and the set.
/// Source:  Wirnsberger et al. 2020, arXiv:2002.04913, section III.
template <std::floating_point T, ConfigurationEnergy Energy>
class SampledBoltzmann : public ParameterFree {
 public:
  using Scalar = T;

  SampledBoltzmann(const Energy& energy, double beta, std::span<const double> samples)
      : energy_(&energy), beta_(beta), samples_(samples) {
    if (!(beta > 0) || !std::isfinite(beta)) throw InputError("beta", "sampled Boltzmann", to_text(beta), "a positive number");
    const auto n = static_cast<std::size_t>(rows());
    if (samples.empty() || samples.size() % n != 0 || samples.size() / n > 0xFFFFFFFF)
      throw InputError("samples", "sampled Boltzmann", std::to_string(samples.size()) + " numbers",
                       "a positive multiple of " + std::to_string(n) + ", 3 per particle, of fewer than 2^32 samples");
  }

  int rows() const { return 3 * energy_->particles(); }
  std::uint32_t samples() const { return static_cast<std::uint32_t>(samples_.size() / static_cast<std::size_t>(rows())); }

  template <class R>
  void draw(const Prepared& prepared, Stream stream, std::uint64_t first, Tile<R> latent, Tile<R> x, double* log_q,
            Tape<R>& tape) const {
    for (int s = 0; s < x.packs * lanes_of<R>; ++s) {
      const std::uint32_t chosen = integer_below(samples(), stream, first + static_cast<std::uint64_t>(s));
      const double* const sample = samples_.data() + static_cast<std::size_t>(chosen) * static_cast<std::size_t>(x.rows);
      for (int row = 0; row < x.rows; ++row)
        set_lane(x(row, s / lanes_of<R>), s % lanes_of<R>, static_cast<scalar_t<R>>(sample[row]));
    }
    log_density(prepared, Tile<const R>(x), latent, log_q, tape);
  }
  template <class R>
  void log_density(const Prepared&, Tile<const R> x, Tile<R> latent, double* log_q, Tape<R>& tape) const {
    std::copy_n(x.data, x.size(), latent.data);
    energy_->exact_energy(x, log_q, tape);
    for (int s = 0; s < x.packs * lanes_of<R>; ++s) log_q[s] *= -beta_;
  }
  template <class R>
  void score(const Prepared&, Tile<R> latent, Tile<R> score, Tape<R>& tape) const {
    std::vector<double> unused(static_cast<std::size_t>(latent.packs) * lanes_of<R>);
    energy_->energy_and_gradient(Tile<const R>(latent), unused.data(), score, tape);
    const R scale(static_cast<scalar_t<R>>(-beta_));
    for (std::size_t i = 0; i < score.size(); ++i) score.data[i] *= scale;
  }

 private:
  const Energy* energy_;
  double beta_;
  std::span<const double> samples_;
};

}  // namespace erg
