#include "erg/densities/flow_density.hpp"

#include "densities/crystal/spring_target.hpp"
#include "erg/base/lanes.hpp"
#include "erg/samplers/independence_metropolis.hpp"
#include "laws/density_laws.hpp"
#include "laws/transition_laws.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

struct Bent {
  SpringIce ice{{1, 1, 1}};
  ParameterLayout layout;
  SpringCrystalFlow<double> flow = ice.flow<double>(layout);
  std::vector<double> theta = some_numbers(layout.size(), 2, 0.15);
  FlowDensity<SpringCrystalFlow<double>> density{flow, theta};
};

}  // namespace

static_assert(Density<FlowDensity<SpringCrystalFlow<double>>>);
static_assert(Density<FlowDensity<SpringCrystalFlow<float>>, Lanes<float, 16>>);

TEST_CASE("FlowDensity: the laws of densities, and what the flow says") {
  const Bent bent;
  check_log_density_and_score(bent.density, {}, 1e-4, 1e-6);
  check_density_lanes<Lanes<double, 8>>(bent.density, bent.density, 1e-9);
  const auto prepared = bent.flow.base().prepare(bent.theta.data());
  SpringCrystalFlow<double>::Workspace<double> work(bent.flow.rows(), 1);
  bent.flow.draw(prepared, bent.theta.data(), density_stream, 5, work);
  const DrawnSample mine = draw_one(bent.density, NoParameters{}, 5);
  CHECK(mine.log_q == work.log_q[0]);
  CHECK(std::abs(work.log_det[0]) > 1e-3);
}

TEST_CASE("Independence Metropolis: a bent flow is always taken by its own energy, and leaves springs their equilibrium") {
  // 2,048 replicas, exactly drawn; the bound of 4.5 errors fails 1 run in 150,000 over all seeds.
  using R = Lanes<double, 8>;
  const Bent bent;
  const NoParameters none;
  const DensityEnergy own(bent.density, none, spring_beta);
  auto replicas = drawn<R>(*bent.ice.harmonic, 2048, 3);
  Replicas<R> inside(24, 64, spring_beta, 5);
  Tape<R> tape;
  TileBuffer<R> latent(24, 1);
  double log_q[8];
  for (int pack = 0; pack < inside.packs(); ++pack) {
    bent.density.draw(none, Stream{6, StreamName::start}, static_cast<std::uint64_t>(pack) * 8, latent.view(),
                      inside.positions(pack), log_q, tape);
  }
  IndependenceMetropolis perfect(own, bent.density, none);
  perfect.advance(inside, 5);
  CHECK(perfect.acceptance() > 0.999999);

  const Quadratic springs(spring_hessian(bent.ice.lattice.crystal, target_springs));
  IndependenceMetropolis chain(springs, bent.density, none);
  chain.advance(replicas, 60);
  CHECK(chain.acceptance() > 0.03);
  CHECK(chain.acceptance() < 0.9);
  CHECK(mode_moments(*bent.ice.harmonic, replicas).largest() < 4.5);
}
