/// \file
/// What the user asks for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace solvation {

/// Which works the map is trained on: from the smaller solute's ensemble, from the larger one's, or both.
inline constexpr const char *forward = "forward", *reverse = "reverse", *both = "both";

/// Units: lengths in the solvent's σ, temperature in its ε/k_B.
struct Options {
  int particles = 125;
  double box = 22.28 / 3.542;
  double radius_from = 9.2 / 3.542, radius_to = 2.844;
  double temperature = 300 * 0.001987204 / 0.1854;
  std::optional<double> cutoff;  ///< of the solvent; half the box where it is not given

  int stages = 16;
  int frames = 20000;          ///< samples of each stage in all
  int training_frames = 4000;  ///< of these, the first: what maps are trained on, and no estimate
  int burn_in = 300;
  int stride = 2;  ///< trajectories between samples
  int leaps = 15;

  std::vector<std::string> directions{forward, reverse, both};
  int train_steps = 400, batch = 32;
  double rate = 4e-2;
  int training_flow_steps = 4, flow_steps = 12;  ///< Runge–Kutta steps of the map, while it is trained and in estimates

  std::vector<int> samples{360, 1000, 4000};
  int repeats = 10;

  int threads = 0;
  std::uint64_t seed = 1;
  std::filesystem::path out = "solvation";

  double cut() const { return cutoff.value_or(box / 2); }
};

/// Nothing where the user asked for --help or --version.
///
/// Errors:  InputError for options that cannot be read or used.
std::optional<Options> read_options(int argc, const char* const* argv);

/// What of the options the samples depend on, in words: another run in the same directory must have the same.
std::string sampling_settings(const Options& o);

}  // namespace solvation
