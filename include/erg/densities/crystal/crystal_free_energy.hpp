/// \file
/// From the terms of a crystal's free energy to the absolute figure per particle.
#pragma once

#include "erg/base/error.hpp"
#include "erg/geometry/site_symmetry.hpp"

#include <cmath>
#include <string>

namespace erg {

/// Which of the equivalent arrangements of N particles on the sites of a periodic crystal are counted.
enum class Counting {
  /// One particle is held at one site, (N − 1)! labellings of the others, the whole shifted over the volume: the published
  /// figures.
  one_site_fixed,
  /// All N! labellings, less those that a translation of the crystal turns into each other: lower by ln n / N per particle, n the
  /// number of sites in the primitive cell.
  every_translation,
};

/// What the free energy of a crystal is made of.
///
/// Units:   rest and vibration in k_B T, for the whole crystal; volume in length³, thermal_wavelength in length.
struct CrystalTerms {
  int particles;
  double rest;                ///< β U₀, all particles on their sites
  double vibration;           ///< ½ ln det'(β H / 2π): `HarmonicCrystal::free_energy()`
  double volume;              ///< of the periodic box
  double thermal_wavelength;  ///< Λ in exp(−βF) = Z / (N! Λ^3N)
  int primitive_sites = 1;    ///< n: `primitive_size(unit)`
};

/// Absolute Helmholtz free energy per particle, βF / N.
///
/// Units:   k_B T per particle. `anharmonic` is ΔF_anh = −ln⟨exp(−β(U − U_harm))⟩ in k_B T for the whole crystal, 0 for harmonic
/// motion. Errors:  InputError for terms that are not finite, or a volume, wavelength or number that is not positive. Source:
/// Frenkel and Ladd 1984, doi:10.1063/1.448024, for the held particle and its counting; written for a mass-free Hessian:
///          βF/N = [β U₀ + ½ ln det'(βH/2π) + ΔF_anh − ln(V/N) − (3/2) ln N + 3N ln Λ] / N.
inline double free_energy_per_particle(const CrystalTerms& terms, double anharmonic,
                                       Counting counting = Counting::one_site_fixed) {
  const double n = terms.particles;
  const auto refuse = [](const std::string& what, double got, const std::string& expected) {
    throw InputError(what, "crystal free energy", to_text(got), expected);
  };
  if (!(n > 0)) refuse("number of particles", n, "at least 1");
  if (terms.primitive_sites < 1) refuse("sites of the primitive cell", terms.primitive_sites, "at least 1");
  if (!(terms.volume > 0) || !std::isfinite(terms.volume)) refuse("volume", terms.volume, "a positive number");
  if (!(terms.thermal_wavelength > 0) || !std::isfinite(terms.thermal_wavelength)) {
    refuse("thermal wavelength", terms.thermal_wavelength, "a positive number");
  }
  const double moving = terms.rest + terms.vibration + anharmonic;
  if (!std::isfinite(moving)) refuse("sum of the energy terms", moving, "finite terms");
  // A shift of all particles by d moves the mode that stands for it by √N d: N^{3/2} V over the box. (N − 1)! / N! makes it V /
  // N.
  const double shift = -std::log(terms.volume / n) - 1.5 * std::log(n);
  const double kinetic = 3 * n * std::log(terms.thermal_wavelength);
  const double labels = counting == Counting::every_translation ? -std::log(double(terms.primitive_sites)) : 0.0;
  return (moving + shift + kinetic + labels) / n;
}

}  // namespace erg
