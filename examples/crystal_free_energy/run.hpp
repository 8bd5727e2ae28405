/// \file
/// The whole job for one potential: train, weigh, carry over, report.
#pragma once

#include "report.hpp"

namespace crystal_free_energy {

/// Exit status: 0, or 128 + signal after an interrupt.
int run_stillinger_weber(const Options& o, const Case& c);
int run_lennard_jones(const Options& o, const Case& c);

/// `soft_radius` is where the training form of the potential turns into a straight line.
template <class P>
int run(const Options& o, const Case& c, const P& potential, double soft_radius) {
  const auto surroundings = erg::VibratingLattice<P>::surroundings_of(potential, c.unit, c.density, c.shells);
  const auto lattice_of = [&](int particles) {
    return erg::VibratingLattice<P>(potential, erg::build_crystal(c.unit, erg::cells_for(c.unit, particles), c.density), surroundings,
                                    c.shells, c.beta());
  };
  std::vector<erg::VibratingLattice<P>> lattices{lattice_of(c.particles)};
  for (const int size : o.transfer) lattices.push_back(lattice_of(size));  // before training: a wrong size should cost no time

  Findings found;
  if (o.weights) {
    erg::ParameterLayout layout;
    lattices.front().template flow<float>(layout, {c.shells, o.sweeps, o.hidden});
    require_facts(*o.weights, facts_of(o, c), {"program", "crystal", "shells", "sweeps", "hidden"});
    found.trained.weights.resize(layout.size());
    erg::read_checkpoint<float>(*o.weights, layout, found.trained.weights);
  } else {
    erg::InterruptGuard guard;
    found.trained = TrainingRun<P>(o, c, lattices.front(), soft_radius).run();
    if (found.trained.interrupted) {
      std::fprintf(stderr, "interrupted after %lld steps; saved to %s, go on with --resume\n", static_cast<long long>(found.trained.steps),
                   (o.out / "weights.safetensors").string().c_str());
      return 128 + erg::interrupt_signal();
    }
  }
  for (const auto& lattice : lattices) {
    found.sizes.push_back(evaluate(o, c, lattice, found.trained.weights));
    found.crystals.push_back(lattice.crystal());
  }
  report(o, c, found);
  return 0;
}

}  // namespace crystal_free_energy
