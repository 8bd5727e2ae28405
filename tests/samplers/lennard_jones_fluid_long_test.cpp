#include "erg/geometry/crystal.hpp"
#include "erg/potentials/long_range.hpp"
#include "erg/potentials/moving/followed_particles.hpp"
#include "erg/samplers/hamiltonian_monte_carlo.hpp"
#include "erg/samplers/run.hpp"

#include <doctest/doctest.h>

using namespace erg;

// The Lennard-Jones fluid of the NIST Standard Reference Simulation Website, "Lennard-Jones Fluid Properties", page "MC: NVT
// Monte Carlo": 500 particles at T* = 0.85, cut at 3σ, the long-range corrections added. Mean values there; the errors are
// standard deviations of its block averages where known to us (energies), else our own decide.
TEST_CASE("Lennard-Jones fluid: energies and pressures of the NIST reference simulations at T* = 0.85") {
  struct StatePoint {
    double density, energy, pressure;
  };
  constexpr int n = 500, replicas_each = 8, rounds = 600;
  for (const StatePoint& point :
       {StatePoint{0.776, -5.5121, 6.7714e-3}, StatePoint{0.82, -5.7947, 0.55355}, StatePoint{0.86, -6.0305, 1.2660}}) {
    using Argon = Truncated<LennardJones<double>>;
    const Argon potential({1, 1}, 3);
    const Crystal crystal = build_crystal(face_centred_cubic(), {5, 5, 5}, point.density);
    const ListedParticles<Argon> listed(potential, crystal.box, crystal.sites, 0.35);
    const FollowedParticles<Argon> energy(listed);
    const double kT = 0.85, volume = n / point.density;
    Replicas<double> replicas(3 * n, replicas_each, 1 / 3.0, 31);
    HamiltonianMonteCarlo chain(energy, Masses(n), {.step = 0.006, .leaps = 20});
    chain.equilibrate(replicas, 60);  // melts
    for (int r = 0; r < replicas_each; ++r) move_to(replicas, r, Rung{1 / kT});
    chain.equilibrate(replicas, 150);
    chain.advance(replicas, 100);

    std::vector<double> energies(replicas_each, 0.0), pressures(replicas_each, 0.0);
    auto lists = listed.lists(1);
    TileBuffer<double> gradient(3 * n, 1);
    Tape<double> tape;
    const LongRangeCorrection beyond = long_range_correction(potential, point.density);
    run(chain, replicas, rounds,
        Every{2, [&](const Replicas<double>& at) {
                for (int r = 0; r < replicas_each; ++r) {
                  double here;
                  Mat3<double> virial;
                  listed.energy_gradient_and_virial<double>(at.positions(r), &here, gradient.view(), &virial, tape, lists);
                  const auto s = static_cast<std::size_t>(r);
                  energies[s] += (here / n + beyond.energy) * 2 / rounds;
                  pressures[s] += (virial_pressure(n, volume, kT, virial) + beyond.pressure) * 2 / rounds;
                }
              }});
    const auto mean_and_error = [](const std::vector<double>& x) {
      double mean = 0, variance = 0;
      const auto count = double(x.size());
      for (const double one : x) mean += one / count;
      for (const double one : x) variance += (one - mean) * (one - mean) / (count * (count - 1));
      return std::array<double, 2>{mean, std::sqrt(variance)};
    };
    const auto u = mean_and_error(energies), p = mean_and_error(pressures);
    MESSAGE("density " << point.density << ": U/N = " << u[0] << " +- " << u[1] << " (" << point.energy << "), P = " << p[0]
                       << " +- " << p[1] << " (" << point.pressure << "), accepted " << chain.acceptance());
    // Student's t of 7 degrees of freedom beyond 6.5: 1 in 3,000 each; the reference has errors of its own of about these.
    CHECK(std::abs(u[0] - point.energy) < 6.5 * std::hypot(u[1], 5e-4));
    CHECK(std::abs(p[0] - point.pressure) < 6.5 * std::hypot(p[1], 2e-3));
    CHECK(u[1] < 0.004);
    CHECK(p[1] < 0.03);
  }
}
