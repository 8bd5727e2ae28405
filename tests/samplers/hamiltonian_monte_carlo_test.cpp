#include "erg/samplers/hamiltonian_monte_carlo.hpp"

#include "erg/base/lanes.hpp"
#include "erg/potentials/crystal/crystal_potential.hpp"
#include "erg/potentials/springs.hpp"
#include "erg/samplers/run.hpp"
#include "laws/transition_laws.hpp"

using namespace erg;
using namespace erg::tests;

namespace {
using R = Lanes<double, 8>;
}

TEST_CASE("Hamiltonian Monte Carlo: an equilibrium drawn exactly stays one, at steps long enough to refuse many") {
  // 2,048 replicas: each bound of 4.5 standard errors fails 1 run in 150,000 over all seeds.
  const HarmonicSprings springs(ice_cubic(), {1, 1, 1});
  const Quadratic energy(springs.hessian);
  const double stiffest = *std::max_element(springs.harmonic.stiffness().begin(), springs.harmonic.stiffness().end());
  auto replicas = drawn<R>(springs.harmonic, 2048, 4);
  HamiltonianMonteCarlo chain(energy, Masses(8), {.step = 1.5 / std::sqrt(stiffest), .leaps = 4, .jitter = 0.2});
  CHECK(mode_moments(springs.harmonic, replicas).largest() < 4.5);
  const double before = replicas.position(5, 3);
  chain.advance(replicas, 30);
  CHECK(mode_moments(springs.harmonic, replicas).largest() < 4.5);
  CHECK(replicas.position(5, 3) != before);
  CHECK(chain.acceptance() > 0.2);
  CHECK(chain.acceptance() < 0.8);
}

TEST_CASE("Hamiltonian Monte Carlo: momenta and positions are drawn together, whoever was refused") {
  // <x p> of 16,384 × 3 modes, each of variance 1: 4.5 errors fail 1 run in 150,000. Kept as drawn, refused momenta give 0.04.
  const erg::Springs springs(1, 1.0);
  Replicas<R> replicas(3, 16384, 1, 21);
  for (int r = 0; r < 16384; ++r) {
    for (int row = 0; row < 3; ++row)
      replicas.place(r, row,
                     normal(Stream{1, StreamName::start}, static_cast<std::uint64_t>(r), static_cast<std::uint32_t>(row)));
  }
  HamiltonianMonteCarlo chain(springs, Masses(1, Centre::free), {.step = 1.5, .leaps = 1, .jitter = 0});
  chain.advance(replicas, 3);
  CHECK(chain.acceptance() > 0.3);
  CHECK(chain.acceptance() < 0.8);
  double product = 0, squares = 0;
  for (int r = 0; r < 16384; ++r) {
    for (int row = 0; row < 3; ++row) {
      product += replicas.position(r, row) * replicas.momentum(r, row) / (3 * 16384);
      squares += replicas.momentum(r, row) * replicas.momentum(r, row) / (3 * 16384);
    }
  }
  CHECK(std::abs(product) < 4.5 / std::sqrt(3 * 16384.0));
  CHECK(std::abs(squares - 1) < 4.5 * std::sqrt(2 / (3 * 16384.0)));
}

TEST_CASE("Hamiltonian Monte Carlo: from rest to the canonical average, and the step that was asked for") {
  const HarmonicSprings springs(ice_cubic(), {1, 1, 1});
  const Quadratic energy(springs.hessian);
  Replicas<R> replicas(24, 1024, springs_beta, 2);
  for (int s = 0; s < 1024; ++s) replicas.beta()[static_cast<std::size_t>(s)] = springs_beta * (1 + s % 2);
  HamiltonianMonteCarlo chain(energy, Masses(8), {.step = 0.01, .leaps = 5, .target = 0.75});
  chain.equilibrate(replicas, 150);
  const double learned = chain.step();
  CHECK(learned > 0.1);
  chain.advance(replicas, 40);
  CHECK(chain.step() == learned);
  CHECK(chain.acceptance() == doctest::Approx(0.75).epsilon(0.05));
  CHECK(mode_moments(springs.harmonic, replicas).largest() < 4.5);
  double sum = 0;
  for (std::size_t s = 0; s < 1024; ++s) sum += replicas.beta()[s] * (replicas.energy()[s] - energy.rest_energy()) / 1024;
  CHECK(std::abs(sum - 10.5) < 4.5 * std::sqrt(10.5 / 1024));  // <βU> = 21/2 above rest, variance 21/2
}

TEST_CASE("Hamiltonian Monte Carlo: exact where the list of neighbours is too short") {
  // One list is wide; the other lacks the second shell, which comes within the cutoff. Proposals differ then, <U> must not.
  const auto crystal = build_crystal(face_centred_cubic(), {2, 2, 2}, 1.0);
  const CrystalPotential wide(truncated_shifted_lennard_jones(1.0, 1.0, 1.4), crystal, 1.0);
  int beyond = 0;
  const auto mean_energy = [&](double skin, std::uint64_t seed) {
    const CrystalPotential energy(truncated_shifted_lennard_jones(1.0, 1.0, 1.4), crystal, skin);
    Replicas<R> replicas(96, 64, 1.5, seed);
    HamiltonianMonteCarlo chain(energy, Masses(32), {.step = 0.015, .leaps = 8});
    chain.advance(replicas, 80);
    CHECK(chain.acceptance() > 0.4);
    double sum = 0, whole[8];
    Tape<R> tape;
    const auto look = [&](const Replicas<R>& at) {
      for (int s = 0; s < 64; ++s) {
        sum += 1.5 * at.energy()[static_cast<std::size_t>(s)] / (64 * 20);
        beyond += !energy.covers(at.positions(s / 8), s % 8);
      }
      wide.exact_energy(at.positions(0), whole, tape);
      for (std::size_t s = 0; s < 8; ++s) CHECK(std::abs(at.energy()[s] - whole[s] - wide.rest_energy()) < 1e-9);
    };
    run(chain, replicas, 200, Every{10, look});
    return sum;
  };
  const double exact = mean_energy(1.0, 7);
  CHECK(beyond == 0);
  const double listed = mean_energy(0.1, 8);
  CHECK(beyond > 500);
  // βU has the variance of about 93/2; 20 looks at 64 replicas taken as 256 samples: 4.5 errors of the difference.
  CHECK(std::abs(exact - listed) < 4.5 * std::sqrt(2 * 46.5 / 256));
}

TEST_CASE("Hamiltonian Monte Carlo: steps add up, restart, threads and lanes") {
  const HarmonicSprings springs(ice_cubic(), {1, 1, 1});
  const Quadratic energy(springs.hessian);
  const auto make = [&] { return HamiltonianMonteCarlo(energy, Masses(8), {.step = 0.15, .leaps = 3}); };
  check_bits(make, drawn<Lanes<float, 16>>(springs.harmonic, 48, 1));
  check_bits(make, drawn<double>(springs.harmonic, 3, 1));
  check_lanes(make, drawn<double>(springs.harmonic, 16, 1), 10, 1e-12, 1e-4);
}

TEST_CASE("Hamiltonian Monte Carlo: a trajectory to nowhere is refused, a start there is told") {
  const auto crystal = build_crystal(face_centred_cubic(), {2, 2, 2}, 1.0);
  const CrystalPotential energy(truncated_shifted_lennard_jones(1.0, 1.0, 1.5), crystal);
  Replicas<R> replicas(96, 8, 1.0, 7);
  HamiltonianMonteCarlo wild(energy, Masses(32), {.step = 50.0, .leaps = 3});
  wild.advance(replicas, 3);
  CHECK(wild.acceptance() == 0);
  for (int row = 0; row < 96; ++row) CHECK(replicas.position(3, row) == 0);
  CHECK(replicas.energy()[3] == doctest::Approx(energy.rest_energy()));
  wild.equilibrate(replicas, 40);
  CHECK(wild.step() < 1);
  replicas.place(2, 0, NAN);
  CHECK_THROWS_WITH_AS(wild.advance(replicas, 1), doctest::Contains("replica 2 (step 43)"), InputError);
  CHECK_THROWS_AS(HamiltonianMonteCarlo(energy, Masses(32), {.step = 0.1, .leaps = 0}), InputError);
  CHECK_THROWS_AS(HamiltonianMonteCarlo(energy, Masses(32), {.step = 0.1, .jitter = 1}), InputError);
  CHECK_THROWS_AS(HamiltonianMonteCarlo(energy, Masses(32), {.step = 0.1, .target = 1}), InputError);
}

TEST_CASE("Runs: observers are called when they are due, and restored runs go on to the bit") {
  const erg::Springs springs(2, 1.0);
  const auto chain = [&] { return HamiltonianMonteCarlo(springs, Masses(2, Centre::free), {.step = 0.3, .leaps = 2}); };
  Replicas<double> replicas(6, 4, 1, 5), again(6, 4, 1, 0);
  auto first = chain(), second = chain();
  first.equilibrate(replicas, 5);
  std::vector<std::int64_t> twos, fives;
  std::vector<double> at_seven;
  run(first, replicas, 11, Every{2, [&](auto& at) { twos.push_back(at.step() - 5); }},
      Every{5, [&](auto& at) { fives.push_back(at.step() - 5); }}, Every{7, [&](auto& at) { at_seven = saved(at, first); }});
  CHECK(twos == std::vector<std::int64_t>{2, 4, 6, 8, 10});
  CHECK(fives == std::vector<std::int64_t>{5, 10});
  restore(at_seven, again, second);
  CHECK(second.step() == first.step());
  run(second, again, 4);
  CHECK(same_bits(saved(again, second), saved(replicas, first)));
  CHECK_THROWS_AS(run(first, replicas, -1), InputError);
  CHECK_THROWS_AS(run(first, replicas, 1, Every{0, [](auto&) {}}), InputError);
  CHECK_THROWS_AS(restore(std::vector<double>(3), again, second), InputError);
}
