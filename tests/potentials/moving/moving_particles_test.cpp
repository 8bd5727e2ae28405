#include "erg/potentials/moving/moving_particles.hpp"
#include "erg/geometry/crystal.hpp"
#include "erg/potentials/long_range.hpp"
#include "erg/potentials/soft_core.hpp"
#include "erg/potentials/weeks_chandler_andersen.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>

using namespace erg;

namespace {

using Positions = std::vector<Vec3<double>>;

Positions displaced(Positions x, double spread, unsigned seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal(0, spread);
  for (auto& r : x) r += Vec3<double>{normal(engine), normal(engine), normal(engine)};
  return x;
}

Vec3<double> vector(const nlohmann::json& j) { return {j[0], j[1], j[2]}; }

// Largest difference, relative to the largest entry.
double distance(const std::vector<Vec3<double>>& a, const std::vector<Vec3<double>>& b) {
  double worst = 0, scale = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    worst = std::max(worst, norm(a[i] - b[i]));
    scale = std::max(scale, norm(b[i]));
  }
  return worst / scale;
}

struct Case {
  Positions positions, forces, virial;
  Box box;
  double energy;
};

template <class P>
void compare(const P& potential, const Case& golden) {
  const EnergyForcesVirial got = MovingParticles(potential).energy_forces_virial(golden.positions, golden.box);
  CHECK(std::abs(got.energy - golden.energy) < 1e-10 * std::abs(golden.energy) + 1e-9);
  CHECK(distance(got.forces, golden.forces) < 1e-9);
  CHECK(distance({got.virial.a, got.virial.b, got.virial.c}, golden.virial) < 1e-9);
}

// Forces against differences of the energy, the virial against differences under every small strain.
template <class P>
void derivatives(const P& potential, const Positions& x, const Box& box, double tolerance) {
  const MovingParticles particles(potential);
  const EnergyForcesVirial here = particles.energy_forces_virial(x, box);
  const double h = 1e-5;
  for (int i : {0, 3, 7}) {
    for (int axis = 0; axis < 3; ++axis) {
      Positions low = x, high = x;
      low[i][axis] -= h;
      high[i][axis] += h;
      const double slope = (particles.energy(high, box) - particles.energy(low, box)) / (2 * h);
      CHECK(std::abs(here.forces[i][axis] + slope) < tolerance);
    }
  }
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 3; ++column) {
      const auto strained = [&](double amount) {
        Mat3<double> strain{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
        strain[row][column] += amount;
        Positions y;
        for (const auto& r : x) y.push_back(r * strain);
        const Mat3<double>& cell = box.cell();
        return particles.energy(y, Box::triclinic({cell.a * strain, cell.b * strain, cell.c * strain}));
      };
      const double slope = (strained(h) - strained(-h)) / (2 * h);
      CHECK(std::abs(here.virial[row][column] + slope) < 100 * tolerance);
    }
  }
}

}  // namespace

TEST_CASE("MovingParticles: energy, forces and virial are those of LAMMPS") {
  const auto path =
      std::filesystem::path(__FILE__).parent_path().parent_path().parent_path() / "reference" / "lammps_golden.json";
  std::ifstream file(path);
  REQUIRE(file.good());
  const auto golden = nlohmann::json::parse(file);
  const LennardJones<double> bare{1.3, 1.1};
  int compared = 0;
  for (const auto& j : golden["cases"]) {
    Case c{{}, {}, {}, Box::triclinic({vector(j["box"][0]), vector(j["box"][1]), vector(j["box"][2])}), j["energy"]};
    for (const auto& r : j["positions"]) c.positions.push_back(vector(r));
    for (const auto& f : j["forces"]) c.forces.push_back(vector(f));
    for (const auto& row : j["virial"]) c.virial.push_back(vector(row));
    const auto name = j["potential"].get<std::string>();
    const auto p = j.value("parameters", std::vector<double>{});
    CAPTURE(name);
    CAPTURE(c.positions.size());
    ++compared;
    if (name == "monatomic water") {
      compare(monatomic_water<double>(), c);
    } else if (name == "silicon") {
      compare(silicon<double>(), c);
    } else if (name == "lennard-jones") {
      compare(truncated_shifted_lennard_jones(1.0, 1.0, j["cutoff"].get<double>()), c);
    } else if (name == "force-shifted") {
      compare(ForceShifted(Truncated(bare, p.at(0))), c);
    } else if (name == "charmm-switched") {
      compare(CharmmSwitched<Truncated<LennardJones<double>>>(Truncated(bare, p.at(1)), p.at(0)), c);
    } else if (name == "soft-core" && p.at(0) == 1) {
      compare(Truncated(SoftCore<double>{1.3, 1.1, p.at(1), p.at(2)}, p.at(3)), c);
    } else if (name == "soft-core" && p.at(0) == 2) {
      compare(Shifted(Truncated(SoftCore<double, 2>{1.3, 1.1, p.at(1), p.at(2)}, p.at(3))), c);
    } else if (name == "weeks-chandler-andersen") {
      compare(WeeksChandlerAndersen<double>{1.3, 1.1}, c);
    } else if (name == "long-range-corrected") {
      const Truncated cut(bare, p.at(0));
      const auto beyond = long_range_correction(cut, double(c.positions.size()) / c.box.volume());
      c.energy -= double(c.positions.size()) * beyond.energy;
      for (int axis = 0; axis < 3; ++axis) c.virial[axis][axis] -= beyond.pressure * c.box.volume();
      compare(cut, c);
    } else {
      --compared;
    }
  }
  CHECK(compared == 13);
}

TEST_CASE("MovingParticles: forces and virial are derivatives of the energy, in large and in small boxes") {
  const Crystal ice = build_crystal(ice_hexagonal(), {2, 1, 1}, 0.033567184);  // below twice the cutoff
  derivatives(monatomic_water<double>(), displaced(ice.sites, 0.2, 1), ice.box, 1e-5);
  const Crystal argon = build_crystal(face_centred_cubic(), {4, 4, 4}, 1.28);
  derivatives(truncated_shifted_lennard_jones(1.0, 1.0, 2.7), displaced(argon.sites, 0.05, 2), argon.box, 1e-4);
  derivatives(LinearBelow(monatomic_water<double>(), 2.6), displaced(ice.sites, 0.3, 3), ice.box, 1e-5);
}

TEST_CASE("Virial pressure: that of the ideal gas where no forces act, and -dU/dV of particles that move with the box") {
  CHECK(virial_pressure(64, 50.0, 1.5, Mat3<double>{}) == doctest::Approx(64 * 1.5 / 50).epsilon(1e-15));
  for (double volume : {0.0, -1.0, std::nan("")}) CHECK_THROWS_AS(virial_pressure(64, volume, 1.5, Mat3<double>{}), InputError);
  const auto check = [](const auto& potential, const Crystal& crystal, double spread) {
    const Positions x = displaced(crystal.sites, spread, 8);
    const MovingParticles particles(potential);
    const auto energy_at = [&](double volume) {
      const double scale = std::cbrt(volume / crystal.box.volume());
      Positions y;
      for (const auto& r : x) y.push_back(scale * r);
      const Mat3<double>& cell = crystal.box.cell();
      return particles.energy(y, Box::triclinic({scale * cell.a, scale * cell.b, scale * cell.c}));
    };
    const double volume = crystal.box.volume(), h = 1e-6 * volume;
    const double slope = (energy_at(volume + h) - energy_at(volume - h)) / (2 * h);
    const Mat3<double> virial = particles.energy_forces_virial(x, crystal.box).virial;
    CHECK(virial_pressure(crystal.particles(), volume, 0, virial) == doctest::Approx(-slope).epsilon(1e-6));
    CHECK(virial_pressure(crystal.particles(), volume, 0.7, virial) ==
          doctest::Approx(0.7 * crystal.number_density() - slope).epsilon(1e-6));
  };
  check(monatomic_water<double>(), build_crystal(ice_hexagonal(), {2, 1, 1}, 0.0335), 0.2);
  check(truncated_shifted_lennard_jones(1.0, 1.0, 2.7), build_crystal(face_centred_cubic(), {3, 3, 3}, 0.9), 0.05);
}

TEST_CASE("MovingParticles: nothing changes when all move together, cross the box, or change names") {
  const Crystal ice = build_crystal(ice_cubic(), {2, 2, 2}, 0.033567184);
  const auto p = monatomic_water<double>();
  Positions x = displaced(ice.sites, 0.2, 4);
  const double energy = MovingParticles(p).energy(x, ice.box);
  Positions moved = x;
  for (auto& r : moved) r += Vec3<double>{3.7, -1.1, 40.2};
  CHECK(MovingParticles(p).energy(moved, ice.box) == doctest::Approx(energy).epsilon(1e-12));
  for (auto& r : moved) r = ice.box.wrap(r);
  CHECK(MovingParticles(p).energy(moved, ice.box) == doctest::Approx(energy).epsilon(1e-12));
  std::shuffle(x.begin(), x.end(), std::mt19937_64(5));
  CHECK(MovingParticles(p).energy(x, ice.box) == doctest::Approx(energy).epsilon(1e-12));
}

TEST_CASE("MovingParticles: two particles at one place, NaN and infinity give an energy that is not finite") {
  const Crystal ice = build_crystal(ice_cubic(), {2, 2, 2}, 0.033567184);
  const MovingParticles particles(monatomic_water<double>());
  Positions x = ice.sites;
  x[5] = x[6];
  CHECK(!std::isfinite(particles.energy(x, ice.box)));
  for (double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    x = ice.sites;
    x[5].y = bad;
    CHECK(!std::isfinite(particles.energy(x, ice.box)));
  }
}
