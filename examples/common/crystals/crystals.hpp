/// \file
/// The crystals that programs know or are given: structure, state point, units, published values.
#pragma once

#include "erg/base/error.hpp"
#include "erg/estimators/thermodynamics.hpp"
#include "erg/geometry/crystal.hpp"
#include "erg/io/concept.hpp"

#include <array>
#include <cmath>
#include <filesystem>
#include <map>
#include <numbers>
#include <optional>
#include <string>
#include <vector>

namespace crystal_programs {

/// What the user says of the crystal; options of programs begin with it.
struct CrystalChoice {
  std::string crystal = "ice-cubic";
  std::optional<std::filesystem::path> structure;  ///< a file in place of `crystal`
  std::optional<std::string> potential;            ///< of `structure`: mw, silicon, lj or kob-andersen
  std::vector<std::string> kinds;                  ///< of `structure`: what it calls kinds A and B; empty: Ni and P
  std::optional<int> particles;
  std::optional<double> temperature, density;  ///< units of the crystal
  int shells = 0;                              ///< 0: the crystal's default
};

/// What a file held beside the unit cell.
struct GivenStructure {
  std::filesystem::path file;
  std::array<int, 3> cells{};  ///< unit cells along each edge
  int particles = 0;
  double moved = 0;  ///< farthest atom from its site [length]
};

/// A crystal at a state point.
struct Case {
  std::string name{}, title{};
  std::string identity{};  ///< what weights belong to, in checkpoints
  erg::UnitCell unit{};
  std::optional<GivenStructure> structure{};  ///< where the unit cell is from, if from a file
  std::string potential{};                    ///< mw, silicon, lj or kob-andersen
  std::vector<std::string> symbols{};         ///< of each species (of kob-andersen kinds A and B), as written configurations say
  std::string energy_unit{}, length_unit{}, temperature_unit{};
  double temperature = 0, density = 0, boltzmann = 0;
  std::vector<double> thermal_wavelengths{};  ///< Λ of each species [length]
  int particles = 0, shells = 0;
  std::map<int, double> published{};                    ///< βF/N by size, at the default state point only
  std::string source{};                                 ///< of the published values
  erg::Wavelength wavelength = erg::Wavelength::fixed;  ///< whether Λ is that of atoms with a mass

  double beta() const { return 1 / (boltzmann * temperature); }
};

namespace detail {

/// Silicon atoms per Å³ at 300 K and zero pressure, in the quasi-harmonic crystal: examples/zero_pressure_density.cpp.
inline constexpr double silicon_density = 0.049764;

inline constexpr const char* flows_2022 = "MBAR, data of Wirnsberger et al. 2022, arXiv:2111.08696";

/// De Broglie wavelength h / √(2π m k_B T) of silicon, 28.0855 u.
///
/// Units:   K in, Å out. Source: CODATA 2018 constants.
inline double silicon_wavelength(double temperature) {
  constexpr double planck = 6.62607015e-34, boltzmann = 1.380649e-23, mass = 28.0855 * 1.66053906660e-27;
  return 1e10 * planck / std::sqrt(2 * std::numbers::pi * mass * boltzmann * temperature);
}

/// State point, units and sizes that go with a potential; the crystal is still to be filled in.
///
/// Errors:  InputError for a name that is none.
inline Case with_potential(const std::string& potential) {
  if (potential == "mw")
    return {.potential = "mw",
            .symbols = {"O"},
            .energy_unit = "kcal/mol",
            .length_unit = "Å",
            .temperature_unit = "K",
            .temperature = 200,
            .density = 0.033567184,
            .boltzmann = 0.0019872067,
            .thermal_wavelengths = {2.3925},
            .particles = 64,
            .shells = 2};
  if (potential == "silicon")
    return {.potential = "silicon",
            .symbols = {"Si"},
            .energy_unit = "eV",
            .length_unit = "Å",
            .temperature_unit = "K",
            .temperature = 300,
            .density = silicon_density,
            .boltzmann = 8.617333262e-5,
            .thermal_wavelengths = {silicon_wavelength(300)},
            .particles = 64,
            .shells = 2,
            .wavelength = erg::Wavelength::thermal};
  if (potential == "lj")
    return {.potential = "lj",
            .symbols = {"Ar"},
            .energy_unit = "epsilon",
            .length_unit = "sigma",
            .temperature_unit = "epsilon/k_B",
            .temperature = 2,
            .density = 1.28,
            .boltzmann = 1,
            .thermal_wavelengths = {1},
            .particles = 256,
            .shells = 1};
  if (potential == "kob-andersen")  // near zero pressure; without motion that is 1.785
    return {.potential = "kob-andersen",
            .symbols = {"Ni", "P"},  // A and B: the model began as one of Ni80P20
            .energy_unit = "epsilon",
            .length_unit = "sigma",
            .temperature_unit = "epsilon/k_B",
            .temperature = 0.2,
            .density = 1.75,
            .boltzmann = 1,
            .thermal_wavelengths = {1, 1},  // equal masses
            .particles = 432,
            .shells = 2};
  throw erg::InputError("--potential", "command line", potential, "mw, silicon, lj or kob-andersen");
}

inline Case by_name(const std::string& name) {
  const auto known = [&](const std::string& potential, const std::string& title, erg::UnitCell unit,
                         std::map<int, double> published) {
    Case c = with_potential(potential);
    c.name = c.identity = name;
    c.title = title;
    c.unit = std::move(unit);
    c.published = std::move(published);
    if (!c.published.empty()) c.source = flows_2022;
    return c;
  };
  if (name == "ice-cubic")
    return known("mw", "cubic ice, monatomic water", erg::ice_cubic(), {{64, -25.16306}, {512, -25.06156}});
  if (name == "ice-hexagonal") return known("mw", "hexagonal ice, monatomic water", erg::ice_hexagonal(), {{64, -25.18687}});
  if (name == "silicon") return known("silicon", "silicon, Stillinger-Weber", erg::diamond_cubic(), {});
  if (name == "lj-fcc")
    return known("lj", "Lennard-Jones FCC, cut at 2.7 and shifted", erg::face_centred_cubic(), {{256, 3.10798}});
  if (name == "lj-cscl") return known("kob-andersen", "Kob-Andersen mixture, caesium chloride", erg::caesium_chloride(), {});
  throw erg::InputError("--crystal", "command line", name, "ice-cubic, ice-hexagonal, silicon, lj-fcc or lj-cscl");
}

/// The crystal of the file --structure, with the potential that is asked for or that its chemical species tell. Species are
/// numbered as the potential's kinds are, whatever comes first in the file.
///
/// Errors:  InputError as `read_structure` and `unit_cell_of`; for species that tell no potential or are not the potential's, and
///          a density far from any that the potential is made for.
Case from_file(const CrystalChoice& o);

/// A crystal at its default state point, brought to that of the options. Elsewhere nothing is published.
inline Case settled(Case c, const CrystalChoice& o) {
  const bool elsewhere = (o.temperature && *o.temperature != c.temperature) || (o.density && *o.density != c.density);
  if (elsewhere) c.published.clear();
  if (o.temperature) {
    if (*o.temperature < c.temperature / 1000 || *o.temperature > c.temperature * 1000)
      throw erg::InputError("--temperature", c.title, erg::to_text(*o.temperature),
                            "a temperature within a factor of a thousand of " + erg::to_text(c.temperature));
    c.temperature = *o.temperature;
  }
  if (o.density) {
    // Far from any crystal the count of neighbours, and with it time and memory, would grow without bound.
    if (*o.density < c.density / 10 || *o.density > c.density * 10)
      throw erg::InputError("--density", c.title, erg::to_text(*o.density),
                            "a density within a factor of ten of " + erg::to_text(c.density));
    c.density = *o.density;
  }
  if (c.potential == "silicon") c.thermal_wavelengths = {silicon_wavelength(c.temperature)};
  if (o.particles) c.particles = *o.particles;
  if (o.shells > 0) c.shells = o.shells;
  return c;
}

}  // namespace detail

/// The same at another temperature. A file is not read again: by now it may be gone.
inline Case case_at(const CrystalChoice& o, const Case& c, double temperature) {
  CrystalChoice there = o;
  there.temperature = temperature;
  return detail::settled(c.structure ? c : detail::by_name(o.crystal), there);
}

/// The case that the options ask for.
///
/// Errors:  InputError.
inline Case case_of(const CrystalChoice& o) {
  return detail::settled(o.structure ? detail::from_file(o) : detail::by_name(o.crystal), o);
}

/// The crystal of that many particles: the stack of unit cells that the file has, or n x n x n.
///
/// Errors:  InputError for a number that is neither.
inline erg::Crystal crystal_of(const Case& c, int particles) {
  const bool given = c.structure && particles == c.structure->particles;
  return erg::build_crystal(c.unit, given ? c.structure->cells : erg::cells_for(c.unit, particles), c.density);
}

}  // namespace crystal_programs
