/// \file
/// The crystals that the program knows: structure, state point, units, published values.
#pragma once

#include "options.hpp"

#include "erg/base/error.hpp"
#include "erg/geometry/lattice.hpp"
#include "erg/io/concept.hpp"

#include <cmath>
#include <map>
#include <numbers>
#include <string>

namespace crystal_free_energy {

/// A crystal at a state point.
struct Case {
  std::string name, title;
  erg::UnitCell unit;
  std::string symbol;  ///< chemical symbol in written configurations
  std::string energy_unit, length_unit, temperature_unit;
  double temperature, density, boltzmann;
  double thermal_wavelength;  ///< Λ [length]
  int particles, shells;
  std::map<int, double> published;  ///< βF/N by size, at the default state point only
  std::string source;               ///< of the published values

  double beta() const { return 1 / (boltzmann * temperature); }
};

namespace detail {

/// Silicon atoms per Å³ at 300 K and zero pressure, in the quasi-harmonic crystal: examples/zero_pressure_density.cpp.
inline constexpr double silicon_density = 0.049764;

inline constexpr const char* flows_2022 = "MBAR, data of Wirnsberger et al. 2022, arXiv:2111.08696";

inline Case ice(const std::string& name, const std::string& title, erg::UnitCell unit, std::map<int, double> published) {
  return {.name = name,
          .title = title,
          .unit = std::move(unit),
          .symbol = "O",
          .energy_unit = "kcal/mol",
          .length_unit = "Å",
          .temperature_unit = "K",
          .temperature = 200,
          .density = 0.033567184,
          .boltzmann = 0.0019872067,
          .thermal_wavelength = 2.3925,
          .particles = 64,
          .shells = 2,
          .published = std::move(published),
          .source = flows_2022};
}

/// De Broglie wavelength h / √(2π m k_B T) of silicon, 28.0855 u.
///
/// Units:   K in, Å out. Source: CODATA 2018 constants.
inline double silicon_wavelength(double temperature) {
  constexpr double planck = 6.62607015e-34, boltzmann = 1.380649e-23, mass = 28.0855 * 1.66053906660e-27;
  return 1e10 * planck / std::sqrt(2 * std::numbers::pi * mass * boltzmann * temperature);
}

inline Case by_name(const std::string& name) {
  if (name == "ice-cubic") return ice(name, "cubic ice, monatomic water", erg::ice_cubic(), {{64, -25.16306}, {512, -25.06156}});
  if (name == "ice-hexagonal") return ice(name, "hexagonal ice, monatomic water", erg::ice_hexagonal(), {{64, -25.18687}});
  if (name == "silicon")
    return {.name = name,
            .title = "silicon, Stillinger-Weber",
            .unit = erg::diamond_cubic(),
            .symbol = "Si",
            .energy_unit = "eV",
            .length_unit = "Å",
            .temperature_unit = "K",
            .temperature = 300,
            .density = silicon_density,
            .boltzmann = 8.617333262e-5,
            .thermal_wavelength = silicon_wavelength(300),
            .particles = 64,
            .shells = 2,
            .published = {},
            .source = {}};
  if (name == "lj-fcc")
    return {.name = name,
            .title = "Lennard-Jones FCC, cut at 2.7 and shifted",
            .unit = erg::face_centred_cubic(),
            .symbol = "Ar",
            .energy_unit = "epsilon",
            .length_unit = "sigma",
            .temperature_unit = "epsilon/k_B",
            .temperature = 2,
            .density = 1.28,
            .boltzmann = 1,
            .thermal_wavelength = 1,
            .particles = 256,
            .shells = 1,
            .published = {{256, 3.10798}},
            .source = flows_2022};
  throw erg::InputError("--crystal", "command line", name, "ice-cubic, ice-hexagonal, silicon or lj-fcc");
}

}  // namespace detail

/// The case that the options ask for. Away from the default state point nothing is published.
inline Case case_of(const Options& o) {
  Case c = detail::by_name(o.crystal);
  const bool elsewhere = (o.temperature && *o.temperature != c.temperature) || (o.density && *o.density != c.density);
  if (elsewhere) c.published.clear();
  if (o.temperature) c.temperature = *o.temperature;
  if (o.density) {
    // Far from any crystal the count of neighbours, and with it time and memory, would grow without bound.
    if (*o.density < c.density / 10 || *o.density > c.density * 10)
      throw erg::InputError("--density", c.title, erg::to_text(*o.density),
                            "a density within a factor of ten of " + erg::to_text(c.density));
    c.density = *o.density;
  }
  if (c.name == "silicon") c.thermal_wavelength = detail::silicon_wavelength(c.temperature);
  if (o.particles) c.particles = *o.particles;
  if (o.shells > 0) c.shells = o.shells;
  return c;
}

}  // namespace crystal_free_energy
