/// \file
/// The whole job with the published model of 2022 in place of the sublattice flow.
#pragma once

#include "runs/run.hpp"

#include "erg/densities/crystal/published_2022.hpp"
#include "erg/potentials/crystal/held_particle.hpp"
#include "erg/training/reverse_kl.hpp"

namespace crystal_free_energy {

/// A crystal whose particle 0 is held, and the extents of its model.
template <class P>
struct HeldLattice {
  erg::CrystalPotential<P> potential;
  double beta, harmonic_free_energy;
  erg::Published2022Shape shape;

  HeldLattice(const Options& o, const Case& c, const P& pair)
      : potential(pair, crystal_of(c, c.particles)),
        beta(c.beta()),
        harmonic_free_energy(erg::HarmonicCrystal(crystal(), potential.rest_hessian_columns(), beta).free_energy()) {
    const PublishedModel model(o, c);
    shape = {.frequencies = model.frequencies, .noise = model.noise, .layers = model.layers, .width = model.width};
  }
  const erg::Crystal& crystal() const { return potential.crystal(); }
  template <std::floating_point T>
  erg::Published2022<T> flow(erg::ParameterLayout& layout) const {
    return erg::published_2022<T>(layout, crystal(), shape);
  }
};

/// The published clip; an average over some fifty steps, for this model goes a long way within hundreds.
inline constexpr Pace published_pace{.largest_gradient = 1e4, .average_decay = 0.98};

/// Trains the published model of `lattice` by the total gradient, as was published.
template <class P>
Trained train(const Options& o, const Case& c, const HeldLattice<P>& lattice, double soft_radius,
              const ResultDirectory& directory) {
  using Lanes = erg::native_lanes<float>;
  using Target = erg::CrystalPotential<erg::TrainingForm<P>>;
  erg::ParameterLayout layout;
  const auto flow = lattice.template flow<float>(layout);
  const Target target(erg::TrainingForm<P>(lattice.potential.potential(), soft_radius), lattice.crystal());
  const erg::HeldParticle held(target);
  erg::ReverseKl<erg::Published2022<float>, erg::HeldParticle<Target>, Lanes> loss(flow, erg::Boltzmann(held, lattice.beta),
                                                                                   erg::GradientKind::total, 1);
  std::vector<float> weights(layout.size());
  std::uint64_t index = 0;
  flow.map().initialise(weights.data(), [&] { return erg::normal({o.seed, erg::StreamName::initialise}, index++, 0); });
  return TrainingRun(o, facts_of(o, c), layout, loss, std::move(weights), published_pace).run(directory);
}

/// The published model, weighed. Errors: Interrupted.
template <class P>
SizeResult weigh(const Options& o, const Case& c, const HeldLattice<P>& lattice, const std::vector<float>& weights) {
  erg::ParameterLayout layout;
  const auto flow = lattice.template flow<double>(layout);
  const erg::Flow base(flow.base(), erg::Sequence<>());
  const erg::HeldParticle held(lattice.potential);
  const erg::Boltzmann target(held, lattice.beta);
  SizeResult r;
  r.particles = lattice.crystal().particles();
  r.held = true;
  r.terms = {r.particles,
             lattice.beta * lattice.potential.rest_energy(),
             lattice.harmonic_free_energy,
             lattice.crystal().box.volume(),
             c.thermal_wavelengths.front(),
             primitive_sites(c)};
  weigh_into(r, o, c, lattice.crystal(), target, flow, std::vector<double>(weights.begin(), weights.end()), base, {}, o.frames);
  return r;
}

/// As `run`, at one size. The cutoff may be longer than half the box: every image of a particle counts.
template <class P>
int run_published(const Options& o, const Case& c, const P& potential, double soft_radius) {
  const HeldLattice<P> lattice(o, c, potential);
  Findings found;
  if (auto weights = given_weights(o)) {
    erg::ParameterLayout layout;
    lattice.template flow<float>(layout);
    found.trained = read_trained(*weights, layout, o, c);
  }
  const ResultDirectory directory(o.out);
  const erg::InterruptGuard guard;
  if (!o.weights) {
    found.trained = train(o, c, lattice, soft_radius, directory);
    if (found.trained.interrupted) return interrupted_in_training(o, found.trained);
  }
  try {
    found.sizes.push_back(weigh(o, c, lattice, found.trained.weights));
  } catch (const Interrupted&) {
    return interrupted_in_sampling(o, lattice.crystal().particles());
  }
  found.crystals.push_back(lattice.crystal());
  return finish(o, c, found, directory);
}

}  // namespace crystal_free_energy
