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
  one.place(2, 4, 0.9);
  CHECK_THROWS_WITH_AS(make_with(cut, cut_prepared)().advance(one, 1), doctest::Contains("replica 2"), InputError);
}
