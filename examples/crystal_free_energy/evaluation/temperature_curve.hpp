/// \file
/// One flow for a range of temperatures: trained at several at once, weighed at each that is asked for.
#pragma once

#include "evaluation/evaluation.hpp"
#include "training/training_run.hpp"

#include "erg/estimators/thermodynamics.hpp"
#include "erg/potentials/wrappers.hpp"
#include "erg/training/averaged_losses.hpp"
#include "erg/training/reverse_kl.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace crystal_free_energy {

/// One temperature of a size.
///
/// Units:   per particle: energy in that of the crystal; entropy and heat capacity in k_B.
struct StatePoint {
  using Quantity = erg::Thermodynamics::Quantity;
  Case at;          ///< the crystal at this temperature
  SizeResult size;  ///< without its samples
  erg::Thermodynamics whole;

  Quantity energy() const { return scaled(whole.energy, 1 / at.beta()); }
  Quantity entropy() const { return scaled(whole.entropy, 1); }
  Quantity heat_capacity() const { return scaled(whole.heat_capacity, 1); }

 private:
  Quantity scaled(const Quantity& q, double unit) const {
    return {q.value * unit / size.particles, q.standard_error * unit / size.particles};
  }
};

/// What a flow of that range is told of its temperature; a flow without a range is told nothing.
inline std::vector<double> conditions_at(const std::optional<TrainedRange>& range, double temperature) {
  if (!range) return {};
  return {erg::temperature_condition(temperature, range->coldest, range->hottest)};
}

/// Trains one flow at all of the range's training temperatures, each having its share of every batch.
/// `lattice_at(particles, temperature)` gives the lattice with its condition; `soft_radius` as for `train`.
template <class LatticeAt, class Radius>
Trained train_over(const TrainedRange& range, const Options& o, const Case& c, const LatticeAt& lattice_at,
                   const Radius& soft_radius, const ResultDirectory& directory) {
  using Lattice = std::invoke_result_t<LatticeAt, int, double>;
  using Form = erg::TrainingForm<std::remove_cvref_t<decltype(std::declval<Lattice>().potential().potential())>>;
  using Target = erg::CrystalPotential<Form>;
  using Loss = erg::ReverseKl<erg::CrystalFlow<float>, Target, erg::native_lanes<float>>;
  const Lattice coldest = lattice_at(c.particles, range.coldest);
  const Target target(erg::training_form(coldest.potential().potential(), soft_radius), coldest.crystal());
  erg::ParameterLayout layout;
  std::vector<std::unique_ptr<const erg::CrystalFlow<float>>> flows;
  std::vector<std::unique_ptr<Loss>> losses;
  for (const double temperature : training_temperatures(range)) {
    const Lattice lattice = lattice_at(c.particles, temperature);
    layout = {};  // the same each time: all flows share one set of weights
    flows.push_back(
        std::make_unique<const erg::CrystalFlow<float>>(lattice.template flow<float>(layout, {c.shells, o.sweeps, o.hidden})));
    losses.push_back(std::make_unique<Loss>(*flows.back(), erg::Boltzmann(target, lattice.beta()), erg::GradientKind::path,
                                            packs_for(c.particles)));
  }
  erg::AveragedLosses<Loss> loss(std::move(losses));
  auto facts = facts_of(o, c);
  facts[temperature_range_fact] = range.text();
  return TrainingRun(o, std::move(facts), layout, loss, erg::initial_weights(*flows.front(), layout, o.seed, !o.free_weights))
      .run(directory);
}

/// The size's thermodynamics, from its samples at that temperature.
inline StatePoint state_point(const Options& o, const Case& at, SizeResult size) {
  const auto unsampled = erg::unsampled_terms(size.terms, at.wavelength);
  const auto whole = erg::thermodynamics(size.flow.log_weight, size.flow.excess, at.beta(), unsampled, {.seed = o.seed});
  size.flow = size.base = {};
  size.frames.clear();
  return {at, std::move(size), whole};
}

/// A size at every temperature that is asked for, each with samples of its own: errors of different temperatures are independent.
/// `coldest` is what was found at the first.
///
/// Errors:  Interrupted, as `evaluate`.
template <class LatticeAt>
std::vector<StatePoint> temperature_curve(const Options& o, const Case& c, const LatticeAt& lattice_at, const SizeResult& coldest,
                                          const std::vector<float>& weights) {
  std::vector<StatePoint> curve{state_point(o, c, coldest)};
  const auto temperatures = o.temperature_range->temperatures();
  for (std::size_t i = 1; i < temperatures.size(); ++i) {
    const Case at = case_at(o, c, temperatures[i]);
    const std::uint64_t from = i * static_cast<std::uint64_t>(o.samples);
    curve.push_back(state_point(o, at, evaluate(o, at, lattice_at(coldest.particles, at.temperature), weights, 0, from)));
  }
  return curve;
}

}  // namespace crystal_free_energy
