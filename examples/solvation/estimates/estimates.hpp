/// \file
/// All estimators side by side against the number of samples, as tables and pictures.
#pragma once

#include "sampling/ladder_run.hpp"
#include "training/train.hpp"

#include <map>
#include <string>
#include <vector>

namespace solvation {

/// One estimator at one number of samples.
///
/// Units:   k_BT.
struct Estimates {
  int samples, repeats;
  double mean, spread;  ///< over repeats: of one estimate, not of their mean
  double stated;        ///< the estimator's own error, its mean over repeats
};
/// By name, in ascending numbers of samples.
using Comparison = std::map<std::string, std::vector<Estimates>>;

/// Each repeat takes samples that no other takes and no map was trained on; as many as there are, up to --repeats. Works by
/// direction of training.
Comparison compare(const Options& o, const Samples& samples, const std::map<std::string, Works>& works);

/// The free energy along the ladder from all samples.
struct Ladder {
  std::vector<double> radius, free_energy, error;  ///< σ, k_BT
  double inefficiency;  ///< frames that count for one independent sample, of the solute's energy; the largest of the two ends
};
Ladder ladder_of(const Options& o, const Samples& samples);

/// estimates.csv, ladder.csv, result.json, estimates.png, errors.png, ladder.png.
void write_report(const Options& o, const Comparison& comparison, const Ladder& ladder);

}  // namespace solvation
