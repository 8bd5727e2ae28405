/// \file
/// The mean work of learned free energy perturbation, of one direction or of both.
#pragma once

#include "sampling/ladder_run.hpp"
#include "training/map.hpp"

#include "erg/densities/flow.hpp"
#include "erg/densities/sampled_boltzmann.hpp"
#include "erg/training/maximum_likelihood.hpp"
#include "erg/training/reverse_kl.hpp"
#include "erg/training/weighted_losses.hpp"

#include <span>
#include <string>

namespace solvation {

using Ensemble = erg::AtCoupling<System::TrainingSolute>;
using MapFlow = erg::Flow<erg::SampledBoltzmann<float, Ensemble>, SolventMap>;

/// Forward: ⟨β U_B(f(x)) − β U_A(x) − ln |det J|⟩ over samples of A. Reverse: the same of f⁻¹ over samples of B, less the mean of
/// β U_B. Both: their mean.
class DirectedLoss {
 public:
  using T = float;
  using Forward = erg::ReverseKl<MapFlow, Ensemble>;
  using Reverse = erg::MaximumLikelihood<MapFlow>;

  /// Shapes: first, last (sample, particle, axis).
  DirectedLoss(const System& system, const SolventMap& map, std::span<const double> first, std::span<const double> last,
               std::string direction)
      : start_(system.training_solute().at(0)),
        end_(system.training_solute().at(1)),
        flow_({start_, system.beta(), first}, map),
        forward_(flow_, {end_, system.beta()}, erg::GradientKind::path, 1),
        reverse_(flow_, last, 1),
        both_(forward_, reverse_, 0.5),
        direction_(std::move(direction)) {}
  DirectedLoss(const DirectedLoss&) = delete;
  DirectedLoss& operator=(const DirectedLoss&) = delete;

  int samples_of(int batch) const { return both_.samples_of(batch); }
  erg::BatchReport gradient(std::span<const float> theta, erg::Stream stream, std::uint64_t first, int batch,
                            std::span<double> gradient) {
    if (direction_ == solvation::forward) return forward_.gradient(theta, stream, first, batch, gradient);
    if (direction_ == solvation::reverse) return reverse_.gradient(theta, stream, first, batch, gradient);
    return both_.gradient(theta, stream, first, batch, gradient);
  }

 private:
  Ensemble start_, end_;
  MapFlow flow_;
  Forward forward_;
  Reverse reverse_;
  erg::WeightedLosses<Forward, Reverse> both_;
  std::string direction_;
};

}  // namespace solvation
