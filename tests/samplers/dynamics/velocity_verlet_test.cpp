#include "erg/samplers/dynamics/velocity_verlet.hpp"

#include "erg/base/lanes.hpp"
#include "erg/potentials/crystal/crystal_potential.hpp"
#include "erg/potentials/springs.hpp"
#include "laws/transition_laws.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

CrystalPotential<TruncatedShiftedLennardJones<double>> argon(double skin) {
  return {truncated_shifted_lennard_jones(1.0, 1.0, 1.8), build_crystal(face_centred_cubic(), {3, 3, 3}, 1.0), skin};
}

template <class R, class Energy>
Replicas<R> thermal(const Energy& energy, const Masses& masses, int count, double beta) {
  Replicas<R> replicas(3 * energy.particles(), count, beta, 5);
  draw_momenta(masses, replicas);
  return replicas;
}

double total_energy(const Replicas<double>& replicas, const Masses& masses, int s) {
  double kinetic;
  masses.kinetic_energy(replicas.momenta(s), &kinetic);
  return kinetic + replicas.energy()[static_cast<std::size_t>(s)];
}

// A smooth potential: springs and a little x⁴ would do; Stillinger–Weber has all derivatives.
CrystalPotential<StillingerWeber<double>> water() {
  return {monatomic_water<double>(), build_crystal(ice_cubic(), {1, 1, 1}, 0.033567184)};
}

}  // namespace

TEST_CASE("Velocity Verlet: half the step leaves a quarter of the energy's error") {
  const auto energy = water();
  const Masses masses(energy.particles());
  const auto worst_error = [&](double step, int steps) {
    auto replicas = thermal<double>(energy, masses, 4, 2.5);
    VelocityVerlet dynamics(energy, masses, step);
    dynamics.advance(replicas, 0);
    double sum = 0;
    std::vector<double> start;
    for (int s = 0; s < 4; ++s) start.push_back(total_energy(replicas, masses, s));
    for (int k = 0; k < steps; ++k) {
      dynamics.advance(replicas, 1);
      for (int s = 0; s < 4; ++s) {
        const double off = total_energy(replicas, masses, s) - start[static_cast<std::size_t>(s)];
        sum += off * off / (4 * steps);
      }
    }
    return std::sqrt(sum);
  };
  const double coarse = worst_error(0.04, 100), fine = worst_error(0.02, 200), finest = worst_error(0.01, 400);
  CHECK(coarse > 1e-4);  // there is an error to see
  CHECK(coarse / fine == doctest::Approx(4).epsilon(0.05));
  CHECK(fine / finest == doctest::Approx(4).epsilon(0.02));
}

TEST_CASE("Velocity Verlet: with the momenta turned round it goes back") {
  const auto energy = water();
  std::vector<double> unlike(8);
  for (std::size_t i = 0; i < unlike.size(); ++i) unlike[i] = 1.0 + static_cast<double>(i % 4);
  const Masses masses(unlike);
  auto replicas = thermal<double>(energy, masses, 2, 2.5);
  const auto start = replicas;
  VelocityVerlet dynamics(energy, masses, 0.03);
  dynamics.advance(replicas, 50);
  for (int s = 0; s < 2; ++s) {
    for (int row = 0; row < 24; ++row) replicas.momenta(s).data[row] *= -1;
  }
  CHECK(std::abs(replicas.position(0, 3)) > 0.01);
  dynamics.advance(replicas, 50);
  for (int s = 0; s < 2; ++s) {
    for (int row = 0; row < 24; ++row) {
      CHECK(std::abs(replicas.position(s, row)) < 1e-11);
      CHECK(std::abs(replicas.momentum(s, row) + start.momentum(s, row)) < 1e-11);
    }
  }
}

TEST_CASE("Velocity Verlet: a fixed centre stays, also where springs would pull it; a free one moves") {
  const erg::Springs springs(std::vector<double>{1, 5, 2});
  for (const Centre centre : {Centre::fixed, Centre::free}) {
    const Masses masses(std::vector<double>{1, 2, 6}, centre);
    CHECK(masses.degrees_of_freedom() == (centre == Centre::fixed ? 6 : 9));
    auto replicas = thermal<double>(springs, masses, 1, 0.7);
    VelocityVerlet dynamics(springs, masses, 0.05);
    dynamics.advance(replicas, 100);
    for (int axis = 0; axis < 3; ++axis) {
      double at = 0, momentum = 0;
      for (int i = 0; i < 3; ++i) {
        at += std::vector<double>{1, 2, 6}[static_cast<std::size_t>(i)] * replicas.position(0, 3 * i + axis) / 9;
        momentum += replicas.momentum(0, 3 * i + axis);
      }
      CHECK((std::abs(at) < 1e-13) == (centre == Centre::fixed));
      CHECK((std::abs(momentum) < 1e-12) == (centre == Centre::fixed));
    }
  }
}

TEST_CASE("Momenta: canonical, with 3N − 3 or 3N degrees of freedom") {
  // 4,096 replicas: the mean of β 2K has the error √(2 f / 4096); 4.5 of them fail 1 run in 150,000 over all seeds.
  const erg::Springs springs(4, 1);
  for (const Centre centre : {Centre::fixed, Centre::free}) {
    const Masses masses(std::vector<double>{1, 2, 3, 0.5}, centre);
    auto replicas = thermal<Lanes<double, 8>>(springs, masses, 4096, 1.7);
    double sum = 0, kinetic[8];
    for (int pack = 0; pack < replicas.packs(); ++pack) {
      masses.kinetic_energy<Lanes<double, 8>>(replicas.momenta(pack), kinetic);
      for (const double k : kinetic) sum += 2 * 1.7 * k / 4096;
    }
    const double f = masses.degrees_of_freedom();
    CHECK(std::abs(sum - f) < 4.5 * std::sqrt(2 * f / 4096));
  }
}

TEST_CASE("Velocity Verlet: steps add up, restart, threads and lanes") {
  const auto energy = argon(0.6);
  const Masses masses(energy.particles());
  const auto make = [&] { return VelocityVerlet(energy, masses, 0.004); };
  check_bits(make, thermal<Lanes<float, 16>>(energy, masses, 32, 1.0));
  check_bits(make, thermal<double>(energy, masses, 3, 1.0));
  check_lanes(make, thermal<double>(energy, masses, 16, 1.0), 20, 1e-10, 3e-4);
}

TEST_CASE("Velocity Verlet: what leaves the list, and what explodes, is told") {
  const auto energy = argon(0.05);
  const Masses masses(energy.particles());
  auto replicas = thermal<Lanes<double, 8>>(energy, masses, 8, 1.0);
  VelocityVerlet dynamics(energy, masses, 0.01);
  CHECK_THROWS_WITH_AS(dynamics.advance(replicas, 100), doctest::Contains("beyond what the list of neighbours covers"),
                       InputError);
  const auto wide = argon(0.6);
  auto lost = thermal<double>(wide, masses, 1, 1.0);
  lost.place(0, 7, NAN);
  CHECK_THROWS_WITH_AS(VelocityVerlet(wide, masses, 0.01).advance(lost, 1), doctest::Contains("an energy of nan"), InputError);
  CHECK_THROWS_WITH_AS(VelocityVerlet(wide, masses, 0.0), doctest::Contains("time step"), InputError);
  CHECK_THROWS_WITH_AS(VelocityVerlet(wide, Masses(5), 0.01).advance(lost, 1), doctest::Contains("108, as the replicas have"),
                       InputError);
  CHECK_THROWS_AS(Masses(std::vector<double>{1, -1}), InputError);
  CHECK_THROWS_AS(Masses(1), InputError);
  CHECK_THROWS_AS((Replicas<Lanes<double, 8>>(3, 12, 1, 0)), InputError);
  CHECK_THROWS_AS(Replicas<double>(3, 1, 0, 0), InputError);
  CHECK_THROWS_AS(lost.restore(replicas.state()), InputError);
}
