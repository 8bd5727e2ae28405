#include "erg/base/statistics.hpp"
#include "erg/potentials/crystal/local_crystal_potential.hpp"
#include "erg/samplers/dynamics/langevin.hpp"
#include "erg/samplers/hamiltonian_monte_carlo.hpp"
#include "erg/samplers/metropolis.hpp"
#include "erg/samplers/run.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace erg;

namespace {

// The mean of what each look saw, and its error from sixteen independent replicas.
struct Mean {
  std::vector<double> of = std::vector<double>(16, 0.0);
  int looks = 0;
  void look(const Replicas<Lanes<float, 16>>& at, double scale) {
    ++looks;
    for (std::size_t s = 0; s < 16; ++s) of[s] += scale * at.energy()[s];
  }
  MeanVariance result() const {
    std::vector<double> x = of;
    for (double& one : x) one /= looks;
    const MeanVariance m = moments(x);
    return {m.mean, m.variance / 16};
  }
};

// Published figure and its error: 4.5 combined errors, which a normal mean passes but 1 time in 150,000; of sixteen replicas' own
// spread perhaps 1 in 3,000, over all seeds.
void check(const Mean& mean, double published, double error, double most_error) {
  const auto [value, variance] = mean.result();
  CHECK(std::sqrt(variance) < most_error);
  CHECK(std::abs(value - published) < 4.5 * std::sqrt(variance + error * error));
}

}  // namespace

TEST_CASE("Mean energies: cubic ice of 216 molecules by Hamiltonian Monte Carlo") {
  // β<U>/N = −29.561(3) from molecular dynamics; −29.651 were it harmonic.
  Mean mean;
  // [samplers]
  const double beta = 1 / (0.0019872067 * 200);  // mol/kcal
  const LocalCrystalPotential energy(monatomic_water<double>(), build_crystal(ice_cubic(), {3, 3, 3}, 0.033567184));
  Replicas<Lanes<float, 16>> replicas(3 * energy.particles(), 16, beta, 1);  // 16 crystals at rest; the seed is 1

  HamiltonianMonteCarlo chain(energy, Masses(energy.particles()), {.step = 0.05, .leaps = 10});
  chain.equilibrate(replicas, 60);  // learns the step, leaves no density invariant
  const auto look = [&](const auto& at) { mean.look(at, beta / energy.particles()); };
  run(chain, replicas, 200, Every{2, look});  // exact whatever the step
  // [samplers]
  check(mean, -29.561, 0.003, 0.01);
}

TEST_CASE("Mean energies: cubic ice of 216 molecules by Langevin dynamics and by moves of single molecules") {
  const double beta = 1 / (0.0019872067 * 200);
  const LocalCrystalPotential energy(monatomic_water<double>(), build_crystal(ice_cubic(), {3, 3, 3}, 0.033567184));
  const Masses masses(energy.particles());
  Replicas<Lanes<float, 16>> replicas(3 * energy.particles(), 16, beta, 2);
  draw_momenta(masses, replicas);
  Langevin dynamics(energy, masses, 0.05, 1.0);  // 10 fs, were the mass 18 u
  dynamics.advance(replicas, 400);
  Mean by_dynamics, by_moves;
  run(dynamics, replicas, 4000, Every{20, [&](const auto& at) { by_dynamics.look(at, beta / 216); }});
  check(by_dynamics, -29.561, 0.003, 0.01);
  Metropolis moves(energy, {.size = 0.1});
  moves.equilibrate(replicas, 50);
  run(moves, replicas, 400, Every{5, [&](const auto& at) { by_moves.look(at, beta / 216); }});
  check(by_moves, -29.561, 0.003, 0.015);
}

TEST_CASE("Mean energies: the Lennard-Jones crystal of 256 atoms") {
  // T = 2, density 1.28, cutoff 2.7, shifted: β<U>/N = −1.758(3).
  const LocalCrystalPotential energy(truncated_shifted_lennard_jones(1.0, 1.0, 2.7),
                                     build_crystal(face_centred_cubic(), {4, 4, 4}, 1.28));
  Replicas<Lanes<float, 16>> replicas(3 * 256, 16, 0.5, 3);
  HamiltonianMonteCarlo chain(energy, Masses(256), {.step = 0.01, .leaps = 8});
  chain.equilibrate(replicas, 40);
  Mean mean;
  run(chain, replicas, 100, Every{2, [&](const auto& at) { mean.look(at, 0.5 / 256); }});
  check(mean, -1.758, 0.003, 0.01);
}
