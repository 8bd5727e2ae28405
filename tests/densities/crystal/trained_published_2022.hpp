/// \file
/// The published model on cubic ice of eight molecules, trained from scratch.
#pragma once

#include "erg/densities/crystal/published_2022.hpp"
#include "erg/estimators/importance_sampling.hpp"
#include "erg/estimators/weights.hpp"
#include "erg/geometry/lattice.hpp"
#include "erg/potentials/crystal/crystal_potential.hpp"
#include "erg/potentials/crystal/held_particle.hpp"
#include "erg/training/reverse_kl.hpp"
#include "erg/training/trainer.hpp"

#include <numeric>

namespace erg::tests {

/// Training and weighing in float; the samples weighed are none of those trained on.
class TrainedPublished2022 {
  using Water = StillingerWeber<double>;
  using Soft = TrainingForm<Water>;
  using SoftIce = HeldParticle<CrystalPotential<Soft>>;
  using R = native_lanes<float>;

 public:
  static constexpr double beta = 1 / (0.0019872067 * 200);
  static constexpr Stream evaluation{11, StreamName::base_density};

  TrainedPublished2022(const Published2022Shape& shape, const TrainingOptions& options, int steps)
      : flow_(published_2022<float>(layout_, crystal, shape)), theta_(layout_.size()) {
    std::uint64_t index = 0;
    flow_.map().initialise(theta_.data(), [&] { return normal({3, StreamName::initialise}, index++, 0); });
    before = weighed(2048);
    const CrystalPotential<Soft> soft(Soft(monatomic_water<double>(), 1.2), crystal);
    const SoftIce held(soft);
    ReverseKl<Published2022<float>, SoftIce, R> loss(flow_, Boltzmann(held, beta), GradientKind::total, 1);
    Trainer trainer(loss, theta_, options, 3);
    for (int i = 0; i < steps; ++i) last = trainer.step(static_cast<double>(i) / steps).batch;
    theta_.assign(trainer.weights().begin(), trainer.weights().end());
  }

  /// Log-weights of the first samples of the evaluation stream under the true potential.
  std::vector<double> weighed(std::int64_t samples) const {
    const CrystalPotential<Water> potential(monatomic_water<double>(), crystal);
    const HeldParticle held(potential);
    return weigh_samples<R>(flow_, theta_, Boltzmann(held, beta), evaluation, samples).log_weight;
  }

  const Crystal crystal = build_crystal(ice_cubic(), {1, 1, 1}, 0.033567184);
  std::vector<double> before;  ///< log-weights of 2048 samples before training
  BatchReport last;            ///< of the last step

 private:
  ParameterLayout layout_;
  Published2022<float> flow_;
  std::vector<float> theta_;
};

}  // namespace erg::tests
