#include "densities/crystal/water_lattice.hpp"

namespace erg::tests {

HarmonicSurroundings water_surroundings() {
  return VibratingLattice<Water>::surroundings_of(monatomic_water<double>(), ice_cubic(), ice_density, 2);
}

VibratingLattice<Water> water_lattice(std::array<int, 3> cells, const HarmonicSurroundings& surroundings, double beta,
                                      std::vector<double> conditions) {
  return {monatomic_water<double>(), build_crystal(ice_cubic(), cells, ice_density), surroundings, 2, beta,
          std::move(conditions)};
}

VibratingLattice<Water> water_lattice(const UnitCell& unit, int particles) {
  return {monatomic_water<double>(), unit, particles, ice_density, ice_beta};
}

}  // namespace erg::tests
