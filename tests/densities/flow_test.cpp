#include "erg/densities/flow.hpp"

#include "densities/crystal/spring_target.hpp"
#include "laws/density_laws.hpp"

using namespace erg;
using namespace erg::tests;

static_assert(ReparametrisedDensity<VibratingCrystal<double>>);
static_assert(!is_parameter_free<VibratingCrystal<double>>);

TEST_CASE("Flow: log_density of a draw is what draw said, and leaves the point that it was moved from") {
  SpringIce ice({1, 1, 1});
  ParameterLayout layout;
  const auto flow = ice.flow<double>(layout);
  const auto theta = some_numbers(layout.size(), 2, 0.15);
  const auto prepared = flow.base().prepare(theta.data());
  SpringCrystalFlow<double>::Workspace<double> drawn(flow.rows(), 3), given(flow.rows(), 3);
  flow.draw(prepared, theta.data(), density_stream, 5, drawn);
  flow.log_density(prepared, theta.data(), std::as_const(drawn.u).view(), given);
  CHECK(worst(given.log_q, drawn.log_q) < 1e-11);
  CHECK(worst(given.log_det, std::vector<double>(3, 0.0)) > 1e-3);  // the map does something
  for (int s = 0; s < 3; ++s) {
    const auto latent = sample_of(given.latent.view().data, flow.rows(), 3, s, 0);
    const auto expected = sample_of(drawn.latent.view().data, flow.rows(), 3, s, 0);
    for (std::size_t row = 3; row < latent.size(); ++row) CHECK(std::abs(latent[row] - expected[row]) < 1e-10);
  }
}

TEST_CASE("VibratingCrystal: log_density and its score and gradient agree with those of draws and with differences") {
  SpringIce ice({1, 2, 1});
  ParameterLayout layout;
  const VibratingCrystal<double> density(layout, ice.harmonic);
  const auto theta = some_numbers(layout.size(), 3, 0.4);
  check_log_density_and_score(density, theta, 1e-4, 1e-7);
  check_log_density_vjp(density, theta, 1e-7);
}
