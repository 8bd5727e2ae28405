/// \file
/// One configuration of particles, as files of structures hold it.
#pragma once

#include "erg/base/vector.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace erg {

/// One configuration.
///
/// Shapes:  positions, species (particles); forces (particles) or empty.
/// Units:   as the program says; ASE takes Å and eV.
struct Frame {
  std::optional<Mat3<double>> cell;  ///< rows are the edge vectors
  std::array<bool, 3> periodic{true, true, true};
  std::vector<std::string> species;  ///< chemical symbols
  std::vector<Vec3<double>> positions;
  std::vector<Vec3<double>> forces;
  std::optional<double> energy;
  std::optional<double> log_weight;         ///< ln of the frame's statistical weight
  std::map<std::string, std::string> info;  ///< other keys of the comment line
};

}  // namespace erg
