/// \file
/// The harmonic density of a crystal of springs, beside its dense Hessian.
#pragma once

#include "densities/crystal/spring_crystal.hpp"
#include "erg/densities/crystal/harmonic_crystal.hpp"

#include <array>

namespace erg::tests {

inline constexpr double springs_beta = 1.7;

/// A crystal of springs, its dense Hessian, and its harmonic density.
struct HarmonicSprings {
  Crystal crystal;
  Eigen::MatrixXd hessian;
  HarmonicCrystal harmonic;

  HarmonicSprings(const UnitCell& unit, std::array<int, 3> cells)
      : crystal(build_crystal(unit, cells, 1.3)),
        hessian(spring_hessian(crystal)),
        harmonic(crystal, columns_of_cell_0(crystal, hessian), springs_beta) {}
};

}  // namespace erg::tests
