#include "erg/base/lanes.hpp"
#include "erg/potentials/springs.hpp"
#include "erg/samplers/hamiltonian_monte_carlo.hpp"
#include "erg/samplers/metropolis.hpp"
#include "erg/samplers/replica_exchange.hpp"
#include "erg/samplers/run.hpp"
#include "laws/transition_laws.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

using R = Lanes<double, 8>;
using Path = EnergyPath<erg::Springs, erg::Springs>;

// 2 particles on springs k = 1 … 16 at β = 1 or 4: the width of a coordinate is 1 / √(βk).
struct Ladder {
  erg::Springs soft{2, 1.0}, stiff{2, 16.0};
  Path path{soft, stiff};
  std::vector<Rung> rungs{{1, 0}, {4, 0}, {4, 1}};
};

// A third of the replicas on each rung, drawn exactly.
Replicas<R> placed(const std::vector<Rung>& rungs) {
  Replicas<R> replicas(6, 96, 1, 3);
  for (int r = 0; r < 96; ++r) {
    const Rung& rung = rungs[static_cast<std::size_t>(r % 3)];
    move_to(replicas, r, rung);
    for (int row = 0; row < 6; ++row)
      replicas.place(r, row,
                     normal(Stream{3, StreamName::start}, static_cast<std::uint64_t>(r), static_cast<std::uint32_t>(row)) /
                         std::sqrt(rung.beta * (1 + 15 * rung.coupling)));
  }
  return replicas;
}

}  // namespace

TEST_CASE("Steps of a ladder: each rung learns its own, as if it were alone") {
  const Ladder of;
  auto replicas = placed(of.rungs);
  Metropolis moves(of.path, {.size = 0.5, .target = 0.4}, of.rungs);
  moves.equilibrate(replicas, 400);
  CHECK(moves.size(0) / moves.size(1) == doctest::Approx(2).epsilon(0.08));
  CHECK(moves.size(1) / moves.size(2) == doctest::Approx(4).epsilon(0.08));
  moves.advance(replicas, 200);
  for (int k = 0; k < 3; ++k) CHECK(moves.acceptance(k) == doctest::Approx(0.4).epsilon(0.1));

  HamiltonianMonteCarlo chain(of.path, Masses(2, Centre::free), {.step = 0.5, .leaps = 2, .target = 0.7}, of.rungs);
  chain.equilibrate(replicas, 400);
  CHECK(chain.step(0) == doctest::Approx(chain.step(1)).epsilon(0.08));  // the stiffness decides alone
  CHECK(chain.step(1) / chain.step(2) == doctest::Approx(4).epsilon(0.08));
}

TEST_CASE("Steps of a ladder: exchanges keep every rung's canonical average, and runs go on to the bit") {
  // <βU> = 3 with variance 3 on each of 3 rungs; 32 ladders, 200 looks taken as 30 independent ones: 4.5 errors fail 1 in 49,000.
  const Ladder of;
  auto replicas = placed(of.rungs);
  ReplicaExchange<Path> exchange(of.path, of.rungs, 96);
  exchange.place(replicas);
  Metropolis moves(of.path, {.size = 0.5}, of.rungs);
  moves.equilibrate(replicas, 100);
  InTurn chain(moves, 5, exchange, 1);
  chain.advance(replicas, 50);
  std::vector<double> sum(3, 0.0);
  run(chain, replicas, 600, Every{3, [&](const Replicas<R>& at) {
                                    for (int r = 0; r < 96; ++r) {
                                      const auto s = static_cast<std::size_t>(r);
                                      sum[static_cast<std::size_t>(exchange.rung_of(r))] +=
                                          at.beta()[s] * at.energy()[s] / (200.0 * 32);
                                    }
                                  }});
  for (const double mean : sum) CHECK(std::abs(mean - 3) < 4.5 * std::sqrt(3.0 / (30 * 32)));
  check_bits([&] { return Metropolis(of.path, {.size = 0.3}, of.rungs); }, placed(of.rungs));
}

TEST_CASE("Steps of a ladder: a replica that is on no rung is refused") {
  const Ladder of;
  auto replicas = placed(of.rungs);
  replicas.beta()[7] = 2;
  Metropolis moves(of.path, {.size = 0.5}, of.rungs);
  CHECK_THROWS_AS(moves.advance(replicas, 1), InputError);
}
