/// \file
/// The file of a trained flow: what it says of its shape, its training, and whether it is of this crystal.
#pragma once

#include "crystals/crystals.hpp"

#include "erg/base/parameters.hpp"
#include "erg/densities/crystal/crystal_flow.hpp"
#include "erg/io/safetensors.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace crystal_baseline {

using namespace crystal_programs;

/// What is expected where a flow gives NaN.
inline constexpr const char* finite_flow = "finite numbers: this flow's training diverged";

/// weights.safetensors of crystal_free_energy, open.
///
/// Errors:  InputError for a file that is none, is of another crystal or of another model than the sublattice flow at one
///          temperature; as TensorInput.
class FlowFile {
 public:
  FlowFile(const std::filesystem::path& path, const Case& c);

  erg::CrystalFlowShape shape;
  std::string digest;           ///< of the file's bytes
  double training_seconds = 0;  ///< as it says; 0 where it does not
  double training_evaluations = 0;

  const std::string& source() const { return input_.source(); }
  /// Errors:  as read_checkpoint.
  std::vector<double> weights(const erg::ParameterLayout& layout);

 private:
  std::string fact(const std::string& name) const;
  double number(const std::string& name) const;

  erg::TensorInput input_;
};

}  // namespace crystal_baseline
