#include "runs/run.hpp"

#include "erg/potentials/stillinger_weber.hpp"

namespace crystal_baseline {

int run_stillinger_weber(const Options& o, const Case& c) {
  return run(o, c, c.potential == "silicon" ? erg::silicon<double>() : erg::monatomic_water<double>());
}

}  // namespace crystal_baseline
