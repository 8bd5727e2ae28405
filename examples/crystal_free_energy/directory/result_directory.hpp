/// \file
/// The directory for the results: one run at a time, and what earlier runs wrote is kept.
#pragma once

#include "directory/directory_lock.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace crystal_free_energy {

/// A directory that is there, writable, and this run's alone while the object lives. Nothing that an earlier run wrote is lost:
/// `set_aside` moves it to `previous-1`, `previous-2`, …, the highest number being the latest.
///
/// Errors:  InputError for a place that cannot be written, and for one that another run is writing to (told by a lock, which
///          ends with its process; on file systems without locks the run that ends last wins).
/// Laws:    a result.json and the files beside it are of one run, at any moment; a run that is killed while it sets files aside
///          has them put back by the next. Temporaries of killed runs are removed, by their names; no other file is touched.
class ResultDirectory {
 public:
  explicit ResultDirectory(std::filesystem::path path);
  ResultDirectory(const ResultDirectory&) = delete;
  ResultDirectory& operator=(const ResultDirectory&) = delete;

  /// Whether the file is this directory's own weights.safetensors, by whatever name.
  bool owns_weights(const std::filesystem::path& file) const;

  /// What becomes of weights.safetensors and training.csv: a training that goes on keeps them and leaves copies.
  enum class Training { moves, stays };

  /// Makes room for a new result and says where the earlier one is; where training stays, only if there is a result.json.
  ///
  /// Errors:  InputError; everything is where it was then.
  void set_aside(Training training) const;

 private:
  void put_back() const;
  void remove_temporaries() const;
  std::filesystem::path next_previous() const;

  std::filesystem::path path_;
  std::optional<example_rooms::DirectoryLock> lock_;
};

}  // namespace crystal_free_energy
