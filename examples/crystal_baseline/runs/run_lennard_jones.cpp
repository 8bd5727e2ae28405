#include "runs/run.hpp"

#include "erg/potentials/lennard_jones.hpp"

namespace crystal_baseline {

int run_lennard_jones(const Options& o, const Case& c) { return run(o, c, erg::truncated_shifted_lennard_jones(1.0, 1.0, 2.7)); }

}  // namespace crystal_baseline
