#include "erg/potentials/moving/moving_particles.hpp"

#include "erg/geometry/crystal.hpp"
#include "erg/potentials/mixtures/kob_andersen.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

using namespace erg;

namespace {

using Argon = TruncatedShiftedLennardJones<double>;
using Mixture = ByKinds<Argon, 2>;
using Vectors = std::vector<Vec3<double>>;

Vectors vectors(const nlohmann::json& rows) {
  Vectors all;
  for (const auto& r : rows) all.push_back({r[0], r[1], r[2]});
  return all;
}

// Largest difference, against the largest entry.
double distance(const Vectors& a, const Vectors& b) {
  REQUIRE(a.size() == b.size());
  double worst = 0, scale = 1e-300;
  for (std::size_t i = 0; i < a.size(); ++i) {
    worst = std::max(worst, norm(a[i] - b[i]));
    scale = std::max(scale, norm(b[i]));
  }
  return worst / scale;
}

}  // namespace

TEST_CASE("ByKinds: an entry for each pair of kinds, the same from both sides, and the largest cutoff") {
  constexpr ByKinds<int, 3> table{{0, 1, 2, 11, 12, 22}};
  for (int a = 0; a < 3; ++a) {
    for (int b = 0; b < 3; ++b) CHECK(table.between(a, b) == 10 * std::min(a, b) + std::max(a, b));
  }
  CHECK(kob_andersen<double>().cutoff() == 2.5);
  CHECK(kob_andersen<double>().between(1, 0).cutoff() == 2.0);
  CHECK(kob_andersen<double>().between(1, 1).cutoff() == 2.2);
  static_assert(MixturePotential<Mixture> && ParticlePotential<Mixture> && !PairPotential<Mixture>);
  static_assert(!MixturePotential<ByKinds<LennardJones<double>, 2>> && !MixturePotential<Argon>);
}

TEST_CASE("ByKinds: the Kob-Andersen mixture has the energies, forces and virials of LAMMPS") {
  const auto path =
      std::filesystem::path(__FILE__).parent_path().parent_path().parent_path() / "reference" / "lammps_golden.json";
  std::ifstream file(path);
  REQUIRE(file.good());
  int compared = 0;
  const auto golden = nlohmann::json::parse(file);
  for (const auto& j : golden["cases"]) {
    if (j["potential"] != "kob-andersen") continue;
    ++compared;
    const auto cell = vectors(j["box"]);
    const MovingParticles particles(kob_andersen<double>(), j["kinds"].get<std::vector<int>>());
    const auto got = particles.energy_forces_virial(vectors(j["positions"]), Box::triclinic({cell[0], cell[1], cell[2]}));
    CHECK(got.energy == doctest::Approx(j["energy"].get<double>()).epsilon(1e-11));
    CHECK(distance(got.forces, vectors(j["forces"])) < 1e-9);
    CHECK(distance({got.virial.a, got.virial.b, got.virial.c}, vectors(j["virial"])) < 1e-9);
  }
  CHECK(compared == 3);
}

TEST_CASE("ByKinds: the training form is straight below each pair's own radius and the mixture itself above") {
  const auto mixture = kob_andersen<double>();
  const ByKinds<double, 2> radii{{0.8, 0.64, 0.704}};
  const TrainingForm<Mixture> form = training_form(mixture, radii);
  static_assert(is_training_form<TrainingForm<Mixture>> && !is_training_form<Mixture>);
  for (int a = 0; a < 2; ++a) {
    for (int b = a; b < 2; ++b) {
      const double radius = radii.between(a, b);
      const auto slope = [&](double r) { return form.between(b, a)(r * r).force_over_r * r; };
      CHECK(slope(0.2 * radius) == doctest::Approx(slope(0.9 * radius)).epsilon(1e-12));
      CHECK(slope(radius) == doctest::Approx(mixture.between(a, b)(radius * radius).force_over_r * radius).epsilon(1e-12));
      CHECK(form.between(a, b)(1.21 * radius * radius).energy == mixture.between(a, b)(1.21 * radius * radius).energy);
    }
  }
  const auto one = training_form(truncated_shifted_lennard_jones(1.0, 1.0, 2.7), 0.8);
  CHECK(one(0.5).energy == LinearBelow(truncated_shifted_lennard_jones(1.0, 1.0, 2.7), 0.8)(0.5).energy);
}

TEST_CASE("ByKinds: moving particles need a known kind for each position") {
  CHECK_THROWS_AS(MovingParticles(kob_andersen<double>(), {0, -1}), InputError);
  CHECK_THROWS_AS(MovingParticles(kob_andersen<double>(), {0, 2}), InputError);
  const Crystal crystal = build_crystal(caesium_chloride(), {3, 3, 3}, 1.7);
  const MovingParticles too_few(kob_andersen<double>(), std::vector<int>(53, 0));
  CHECK_THROWS_AS(too_few.energy(crystal.sites, crystal.box), InputError);
}
