// The free energy of growing a solute in 125 Lennard-Jones particles, by thermodynamic integration over its radius.

#include "erg/base/lanes.hpp"
#include "erg/estimators/integration/thermodynamic_integration.hpp"
#include "erg/potentials/solvation/all_pairs.hpp"
#include "erg/potentials/solvation/growing_solute.hpp"
#include "erg/potentials/wrappers.hpp"
#include "erg/samplers/hamiltonian_monte_carlo.hpp"
#include "erg/samplers/replica_exchange.hpp"
#include "erg/samplers/run.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>

using namespace erg;

namespace {

using R = Lanes<double, 8>;
using Solvent = AllPairs<TruncatedShiftedLennardJones<double>>;
constexpr int particles = 125, rungs = 16, frames = 1200;
constexpr double edge = 22.28 / 3.542, beta = 0.1854 / (300 * 0.001987204);
const double first = 9.2 / 3.542, last = 2.84;

// The radii on which ΔF is known, and some between.
std::vector<double> radii() {
  std::vector<double> all{first};
  const std::vector<double> ends{2.65, 2.72, 2.80, 2.84};
  for (const double end : ends) {
    const double from = all.back();
    const int parts = end == last ? 3 : 4;
    for (int k = 1; k <= parts; ++k) all.push_back(from + (end - from) * k / parts);
  }
  return all;
}

// The sites of a lattice of 6 × 6 × 6 that are farthest from the solute.
void place(Replicas<R>& replicas) {
  std::vector<Vec3<double>> sites;
  for (int i = 0; i < 216; ++i)
    sites.push_back({edge * ((i % 6 + 0.5) / 6 - 0.5), edge * ((i / 6 % 6 + 0.5) / 6 - 0.5), edge * ((i / 36 + 0.5) / 6 - 0.5)});
  std::stable_sort(sites.begin(), sites.end(), [](const auto& a, const auto& b) { return dot(a, a) > dot(b, b); });
  for (int r = 0; r < rungs; ++r)
    for (int row = 0; row < 3 * particles; ++row) replicas.place(r, row, sites[row / 3][row % 3]);
}

}  // namespace

TEST_CASE("GrowingSolute: thermodynamic integration finds the known free energies of growth") {
  const Box box = Box::orthorhombic({edge, edge, edge});
  const Solvent solvent(truncated_shifted_lennard_jones(1.0, 1.0, edge / 2), box, particles);
  const GrowingSolute<Solvent> solute(solvent, box, 1.0, first, last);
  const auto nodes = radii();
  REQUIRE(nodes.size() == rungs);
  std::vector<Rung> ladder;
  for (const double radius : nodes) ladder.push_back({beta, solute.coupling_of(radius)});
  Replicas<R> replicas(3 * particles, rungs, beta, 11);
  place(replicas);
  HamiltonianMonteCarlo dynamics(solute, Masses(particles, Centre::free), {.step = 0.01, .leaps = 15});
  ReplicaExchange exchange(solute, ladder, rungs);
  exchange.place(replicas);
  for (int k = 0; k < 200; ++k) {
    dynamics.equilibrate(replicas, 1);
    exchange.advance(replicas, 1);
  }
  std::vector<std::vector<double>> force(rungs);
  InTurn both(dynamics, 1, exchange, 1);
  run(both, replicas, frames,
      Every{1, [&](const Replicas<R>& at) {
              for (int pack = 0; pack < at.packs(); ++pack) {
                double energy[8], slope[8];
                solute.solute_energy(at.positions(pack), at.coupling().data() + 8 * pack, energy, slope);
                for (int s = 0; s < 8; ++s)
                  force[static_cast<std::size_t>(exchange.rung_of(8 * pack + s))].push_back(beta * slope[s]);
              }
            }});
  // Computed for this project by other code, each to about half a percent.
  const std::vector<std::pair<std::size_t, double>> known{{4, 6.09}, {8, 15.02}, {12, 26.43}, {15, 32.74}};
  for (const auto& [node, value] : known) {
    const std::span<const double> upto(nodes.data(), node + 1);
    const auto found =
        thermodynamic_integration(natural_spline(upto), std::span<const std::vector<double>>(force.data(), node + 1));
    std::printf("R = %.2f: %.3f +- %.3f, known %.2f\n", nodes[node], found.delta_f, found.standard_error, value);
    CHECK(found.standard_error < 0.012 * value);
    // Beyond 4 joint errors: 1 in 16,000 each.
    CHECK(std::abs(found.delta_f - value) < 4 * std::hypot(found.standard_error, 0.005 * value));
  }
}
