#include "erg/potentials/mixtures/kob_andersen.hpp"
#include "walking_particles.hpp"

namespace {

const Box leaning = Box::triclinic({{9, 0, 0}, {2.5, 8.5, 0}, {-1.5, 3, 8}});

}  // namespace

TEST_CASE("ListedParticles: mixtures, each pair of kinds with a range of its own") {
  const Box box = Box::orthorhombic({7, 7, 7});
  std::vector<int> kinds(203);
  for (int i = 0; i < int(kinds.size()); ++i) kinds[i] = i % 3 == 0 || i % 7 == 0;
  walks(kob_andersen<double>(), box, fluid(box, 203, 0.8, 6), 0.3, 0.02, kinds);
  walks(kob_andersen<double>(), leaning, fluid(leaning, 5, 0.8, 6), 0.3, 0.03, {1, 1, 1, 1, 1});  // nobody of kind 0
}
