/// \file
/// What the run found: a table on the terminal, result.json, configurations and pictures.
#pragma once

#include "evaluation/evaluation.hpp"
#include "evaluation/temperature_curve.hpp"
#include "training/training_run.hpp"

#include <vector>

namespace crystal_free_energy {

/// Everything that is reported; `sizes` begins with the size trained at.
struct Findings {
  Trained trained;
  std::vector<SizeResult> sizes;
  std::vector<erg::Crystal> crystals;           ///< as sizes
  std::vector<std::vector<StatePoint>> curves;  ///< as sizes; empty without --temperature-range
};

/// Prints the table and writes result.json, samples.extxyz and the pictures into o.out.
///
/// Errors:  InputError when a file cannot be written or a figure is not finite; a picture that cannot be drawn is a warning.
void report(const Options& o, const Case& c, const Findings& found);

}  // namespace crystal_free_energy
