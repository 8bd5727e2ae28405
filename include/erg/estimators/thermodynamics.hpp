/// \file
/// Free energy, energy, entropy and heat capacity of one state from weighted samples.
#pragma once

#include "erg/densities/crystal/crystal_free_energy.hpp"
#include "erg/estimators/bootstrap.hpp"
#include "erg/estimators/weights.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace erg {

/// What is known without sampling: the crystal at rest, momenta, volume, labels.
///
/// Units:   of the whole system, reduced: βF, βU and C_v / k_B.
struct UnsampledTerms {
  double free_energy = 0, energy = 0, heat_capacity = 0;
};

/// Which length Λ stands for, and with it whether momenta count.
enum class Wavelength {
  /// A fixed length, the same at every temperature: no momenta. Energy, entropy and heat capacity are configurational.
  fixed,
  /// h / √(2π m k_B T) of the particles: (3/2) k_B T per particle in the energy, (3/2) k_B in the heat capacity.
  thermal,
};

/// The terms of a crystal whose 3N − 3 vibrations are sampled, all particles counted once held at their sites.
///
/// Errors:  InputError as `free_energy_per_particle`.
/// With either meaning of Λ the energy is d(βF)/dβ: of βF, the terms βU₀ and 3N ln Λ depend on β alone.
inline UnsampledTerms unsampled_terms(const CrystalTerms& terms, Wavelength wavelength,
                                      Counting counting = Counting::one_site_fixed) {
  const double n = terms.particles, kinetic = wavelength == Wavelength::thermal ? 1.5 * n : 0.0;
  return {n * free_energy_per_particle(terms, -terms.vibration, counting), terms.rest + kinetic, kinetic};
}

/// A state's thermodynamics, at fixed volume and number of particles.
///
/// Units:   of the whole system, reduced: βF and βU in k_B T, S and C_v in k_B.
struct Thermodynamics {
  struct Quantity {
    double value, standard_error;  ///< by bootstrap
  };
  Quantity free_energy, energy, entropy, heat_capacity;
  int bootstrap_rounds;
};

/// From independent samples of any density q with log-weights w = −βE − ln q and energies E:
/// βF = −ln⟨exp w⟩, βU = β⟨E⟩, S / k_B = βU − βF, C_v / k_B = β² (⟨E²⟩ − ⟨E⟩²), averages with weights; plus `unsampled`.
///
/// Shapes:  log_weights, energies (samples).
/// Units:   log-weights in nats; energies in 1 / β.
/// Errors:  InputError as `weights_of`, when the two differ in length, for a β that is not a positive number, or for an energy
///          that is not finite where its weight is not zero (naming the sample).
/// Laws:    d(βF)/dβ == U, C_v == dU/dT and S == −dF/dT hold exactly, to the last sample, when β moves and the samples and their
///          ln q stay: the estimates are one function of β and its derivatives.
/// All four errors come from the same resamples. The bias of C_v is about −C_v / (effective samples), far below its error.
inline Thermodynamics thermodynamics(std::span<const double> log_weights, std::span<const double> energies, double beta,
                                     const UnsampledTerms& unsampled = {}, const Bootstrap& bootstrap = {}) {
  if (log_weights.size() != energies.size())
    throw InputError("energies", "thermodynamics", std::to_string(energies.size()) + " values",
                     std::to_string(log_weights.size()) + ", one per log-weight");
  if (!(beta > 0) || !std::isfinite(beta)) throw InputError("beta", "thermodynamics", std::to_string(beta), "a positive number");
  const Weights weights = weights_of(log_weights);
  const std::size_t samples = weights.samples();
  double mean = 0;
  for (std::size_t k = 0; k < samples; ++k) {
    if (weights.relative[k] == 0) continue;
    if (!std::isfinite(energies[k]))
      throw InputError("energy", "sample " + std::to_string(k), std::isnan(energies[k]) ? "nan" : "inf", "a finite number");
    mean += weights.relative[k] / weights.sum * beta * energies[k];
  }
  std::vector<double> about_mean(samples, 0.0);
  for (std::size_t k = 0; k < samples; ++k)
    if (weights.relative[k] > 0) about_mean[k] = beta * energies[k] - mean;
  // βF, βU, S and C_v of the samples pick(0), pick(1), …
  const auto quantities = [&](const auto& pick) {
    double sum = 0, first = 0, second = 0;
    for (std::size_t k = 0; k < samples; ++k) {
      const std::size_t picked = pick(k);
      const double w = weights.relative[picked], x = about_mean[picked];
      sum += w;
      first += w * x;
      second += w * x * x;
    }
    first /= sum;
    const double f = -weights.log_scale - std::log(sum / static_cast<double>(samples)), u = mean + first;
    return std::array<double, 4>{f, u, u - f, second / sum - first * first};
  };
  const auto value = quantities([](std::size_t k) { return k; });
  const auto spread = bootstrap_spreads<4>(samples, bootstrap, quantities);
  return {.free_energy = {value[0] + unsampled.free_energy, spread[0].standard_error},
          .energy = {value[1] + unsampled.energy, spread[1].standard_error},
          .entropy = {value[2] + unsampled.energy - unsampled.free_energy, spread[2].standard_error},
          .heat_capacity = {value[3] + unsampled.heat_capacity, spread[3].standard_error},
          .bootstrap_rounds = spread[0].rounds};
}

}  // namespace erg
