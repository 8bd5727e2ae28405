#include "erg/samplers/independence_metropolis.hpp"

#include "erg/base/lanes.hpp"
#include "erg/densities/crystal/einstein_crystal.hpp"
#include "erg/densities/crystal/truncated_gaussian.hpp"
#include "erg/densities/crystal/vibrating_crystal.hpp"
#include "erg/samplers/dynamics/langevin.hpp"
#include "erg/samplers/run.hpp"
#include "laws/transition_laws.hpp"

using namespace erg;
using namespace erg::tests;

namespace {
using R = Lanes<double, 8>;
}

TEST_CASE("Independence Metropolis: a harmonic crystal, drawn exactly, stays one while an Einstein crystal proposes") {
  // Both are densities on the vibrations. 2,048 replicas; the bound of 4.5 errors fails 1 run in 150,000.
  const HarmonicSprings springs(ice_cubic(), {1, 1, 1});
  const Quadratic energy(springs.hessian);
  double mean = 0;
  for (int i = 0; i < 24; ++i) mean += springs.hessian(i, i) / 24;
  const EinsteinCrystal<double> density(std::vector<double>(8, 0.6 * mean), springs_beta);
  const auto prepared = density.prepare(static_cast<const double*>(nullptr));
  auto replicas = drawn<R>(springs.harmonic, 2048, 3);
  const auto start = replicas;
  IndependenceMetropolis chain(energy, density, prepared);
  chain.advance(replicas, 100);
  int moved = 0;
  for (int s = 0; s < 2048; ++s) moved += replicas.position(s, 4) != start.position(s, 4);
  CHECK(moved > 1000);
  CHECK(chain.acceptance() < 0.9);
  CHECK(mode_moments(springs.harmonic, replicas).largest() < 4.5);
}

TEST_CASE("Independence Metropolis: a perfect density is always taken, where dynamics have moved the replicas too") {
  const HarmonicSprings springs(ice_cubic(), {1, 1, 1});
  const Quadratic energy(springs.hessian);
  ParameterLayout layout;
  const VibratingCrystal<double> density(layout, std::make_shared<const HarmonicCrystal>(springs.harmonic));
  const std::vector<double> theta(layout.size(), 0.0);
  const auto prepared = density.prepare(theta.data());
  auto replicas = drawn<R>(springs.harmonic, 64, 3);
  IndependenceMetropolis chain(energy, density, prepared);
  Langevin dynamics(energy, Masses(8), 0.1, 1.0);
  InTurn both(dynamics, 2, chain, 3);
  both.advance(replicas, 10);
  CHECK(chain.acceptance() > 0.999);
  CHECK(replicas.step() == 50);
}

TEST_CASE("Transitions of two energies and two densities take turns on the same replicas, and start again from a checkpoint") {
  const HarmonicSprings springs(ice_cubic(), {1, 1, 1});
  const Quadratic energy(springs.hessian), higher(springs.hessian, 40);
  const EinsteinCrystal<double> wide(std::vector<double>(8, 20.0), springs_beta),
      narrow(std::vector<double>(8, 30.0), springs_beta);
  const auto none = wide.prepare(static_cast<const double*>(nullptr));
  auto replicas = drawn<R>(springs.harmonic, 16, 3), fresh = replicas;
  const auto forget = [&] {
    for (int pack = 0; pack < 2; ++pack) fresh.moved(pack);
  };
  const auto same_places = [&](const Replicas<R>& other) {
    for (int s = 0; s < 16; ++s) {
      for (int row = 0; row < 24; ++row) CHECK(other.position(s, row) == fresh.position(s, row));
      CHECK(other.energy()[static_cast<std::size_t>(s)] == fresh.energy()[static_cast<std::size_t>(s)]);
    }
  };
  Langevin low(energy, Masses(8), 0.1, 1.0), high(higher, Masses(8), 0.1, 1.0);
  IndependenceMetropolis one(energy, wide, none), two(higher, narrow, none);
  const auto each = [&](auto&& look) {
    look(low);
    look(high);
    look(one);
    look(two);
    look(one);
  };
  for (int k = 0; k < 4; ++k) {
    each([&](auto& transition) {
      transition.advance(replicas, 3);
      forget();
      transition.advance(fresh, 3);
      same_places(replicas);
    });
  }
  Replicas<R> restored(24, 16, 1, 0);  // what is kept belongs to `energy` and `wide`: the other must not take it for its own
  restored.restore(replicas.state());
  forget();
  two.advance(restored, 3);
  two.advance(fresh, 3);
  same_places(restored);
  CHECK(one.acceptance() > 0);
  CHECK(two.acceptance() > 0);
}

TEST_CASE("Independence Metropolis: restart, threads and lanes; starts outside the density are told") {
  const HarmonicSprings springs(ice_cubic(), {1, 1, 1});
  const Quadratic energy(springs.hessian);
  const auto make_with = [&](const auto& density, const auto& prepared) {
    return [&] { return IndependenceMetropolis(energy, density, prepared); };
  };
  const EinsteinCrystal<double> density(std::vector<double>(8, 20.0), springs_beta);
  const auto prepared = density.prepare(static_cast<const double*>(nullptr));
  const EinsteinCrystal<float> narrow(std::vector<double>(8, 20.0), springs_beta);
  const auto narrow_prepared = narrow.prepare(static_cast<const float*>(nullptr));
  check_bits(make_with(narrow, narrow_prepared), Replicas<Lanes<float, 16>>(24, 48, springs_beta, 3));
  check_bits(make_with(density, prepared), Replicas<double>(24, 3, springs_beta, 3));
  Replicas<double> one(24, 8, springs_beta, 3);
  Replicas<R> eight(24, 8, springs_beta, 3);
  make_with(density, prepared)().advance(one, 30);
  make_with(density, prepared)().advance(eight, 30);
  for (int s = 0; s < 8; ++s) CHECK(std::abs(one.position(s, 5) - eight.position(s, 5)) < 1e-12);
  const TruncatedGaussian<double> cut(8, 0.1, 0.3);
  const auto cut_prepared = cut.prepare(static_cast<const double*>(nullptr));
  Replicas<double> outside(24, 8, springs_beta, 3);
  outside.place(2, 4, 0.9);
  CHECK_THROWS_WITH_AS(make_with(cut, cut_prepared)().advance(outside, 1), doctest::Contains("replica 2"), InputError);
}
