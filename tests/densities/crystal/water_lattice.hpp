/// \file
/// Ice of mW water, flows on it and their samples, compiled once for all tests in water_lattice.cpp and water_samples.cpp: that
/// takes longer than most of the tests themselves.
#pragma once

#include "eigen_solvers.hpp"
#include "erg/densities/crystal/crystal_flow.hpp"
#include "erg/estimators/importance_sampling.hpp"
#include "erg/potentials/stillinger_weber.hpp"

#include <array>
#include <span>
#include <vector>

namespace erg::tests {

using Water = StillingerWeber<double>;
inline constexpr double ice_density = 0.033567184, ice_beta = 1 / (0.0019872067 * 200);  // 200 K in mol/kcal; molecules per Å³

/// Of cubic ice, two shells.
HarmonicSurroundings water_surroundings();
/// Cubic ice of those cells.
VibratingLattice<Water> water_lattice(std::array<int, 3> cells, const HarmonicSurroundings& surroundings, double beta,
                                      std::vector<double> conditions = {});
/// Any ice of so many molecules at 200 K.
VibratingLattice<Water> water_lattice(const UnitCell& unit, int particles);

/// `lattice.flow<T>`, T float or double.
template <class T>
CrystalFlow<T> flow_of(const VibratingLattice<Water>& lattice, ParameterLayout& layout, const CrystalFlowShape& shape);

/// Samples of the flow of that shape, in double, against the lattice's target.
WeighedSamples weigh(const VibratingLattice<Water>& lattice, const CrystalFlowShape& shape, std::span<const double> theta,
                     Stream stream, std::int64_t samples);

}  // namespace erg::tests
