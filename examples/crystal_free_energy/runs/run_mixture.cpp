#include "runs/run.hpp"

#include "erg/base/error.hpp"
#include "erg/potentials/mixtures/kob_andersen.hpp"

namespace crystal_free_energy {

int run_mixture(const Options& o, const Case& c) {
  if (o.model == published)
    throw erg::InputError("--model", "command line", o.model, "sublattice: the published model knows particles of one kind");
  const erg::ByKinds<double, 2> soft_radii{{0.8, 0.64, 0.704}};  // 0.8 of each pair's sigma
  return run(o, c, erg::kob_andersen<double>(), soft_radii);
}

}  // namespace crystal_free_energy
