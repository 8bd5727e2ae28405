/// \file
/// What the user asks for.
#pragma once

#include "crystals/crystals.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace crystal_baseline {

using namespace crystal_programs;

/// What `Options::reference` may be.
inline constexpr const char *harmonic = "harmonic", *einstein = "einstein";

/// The command line, checked.
struct Options : CrystalChoice {
  std::string reference = harmonic;  ///< where the path to the crystal begins
  int stages = 0;                    ///< Gauss–Legendre points between reference and crystal; 0: by size
  int ladders = 8;                   ///< independent copies of all stages
  int leaps = 8;                     ///< time steps of a trajectory
  int every = 2;                     ///< trajectories between two samples
  int burn_in = 400;                 ///< trajectories before the first sample; half of them learn the step
  std::int64_t samples = 2000;       ///< of each replica
  std::optional<std::filesystem::path> weights;
  std::int64_t flow_samples = 20000;
  int frames = 400;  ///< configurations for the radial distributions, of each source
  int threads = 0;   ///< 0: all
  std::uint64_t seed = 0;
  std::filesystem::path out = "crystal-baseline";
  double save_seconds = 60;  ///< between checkpoints
  bool resume = false;

  /// Where --stages says nothing: the overlap of neighbours falls as √N, and springs are farther from a crystal.
  int stage_count(int particles) const {
    const int few = particles <= 100 ? 6 : particles <= 300 ? 10 : 14;
    return stages > 0 ? stages : reference == einstein ? 3 * few : few;
  }
};

/// Reads the command line. Prints the help and gives nothing when that is what was asked for.
///
/// Errors:  InputError with one line, for anything that cannot be understood or is out of range.
std::optional<Options> read_options(int argc, const char* const* argv);

/// What a checkpoint says of the run that it belongs to: all but how many samples there are to be, which may grow.
std::map<std::string, std::string> facts_of(const Options& o, const Case& c, const std::string& weights_digest);

}  // namespace crystal_baseline
