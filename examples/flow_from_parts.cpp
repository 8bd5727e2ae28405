/// A flow of cubic ice put together part by part, trained, and its absolute free energy: what docs/tutorial.md explains.
///
/// Usage: flow_from_parts [steps of training, default 2500]

#include "stretch.hpp"

#include <erg/erg.hpp>

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <utility>
#include <vector>

// [types]
using Spline = erg::RationalQuadraticSpline<8, erg::Circular>;
using Conditioner = erg::Embedded<erg::FourierEmbedding, erg::Transformer<erg::Gelu>>;
using Coupling = erg::SplitCoupling<Spline, Conditioner>;
using Layer = erg::Sequence<Coupling, Coupling, erg::PerAxis<erg::CircularShift>, erg::AxisPermutation>;
using Map = erg::Sequence<erg::PerAxis<tutorial::Stretch>, erg::ToTorus<float>, erg::Repeat<Layer>, erg::FromTorus<float>>;
using Base = erg::TruncatedGaussian<float>;
using IceFlow = erg::Flow<Base, Map>;
// [types]

namespace {

// [coupling]
/// Moves some axes of every particle, given the others.
Coupling coupling(erg::ParameterLayout& layout, const std::string& name, std::array<bool, 3> moved, int particles) {
  const int axes = moved[0] + moved[1] + moved[2];
  const erg::FourierEmbedding embedding(3 - axes, 4);  // cos and sin of 1 … 4 waves along each given axis
  erg::Transformer<erg::Gelu> network(layout, name,
                                      {.inputs = embedding.outputs(),
                                       .outputs = axes * Spline::parameters,
                                       .particles = particles,
                                       .width = 32,
                                       .blocks = 1,
                                       .heads = 2});
  return Coupling(moved, Conditioner(embedding, std::move(network)));
}
// [coupling]

// [layers]
/// One layer: two axes given the third, that one given the two, a learned shift of everything, a roll of the axes.
Layer layer(erg::ParameterLayout& layout, const std::string& name, int particles) {
  Coupling two = coupling(layout, name + ".two", {false, true, true}, particles);
  Coupling one = coupling(layout, name + ".one", {true, false, false}, particles);
  return Layer(std::move(two), std::move(one), erg::PerAxis<erg::CircularShift>(layout, name + ".shift"),
               erg::AxisPermutation::roll());
}
// [layers]

// [flow]
IceFlow flow_of(const erg::Crystal& ice, erg::ParameterLayout& layout) {
  const int moving = ice.particles() - 1;  // particle 0 is held on its site
  const double noise = 0.2;                // Å, along each axis
  const Base base(moving, noise, erg::half_nearest_distance(erg::sites_of(ice)));
  const erg::TorusSites<float> sites(ice.box, std::span(ice.sites).subspan(1));
  const erg::PerAxis<tutorial::Stretch> stretch(layout, "stretch");
  std::vector<Layer> layers;
  for (int l = 0; l < 3; ++l) layers.push_back(layer(layout, "layer." + std::to_string(l), moving));
  return {base, Map(stretch, erg::ToTorus<float>(sites), erg::Repeat<Layer>(std::move(layers)), erg::FromTorus<float>(sites))};
}
// [flow]

// [log_weights]
/// w = −β(U − U₀) − ln q of samples 0, 1, … of a stream, drawn from the flow.
template <class Target>
std::vector<double> log_weights(const IceFlow& flow, std::span<const float> weights, const Target& target, erg::Stream stream,
                                std::size_t samples) {
  using R = erg::native_lanes<float>;  // as many samples at once as a register holds
  const auto prepared = flow.base().prepare(weights.data());
  IceFlow::Workspace<R> work(flow.rows(), 1);
  std::vector<double> all;
  while (all.size() < samples) {
    flow.draw(prepared, weights.data(), stream, all.size(), work);
    double log_p[erg::lanes_of<R>];
    target.log_density(erg::Tile<const R>(work.u.view()), log_p, work.tape);
    for (std::size_t s = 0; s < erg::lanes_of<R>; ++s) all.push_back(log_p[s] - work.log_q[s]);
  }
  all.resize(samples);
  return all;
}
// [log_weights]

void print(const char* what, const erg::FreeEnergyEstimate& f, double per_particle, double error) {
  std::printf("%-24s %9.3f +- %.3f  %6.4f  %9.4f +- %.4f%s\n", what, f.delta_f, f.standard_error, f.effective_sample_size,
              per_particle, error, f.dominated ? "  few samples carry this" : "");
}

}  // namespace

int main(int argc, char** argv) {
  const int steps = argc > 1 ? std::atoi(argv[1]) : 2500;
  if (steps < 1) {
    std::fprintf(stderr, "flow_from_parts: a whole number of steps is needed, at least 1\n");
    return 2;
  }

  // [crystal]
  const double beta = 1 / (0.0019872067 * 200), density = 0.033567184;                // 200 K in mol/kcal; molecules per Å³
  const erg::Crystal ice = erg::build_crystal(erg::ice_cubic(), {1, 1, 1}, density);  // one unit cell, 8 molecules
  const erg::CrystalPotential energy(erg::monatomic_water<double>(), ice);
  // [crystal]

  // [weights]
  erg::ParameterLayout layout;
  const IceFlow flow = flow_of(ice, layout);
  std::vector<float> untrained(layout.size());
  std::uint64_t index = 0;
  flow.map().initialise(untrained.data(), [&] { return erg::normal({0, erg::StreamName::initialise}, index++, 0); });
  // [weights]
  std::printf("%zu weights\n\n%-24s %17s  %6s  %19s\n", layout.size(), "flow", "-ln Z", "ESS", "beta F / N");

  // [training]
  const erg::HeldParticle held(energy);
  const erg::Boltzmann target(held, beta);
  erg::ReverseKl loss(flow, target);
  erg::Trainer training(loss, untrained, {.batch = 32, .rate = {6e-3}}, 0);
  for (int step = 0; step < steps; ++step) training.step(static_cast<double>(step) / steps);
  // [training]

  // [weighing]
  const erg::Stream stream{0, erg::StreamName::base_density};
  const auto w = log_weights(flow, training.averaged_weights(), target, stream, 20000);
  const erg::FreeEnergyEstimate f = erg::free_energy_perturbation(w);
  // [weighing]

  // [absolute]
  const double wavelength = 2.3925;  // Å, that of the published figures
  const auto absolute = [&](double delta_f) {
    const double configurational = delta_f + beta * energy.rest_energy() - std::log(ice.box.volume());
    return erg::free_energy_per_particle(ice.particles(), configurational, wavelength, erg::Labellings::one);
  };
  // [absolute]
  const auto at_first = erg::free_energy_perturbation(log_weights(flow, untrained, target, stream, 20000));
  print("parts, untrained", at_first, absolute(at_first.delta_f), at_first.standard_error / ice.particles());
  print("parts, trained", f, absolute(f.delta_f), f.standard_error / ice.particles());

  // [lattice]
  const erg::VibratingLattice lattice(erg::monatomic_water<double>(), erg::ice_cubic(), 8, density, beta);
  erg::ParameterLayout names;
  const auto vibrating = lattice.flow<float>(names);
  // [lattice]
  erg::ReverseKl work(vibrating, lattice.target());
  erg::Trainer second(work, erg::initial_weights(vibrating, names, 0), {}, 0);
  const int fewer = (steps + 4) / 5;
  for (int step = 0; step < fewer; ++step) second.step(static_cast<double>(step) / fewer);
  // [lattice-weighing]
  const auto samples =
      erg::weigh_samples<erg::native_lanes<float>>(vibrating, second.averaged_weights(), lattice.target(), stream, 20000);
  const auto g = erg::free_energy_perturbation(samples.log_weight);
  const double harmonic = lattice.harmonic().free_energy();
  const erg::CrystalTerms terms{.particles = ice.particles(),
                                .rest = beta * energy.rest_energy(),
                                .vibration = harmonic,
                                .volume = ice.box.volume(),
                                .thermal_wavelength = wavelength};
  const double learned = erg::free_energy_per_particle(terms, g.delta_f - harmonic);
  // [lattice-weighing]
  print("sublattices, trained", g, learned, g.standard_error / ice.particles());
  std::printf("%-24s %9.3f %31.6f\n", "harmonic, exact", harmonic, erg::free_energy_per_particle(terms, 0));
}
