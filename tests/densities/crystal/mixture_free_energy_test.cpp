/// \file
/// Labels and thermal wavelengths of crystals of more than one kind of particle.
#include "erg/densities/crystal/crystal_free_energy.hpp"

#include "eigen_solvers.hpp"
#include "erg/densities/crystal/harmonic_crystal.hpp"
#include "erg/potentials/crystal/crystal_potential.hpp"
#include "erg/potentials/mixtures/kob_andersen.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

using namespace erg;

namespace {

const std::vector<double> unit_lengths{1.0, 1.0};

template <class P>
CrystalTerms harmonic_terms(const P& potential, const Crystal& crystal, double beta, const std::vector<double>& wavelengths) {
  const CrystalPotential<P> energy(potential, crystal);
  const HarmonicCrystal harmonic(crystal, energy.rest_hessian_columns(), beta);
  return {crystal.particles(), beta * energy.rest_energy(),  harmonic.free_energy(),           crystal.box.volume(),
          wavelengths.front(), primitive_size(crystal.unit), other_kinds(crystal, wavelengths)};
}

double factorial(int n) { return std::tgamma(n + 1.0); }

}  // namespace

TEST_CASE("Mixture free energy: two particles of two kinds on a spring are the textbook's") {
  // Z = V (2π / βk)^{3/2} / (Λ_A³ Λ_B³): one of each kind, one vector between them.
  const Crystal pair = build_crystal(caesium_chloride(), {1, 1, 1}, 2.0 / 7);  // V = 7
  const double k = 3, beta = 0.4;
  std::vector<double> columns(36, 0.0);
  for (int axis = 0; axis < 3; ++axis) {
    for (int i : {0, 1})
      for (int j : {0, 1}) columns[static_cast<std::size_t>((3 * i + axis) * 6 + 3 * j + axis)] = i == j ? k : -k;
  }
  const HarmonicCrystal harmonic(pair, columns, beta);
  const CrystalTerms terms{2, 1.5, harmonic.free_energy(), pair.box.volume(), 0.3, 2, other_kinds(pair, std::vector{0.3, 0.8})};
  const double expected =
      1.5 - std::log(7.0) - 1.5 * std::log(2 * std::numbers::pi / (beta * k)) + 3 * std::log(0.3) + 3 * std::log(0.8);
  for (const Counting counting : {Counting::one_site_fixed, Counting::every_translation})
    CHECK(2 * free_energy_per_particle(terms, 0, counting) == doctest::Approx(expected).epsilon(1e-12));
}

TEST_CASE("Mixture free energy: kinds that do not differ have together the one-kind figure less ln(N! / (N_A! N_B!))") {
  // Every arrangement of two kinds on eight sites, each with its own count of translations; those that a translation of the
  // crystal turns into each other are one.
  UnitCell eight = orthorhombic_cell("two cells", {2, 1, 1}, {});
  for (const Vec3<double>& site : face_centred_cubic().basis) {
    for (double half : {0.0, 0.5}) eight.basis.push_back({site.x / 2 + half, site.y, site.z});
  }
  eight.species.assign(8, 0);
  const double cube = std::cbrt(8 / 2.0);  // edges 2 : 1 : 1 of volume 8
  eight.vectors = {{2 * cube, 0, 0}, {0, cube, 0}, {0, 0, cube}};
  const auto argon = truncated_shifted_lennard_jones(1.0, 1.0, 2.7);
  const ByKinds<TruncatedShiftedLennardJones<double>, 2> both{{argon, argon, argon}};
  const double beta = 0.5, wavelength = 0.7;
  const double one =
      8 * free_energy_per_particle(harmonic_terms(argon, build_crystal(eight, {1, 1, 1}, 1.28), beta, {wavelength}), 0,
                                   Counting::every_translation);
  for (const int count_b : {1, 3, 4}) {
    UnitCell unit = eight;
    std::fill(unit.species.end() - count_b, unit.species.end(), 1);
    double sum = 0;
    int arrangements = 0;
    do {
      const Crystal crystal = build_crystal(unit, {1, 1, 1}, 1.28);
      const auto terms = harmonic_terms(both, crystal, beta, {wavelength, wavelength});
      const double alike = terms.primitive_sites;  // translates of this arrangement: n over the one site of the lattice's cell
      sum += std::exp(one - 8 * free_energy_per_particle(terms, 0, Counting::every_translation)) / alike;
      ++arrangements;
    } while (std::next_permutation(unit.species.begin(), unit.species.end()));
    CHECK(arrangements == std::lround(factorial(8) / (factorial(count_b) * factorial(8 - count_b))));
    CHECK(std::log(sum) == doctest::Approx(std::log(factorial(8) / (factorial(count_b) * factorial(8 - count_b)))).epsilon(1e-9));
  }
}

TEST_CASE("Mixture free energy: masses enter by the wavelengths alone, each with the number of its kind") {
  const Crystal crystal = build_crystal(caesium_chloride(), {4, 4, 4}, 1.7);
  const auto light = harmonic_terms(kob_andersen<double>(), crystal, 2, {1, 1}),
             heavy_b = harmonic_terms(kob_andersen<double>(), crystal, 2, {1, 0.5});
  CHECK(heavy_b.vibration == light.vibration);
  CHECK(free_energy_per_particle(light, 0) - free_energy_per_particle(heavy_b, 0) ==
        doctest::Approx(3 * 0.5 * std::log(2.0)).epsilon(1e-12));
}

TEST_CASE("Mixture free energy: holding a particle counts its kind, every translation the whole") {
  const CrystalTerms one{64, -2000, 500, 1900, 2.4, 4};
  CrystalTerms mixed = one;
  mixed.others = {{16, 2.4}};  // 48 of the first kind, three of the four sites
  CHECK(64 * free_energy_per_particle(mixed, 0) ==
        doctest::Approx(64 * free_energy_per_particle(one, 0) + std::log(48.0 / 64)).epsilon(1e-12));
  CHECK(free_energy_per_particle(mixed, 0, Counting::every_translation) ==
        doctest::Approx(free_energy_per_particle(one, 0, Counting::every_translation)).epsilon(1e-12));
  CHECK(64 * (free_energy_per_particle(mixed, 0) - free_energy_per_particle(mixed, 0, Counting::every_translation)) ==
        doctest::Approx(std::log(3.0)).epsilon(1e-9));
}

TEST_CASE("Mixture free energy: kinds that do not fit the crystal are refused") {
  const Crystal crystal = build_crystal(caesium_chloride(), {2, 2, 2}, 1.7);
  const auto others = other_kinds(crystal, std::vector{1.0, 2.0});
  REQUIRE(others.size() == 1);
  CHECK(others[0].particles == 8);
  CHECK(others[0].thermal_wavelength == 2);
  CHECK_THROWS_AS(other_kinds(crystal, std::vector{1.0}), InputError);
  CHECK_THROWS_AS(other_kinds(crystal, std::vector{1.0, 1.0, 1.0}), InputError);
  const CrystalTerms good{16, 0, 0, 9, 1, 2, others};
  CHECK(std::isfinite(free_energy_per_particle(good, 0)));
  for (const ParticlesOfKind& bad : {ParticlesOfKind{16, 1}, {17, 1}, {0, 1}, {-4, 1}, {8, 0}, {8, std::nan("")}, {5, 1}}) {
    CrystalTerms terms = good;
    terms.others = {bad};
    CHECK_THROWS_AS(free_energy_per_particle(terms, 0), InputError);
  }
}
