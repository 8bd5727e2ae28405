#include "densities/crystal/warm_ice.hpp"
#include "laws/numbers.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace erg;
using namespace erg::tests;

TEST_CASE("temperature_condition: -1 and 1 at the ends, linear in ln T, and not bound to the range") {
  CHECK(temperature_condition(200, 200, 1000) == doctest::Approx(-1));
  CHECK(temperature_condition(1000, 200, 1000) == doctest::Approx(1));
  CHECK(temperature_condition(std::sqrt(200.0 * 1000.0), 200, 1000) == doctest::Approx(0));
  CHECK(temperature_condition(5000, 200, 1000) == doctest::Approx(3));
}

TEST_CASE("Temperature flow: one layout of weights for every temperature and size, and each temperature its own density") {
  const WarmIce ice(180, 240, {2, 1, {8}});
  ParameterLayout cold, warm, large;
  const auto at_cold = flow_of<double>(ice.at(180), cold, ice.shape), at_warm = flow_of<double>(ice.at(240), warm, ice.shape);
  flow_of<double>(ice.at(240, {3, 2, 2}), large, ice.shape);
  REQUIRE(cold.size() == warm.size());
  CHECK(cold.size() == large.size());
  const auto theta = some_numbers(cold.size(), 4, 0.1);
  // The same latent draws, u in units of the thermal amplitude √T: were the flow told nothing, they would be the same.
  using R = native_lanes<double>;
  CrystalFlow<double>::Workspace<R> a(at_cold.rows(), 1), b(at_cold.rows(), 1);
  at_cold.draw(at_cold.base().prepare(theta.data()), theta.data(), WarmIce::stream(1), 0, a);
  at_warm.draw(at_warm.base().prepare(theta.data()), theta.data(), WarmIce::stream(1), 0, b);
  double most = 0;
  for (int row = 0; row < at_cold.rows(); ++row)
    most = std::max(most, std::abs(lane(b.u.view()(row, 0), 0) * std::sqrt(180.0 / 240) - lane(a.u.view()(row, 0), 0)));
  CHECK(most > 1e-3);
}

TEST_CASE("Temperature flow: d(βF)/dβ is U, dU/dT is C_v, −dF/dT is S, whatever the weights are") {
  // Cold, so that the harmonic crystal alone covers the target; the weights are bent at random, differently at each temperature.
  const WarmIce ice(50, 60, {2, 1, {8}});
  ParameterLayout layout;
  const auto start = initial_weights(flow_of<double>(ice.at(50), layout, ice.shape), layout, 1);
  auto theta = some_numbers(layout.size(), 4, 0.004);
  for (std::size_t i = 0; i < theta.size(); ++i) theta[i] += start[i];
  for (const Wavelength kind : {Wavelength::fixed, Wavelength::thermal}) {
    std::vector<State> states;
    for (const double t : {50.0, 55.0, 60.0}) {
      const auto found = ice.thermodynamics_at(t, theta, 2400, kind);
      MESSAGE("T = " << t << ": ESS " << found.effective_sample_size << ", C_v / N k_B "
                     << found.state.heat_capacity.value / ice.particles << " +- "
                     << found.state.heat_capacity.standard_error / ice.particles);
      CHECK(found.effective_sample_size > 0.2);
      states.push_back(found.state);
    }
    for (int i = 0; i < 2; ++i) {
      // Four standard errors: false alarm below 7e-5 each.
      CHECK(energy_gap(states[i], states[i + 1]).sigmas() < 4);
      CHECK(heat_gap(states[i], states[i + 1]).sigmas() < 4);
      CHECK(entropy_gap(states[i], states[i + 1]).sigmas() < 4);
      // They would be seen: the steps themselves are far more than four errors.
      CHECK(energy_gap(states[i], states[i + 1]).error < 0.02 * ice.particles * 0.15);
    }
    // Close to what harmonic motion has: 3N − 3 vibrations, and 3N momenta where they count.
    const double harmonic = 1.5 * (ice.particles - 1) + (kind == Wavelength::thermal ? 1.5 * ice.particles : 0);
    CHECK(std::abs(states[1].heat_capacity.value - harmonic) < 4 * states[1].heat_capacity.standard_error + 0.05 * ice.particles);
  }
}
