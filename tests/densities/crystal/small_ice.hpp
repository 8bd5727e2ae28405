/// \file
/// Cubic mW ice at 200 K with a small flow.
#pragma once

#include "eigen_solvers.hpp"
#include "erg/densities/crystal/crystal_flow.hpp"

#include <array>

namespace erg::tests {

inline constexpr double density = 0.033567184, beta = 1 / (0.0019872067 * 200);

using Water = decltype(monatomic_water<double>());

struct Ice {
  HarmonicSurroundings surroundings =
      VibratingLattice<Water>::surroundings_of(monatomic_water<double>(), ice_cubic(), density, 2);
  CrystalFlowShape shape{2, 1, {8}};

  VibratingLattice<Water> of(std::array<int, 3> cells) const {
    return {monatomic_water<double>(), build_crystal(ice_cubic(), cells, density), surroundings, 2, beta};
  }
};

}  // namespace erg::tests
