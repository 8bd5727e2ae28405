/// The whole chain on real ice: what the library promises, checked against published free energies and against its own error
/// bars.

#include "densities/crystal/water_lattice.hpp"
#include "erg/densities/crystal/crystal_free_energy.hpp"
#include "erg/estimators/importance_sampling.hpp"
#include "erg/estimators/two_states/free_energy_perturbation.hpp"
#include "erg/geometry/lattice.hpp"
#include "erg/training/reverse_kl.hpp"
#include "erg/training/trainer.hpp"

#include <doctest/doctest.h>

namespace {

using erg::tests::ice_beta;
using erg::tests::water_lattice;
using Lattice = erg::VibratingLattice<erg::tests::Water>;
constexpr double wavelength = 2.3925;

std::vector<float> trained(const Lattice& lattice, int steps) {
  erg::ParameterLayout layout;
  const auto flow = erg::tests::flow_of<float>(lattice, layout, {});
  erg::ReverseKl loss(flow, lattice.target());
  erg::Trainer training(loss, erg::initial_weights(flow, layout, 0), {}, 0);
  for (int step = 0; step < steps; ++step) training.step(static_cast<double>(step) / steps);
  return training.averaged_weights();
}

struct Weighed {
  double free_energy, error, effective_sample_size;
};

Weighed weighed(const Lattice& lattice, const std::vector<float>& weights, std::uint64_t seed, std::int64_t samples) {
  const std::vector<double> theta(weights.begin(), weights.end());
  const auto drawn = erg::tests::weigh(lattice, {}, theta, {seed, erg::StreamName::base_density}, samples);
  const auto f = erg::free_energy_perturbation(drawn.log_weight, {.seed = seed});
  const int n = lattice.crystal().particles();
  const erg::CrystalTerms terms{n, ice_beta * lattice.potential().rest_energy(), lattice.harmonic().free_energy(),
                                lattice.crystal().box.volume(), wavelength};
  return {erg::free_energy_per_particle(terms, f.delta_f - terms.vibration), f.standard_error / n, f.effective_sample_size};
}

}  // namespace

TEST_CASE("Ice: twenty seeds spread as their error bars say, about the published value; weights carry over") {
  const Lattice small = water_lattice(erg::ice_cubic(), 64);
  const auto weights = trained(small, 2000);
  constexpr int seeds = 20;
  double mean = 0, chi_squared = 0;
  std::vector<Weighed> found;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    found.push_back(weighed(small, weights, seed, 20000));
    mean += found.back().free_energy / seeds;
    CHECK(found.back().error < 1e-4);
    CHECK(found.back().effective_sample_size > 0.6);
  }
  for (const Weighed& w : found) chi_squared += std::pow((w.free_energy - mean) / w.error, 2);
  MESSAGE("mean beta F/N " << mean << ", chi squared " << chi_squared << " of 19, error of one " << found[0].error);
  CHECK(std::abs(mean + 25.16306) < 2e-4);
  // Chi squared with 19 degrees of freedom lies outside for 1 in 10^4 honest error bars on either side.
  CHECK(chi_squared > 3.9);
  CHECK(chi_squared < 51);

  const Weighed large = weighed(water_lattice(erg::ice_cubic(), 512), weights, 0, 20000);
  MESSAGE("512: beta F/N " << large.free_energy << " +- " << large.error << ", ESS " << large.effective_sample_size);
  CHECK(std::abs(large.free_energy + 25.06156) < 3e-4);
  CHECK(large.effective_sample_size > 0.05);
}

TEST_CASE("Ice: the hexagonal crystal's published free energy") {
  const Lattice lattice = water_lattice(erg::ice_hexagonal(), 64);
  const Weighed w = weighed(lattice, trained(lattice, 1500), 0, 20000);
  MESSAGE("hexagonal: beta F/N " << w.free_energy << " +- " << w.error << ", ESS " << w.effective_sample_size);
  CHECK(std::abs(w.free_energy + 25.18687) < 2e-4);
  CHECK(w.effective_sample_size > 0.5);
}
