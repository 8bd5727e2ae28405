#include "erg/potentials/wrappers.hpp"
#include "walking_particles.hpp"

namespace {

const Box leaning = Box::triclinic({{9, 0, 0}, {2.5, 8.5, 0}, {-1.5, 3, 8}});
const auto argon = truncated_shifted_lennard_jones(1.0, 1.0, 2.5);

}  // namespace

TEST_CASE("ListedParticles: a Lennard-Jones fluid equals the sum over all pairs while it moves, in every number type") {
  const Box box = Box::orthorhombic({7.5, 8.5, 9.5});
  walks(argon, box, fluid(box, 301, 0.85, 1), 0.3, 0.02);
}

TEST_CASE("ListedParticles: a triclinic box, and boxes smaller than the cutoff") {
  walks(argon, leaning, fluid(leaning, 250, 0.85, 2), 0.3, 0.02);
  const Box small = Box::orthorhombic({2.1, 3.0, 4.2});
  walks(argon, small, fluid(small, 11, 0.85, 3), 0.3, 0.03);
  const Box thin = Box::triclinic({{1.7, 0, 0}, {0.5, 2.2, 0}, {0.3, -0.4, 2.0}});
  walks(argon, thin, fluid(thin, 3, 0.9, 4), 0.3, 0.03);
  walks(argon, thin, fluid(thin, 1, 0.9, 4), 0.3, 0.1);
}
