#include "run.hpp"

#include "erg/potentials/stillinger_weber.hpp"

namespace crystal_free_energy {

int run_stillinger_weber(const Options& o, const Case& c) {
  const auto potential = c.potential == "silicon" ? erg::silicon<double>() : erg::monatomic_water<double>();
  return run(o, c, potential, 0.5 * potential.sigma);
}

}  // namespace crystal_free_energy
