/// One flow trained at several temperatures of ice: as good at those between, and thermodynamics that fit together.

#include "densities/crystal/warm_ice.hpp"
#include "erg/training/averaged_losses.hpp"
#include "erg/training/reverse_kl.hpp"
#include "erg/training/trainer.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

using namespace erg;
using namespace erg::tests;

namespace {

using Target = CrystalPotential<Water>;
using Loss = ReverseKl<CrystalFlow<float>, Target>;

/// Weights after so many steps at five temperatures.
std::vector<float> trained(const WarmIce& ice, int steps) {
  ParameterLayout layout;
  std::vector<VibratingLattice<Water>> lattices;
  for (int i = 0; i < 5; ++i) lattices.push_back(ice.at(ice.coldest * std::pow(ice.hottest / ice.coldest, i / 4.0)));
  std::vector<std::unique_ptr<CrystalFlow<float>>> flows;
  std::vector<std::unique_ptr<Loss>> losses;
  for (const auto& lattice : lattices) {
    layout = {};
    flows.push_back(std::make_unique<CrystalFlow<float>>(flow_of<float>(lattice, layout, ice.shape)));
    losses.push_back(std::make_unique<Loss>(*flows.back(), lattice.target()));
  }
  AveragedLosses<Loss> loss(std::move(losses));
  Trainer training(loss, initial_weights(*flows.front(), layout, 0), {}, 0);
  for (int step = 0; step < steps; ++step) training.step(static_cast<double>(step) / steps);
  return training.averaged_weights();
}

}  // namespace

TEST_CASE("Temperature range: one flow serves all temperatures, and F, U, S and C_v are derivatives of one another") {
  const WarmIce ice(180, 240, {});
  const auto weights = trained(ice, 700);
  const std::vector<double> theta(weights.begin(), weights.end());
  std::vector<State> states;
  for (const double t : {180.0, 200.0, 215.0, 231.0, 240.0}) {  // three of them between those trained at
    const auto found = ice.thermodynamics_at(t, theta, 20000, Wavelength::fixed);
    MESSAGE("T = " << t << ": ESS " << found.effective_sample_size << ", beta F/N "
                   << found.state.free_energy.value / t / ice.particles << ", U/N " << found.state.energy.value / ice.particles
                   << ", C_v/N " << found.state.heat_capacity.value / ice.particles << " +- "
                   << found.state.heat_capacity.standard_error / ice.particles);
    // About 0.7; now and then one heavy weight among 20,000 takes half of that. Harmonic motion alone has 0.01 to 0.06.
    CHECK(found.effective_sample_size > 0.15);
    states.push_back(found.state);
  }
  for (std::size_t i = 0; i + 1 < states.size(); ++i) {
    // Four standard errors: false alarm below 7e-5 each, below 1e-3 for all.
    CHECK(energy_gap(states[i], states[i + 1]).sigmas() < 4);
    CHECK(heat_gap(states[i], states[i + 1]).sigmas() < 4);
    CHECK(entropy_gap(states[i], states[i + 1]).sigmas() < 4);
  }
  // Over the whole range C_v from differences of U, more than harmonic motion has, as U says.
  const State &cold = states.front(), &hot = states.back();
  const double slope = (hot.energy.value - cold.energy.value) / (hot.temperature - cold.temperature) / ice.particles;
  CHECK(slope > 1.6);
  CHECK(slope < 1.75);
}
