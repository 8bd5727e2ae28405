#include "densities/crystal/trained_published_2022.hpp"
#include "erg/densities/position_free_energy.hpp"

#include <doctest/doctest.h>

using namespace erg;
using namespace erg::tests;

TEST_CASE("Published2022: the tutorial's shape reaches its free energy on ice from scratch") {
  const TrainedPublished2022 ice({.frequencies = 2, .layers = 4, .width = 32}, {.batch = 128, .rate = {3e-3}, .clip = 1e4}, 600);
  const auto log_weights = ice.weighed(20000);
  CHECK(effective_sample_size(log_weights) > 0.1);
  const CrystalPotential<StillingerWeber<double>> potential(monatomic_water<double>(), ice.crystal);
  const double configurational =
      TrainedPublished2022::beta * potential.rest_energy() - log_mean_exp(log_weights) - std::log(ice.crystal.box.volume());
  // "About −25.86" in the published tutorial; at this effective sample size the error is 0.002.
  CHECK(std::abs(free_energy_per_particle(8, configurational, 2.3925, Labellings::one) + 25.862) < 0.01);
}
