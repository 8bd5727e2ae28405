/// \file
/// From a density of positions in a periodic box to the absolute free energy: which labellings and translations it counts.
#pragma once

#include "erg/base/error.hpp"
#include "erg/densities/crystal/crystal_free_energy.hpp"

#include <cmath>
#include <string>

namespace erg {

/// Which labellings of N particles of one kind a density of their 3N positions reaches, all of them uniformly shifted over the
/// box.
enum class Labellings {
  all,     ///< any particle anywhere: `UniformTorus`, a fluid
  others,  ///< particle 0 on its sublattice, the others in all (N − 1)! orders: `UniformlyShifted<RandomLabels<…>>`
  one,     ///< each on a site of its own: `UniformlyShifted<AtSites<…>>`
};

/// Absolute Helmholtz free energy per particle, βF / N, from what importance weights of positions give. All particles are alike:
/// a mixture has Π_k N_k! labellings in place of N! (`CrystalTerms::others`).
///
/// `configurational` is −ln ∫ exp(−βU) over the 3N labelled positions that the density reaches: −ln ⟨exp(−βU − ln q)⟩.
/// Units:   k_B T; thermal_wavelength in the length of the positions.
/// Errors:  InputError for a number of particles or sites, or a wavelength that is not positive, and for an integral that is not
///          finite.
/// exp(−βF) = Z / (N! Λ^3N) with Z over all labelled positions. One labelling stands for (N − 1)! alike, and a particle 0 that
/// stays on its sublattice for n alike, n the sites of the primitive cell: `Counting::one_site_fixed` leaves out that n, as the
/// published figures do. Where all labellings are reached nothing is left to count. With the same energy this is
/// `free_energy_per_particle` of the `CrystalTerms`: there the shift is N^{3/2} V per volume of the vibrations, here it is V per
/// volume of the other particles' positions about the one held.
inline double free_energy_per_particle(int particles, double configurational, double thermal_wavelength, Labellings labellings,
                                       Counting counting = Counting::one_site_fixed, int primitive_sites = 1) {
  const auto refuse = [](const std::string& what, double got, const std::string& expected) {
    throw InputError(what, "free energy of positions", to_text(got), expected);
  };
  if (particles < 1) refuse("number of particles", particles, "at least 1");
  if (primitive_sites < 1) refuse("sites of the primitive cell", primitive_sites, "at least 1");
  if (!(thermal_wavelength > 0) || !std::isfinite(thermal_wavelength))
    refuse("thermal wavelength", thermal_wavelength, "a positive number");
  if (!std::isfinite(configurational)) refuse("configurational free energy", configurational, "a finite number");
  const double n = particles;
  double alike = labellings == Labellings::one ? std::lgamma(n) : 0.0;
  if (labellings != Labellings::all && counting == Counting::every_translation) alike += std::log(double(primitive_sites));
  return (configurational - alike + std::lgamma(n + 1) + 3 * n * std::log(thermal_wavelength)) / n;
}

}  // namespace erg
