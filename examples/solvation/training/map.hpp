/// \file
/// The map from the solvent of the smaller solute to that of the larger one.
#pragma once

#include "system/system.hpp"

#include "erg/bijectors/continuous/solvent_pairs.hpp"
#include "erg/bijectors/continuous/solvent_shells.hpp"
#include "erg/bijectors/continuous/sum_of_fields.hpp"

#include <algorithm>

namespace solvation {

using SolventField = erg::SumOfFields<erg::SolventShells<>, erg::SolventPairs<>>;

/// The solvent flows outwards as the solute grows: each particle by its distance from the solute, each pair by its own distance
/// and where it is. In fractions of the box; the identity at first.
using SolventMap = erg::ContinuousFlow<SolventField>;

inline SolventMap solvent_map(erg::ParameterLayout& layout, const Options& o, int particles) {
  const double core = 0.75 / o.box, reach = std::min(2.4 / o.box, 0.5);                // of pairs of the solvent, whose σ is 1
  const erg::SoluteRange solute(0.68 * std::min(o.radius_from, o.radius_to) / o.box);  // its repulsion there is 370 ε
  return {SolventField(erg::SolventShells<>(layout, "shells", particles, solute),
                       erg::SolventPairs<>(layout, "pairs", particles, solute, core, reach)),
          o.flow_steps};
}

}  // namespace solvation
