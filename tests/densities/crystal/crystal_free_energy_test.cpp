/// \file
/// Absolute free energies of harmonic crystals against the project's figures (tests/reference, marked (c): computed for it in
/// double precision from a dense Hessian in another program).
#include "erg/densities/crystal/crystal_free_energy.hpp"

#include "eigen_solvers.hpp"
#include "erg/densities/crystal/harmonic_crystal.hpp"
#include "erg/potentials/crystal/crystal_potential.hpp"
#include "erg/potentials/lennard_jones.hpp"
#include "erg/potentials/stillinger_weber.hpp"
#include "erg/potentials/wrappers.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace erg;

namespace {

template <class P>
CrystalTerms harmonic_terms(const P& potential, const Crystal& crystal, double beta, double thermal_wavelength) {
  const CrystalPotential<P> energy(potential, crystal);
  const HarmonicCrystal harmonic(crystal, energy.rest_hessian_columns(), beta);
  return {crystal.particles(),  beta * energy.rest_energy(), harmonic.free_energy(),
          crystal.box.volume(), thermal_wavelength,          primitive_size(crystal.unit)};
}

double harmonic_ice(const UnitCell& unit, int particles) {
  const Crystal crystal = build_crystal(unit, cells_for(unit, particles), 0.033567184);
  return free_energy_per_particle(harmonic_terms(monatomic_water<double>(), crystal, 1 / (0.0019872067 * 200), 2.3925), 0);
}

}  // namespace

TEST_CASE("Crystal free energy: monatomic water at 200 K has the energy at rest and the harmonic free energies computed for it") {
  for (const UnitCell& unit : {ice_cubic(), ice_hexagonal()}) {
    const Crystal crystal = build_crystal(unit, cells_for(unit, 64), 0.033567184);
    const CrystalPotential energy(monatomic_water<double>(), crystal);
    CHECK(energy.rest_energy() / 64 == doctest::Approx(-12.37798511).epsilon(1e-9));
  }
  CHECK(std::abs(harmonic_ice(ice_cubic(), 8) - -25.812739) < 1e-6);
  CHECK(std::abs(harmonic_ice(ice_cubic(), 64) - -25.088740) < 1e-6);
  CHECK(std::abs(harmonic_ice(ice_cubic(), 512) - -24.984039) < 1e-6);
  CHECK(std::abs(harmonic_ice(ice_hexagonal(), 64) - -25.110178) < 1e-6);
}

TEST_CASE(
    "Crystal free energy: face-centred Lennard-Jones at T* = 2, density 1.28, has the harmonic free energy computed for it") {
  const Crystal crystal = build_crystal(face_centred_cubic(), cells_for(face_centred_cubic(), 256), 1.28);
  const auto terms = harmonic_terms(truncated_shifted_lennard_jones<double>(1, 1, 2.7), crystal, 0.5, 1);
  CHECK(terms.rest / 0.5 / 256 == doctest::Approx(-6.30322645).epsilon(1e-8));
  CHECK(std::abs(free_energy_per_particle(terms, 0) - 2.984809) < 1e-6);
}

TEST_CASE("Crystal free energy: counting every translation lowers it by ln n / N, n the sites of the primitive cell") {
  CHECK(primitive_size(simple_cubic()) == 1);
  CHECK(primitive_size(body_centred_cubic()) == 1);
  CHECK(primitive_size(face_centred_cubic()) == 1);
  CHECK(primitive_size(hexagonal_close_packed()) == 2);
  CHECK(primitive_size(ice_cubic()) == 2);
  CHECK(primitive_size(ice_hexagonal()) == 4);
  const CrystalTerms terms{64, -2000, 500, 1900, 2.3925, 4};
  CHECK(free_energy_per_particle(terms, 1, Counting::one_site_fixed) -
            free_energy_per_particle(terms, 1, Counting::every_translation) ==
        doctest::Approx(std::log(4.0) / 64));
  CHECK(free_energy_per_particle(terms, 1) == free_energy_per_particle(terms, 1, Counting::one_site_fixed));
}

TEST_CASE("Crystal free energy: one particle is the ideal gas, and the anharmonic part is shared among all") {
  const CrystalTerms one{1, 0, 0, 7, 0.5};
  CHECK(free_energy_per_particle(one, 0) == doctest::Approx(-std::log(7 / 0.125)));
  const CrystalTerms many{50, -3, 4, 60, 1};
  CHECK(free_energy_per_particle(many, 5) - free_energy_per_particle(many, 0) == doctest::Approx(0.1));
}

TEST_CASE("Crystal free energy: terms that are not physical are refused") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(free_energy_per_particle({64, nan, 0, 1, 1}, 0), InputError);
  CHECK_THROWS_AS(free_energy_per_particle({64, 0, 0, 1, 1}, nan), InputError);
  CHECK_THROWS_AS(free_energy_per_particle({0, 0, 0, 1, 1}, 0), InputError);
  CHECK_THROWS_AS(free_energy_per_particle({64, 0, 0, -1, 1}, 0), InputError);
  CHECK_THROWS_AS(free_energy_per_particle({64, 0, 0, 1, 0}, 0), InputError);
  CHECK_THROWS_AS(free_energy_per_particle({64, 0, 0, 1, 1, 0}, 0), InputError);
}
