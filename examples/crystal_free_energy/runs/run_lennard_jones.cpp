#include "runs/published_run.hpp"

#include "erg/potentials/lennard_jones.hpp"

namespace crystal_free_energy {

int run_lennard_jones(const Options& o, const Case& c) {
  const auto potential = erg::truncated_shifted_lennard_jones(1.0, 1.0, 2.7);
  return o.model == published ? run_published(o, c, potential, 0.8) : run(o, c, potential, 0.8);
}

}  // namespace crystal_free_energy
