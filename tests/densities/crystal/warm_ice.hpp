/// \file
/// Cubic mW ice at several temperatures, and one flow that is told which.
#pragma once

#include "densities/crystal/water_lattice.hpp"
#include "laws/thermodynamic_relations.hpp"

#include <array>
#include <cmath>
#include <span>
#include <vector>

namespace erg::tests {

/// Energies in kelvin (k_B = 1), 64 molecules.
struct WarmIce {
  static constexpr double boltzmann = 0.0019872067;
  double coldest, hottest;
  CrystalFlowShape shape;
  int particles = 64;
  HarmonicSurroundings surroundings = water_surroundings();

  WarmIce(double from, double to, CrystalFlowShape of) : coldest(from), hottest(to), shape(of) {}

  VibratingLattice<Water> at(double temperature, std::array<int, 3> cells = {2, 2, 2}) const {
    return water_lattice(cells, surroundings, 1 / (boltzmann * temperature),
                         {temperature_condition(temperature, coldest, hottest)});
  }

  /// A stream for each temperature, so that errors are independent.
  static Stream stream(std::uint64_t number) { return {number, StreamName::test}; }

  struct Found {
    State state;
    double effective_sample_size;
  };
  Found thermodynamics_at(double temperature, std::span<const double> theta, std::int64_t samples, Wavelength kind) const {
    const auto lattice = at(temperature);
    const auto drawn = weigh(lattice, shape, theta, stream(static_cast<std::uint64_t>(temperature)), samples);
    const double length = kind == Wavelength::thermal ? 10 / std::sqrt(temperature) : 1;
    const CrystalTerms terms{particles, lattice.beta() * lattice.potential().rest_energy(), lattice.harmonic().free_energy(),
                             lattice.crystal().box.volume(), length};
    const auto found = thermodynamics(drawn.log_weight, drawn.excess, lattice.beta(), unsampled_terms(terms, kind));
    return {{temperature, found}, effective_sample_size(drawn.log_weight)};
  }
};

}  // namespace erg::tests
