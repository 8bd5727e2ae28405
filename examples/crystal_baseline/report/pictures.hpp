/// \file
/// The pictures of a run.
#pragma once

#include "estimates/similarity.hpp"

#include <optional>

namespace crystal_baseline {

/// mean_force.png, cost.png, and with a flow energy_histogram.png and rdf.png. A picture is not worth a run: what speaks against
/// one is a warning.
void draw_pictures(const Options& o, const Case& c, const Setup& setup, const Record& record, const Estimates& found,
                   const std::optional<Similarity>& similar);

}  // namespace crystal_baseline
