#include "runs/run_case.hpp"

#include "runs/run.hpp"

#include "erg/potentials/lennard_jones.hpp"
#include "erg/potentials/mixtures/kob_andersen.hpp"
#include "erg/potentials/stillinger_weber.hpp"

namespace crystal_baseline {

// One file for all potentials: most of what it takes to compile is of the crystal and the sampler, whatever the potential.
int run_case(const Options& o, const Case& c) {
  if (c.potential == "kob-andersen") return run(o, c, erg::kob_andersen<double>());
  if (c.potential == "lj") return run(o, c, erg::truncated_shifted_lennard_jones(1.0, 1.0, 2.7));
  return run(o, c, c.potential == "silicon" ? erg::silicon<double>() : erg::monatomic_water<double>());
}

}  // namespace crystal_baseline
