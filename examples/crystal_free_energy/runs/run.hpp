/// \file
/// The whole job for one potential: train, weigh, carry over, report.
#pragma once

#include "evaluation/temperature_curve.hpp"
#include "report/report.hpp"

#include "erg/potentials/wrappers.hpp"
#include "erg/training/reverse_kl.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

namespace crystal_free_energy {

/// Says what an interrupt left behind; the exit status.
inline int interrupted_status(const std::string& what, const std::string& how_to_go_on) {
  std::fprintf(stderr, "interrupted %s; %s\n", what.c_str(), how_to_go_on.c_str());
  return 128 + erg::interrupt_signal();
}
inline int interrupted_in_training(const Options& o, const Trained& trained) {
  return interrupted_status("after " + std::to_string(trained.steps) + " steps",
                            "saved to " + (o.out / "weights.safetensors").string() + ", go on with --resume");
}
inline int interrupted_in_sampling(const Options& o, int particles) {
  return interrupted_status(
      "while sampling N = " + std::to_string(particles),
      "the weights are in " + o.weights.value_or(o.out / "weights.safetensors").string() + ", --weights skips the training");
}

/// Makes room in the directory where training has not, and writes the report; the exit status.
inline int finish(const Options& o, const Case& c, const Findings& found, const ResultDirectory& directory) {
  if (o.weights)
    directory.set_aside(directory.owns_weights(*o.weights) ? ResultDirectory::Training::stays : ResultDirectory::Training::moves);
  report(o, c, found);
  return erg::interrupted() ? interrupted_status("while drawing", "all numbers are written") : 0;
}

/// Trains the flow of `lattice` against the potential's training form, which is a straight line below `soft_radius`: one number,
/// or one for each pair of kinds.
template <class P, class Radius>
Trained train(const Options& o, const Case& c, const erg::VibratingLattice<P>& lattice, const Radius& soft_radius,
              const ResultDirectory& directory) {
  using Lanes = erg::native_lanes<float>;
  using Target = erg::CrystalPotential<erg::TrainingForm<P>>;
  erg::ParameterLayout layout;
  const auto flow = lattice.template flow<float>(layout, {c.shells, o.sweeps, o.hidden});
  const Target target(erg::training_form(lattice.potential().potential(), soft_radius), lattice.crystal());
  erg::ReverseKl<erg::CrystalFlow<float>, Target, Lanes> loss(flow, erg::Boltzmann(target, lattice.beta()),
                                                              erg::GradientKind::path, packs_for(c.particles));
  return TrainingRun(o, facts_of(o, c), layout, loss, erg::initial_weights(flow, layout, o.seed, !o.free_weights)).run(directory);
}

/// Errors:  InputError that names the nearest numbers of particles which would do, when the flow's colours do not fit these.
inline void require_size(const Case& c, const std::string& option, int particles) {
  const auto period = erg::sublattice_periods(erg::neighbour_shells(erg::build_crystal(c.unit, {1, 1, 1}, c.density), c.shells));
  const int sites = c.unit.size(), step = std::lcm(std::lcm(period[0], period[1]), period[2]);
  const auto count = [&](long long n) { return sites * n * n * n; };
  const bool given = c.structure && particles == c.structure->particles;
  long long n = 1;
  while (count(n + 1) <= particles) ++n;
  const std::array<int, 3> cells = given ? c.structure->cells : std::array{int(n), int(n), int(n)};
  const bool whole = given || count(n) == particles;
  if (whole && cells[0] % period[0] == 0 && cells[1] % period[1] == 0 && cells[2] % period[2] == 0) return;
  // The file's own number stands for the file's own stack.
  const long long below = count(n / step * step), above = count((n / step + 1) * step);
  const std::string multiple =
      step == 1 ? std::string()
                : ", n a multiple of " + std::to_string(step) + ": the sublattices' colours repeat after " + cells_text(period);
  throw erg::InputError(option, c.title, std::to_string(particles) + (whole ? ", " + cells_text(cells) + " unit cells" : ""),
                        (below > 0 && below != particles ? std::to_string(below) + " or " : "") + std::to_string(above) +
                            ": n x n x n unit cells of " + std::to_string(sites) + (sites == 1 ? " site" : " sites") + multiple);
}

/// The least n x n x n crystal that the flow fits and where no two of a particle's neighbours are images of one another.
inline int particles_without_images(const Case& c) {
  for (int n = 1;; ++n) {
    const erg::Crystal crystal = erg::build_crystal(c.unit, {n, n, n}, c.density);
    const erg::Neighbours near = erg::neighbour_shells(crystal, c.shells);
    const std::array<int, 3> period = erg::sublattice_periods(near);
    const bool fits = n % period[0] == 0 && n % period[1] == 0 && n % period[2] == 0;
    if (fits && !erg::has_images(near)) return crystal.particles();
  }
}

/// One line when weights go to a size at which particles have other neighbours than where they were trained: not images of
/// one another.
template <class P>
void warn_of_images(const Case& c, const std::optional<std::array<int, 3>>& trained,
                    const std::vector<erg::VibratingLattice<P>>& lattices) {
  const auto images = [&](const std::array<int, 3>& cells) {
    return erg::has_images(erg::neighbour_shells(erg::build_crystal(c.unit, cells, c.density), c.shells));
  };
  if (!trained || !images(*trained)) return;
  const bool elsewhere =
      std::any_of(lattices.begin(), lattices.end(), [&](const auto& l) { return l.crystal().cells != *trained; });
  if (!elsewhere) return;
  std::fprintf(
      stderr,
      "warning: in %d x %d x %d unit cells some neighbours of a particle are images of one another: weights trained there "
      "serve other sizes badly; training with --particles %d is free of it\n",
      (*trained)[0], (*trained)[1], (*trained)[2], particles_without_images(c));
}

/// One line when the sites are no minimum of the energy: figures stay right, and errors grow.
template <class P>
void warn_of_forces(const Case& c, const erg::VibratingLattice<P>& lattice) {
  const int rows = 3 * lattice.crystal().particles();
  erg::TileBuffer<double> rest(rows, 1), slope(rows, 1);
  erg::Tape<double> tape;
  double excess = 0, largest = 0, stiffness = 0;
  lattice.potential().template energy_and_gradient<double>(rest.view(), &excess, slope.view(), tape);
  for (int row = 0; row < rows; ++row) largest = std::max(largest, std::abs(slope.view()(row, 0)));
  for (const double k : lattice.harmonic().stiffness()) stiffness += k / rows;
  if (largest * std::sqrt(lattice.beta() / stiffness) < 0.1) return;  // of a thermal displacement
  std::fprintf(stderr,
               "warning: the sites feel forces of up to %.3g %s/%s: relax the structure with this potential, or its figures are "
               "right but their errors larger\n",
               largest, c.energy_unit.c_str(), c.length_unit.c_str());
}

/// `soft_radius` is where the training form of the potential turns into a straight line.
template <class P, class Radius>
int run(const Options& o, const Case& c, const P& potential, const Radius& soft_radius) {
  require_size(c, "--particles", c.particles);  // before training: a wrong size should cost no time
  for (const int size : o.transfer) require_size(c, "--transfer", size);
  const auto surroundings = erg::VibratingLattice<P>::surroundings_of(potential, c.unit, c.density, c.shells);
  auto weights = given_weights(o);
  const auto range = trained_range(o, weights, c.temperature);
  const auto lattice_at = [&](int particles, double temperature) {
    return erg::VibratingLattice<P>(potential, crystal_of(c, particles), surroundings, c.shells, 1 / (c.boltzmann * temperature),
                                    conditions_at(range, temperature));
  };
  const auto lattice_of = [&](int particles) { return lattice_at(particles, c.temperature); };
  std::vector<erg::VibratingLattice<P>> lattices{lattice_of(c.particles)};
  for (const int size : o.transfer) lattices.push_back(lattice_of(size));

  Findings found;
  if (weights) {
    erg::ParameterLayout layout;
    lattices.front().template flow<float>(layout, {c.shells, o.sweeps, o.hidden});
    found.trained = read_trained(*weights, layout, o, c);
  }
  warn_of_forces(c, lattices.front());
  warn_of_images(c, o.weights ? found.trained.cells : lattices.front().crystal().cells, lattices);
  const ResultDirectory directory(o.out);  // before any time is spent
  const erg::InterruptGuard guard;         // what came before leaves nothing behind when it is ended at once
  if (!o.weights) {
    found.trained = range ? train_over(*range, o, c, lattice_at, soft_radius, directory)
                          : train(o, c, lattices.front(), soft_radius, directory);
    if (found.trained.interrupted) return interrupted_in_training(o, found.trained);
  }
  for (const auto& lattice : lattices) {
    const int frames = found.sizes.empty() ? o.frames : 0;  // written for the first size only
    try {
      found.sizes.push_back(evaluate(o, c, lattice, found.trained.weights, frames));
      if (o.temperature_range)
        found.curves.push_back(temperature_curve(o, c, lattice_at, found.sizes.back(), found.trained.weights));
    } catch (const Interrupted&) {
      return interrupted_in_sampling(o, lattice.crystal().particles());
    }
    found.crystals.push_back(lattice.crystal());
  }
  return finish(o, c, found, directory);
}

}  // namespace crystal_free_energy
