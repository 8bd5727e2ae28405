/// \file
/// What a run found, as tables, result.json and pictures.
#pragma once

#include "estimates/similarity.hpp"

#include "erg/geometry/crystal.hpp"

#include <vector>

namespace crystal_baseline {

/// How the simulation went.
struct ChainFacts {
  double step = 0, acceptance = 0;
  std::vector<double> exchange;  ///< swaps made per swap tried, between each stage and the next
};

/// Works out all estimates and writes everything into o.out; result.json is the last to change of the numbers.
///
/// Errors:  as the estimators, and InputError where files cannot be written.
void report(const Options& o, const Case& c, const erg::Crystal& crystal, const Setup& setup, const Record& record,
            const ChainFacts& chain);

}  // namespace crystal_baseline
