#include "bijectors/crystal/spring_sublattices.hpp"
#include "laws/field_bijector_laws.hpp"

using namespace erg;
using namespace erg::tests;

TEST_CASE("SublatticeFlow: lanes of either precision give what each sample gives alone") {
  for (const SpringLattice& lattice :
       {SpringLattice(ice_hexagonal(), {2, 2, 2}, 2), SpringLattice(body_centred_cubic(), {2, 2, 4}, 2)}) {
    const BentFlow flow(lattice, 1, {7, 5});
    ParameterLayout layout;
    const SpringFlow<float> single(layout, lattice.sublattices.as<float>(), 1, {7, 5});
    const double unit = lattice.sublattices.unit;
    check_field_lanes<Lanes<double, 8>>(flow.map, flow.map, flow.theta, lattice.rows(), 3, unit, 1e-13);
    check_field_lanes<Lanes<float, 16>>(single, flow.map, flow.theta, lattice.rows(), 1, unit, 3e-6);
  }
}

TEST_CASE("SublatticeFlow: a tile wider than a group of columns is moved as a narrow one") {
  const BentFlow flow(SpringLattice(face_centred_cubic(), {2, 2, 2}, 1), 1, {5});
  check_field_lanes<double>(flow.map, flow.map, flow.theta, flow.lattice.rows(), 29, flow.lattice.sublattices.unit, 1e-13);
}
