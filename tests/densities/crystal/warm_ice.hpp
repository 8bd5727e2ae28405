/// \file
/// Cubic mW ice at several temperatures, and one flow that is told which.
#pragma once

#include "eigen_solvers.hpp"
#include "erg/densities/crystal/crystal_flow.hpp"
#include "erg/estimators/importance_sampling.hpp"
#include "laws/thermodynamic_relations.hpp"

#include <array>
#include <cmath>
#include <span>
#include <vector>

namespace erg::tests {

/// Energies in kelvin (k_B = 1), 64 molecules.
struct WarmIce {
  using Water = StillingerWeber<double>;
  static constexpr double density = 0.033567184, boltzmann = 0.0019872067;
  double coldest, hottest;
  CrystalFlowShape shape;
  int particles = 64;
  HarmonicSurroundings surroundings =
      VibratingLattice<Water>::surroundings_of(monatomic_water<double>(), ice_cubic(), density, 2);

  WarmIce(double from, double to, CrystalFlowShape of) : coldest(from), hottest(to), shape(of) {}

  VibratingLattice<Water> at(double temperature, std::array<int, 3> cells = {2, 2, 2}) const {
    return {monatomic_water<double>(),
            build_crystal(ice_cubic(), cells, density),
            surroundings,
            shape.shells,
            1 / (boltzmann * temperature),
            {temperature_condition(temperature, coldest, hottest)}};
  }

  /// A stream for each temperature, so that errors are independent.
  static Stream stream(std::uint64_t number) { return {number, StreamName::test}; }

  struct Found {
    State state;
    double effective_sample_size;
  };
  Found thermodynamics_at(double temperature, std::span<const double> theta, std::int64_t samples, Wavelength kind) const {
    const auto lattice = at(temperature);
    ParameterLayout layout;
    const auto flow = lattice.flow<double>(layout, shape);
    const auto drawn = weigh_samples<native_lanes<double>>(flow, theta, lattice.target(),
                                                           stream(static_cast<std::uint64_t>(temperature)), samples);
    const double length = kind == Wavelength::thermal ? 10 / std::sqrt(temperature) : 1;
    const CrystalTerms terms{particles, lattice.beta() * lattice.potential().rest_energy(), lattice.harmonic().free_energy(),
                             lattice.crystal().box.volume(), length};
    const auto found = thermodynamics(drawn.log_weight, drawn.excess, lattice.beta(), unsampled_terms(terms, kind));
    return {{temperature, found}, effective_sample_size(drawn.log_weight)};
  }
};

}  // namespace erg::tests
