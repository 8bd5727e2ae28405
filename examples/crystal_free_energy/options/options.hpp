/// \file
/// What the user asks for.
#pragma once

#include "options/temperature_range.hpp"

#include "crystals/crystals.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace crystal_free_energy {

using namespace crystal_programs;

/// What `Options::model` may be.
inline constexpr const char *sublattice = "sublattice", *published = "published";

/// The command line, checked; defaults that depend on the crystal are filled in by `crystals.hpp`.
struct Options : CrystalChoice {
  std::string model = sublattice;
  std::optional<TemperatureRange> temperature_range;  ///< `temperature` is then its coldest
  double train_seconds = 120;
  std::optional<std::int64_t> train_steps;
  int batch = 128;
  double rate = 4e-3;  ///< where --rate says nothing: 1e-3 for the published model
  std::int64_t samples = 20000;
  std::vector<int> transfer;
  int frames = 100;
  int threads = 0;  ///< 0: all
  std::uint64_t seed = 0;
  std::filesystem::path out = "crystal-free-energy";
  std::optional<std::filesystem::path> weights;
  bool resume = false;
  int sweeps = 3;
  std::vector<int> hidden{48, 48};
  bool free_weights = false;
  std::optional<int> layers, width, frequencies;  ///< of the published model; nothing: the published numbers
  std::optional<double> noise;                    ///< length unit of the crystal
};

/// Reads the command line. Prints the help and gives nothing when that is what was asked for; warns on stderr of options that
/// have no effect beside others.
///
/// Errors:  InputError with one line, for anything that cannot be understood or is out of range.
std::optional<Options> read_options(int argc, const char* const* argv);

}  // namespace crystal_free_energy
