#include "densities/crystal/small_ice.hpp"
#include "erg/base/statistics.hpp"
#include "erg/estimators/importance_sampling.hpp"
#include "laws/numbers.hpp"

#include <doctest/doctest.h>

using namespace erg;
using namespace erg::tests;

namespace {

const Stream stream{3, StreamName::base_density};

}  // namespace

TEST_CASE("weigh_samples: samples that the target's list does not cover are computed again, exactly") {
  const Ice ice;
  ParameterLayout layout;
  const auto lattice = ice.of({2, 2, 2});
  const auto flow = lattice.flow<double>(layout, ice.shape);
  const auto theta = initial_weights(flow, layout, 1);
  const auto weigh = [&](double skin) {
    const CrystalPotential<Water> target(monatomic_water<double>(), lattice.crystal(), skin);
    return weigh_samples<double>(flow, std::span<const double>(theta), Boltzmann(target, ice_beta), stream, 12,
                                 [](std::int64_t, const auto&) {});
  };
  const auto generous = weigh(2.0), tiny = weigh(1e-6);
  CHECK(worst(tiny.log_weight, generous.log_weight) < 1e-9);
  // Without the second look it would be wrong: pairs come inside the cutoff that the list does not hold.
  const CrystalPotential<Water> target(monatomic_water<double>(), lattice.crystal(), 1e-6);
  CrystalFlow<double>::Workspace<double> w(flow.rows(), 1);
  double listed = 0;
  flow.draw(flow.base().prepare(theta.data()), theta.data(), stream, 0, w);
  CHECK(target.energy<double>(w.u.view(), &listed) == 1);
  CHECK(!target.covers<double>(w.u.view(), 0));
  CHECK(std::abs(listed - generous.excess[0]) > 1e-3);
  // Harmonic ice of 64: the mean log-weight is near −(harmonic free energy), the spread that of the anharmonic part.
  CHECK(std::abs(moments(generous.log_weight).mean + lattice.harmonic().free_energy()) < 30);
}
