/// \file
/// From the terms of a crystal's free energy to the absolute figure per particle.
#pragma once

#include "erg/base/error.hpp"
#include "erg/geometry/site_symmetry.hpp"

#include <cmath>
#include <span>
#include <string>
#include <vector>

namespace erg {

/// Which of the equivalent arrangements of N particles on the sites of a periodic crystal are counted.
enum class Counting {
  /// One particle is held at one site, (N − 1)! labellings of the others, the whole shifted over the volume: the published
  /// figures. In a mixture one of the N_A particles of the first kind is held: (N_A − 1)! N_B! … labellings.
  one_site_fixed,
  /// All N! labellings (N_A! N_B! … in a mixture), less those that a translation of the crystal turns into each other: lower by
  /// ln n_A / N per particle, n_A the number of sites of the first kind in the primitive cell. No kind is singled out here.
  every_translation,
};

/// The particles of one kind.
struct ParticlesOfKind {
  int particles;
  double thermal_wavelength;  ///< Λ = h / √(2π m k_BT)  [length]: the mass enters here and nowhere else
};

/// What the free energy of a crystal is made of.
///
/// Units:   rest and vibration in k_B T, for the whole crystal; volume in length³, thermal wavelengths in length.
struct CrystalTerms {
  int particles;                             ///< N, all of them
  double rest;                               ///< β U₀, all particles on their sites
  double vibration;                          ///< ½ ln det'(β H / 2π): `HarmonicCrystal::free_energy()`
  double volume;                             ///< of the periodic box
  double thermal_wavelength;                 ///< Λ of the first kind, of which all particles are that `others` leaves
  int primitive_sites = 1;                   ///< n: `primitive_size(unit)`, all kinds together
  std::vector<ParticlesOfKind> others = {};  ///< the kinds beside the first: `other_kinds`; empty where all are alike
};

/// The particles of species 1, 2, … of a crystal, as `CrystalTerms` asks for them; those of species 0 are the first kind.
///
/// Shapes:  thermal_wavelengths: one for each species.
/// Errors:  InputError for a site of a species that has no wavelength, and for a species that has no site.
inline std::vector<ParticlesOfKind> other_kinds(const Crystal& crystal, std::span<const double> thermal_wavelengths) {
  std::vector<ParticlesOfKind> kinds;
  for (const double wavelength : thermal_wavelengths) kinds.push_back({0, wavelength});
  for (const int species : crystal.unit.species) {
    if (species < 0 || species >= static_cast<int>(kinds.size()))
      throw InputError("thermal wavelengths", crystal.unit.name, std::to_string(kinds.size()),
                       "one for each species, also for " + std::to_string(species));
    kinds[static_cast<std::size_t>(species)].particles += crystal.cell_count();
  }
  for (const ParticlesOfKind& kind : kinds) {
    if (kind.particles == 0)
      throw InputError("thermal wavelengths", crystal.unit.name, std::to_string(kinds.size()), "one for each species, no more");
  }
  kinds.erase(kinds.begin());
  return kinds;
}

/// Absolute Helmholtz free energy per particle, βF / N.
///
/// Units:   k_B T per particle. `anharmonic` is ΔF_anh = −ln⟨exp(−β(U − U_harm))⟩ in k_B T for the whole crystal, 0 for harmonic
///          motion.
/// Errors:  InputError for terms that are not finite, a volume, wavelength or number that is not positive, and a primitive cell
///          that cannot hold its share of each kind.
/// Source:  Frenkel and Ladd 1984, doi:10.1063/1.448024, for the held particle and its counting; written for a mass-free Hessian:
///          βF/N = [β U₀ + ½ ln det'(βH/2π) + ΔF_anh − ln(V/N_A) − (3/2) ln N + Σ_k 3 N_k ln Λ_k] / N, N_A = N where all are
///          alike.
///
/// Of several kinds. exp(−βF) = Z / Π_k N_k! Λ_k^{3N_k}, the momenta giving the wavelengths; Z is an integral over positions and
/// knows no mass. About one labelling of the sites, with all shifts of the whole, it is V N^{3/2} exp(−βU₀ − ½ ln det' − ΔF_anh):
/// all N particles move by d when the three modes that stand for it move by √N d. Holding a particle of kind A on its site, the
/// others of its kind have (N_A − 1)! labellings and those of each other kind N_k!, all alike: with the factorials below, 1 /
/// N_A. Counted without a particle held: Π_k N_k! labellings, and the shift over V meets each arrangement once for each of the N
/// / n translations of the crystal, which gives n / N = n_A / N_A. An arrangement of kinds on the sites is counted by itself: of
/// kinds that do not differ at all there are N! / Π_k N_k! of equal βF, together one kind's free energy − ln(N! / Π_k N_k!).
inline double free_energy_per_particle(const CrystalTerms& terms, double anharmonic,
                                       Counting counting = Counting::one_site_fixed) {
  const double n = terms.particles;
  const auto refuse = [](const std::string& what, double got, const std::string& expected) {
    throw InputError(what, "crystal free energy", to_text(got), expected);
  };
  if (!(n > 0)) refuse("number of particles", n, "at least 1");
  if (terms.primitive_sites < 1) refuse("sites of the primitive cell", terms.primitive_sites, "at least 1");
  if (!(terms.volume > 0) || !std::isfinite(terms.volume)) refuse("volume", terms.volume, "a positive number");
  int first = terms.particles;  // N_A
  double kinetic = 0;
  const auto add_kind = [&](const ParticlesOfKind& kind) {
    if (!(kind.thermal_wavelength > 0) || !std::isfinite(kind.thermal_wavelength))
      refuse("thermal wavelength", kind.thermal_wavelength, "a positive number");
    if (kind.particles < 1) refuse("number of particles of a kind", kind.particles, "at least 1, and no more than all together");
    if (static_cast<long long>(kind.particles) * terms.primitive_sites % terms.particles != 0 && !terms.others.empty())
      refuse("sites of the primitive cell", terms.primitive_sites, "a number that the kinds divide as they do the crystal");
    kinetic += 3.0 * kind.particles * std::log(kind.thermal_wavelength);
  };
  for (const ParticlesOfKind& kind : terms.others) {
    add_kind(kind);
    first -= kind.particles;
  }
  add_kind({first, terms.thermal_wavelength});
  const double moving = terms.rest + terms.vibration + anharmonic;
  if (!std::isfinite(moving)) refuse("sum of the energy terms", moving, "finite terms");
  const double shift = -std::log(terms.volume / first) - 1.5 * std::log(n);
  const double labels = counting == Counting::every_translation ? -std::log(terms.primitive_sites * (first / n)) : 0.0;
  return (moving + shift + kinetic + labels) / n;
}

}  // namespace erg
