#include "erg/samplers/metropolis.hpp"

#include "erg/base/lanes.hpp"
#include "erg/potentials/crystal/local_crystal_potential.hpp"
#include "erg/samplers/hamiltonian_monte_carlo.hpp"
#include "erg/samplers/run.hpp"
#include "laws/transition_laws.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

using R = Lanes<double, 8>;
using Water = LocalCrystalPotential<StillingerWeber<double>>;

Water water() { return Water(monatomic_water<double>(), build_crystal(ice_cubic(), {1, 1, 1}, 0.033567184)); }

// Any particle hops between the places −1, 0 and 1 of its x-axis, whose energies are given: everywhere else it is infinite.
struct ThreePlaces {
  std::vector<double> levels;
  int particles() const { return 1; }
  double rest_energy() const { return 0; }
  const ThreePlaces& potential() const { return *this; }
  double at(double x) const {
    const auto k = std::lround(3 * x);  // thirds: cells of width 1/3
    return k >= -1 && k <= 1 ? levels[static_cast<std::size_t>(k + 1)] : INFINITY;
  }
  template <class Q>
  int energy(Tile<const Q> u, double* excess, Tape<Q>&) const {
    for (int s = 0; s < u.packs * lanes_of<Q>; ++s) excess[s] = at(lane(u(0, s / lanes_of<Q>), s % lanes_of<Q>));
    return 0;
  }
  template <class Q>
  int exact_energy(Tile<const Q> u, double* excess, Tape<Q>& tape) const {
    return energy(u, excess, tape);
  }
  template <class Q>
  int energy_and_gradient(Tile<const Q> u, double* excess, Tile<Q>, Tape<Q>& tape) const {
    return energy(u, excess, tape);
  }
  template <class Q>
  struct Moves {
    const ThreePlaces* energy;
    Tile<Q> u;
    void change(int, Vec3<Q> to, double* out) const {
      for (int s = 0; s < lanes_of<Q>; ++s) out[s] = energy->at(lane(to.x, s)) - energy->at(lane(u.data[0], s));
    }
    template <class Mask>
    void accept(int, Vec3<Q> to, Mask mask) const {
      for (int axis = 0; axis < 3; ++axis) u.data[axis] = select(mask, to[axis], u.data[axis]);
    }
  };
  template <class Q>
  Moves<Q> local_moves(Tile<Q> u, Tape<Q>&) const {
    return {this, u};
  }
};

}  // namespace

static_assert(LocalEnergy<Water> && LocalEnergy<Water, Lanes<float, 16>>);

TEST_CASE("Metropolis: levels are visited by their Boltzmann weights, and flows between them balance") {
  const ThreePlaces levels{{0.3, 1.5, 0.0}};
  const double beta = 1.1;
  Replicas<R> replicas(3, 512, beta, 6);
  Metropolis chain(levels, {.size = 0.4});
  chain.advance(replicas, 100);
  std::vector<double> visits(3, 0.0), weight(3);
  double flow[3][3] = {};
  const auto level = [&](int s) { return static_cast<std::size_t>(std::lround(3 * replicas.position(s, 0)) + 1); };
  for (int k = 0; k < 100; ++k) {
    std::vector<std::size_t> before;
    for (int s = 0; s < 512; ++s) before.push_back(level(s));
    chain.advance(replicas, 1);
    for (int s = 0; s < 512; ++s) {
      flow[before[static_cast<std::size_t>(s)]][level(s)] += 1;
      visits[level(s)] += 1.0 / (512 * 100);
    }
  }
  double all = 0;
  for (std::size_t k = 0; k < 3; ++k) all += weight[k] = std::exp(-beta * levels.levels[k]);
  // 512 independent replicas of 100 steps, a move in two or three: taken as 10 independent looks each.
  for (std::size_t k = 0; k < 3; ++k) {
    const double p = weight[k] / all;
    CHECK(std::abs(visits[k] - p) < 4.5 * std::sqrt(p * (1 - p) / 5120));
  }
  for (int a = 0; a < 3; ++a) {
    for (int b = 0; b < a; ++b) {
      CHECK(flow[a][b] > 500);
      CHECK(std::abs(flow[a][b] - flow[b][a]) < 4.5 * std::sqrt(flow[a][b] + flow[b][a]));
    }
  }
}

TEST_CASE("Metropolis: a move to an energy of minus infinity is refused") {
  const ThreePlaces hole{{0.0, 0.5, -INFINITY}};
  Replicas<R> replicas(3, 64, 1.0, 6);
  Metropolis chain(hole, {.size = 0.4});
  chain.advance(replicas, 50);
  CHECK(chain.acceptance() > 0.1);
  for (int s = 0; s < 64; ++s) CHECK(replicas.position(s, 0) < 1.0 / 6);
}

TEST_CASE("Metropolis: the same mean energy as Hamiltonian Monte Carlo, of a three-body crystal, at two temperatures") {
  const Water energy = water();
  for (const double beta : {3.5, 2.5}) {  // solid
    Replicas<R> one(24, 128, beta, 3), other(24, 128, beta, 4);
    Metropolis moves(energy, {.size = 0.02});
    HamiltonianMonteCarlo dynamics(energy, Masses(8), {.step = 0.05, .leaps = 6});
    moves.equilibrate(one, 150);
    dynamics.equilibrate(other, 60);
    CHECK(moves.size() > 0.05);
    const double size = moves.size();
    double a = 0, b = 0;
    const auto mean_into = [&](double& sum) {
      return [&sum, beta](const Replicas<R>& at) {
        for (const double u : at.energy()) sum += beta * u / (128 * 30);
      };
    };
    run(moves, one, 300, Every{10, mean_into(a)});
    run(dynamics, other, 90, Every{3, mean_into(b)});
    CHECK(moves.size() == size);
    CHECK(moves.acceptance() == doctest::Approx(0.4).epsilon(0.05));
    // βU has the variance of about 21/2; 30 looks at 128 replicas taken as 640 samples.
    CHECK(std::abs(a - b) < 4.5 * std::sqrt(2 * 10.5 / 640));
  }
}

TEST_CASE("Metropolis: energies that are added up are those of the places") {
  const Water energy = water();
  Replicas<Lanes<float, 16>> replicas(24, 16, 2.0, 3);
  Metropolis chain(energy, {.size = 0.2});
  chain.advance(replicas, 7);
  double exact[16];
  Tape<Lanes<float, 16>> tape;
  whole_energy<Water, Lanes<float, 16>>(energy, replicas.positions(0), {}, exact, tape);
  for (std::size_t s = 0; s < 16; ++s) CHECK(std::abs(replicas.energy()[s] - exact[s]) < 1e-3);
  chain.advance(replicas, 1);  // the 8th computes them anew
  whole_energy<Water, Lanes<float, 16>>(energy, replicas.positions(0), {}, exact, tape);
  for (std::size_t s = 0; s < 16; ++s) CHECK(replicas.energy()[s] == exact[s]);
}

TEST_CASE("Metropolis: steps add up, restart, threads and lanes") {
  const Water energy = water();
  const auto make = [&] { return Metropolis(energy, {.size = 0.15}); };
  check_bits(make, Replicas<Lanes<float, 16>>(24, 48, 2.0, 1));
  check_bits(make, Replicas<double>(24, 3, 2.0, 1));
  check_lanes(make, Replicas<double>(24, 16, 2.0, 1), 5, 1e-10, 2e-4);
}

TEST_CASE("Metropolis: no start, no move to where there is no energy") {
  const Water energy = water();
  Replicas<double> replicas(24, 1, 2.0, 1);
  Metropolis wild(energy, {.size = 1e200});
  wild.advance(replicas, 2);
  CHECK(wild.acceptance() == 0);
  CHECK(replicas.position(0, 5) == 0);
  replicas.place(0, 3, NAN);
  CHECK_THROWS_WITH_AS(wild.advance(replicas, 1), doctest::Contains("replica 0"), InputError);
  Replicas<double> few(6, 1, 2.0, 1);
  CHECK_THROWS_AS(wild.advance(few, 1), InputError);
  CHECK_THROWS_AS(Metropolis(energy, {.size = 0}), InputError);
}
