#include "erg/geometry/crystal.hpp"
#include "erg/potentials/wrappers.hpp"
#include "walking_particles.hpp"

TEST_CASE("ListedParticles: water and silicon, liquid and crystal, equal the sum over all bonds while they move") {
  const Box box = Box::orthorhombic({17, 18, 19});
  walks(monatomic_water<double>(), box, fluid(box, 190, 2.3, 1), 0.5, 0.035);
  const Crystal ice = build_crystal(ice_hexagonal(), {2, 1, 1}, 0.033567184);  // below twice the cutoff
  walks(monatomic_water<double>(), ice.box, ice.sites, 0.4, 0.03);
  const Box leaning = Box::triclinic({{9, 0, 0}, {2.5, 8.5, 0}, {-1.5, 3, 8}});
  walks(silicon<double>(), leaning, fluid(leaning, 30, 1.9, 2), 0.4, 0.03);
}
