#include "erg/samplers/dynamics/nose_hoover.hpp"

#include "erg/base/lanes.hpp"
#include "laws/transition_laws.hpp"

using namespace erg;
using namespace erg::tests;

namespace {
using R = Lanes<double, 8>;
}

TEST_CASE("Nosé–Hoover chain: half the step leaves a quarter of the error of what is conserved") {
  const HarmonicSprings springs(ice_cubic(), {1, 1, 1});
  const Quadratic energy(springs.hessian);
  const auto error = [&](double step, int steps) {
    auto replicas = drawn<double>(springs.harmonic, 4, 3);
    NoseHooverChain dynamics(energy, Masses(8), step, 0.5, 4);
    dynamics.draw(replicas);
    dynamics.advance(replicas, 0);
    std::vector<double> start;
    for (int s = 0; s < 4; ++s) start.push_back(dynamics.conserved(replicas, s));
    double sum = 0;
    for (int k = 0; k < steps; ++k) {
      dynamics.advance(replicas, 1);
      for (int s = 0; s < 4; ++s) {
        const double off = dynamics.conserved(replicas, s) - start[static_cast<std::size_t>(s)];
        sum += off * off / (4 * steps);
      }
    }
    return std::sqrt(sum);
  };
  const double coarse = error(0.04, 100), fine = error(0.02, 200), finest = error(0.01, 400);
  CHECK(coarse > 1e-4);
  CHECK(coarse / fine == doctest::Approx(4).epsilon(0.1));
  CHECK(fine / finest == doctest::Approx(4).epsilon(0.05));
}

TEST_CASE("Nosé–Hoover chain: an equilibrium drawn exactly stays one, in places, momenta and the chain") {
  // 2,048 replicas; 4.5 standard errors fail 1 run in 150,000 over all seeds.
  const HarmonicSprings springs(ice_cubic(), {1, 1, 1});
  const Quadratic energy(springs.hessian);
  auto replicas = drawn<R>(springs.harmonic, 2048, 4);
  const Masses masses(std::vector<double>{1, 1, 2, 2, 3, 3, 1, 2});
  NoseHooverChain dynamics(energy, masses, 0.03, 0.6, 2048);
  dynamics.draw(replicas);
  dynamics.advance(replicas, 150);
  CHECK(mode_moments(springs.harmonic, replicas).largest() < 4.5);
  double kinetic = 0, k[8], links[3] = {};
  for (int pack = 0; pack < replicas.packs(); ++pack) {
    masses.kinetic_energy<R>(replicas.momenta(pack), k);
    for (const double one : k) kinetic += 2 * springs_beta * one / (21 * 2048);
  }
  CHECK(std::abs(kinetic - 1) < 4.5 * std::sqrt(2.0 / (21 * 2048)));
  for (std::size_t r = 0; r < 2048; ++r) {
    for (std::size_t link = 0; link < 3; ++link) {
      const double v = dynamics.state()[6 * r + 3 + link];
      links[link] += (link == 0 ? 21 : 1) * 0.36 * v * v / 2048;
    }
  }
  for (const double one : links) CHECK(std::abs(one - 1) < 4.5 * std::sqrt(2.0 / 2048));
}

TEST_CASE("Nosé–Hoover chain: it heats what is cold") {
  const HarmonicSprings springs(ice_cubic(), {1, 1, 1});
  const Quadratic energy(springs.hessian);
  Replicas<R> replicas(24, 64, springs_beta, 4);
  draw_momenta(Masses(8), replicas);
  for (int pack = 0; pack < 8; ++pack) {
    for (int row = 0; row < 24; ++row) replicas.momenta(pack).data[row] *= R(0.1);
  }
  NoseHooverChain dynamics(energy, Masses(8), 0.05, 0.5, 64);
  double kinetic = 0, k[8];
  for (int look = 0; look < 200; ++look) {
    dynamics.advance(replicas, 10);
    for (int pack = 0; pack < 8; ++pack) {
      Masses(8).kinetic_energy<R>(replicas.momenta(pack), k);
      for (const double one : k) kinetic += 2 * springs_beta * one / (21 * 64 * 200);
    }
  }
  CHECK(kinetic == doctest::Approx(1).epsilon(0.05));
}

TEST_CASE("Nosé–Hoover chain: steps add up, restart, threads and lanes") {
  const HarmonicSprings springs(ice_cubic(), {1, 1, 1});
  const Quadratic energy(springs.hessian);
  const auto make_for = [&](int replicas) {
    return [&energy, replicas] { return NoseHooverChain(energy, Masses(8), 0.05, 0.5, replicas); };
  };
  const auto with_momenta = [&]<class Q>(Replicas<Q> replicas) {
    draw_momenta(Masses(8), replicas);
    return replicas;
  };
  check_bits(make_for(48), with_momenta(drawn<Lanes<float, 16>>(springs.harmonic, 48, 1)));
  check_bits(make_for(3), with_momenta(drawn<double>(springs.harmonic, 3, 1)));
  check_lanes(make_for(16), with_momenta(drawn<double>(springs.harmonic, 16, 1)), 30, 1e-12, 2e-5);
  auto replicas = drawn<double>(springs.harmonic, 3, 1);
  CHECK_THROWS_AS(make_for(4)().advance(replicas, 1), InputError);
  CHECK_THROWS_AS(NoseHooverChain(energy, Masses(8), 0.05, 0, 3), InputError);
  CHECK_THROWS_AS(NoseHooverChain(energy, Masses(8), 0.05, 1, 3, 0), InputError);
}
