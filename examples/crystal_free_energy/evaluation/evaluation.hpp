/// \file
/// A trained flow, weighed against the Boltzmann density at one size of the crystal.
#pragma once

#include "options/options.hpp"

#include "erg/densities/crystal/crystal_flow.hpp"
#include "erg/densities/crystal/crystal_free_energy.hpp"
#include "erg/densities/position_free_energy.hpp"
#include "erg/estimators/importance_sampling.hpp"
#include "erg/estimators/two_states/free_energy_perturbation.hpp"
#include "erg/io/interrupt.hpp"
#include "erg/io/progress.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <vector>

namespace crystal_free_energy {

/// What is known of one size.
///
/// Units:   free energies βF/N in k_BT per particle; excess in the crystal's energy unit; positions in its length unit.
struct SizeResult {
  int particles = 0;
  erg::CrystalTerms terms{};
  double harmonic = 0;              ///< βF/N of the harmonic crystal, both without learning and without sampling
  double lfep = 0, lfep_error = 0;  ///< βF/N by learned free energy perturbation
  double lfep_every_translation = 0;
  erg::FreeEnergyEstimate estimate{};
  double base_ess = 0;  ///< effective sample size of the harmonic crystal alone
  double seconds = 0;
  erg::WeighedSamples flow, base;  ///< base: samples of the harmonic crystal alone
  std::vector<std::vector<erg::Vec3<double>>> frames;
  bool held = false;  ///< weights are of displacements of all particles but number 0; else of the vibrations

  /// βF/N where −ln⟨exp w⟩ is delta_f.
  double beta_f(double delta_f, erg::Counting counting = erg::Counting::one_site_fixed) const {
    if (!held) return erg::free_energy_per_particle(terms, delta_f - terms.vibration, counting);
    return erg::free_energy_per_particle(particles, terms.rest + delta_f - std::log(terms.volume), terms.thermal_wavelength,
                                         erg::Labellings::one, counting, terms.primitive_sites);
  }
};

inline int primitive_sites(const Case& c) { return erg::primitive_size(c.unit); }

/// What ends an evaluation when SIGINT or SIGTERM arrived.
struct Interrupted {};

/// Counts the samples that several threads have done: the line on the terminal, and the place where an interrupt is noticed.
class Samples {
 public:
  Samples(const std::string& title, std::int64_t total) : line_(title, "samples", static_cast<double>(total)) {}
  /// Errors:  Interrupted.
  void add(int count) {
    if (erg::interrupted()) throw Interrupted{};
    const std::int64_t done = done_ += count;
    if (const std::unique_lock free(mutex_, std::try_to_lock); free.owns_lock()) line_.update(static_cast<double>(done));
  }

 private:
  std::atomic<std::int64_t> done_{0};
  std::mutex mutex_;
  erg::Progress line_;
};

/// Samples in double precision, from … from + o.samples − 1 of the evaluation stream, and fewer of `base`, what the flow was
/// before training; the first `frames` are kept. Fills all of `r` that samples tell.
///
/// Shapes:  the rows of both flows are the last particles', whether or not the first is held.
/// Errors:  Interrupted, within a few samples of the signal.
template <class Energy, class Flow, class Base>
void weigh_into(SizeResult& r, const Options& o, const Case& c, const erg::Crystal& crystal, const erg::Boltzmann<Energy>& target,
                const Flow& flow, const std::vector<double>& theta, const Base& base, const std::vector<double>& untrained,
                int frames, std::uint64_t from = 0) {
  using R = erg::native_lanes<double>;
  const erg::Stream stream{o.seed, erg::StreamName::base_density};
  const int n = crystal.particles(), held_rows = 3 * n - flow.rows();
  r.frames.assign(static_cast<std::size_t>(std::min<std::int64_t>(frames, o.samples)), crystal.sites);
  const std::int64_t few = std::min<std::int64_t>(o.samples, 5000);
  const std::string at = o.temperature_range ? ", T = " + erg::to_text(c.temperature) : "";
  Samples done("sampling N = " + std::to_string(n) + at, o.samples + few);
  const auto keep = [&](std::int64_t first, erg::Tile<const R> u) {
    done.add(erg::lanes_of<R>);
    for (int s = 0; s < erg::lanes_of<R> && first + s < static_cast<std::int64_t>(r.frames.size()); ++s)
      for (int row = 0; row < u.rows; ++row)
        r.frames[static_cast<std::size_t>(first + s)][(row + held_rows) / 3][row % 3] += erg::lane(u(row, 0), s);
  };
  erg::Stopwatch watch;
  r.flow = erg::weigh_samples<R>(flow, theta, target, stream, o.samples, keep, from);
  r.seconds = watch.seconds();
  if (std::any_of(r.flow.log_weight.begin(), r.flow.log_weight.end(), [](double w) { return std::isnan(w); }))
    throw erg::InputError("weights", "sampling N = " + std::to_string(n), "log-weights that are not numbers",
                          "a training that has not diverged: try a smaller --rate");
  r.base = erg::weigh_samples<R>(
      base, untrained, target, stream, few, [&](auto&&...) { done.add(erg::lanes_of<R>); }, from);
  r.base_ess = erg::effective_sample_size(r.base.log_weight);
  r.estimate = erg::free_energy_perturbation(r.flow.log_weight, {.seed = o.seed});
  r.harmonic = erg::free_energy_per_particle(r.terms, 0);
  r.lfep = r.beta_f(r.estimate.delta_f);
  r.lfep_every_translation = r.beta_f(r.estimate.delta_f, erg::Counting::every_translation);
  r.lfep_error = r.estimate.standard_error / n;
}

/// The sublattice flow of one size, weighed.
///
/// Errors:  Interrupted.
template <class P>
SizeResult evaluate(const Options& o, const Case& c, const erg::VibratingLattice<P>& lattice, const std::vector<float>& weights,
                    int frames, std::uint64_t from = 0) {
  erg::ParameterLayout layout;
  const auto flow = lattice.template flow<double>(layout, {c.shells, o.sweeps, o.hidden});
  const std::vector<double> theta(weights.begin(), weights.end()), untrained(layout.size(), 0.0);
  const erg::Crystal& crystal = lattice.crystal();
  SizeResult r;
  r.particles = crystal.particles();
  r.terms = {r.particles,
             lattice.beta() * lattice.potential().rest_energy(),
             lattice.harmonic().free_energy(),
             crystal.box.volume(),
             c.thermal_wavelengths.front(),
             primitive_sites(c),
             erg::other_kinds(crystal, c.thermal_wavelengths)};
  // Zero weights are the harmonic crystal itself.
  weigh_into(r, o, c, crystal, lattice.target(), flow, theta, flow, untrained, frames, from);
  return r;
}

}  // namespace crystal_free_energy
