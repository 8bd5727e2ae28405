/// The free energy of cubic ice in fifteen lines: what README.md shows.

// [program]
#include <erg/erg.hpp>

#include <cstdio>

int main() {
  const double beta = 1 / (0.0019872067 * 200), density = 0.033567184;  // 200 K in mol/kcal; molecules per Å³
  const erg::VibratingLattice ice(erg::monatomic_water<double>(), erg::ice_cubic(), 64, density, beta);

  erg::ParameterLayout layout;
  const auto flow = ice.flow<float>(layout);
  erg::ReverseKl loss(flow, ice.target());
  erg::Trainer training(loss, erg::initial_weights(flow, layout, 0), {}, 0);
  for (int step = 0; step < 1000; ++step) training.step(step / 1000.0);

  const auto samples = erg::weigh_samples<erg::native_lanes<float>>(flow, training.averaged_weights(), ice.target(),
                                                                    {0, erg::StreamName::base_density}, 20000);
  const auto f = erg::free_energy_perturbation(samples.log_weight);
  std::printf("-ln Z = %.3f +- %.3f k_BT beyond the crystal at rest, ESS %.2f\n", f.delta_f, f.standard_error,
              f.effective_sample_size);
}
// [program]
