#include "runs/published_run.hpp"

#include "erg/potentials/stillinger_weber.hpp"

namespace crystal_free_energy {

int run_stillinger_weber(const Options& o, const Case& c) {
  const auto potential = c.potential == "silicon" ? erg::silicon<double>() : erg::monatomic_water<double>();
  const double soft_radius = 0.5 * potential.sigma;
  return o.model == published ? run_published(o, c, potential, soft_radius) : run(o, c, potential, soft_radius);
}

}  // namespace crystal_free_energy
