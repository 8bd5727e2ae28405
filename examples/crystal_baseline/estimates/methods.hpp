/// \file
/// Free energies of the crystal from what was sampled, by every method, with what each took.
#pragma once

#include "options/options.hpp"
#include "sampling/record.hpp"

#include "erg/densities/crystal/crystal_free_energy.hpp"
#include "erg/estimators/concept.hpp"
#include "erg/estimators/integration/quadrature.hpp"

#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace crystal_baseline {

/// Neighbouring stages with less in common leave MBAR an error that is not to be trusted.
/// Source:  Klimovich, Shirts and Mobley 2015, doi:10.1007/s10822-015-9840-9.
inline constexpr double least_trusted_overlap = 0.03;

/// What estimates need to know beside the samples.
struct Setup {
  erg::CrystalTerms terms;
  erg::Quadrature rule;           ///< of the stages between the ends
  std::vector<double> couplings;  ///< all stages
  std::size_t ladders;
  std::uint64_t seed;
  double training_seconds = 0;  ///< of the flow, as its file says
  double training_evaluations = 0;

  std::size_t stages() const { return couplings.size(); }
  std::size_t samples(const Record& r) const { return r.reference.size() / (stages() * ladders); }
  /// Place in `Record::reference` and `potential`.
  std::size_t place(std::size_t sample, std::size_t stage, std::size_t ladder) const {
    return (sample * stages() + stage) * ladders + ladder;
  }
  /// βF/N from −ln ∫ exp(−β(U − U₀)) over the vibrations. What is not known there is not known here.
  double beta_f(double delta_f) const {
    return std::isnan(delta_f) ? delta_f : erg::free_energy_per_particle(terms, delta_f - terms.vibration);
  }
};

/// One method's figure and its price.
///
/// Units:   βF/N in k_BT; seconds of processor time; energy evaluations of one configuration.
/// What cannot be told from the samples, of states that share none, is NaN ± ∞: `note` says so.
struct Method {
  std::string name, title;
  double beta_f, error;
  double seconds, evaluations;
  bool reliable = true;  ///< whether the error can be believed; `note` says why not
  std::string note = {};

  bool known() const { return std::isfinite(beta_f) && std::isfinite(error); }
  /// How much longer the same sampling would have to be for an error of `target`: variances fall as 1 / samples.
  double factor_to(double target) const { return error * error / (target * target); }
};

/// The mean force at one stage of the path.
struct MeanForce {
  double coupling, value, error, inefficiency;
};

/// What the samples say.
struct Estimates {
  std::vector<Method> methods;
  std::vector<MeanForce> forces;     ///< of every stage
  std::vector<double> stage_f;       ///< by MBAR: of every stage less the reference; NaN where not known [k_BT]
  std::vector<double> overlap;       ///< of each stage with the next
  double bar_overlap = 0;            ///< of flow and crystal: what learned BAR lives on
  double effective_sample_size = 0;  ///< of the flow, fraction

  const Method* find(const std::string& name) const {
    for (const Method& m : methods)
      if (m.name == name) return &m;
    return nullptr;
  }
};

/// Estimates from the first `fraction` of all samples.
///
/// Errors:  as the estimators.
Estimates estimate(const Record& record, const Setup& setup, double fraction = 1);

/// The steps of each ladder's crystal samples that count as independent.
std::vector<std::size_t> independent_crystal_samples(const Record& record, const Setup& setup);

}  // namespace crystal_baseline
