#include "erg/base/lanes.hpp"
#include "erg/geometry/crystal.hpp"
#include "erg/potentials/crystal/local_crystal_potential.hpp"
#include "erg/potentials/springs.hpp"
#include "erg/samplers/metropolis.hpp"
#include "erg/samplers/replica_exchange.hpp"
#include "erg/samplers/run.hpp"

#include <doctest/doctest.h>

using namespace erg;

namespace {
using R = Lanes<double, 8>;
using Water = LocalCrystalPotential<StillingerWeber<double>>;
static_assert(LocalEnergy<erg::Springs> && LocalEnergy<EnergySum<erg::Springs, Water>, R>);
static_assert(LocalCoupledEnergy<EnergyPath<erg::Springs, Water>, R>);
}  // namespace

TEST_CASE("Metropolis: in sums and on paths the energy that moves add up is the energy of the place") {
  const Water water(monatomic_water<double>(), build_crystal(ice_cubic(), {2, 2, 2}, 0.033567184));
  const erg::Springs springs(water.particles(), 3.0);
  const double beta = 1 / (0.0019872067 * 200);
  const auto check = [&](const auto& energy) {
    Replicas<R> replicas(3 * water.particles(), 16, beta, 4);
    for (int r = 0; r < 16; ++r) replicas.set_coupling(r, r % 4 / 3.0);  // both ends too
    Metropolis moves(energy, {.size = 0.1});
    moves.equilibrate(replicas, 20);
    moves.advance(replicas, 6);  // not a step at which energies are computed anew
    CHECK(replicas.step() % 8 != 0);
    Tape<R> tape;
    for (int pack = 0; pack < 2; ++pack) {
      double whole[8];
      whole_energy<std::remove_cvref_t<decltype(energy)>, R>(energy, replicas.positions(pack), replicas.conditions(pack), whole,
                                                             tape);
      for (std::size_t s = 0; s < 8; ++s)
        CHECK(replicas.energy()[static_cast<std::size_t>(pack) * 8 + s] == doctest::Approx(whole[s]).epsilon(1e-10));
    }
    CHECK(moves.acceptance() > 0.2);
  };
  check(EnergySum({0.7, 0.4}, springs, water));
  check(EnergySum({1.0, 0.0}, springs, water));
  check(EnergyPath(springs, water));
}

TEST_CASE("Metropolis: with exchange of Hamiltonians every rung keeps its canonical average") {
  // 2 particles on springs: <βU> = 3, variance 3. 128 replicas, 150 looks taken as 20 independent ones each: eight numbers in 4.5
  // errors fail 1 run in 18,000 over all seeds.
  const erg::Springs soft(2, 1.0), stiff(2, 9.0);
  using Path = EnergyPath<erg::Springs, erg::Springs>;
  const Path path(soft, stiff);
  for (const auto& ladder : {even_couplings(1.5, 4), std::vector<Rung>{{1, 0}, {2, 0}, {2, 0.5}, {1, 1}}}) {
    Replicas<R> replicas(6, 512, 1, 12);
    ReplicaExchange<Path> exchange(path, ladder, 512);
    exchange.place(replicas);
    Metropolis moves(path, {.size = 0.6});
    InTurn chain(moves, 4, exchange, 1);
    chain.advance(replicas, 60);
    std::vector<double> sum(4, 0.0);
    run(chain, replicas, 450, Every{3, [&](const Replicas<R>& at) {
                                      for (int r = 0; r < 512; ++r) {
                                        const auto s = static_cast<std::size_t>(r);
                                        sum[static_cast<std::size_t>(exchange.rung_of(r))] +=
                                            at.beta()[s] * at.energy()[s] / (150.0 * 128);
                                      }
                                    }});
    for (const double mean : sum) CHECK(std::abs(mean - 3) < 4.5 * std::sqrt(3.0 / (20 * 128)));
    for (int k = 0; k < 3; ++k) CHECK(exchange.acceptance(k) > 0.05);
  }
}
