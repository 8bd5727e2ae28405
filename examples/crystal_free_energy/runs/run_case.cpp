#include "runs/run_case.hpp"

#include "runs/published_run.hpp"
#include "runs/run.hpp"

#include "erg/base/error.hpp"
#include "erg/potentials/lennard_jones.hpp"
#include "erg/potentials/mixtures/kob_andersen.hpp"
#include "erg/potentials/stillinger_weber.hpp"

namespace crystal_free_energy {

namespace {

template <class P>
int run_either(const Options& o, const Case& c, const P& potential, double soft_radius) {
  return o.model == published ? run_published(o, c, potential, soft_radius) : run(o, c, potential, soft_radius);
}

int run_mixture(const Options& o, const Case& c) {
  if (o.model == published)
    throw erg::InputError("--model", "command line", o.model, "sublattice: the published model knows particles of one kind");
  const erg::ByKinds<double, 2> soft_radii{{0.8, 0.64, 0.704}};  // 0.8 of each pair's sigma
  return run(o, c, erg::kob_andersen<double>(), soft_radii);
}

}  // namespace

// One file for all potentials: most of what it takes to compile is of the crystal and the flow, whatever the potential.
int run_case(const Options& o, const Case& c) {
  if (c.potential == "kob-andersen") return run_mixture(o, c);
  if (c.potential == "lj") return run_either(o, c, erg::truncated_shifted_lennard_jones(1.0, 1.0, 2.7), 0.8);
  const auto potential = c.potential == "silicon" ? erg::silicon<double>() : erg::monatomic_water<double>();
  return run_either(o, c, potential, 0.5 * potential.sigma);
}

}  // namespace crystal_free_energy
