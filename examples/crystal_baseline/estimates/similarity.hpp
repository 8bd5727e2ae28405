/// \file
/// How far the samples of a flow are from those of a simulation: two-sample statistics with errors.
#pragma once

#include "estimates/methods.hpp"

#include <span>
#include <vector>

namespace crystal_baseline {

/// Two samples of energies compared.
///
/// Units:   energies per particle in k_BT; distances are pure numbers.
struct EnergyComparison {
  erg::Estimate mean_difference;  ///< flow less simulation
  erg::Estimate distance;         ///< Kolmogorov–Smirnov: the largest difference of the distribution functions
  double expected;                ///< the distance that two samples of these sizes from one distribution have on average
  double probability;             ///< that such samples are as far apart or farther
};

/// Two radial distributions compared.
struct DistributionComparison {
  /// √(Σ r² (g_flow − g_crystal)² / Σ r² g_crystal²) over the shells, with what noise alone adds taken out under the root; 0
  /// where noise is more than is seen.
  erg::Estimate distance;
  double noise;       ///< what noise alone adds, in the same units
  double chi_square;  ///< Σ (difference / its error)² per shell that anything was seen in: 1 for equal distributions
};

struct Similarity {
  EnergyComparison plain, weighted;  ///< of the flow's samples as they are, and reweighted
  DistributionComparison g_plain, g_weighted;
  std::vector<double> r, g_flow, g_flow_weighted, g_crystal, g_flow_error, g_flow_weighted_error, g_crystal_error;
};

/// Compares all flow samples, and the independent ones of the crystal's stage, whatever there are.
///
/// Shapes:  r (rdf_bins), middles of shells up to `reach`.
Similarity compare(const Record& record, const Setup& setup, double reach);

/// The energies per particle of the crystal's independent samples.  [k_BT]
std::vector<double> crystal_energies(const Record& record, const Setup& setup);
/// The same of the flow's samples.
std::vector<double> flow_energies(const Record& record, const Setup& setup);

}  // namespace crystal_baseline
