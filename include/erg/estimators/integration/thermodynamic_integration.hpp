/// \file
/// Thermodynamic integration: a free energy difference from mean forces along a path.
#pragma once

#include "erg/estimators/concept.hpp"
#include "erg/estimators/integration/quadrature.hpp"
#include "erg/estimators/time_series/correlation.hpp"

#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace erg {

/// ΔF along a path, with the error of the mean forces. The error of the quadrature is not in it: compare rules.
///
/// Shapes:  of_point (points): the part of each point in ΔF.
/// Units:   those of the mean forces times λ: k_B T for ⟨∂u/∂λ⟩.
struct IntegrationEstimate {
  double delta_f, standard_error;
  std::vector<double> of_point;
};

/// ∫ ⟨∂u/∂λ⟩ dλ by a quadrature rule, from independent mean forces at its points.
///
/// Shapes:  mean_force (points of the rule).
/// Errors:  InputError for another number of points, values that are not finite, or errors below 0.
/// Source:  Kirkwood 1935, doi:10.1063/1.1749657.
inline IntegrationEstimate thermodynamic_integration(const Quadrature& rule, std::span<const Estimate> mean_force) {
  if (mean_force.size() != rule.weight.size())
    throw InputError("mean forces", "thermodynamic integration", std::to_string(mean_force.size()),
                     std::to_string(rule.weight.size()) + ", one for each point of the rule");
  IntegrationEstimate found{0, 0, {}};
  double variance = 0;
  for (std::size_t k = 0; k < mean_force.size(); ++k) {
    const auto [value, error] = mean_force[k];
    if (!std::isfinite(value) || !std::isfinite(error) || error < 0)
      throw InputError("mean force", "point " + std::to_string(k), to_text(value) + " ± " + to_text(error),
                       "finite numbers, the error from 0");
    found.of_point.push_back(rule.weight[k] * value);
    found.delta_f += found.of_point.back();
    variance += rule.weight[k] * rule.weight[k] * error * error;
  }
  found.standard_error = std::sqrt(variance);
  return found;
}

/// The same from series of ∂u/∂λ at each point: their means, with errors that know of correlations.
///
/// Errors:  also as `correlated_mean`.
inline IntegrationEstimate thermodynamic_integration(const Quadrature& rule, std::span<const std::vector<double>> series) {
  std::vector<Estimate> mean_force;
  for (const std::vector<double>& of_point : series) {
    const CorrelatedMean found = correlated_mean(of_point);
    mean_force.push_back({found.value, found.standard_error});
  }
  return thermodynamic_integration(rule, mean_force);
}

}  // namespace erg
