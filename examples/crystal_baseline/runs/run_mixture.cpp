#include "runs/run.hpp"

#include "erg/potentials/mixtures/kob_andersen.hpp"

namespace crystal_baseline {

int run_mixture(const Options& o, const Case& c) { return run(o, c, erg::kob_andersen<double>()); }

}  // namespace crystal_baseline
