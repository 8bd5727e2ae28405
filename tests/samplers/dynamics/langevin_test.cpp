#include "erg/samplers/dynamics/langevin.hpp"

#include "erg/base/lanes.hpp"
#include "erg/potentials/springs.hpp"
#include "laws/transition_laws.hpp"

using namespace erg;
using namespace erg::tests;

namespace {
using R = Lanes<double, 8>;
}

TEST_CASE("Langevin: harmonic positions are canonical at any stable step, momenta as the scheme has them") {
  // BAOAB's own law, with w the mode's frequency: <x²> = kT / w² exactly, <p²> = kT (1 − h² w² / 4). 1,024 replicas, 40 looks
  // each 25 steps apart, taken as one independent look for the bound; it fails less than 1 run in 150,000 / 4 over all seeds.
  const HarmonicSprings springs(ice_cubic(), {1, 1, 1});
  const Quadratic energy(springs.hessian);
  const double stiffest = *std::max_element(springs.harmonic.stiffness().begin(), springs.harmonic.stiffness().end());
  const double step = 1.6 / std::sqrt(stiffest);  // stable below 2 / w
  auto replicas = drawn<R>(springs.harmonic, 1024, 3);
  const Masses masses(energy.particles());
  draw_momenta(masses, replicas);
  Langevin dynamics(energy, masses, step, 1.0);
  dynamics.advance(replicas, 60);  // the momenta forget the exact Gaussian
  double worst_moment = 0, kinetic = 0, expected = 0;
  for (int look = 0; look < 40; ++look) {
    dynamics.advance(replicas, 25);
    worst_moment = std::max(worst_moment, mode_moments(springs.harmonic, replicas).largest() / 4.5);
    double k[8];
    for (int pack = 0; pack < replicas.packs(); ++pack) {
      masses.kinetic_energy<R>(replicas.momenta(pack), k);
      for (const double one : k) kinetic += one / (40 * 1024);
    }
  }
  for (const double w2 : springs.harmonic.stiffness()) expected += 0.5 * (1 - step * step * w2 / 4) / springs_beta;
  expected -= 1.5 / springs_beta;  // the three shifts
  CHECK(worst_moment < 1.2);       // 160 numbers
  CHECK(std::abs(kinetic / expected - 1) < 4.5 * std::sqrt(2.0 / (21 * 1024)));
  CHECK(expected < 0.9 * 10.5 / springs_beta);  // the step is long
}

TEST_CASE("Langevin: an equilibrium drawn exactly stays one, each replica at its own temperature") {
  // A fine step, masses and temperatures that differ; bound as above.
  const HarmonicSprings springs(ice_cubic(), {1, 1, 1});
  const Quadratic energy(springs.hessian);
  auto replicas = drawn<R>(springs.harmonic, 2048, 4);
  for (int s = 0; s < 2048; ++s) {
    const double hotter = 1 + s % 3;
    replicas.beta()[static_cast<std::size_t>(s)] /= hotter;
    for (int row = 0; row < 24; ++row) replicas.place(s, row, replicas.position(s, row) * std::sqrt(hotter));
  }
  const Masses masses(std::vector<double>{1, 1, 2, 2, 3, 3, 1, 2});
  draw_momenta(masses, replicas);
  CHECK(mode_moments(springs.harmonic, replicas).largest() < 4.5);
  Langevin(energy, masses, 0.03, 0.7).advance(replicas, 300);
  CHECK(mode_moments(springs.harmonic, replicas).largest() < 4.5);
  double sum = 0, k[8];
  for (int pack = 0; pack < replicas.packs(); ++pack) {
    masses.kinetic_energy<R>(replicas.momenta(pack), k);
    for (std::size_t s = 0; s < 8; ++s) sum += 2 * k[s] * replicas.beta()[static_cast<std::size_t>(pack) * 8 + s];
  }
  CHECK(std::abs(sum / (21 * 2048) - 1) < 4.5 * std::sqrt(2.0 / (21 * 2048)));
}

TEST_CASE("Langevin: fixed centres stay, free ones share the heat") {
  // A spring on each particle: with the centre free <x²> = kT/k for each, with it fixed the part of the mean is missing.
  const erg::Springs springs(std::vector<double>{1, 1, 1, 1});
  for (const Centre centre : {Centre::fixed, Centre::free}) {
    Replicas<R> replicas(12, 4096, 2, 8);
    const Masses masses(4, centre);
    draw_momenta(masses, replicas);
    Langevin dynamics(springs, masses, 0.5, 1.0);
    dynamics.advance(replicas, 60);
    double sum = 0, far = 0;
    for (int s = 0; s < 4096; ++s) {
      Vec3<double> mean{0, 0, 0};
      for (int row = 0; row < 12; ++row) {
        sum += 2 * replicas.position(s, row) * replicas.position(s, row) / 4096;
        mean[row % 3] += replicas.position(s, row) / 4;
      }
      far = std::max(far, norm(mean));
    }
    const double f = centre == Centre::fixed ? 9 : 12;
    CHECK(std::abs(sum - f) < 4.5 * std::sqrt(2 * f / 4096));
    CHECK((far < 1e-13) == (centre == Centre::fixed));
  }
}

TEST_CASE("Langevin: steps add up, restart, threads and lanes; draws do not see the number of replicas") {
  const HarmonicSprings springs(ice_cubic(), {1, 1, 1});
  const Quadratic energy(springs.hessian);
  for (const Centre centre : {Centre::fixed, Centre::free}) {
    const auto make = [&] { return Langevin(energy, Masses(8, centre), 0.1, 0.5); };
    check_bits(make, drawn<Lanes<float, 16>>(springs.harmonic, 48, 1));
    check_bits(make, drawn<double>(springs.harmonic, 3, 1));
    check_lanes(make, drawn<double>(springs.harmonic, 16, 1), 30, 1e-12, 2e-5);
  }
  const Masses masses(8);
  auto few = drawn<R>(springs.harmonic, 8, 1), many = drawn<R>(springs.harmonic, 24, 1);
  Langevin dynamics(energy, masses, 0.1, 0.5);
  dynamics.advance(few, 5);
  dynamics.advance(many, 5);
  CHECK(few.position(7, 4) == many.position(7, 4));
  CHECK_THROWS_AS(Langevin(energy, masses, 0.1, -1), InputError);
}
