/// \file
/// Cubic mW ice at 200 K with a small flow.
#pragma once

#include "densities/crystal/water_lattice.hpp"

#include <array>

namespace erg::tests {

struct Ice {
  HarmonicSurroundings surroundings = water_surroundings();
  CrystalFlowShape shape{2, 1, {8}};

  VibratingLattice<Water> of(std::array<int, 3> cells) const { return water_lattice(cells, surroundings, ice_beta); }
};

}  // namespace erg::tests
