#include "erg/samplers/replica_exchange.hpp"

#include "erg/base/lanes.hpp"
#include "erg/potentials/springs.hpp"
#include "erg/samplers/dynamics/langevin.hpp"
#include "erg/samplers/run.hpp"
#include "laws/transition_laws.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

using R = Lanes<double, 8>;

// ⟨βU⟩ of each rung of a ladder over a run, where U is what the rung sees: 3N/2 for springs, whatever rung it is.
template <class Energy>
std::vector<double> reduced_energies(const Energy&, ReplicaExchange<Energy>& exchange,
                                     InTurn<Langevin<Energy>, ReplicaExchange<Energy>>& chain, Replicas<R>& replicas, int looks) {
  std::vector<double> sum(static_cast<std::size_t>(exchange.rungs()), 0.0);
  const int ladders = replicas.replicas() / exchange.rungs();
  const auto look = [&](const Replicas<R>& at) {
    for (int r = 0; r < at.replicas(); ++r) {
      const auto s = static_cast<std::size_t>(r);
      sum[static_cast<std::size_t>(exchange.rung_of(r))] += at.beta()[s] * at.energy()[s] / (looks * ladders);
    }
  };
  run(chain, replicas, looks, Every{1, look});
  return sum;
}

}  // namespace

TEST_CASE("Replica exchange: every rung keeps its canonical average, in temperature and in Hamiltonian") {
  // 2 particles on springs, free centre: <βU> = 3 with variance 3 on every rung; 64 ladders, 100 looks, taken as 20 independent
  // ones each. Twelve numbers in 4.5 errors fail 1 run in 12,000 over all seeds.
  const erg::Springs soft(2, 1.0), stiff(2, 9.0);
  const EnergyPath path(soft, stiff);
  const Masses masses(2, Centre::free);
  using Path = EnergyPath<erg::Springs, erg::Springs>;
  const std::vector<std::vector<Rung>> ladders{
      geometric_betas(1, 4, 4), even_couplings(1.5, 4), {{1, 0}, {2, 0}, {2, 0.5}, {1, 1}}};
  for (const auto& ladder : ladders) {
    Replicas<R> replicas(6, 256, 1, 12);
    ReplicaExchange<Path> exchange(path, ladder, 256);
    exchange.place(replicas);
    draw_momenta(masses, replicas);
    Langevin<Path> dynamics(path, masses, 0.1, 1.0);
    InTurn<Langevin<Path>, ReplicaExchange<Path>> chain(dynamics, 10, exchange, 1);
    chain.advance(replicas, 30);
    for (const double mean : reduced_energies(path, exchange, chain, replicas, 100))
      CHECK(std::abs(mean - 3) < 4.5 * std::sqrt(3.0 / (64 * 20)));
    int strangers = 0;
    for (int r = 0; r < 256; ++r) {
      strangers += exchange.rung_of(r) != r % 4;
      CHECK(replicas.beta()[static_cast<std::size_t>(r)] == ladder[static_cast<std::size_t>(exchange.rung_of(r))].beta);
      CHECK(replicas.coupling()[static_cast<std::size_t>(r)] == ladder[static_cast<std::size_t>(exchange.rung_of(r))].coupling);
    }
    CHECK(strangers > 100);
    double kinetic = 0, k[8];
    for (int pack = 0; pack < 32; ++pack) {
      masses.kinetic_energy<R>(replicas.momenta(pack), k);
      for (std::size_t s = 0; s < 8; ++s)
        kinetic += 2 * replicas.beta()[static_cast<std::size_t>(pack) * 8 + s] * k[s] / (6 * 256);
    }
    CHECK(std::abs(kinetic - 1) < 4.5 * std::sqrt(2.0 / (6 * 256)) + 0.01);
  }
}

TEST_CASE("Replica exchange: swaps are accepted as often as the closed form says") {
  // Of two Gaussians in d = 3N dimensions, β₂ = 2 β₁, drawn exactly. x = β U is Gamma(d/2); Δ = (β_1 − β_2)(U_1 − U_2).
  const erg::Springs springs(1, 1.0);
  Replicas<R> replicas(3, 8192, 1, 12);
  ReplicaExchange exchange(springs, {{1}, {2}}, 8192);
  exchange.place(replicas);
  double expected = 0;
  for (int r = 0; r < 8192; ++r) {
    for (int row = 0; row < 3; ++row)
      replicas.place(r, row,
                     normal(Stream{1, StreamName::start}, static_cast<std::uint64_t>(r), static_cast<std::uint32_t>(row)) /
                         std::sqrt(1 + r % 2));
  }
  const auto square = [&](int r) {
    double sum = 0;
    for (int row = 0; row < 3; ++row) sum += replicas.position(r, row) * replicas.position(r, row) / 2;
    return sum;
  };
  for (int r = 0; r < 8192; r += 2) expected += std::min(1.0, std::exp(-(square(r) - square(r + 1)))) / 4096;
  exchange.advance(replicas, 1);
  CHECK(exchange.acceptance(0) > 0.5);
  CHECK(std::abs(exchange.acceptance(0) - expected) < 4.5 * 0.5 / 64);
  CHECK(exchange.state()[0] == 1);
}

TEST_CASE("Replica exchange: restart and threads, to the bit; what cannot be is told") {
  const erg::Springs soft(2, 1.0), stiff(2, 9.0);
  const EnergyPath path(soft, stiff);
  using Path = EnergyPath<erg::Springs, erg::Springs>;
  Replicas<R> start(6, 48, 1, 12);
  ReplicaExchange<Path>(path, even_couplings(1.5, 4), 48).place(start);
  draw_momenta(Masses(2), start);
  const auto run_in = [&](std::vector<int> parts) {
    Replicas<R> replicas = start;
    std::vector<double> state;
    for (std::size_t k = 0; k < parts.size(); ++k) {
      ReplicaExchange<Path> exchange(path, even_couplings(1.5, 4), 48);
      Langevin<Path> dynamics(path, Masses(2), 0.1, 1.0);
      InTurn<Langevin<Path>, ReplicaExchange<Path>> chain(dynamics, 3, exchange, 1);
      if (k > 0) restore(state, replicas, chain);
      chain.advance(replicas, parts[k]);
      state = saved(replicas, chain);
      CHECK(state.size() == replicas.state().size() + exchange.state().size());
    }
    return state;
  };
  const auto at_once = run_in({11});
  CHECK(same_bits(run_in({4, 7}), at_once));
  const int threads = thread_count();
  set_threads(2);
  CHECK(same_bits(run_in({11}), at_once));
  set_threads(threads);
  CHECK_THROWS_AS((ReplicaExchange<Path>(path, even_couplings(1.5, 4), 30)), InputError);
  CHECK_THROWS_AS((ReplicaExchange<Path>(path, even_couplings(1.5, 1), 30)), InputError);
  CHECK_THROWS_AS((ReplicaExchange<Path>(path, {{1}, {-1}}, 30)), InputError);
  CHECK_THROWS_AS((EnergyPath(soft, erg::Springs(3, 1.0))), InputError);
  ReplicaExchange<Path> exchange(path, even_couplings(1.5, 4), 48);
  start.beta()[6] = 1.25;
  CHECK_THROWS_WITH_AS(exchange.advance(start, 1), doctest::Contains("replica 6"), InputError);
}
