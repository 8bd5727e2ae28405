/// \file
/// Sublattices of crystals of springs, and flows on them: what the tests of crystal flows share.
#pragma once

#include "densities/crystal/spring_crystal.hpp"
#include "erg/bijectors/chain.hpp"
#include "erg/bijectors/crystal/crystal_sublattices.hpp"
#include "erg/bijectors/crystal/sublattice_flow.hpp"
#include "erg/bijectors/sinh_arcsinh.hpp"
#include "laws/numbers.hpp"

#include <array>

namespace erg::tests {

/// A crystal of density 1, whose surroundings come from the springs of a larger one.
struct SpringLattice {
  Crystal crystal;
  Neighbours near;
  Sublattices<double> sublattices;

  SpringLattice(const UnitCell& unit, std::array<int, 3> cells, int shells, double beta = 20)
      : crystal(build_crystal(unit, cells, 1)), near(neighbour_shells(crystal, shells)), sublattices(cut(unit, shells, beta)) {}

  int rows() const { return 3 * crystal.particles(); }

 private:
  Sublattices<double> cut(const UnitCell& unit, int shells, double beta) const {
    const int n = unit.size() >= 4 ? 3 : 4;
    const Crystal reference = build_crystal(unit, {n, n, n}, 1);
    const auto columns = columns_of_cell_0(reference, spring_hessian(reference, {1.7, 3, 0.4}));
    return crystal_sublattices(crystal, near, harmonic_surroundings(reference, neighbour_shells(reference, shells), columns),
                               beta);
  }
};

using ResidualMap = Chain<UnitTriangular, SinhArcsinh, Affine>;
template <class T>
using SpringFlow = SublatticeFlow<T, ResidualMap, Silu>;

/// A flow with weights that bend it well away from the identity.
struct BentFlow {
  SpringLattice lattice;
  ParameterLayout layout;
  SpringFlow<double> map;
  std::vector<double> theta, u;

  BentFlow(SpringLattice made, int sweeps, const std::vector<int>& hidden)
      : lattice(std::move(made)),
        map(layout, lattice.sublattices, sweeps, hidden),
        theta(some_numbers(layout.size(), 7, 0.15)),
        u(some_numbers(static_cast<std::size_t>(lattice.rows()), 8, lattice.sublattices.unit)) {}
};

}  // namespace erg::tests
