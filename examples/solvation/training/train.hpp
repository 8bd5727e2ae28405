/// \file
/// One map, trained in one direction or in both, and its works.
#pragma once

#include "sampling/ladder_run.hpp"
#include "training/map.hpp"

#include <optional>
#include <string>
#include <vector>

namespace solvation {

/// Trains, or goes on with what an earlier run left; nothing after an interrupt. Weights of the running average.
std::optional<std::vector<float>> train(const Options& o, const System& system, const SolventMap& map,
                                        const erg::ParameterLayout& layout, const Samples& samples, const std::string& direction);

/// Works of the samples that no map was trained on, as many as estimates ask for: forward βU_B(f(x)) − βU_A(x) − ln |det J|,
/// reverse βU_A(f⁻¹(y)) − βU_B(y) − ln |det J⁻¹|. In double, of the exact energies; the direction of training says which.
struct Works {
  std::vector<double> forward, reverse;
};
/// Goes on with the works in `--out` that an earlier run of these weights left; nothing after an interrupt.
std::optional<Works> works_of(const Options& o, const System& system, const SolventMap& map, const std::vector<float>& weights,
                              const LadderRun& samples, const std::string& direction);

}  // namespace solvation
