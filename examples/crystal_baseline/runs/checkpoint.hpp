/// \file
/// Where a run goes on from.
#pragma once

#include "estimates/methods.hpp"
#include "options/options.hpp"

#include "directory/directory_lock.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace crystal_baseline {

/// checkpoint.safetensors in the directory of the results: whole at any moment, so that a killed run loses what came after it and
/// nothing else. The directory is this run's alone.
///
/// Errors:  InputError for a directory that cannot be written, one that another run is writing to, and one that holds an earlier
///          run that is not to be resumed.
class Checkpoint {
 public:
  Checkpoint(const Options& o, std::map<std::string, std::string> facts);

  /// What an earlier run left, or nothing yet.
  ///
  /// Errors:  as `load`; InputError for arrays that do not fit each other.
  Record begin(const Setup& setup) const;
  void store(const Record& record) const { save(record, facts_, path_); }

 private:
  std::filesystem::path path_;
  std::optional<example_rooms::DirectoryLock> lock_;
  bool goes_on_;
  std::map<std::string, std::string> facts_;
  std::int64_t burn_in_, every_;
};

}  // namespace crystal_baseline
