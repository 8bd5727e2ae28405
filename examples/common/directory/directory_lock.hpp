/// \file
/// One run at a time writes into a directory.
#pragma once

#include <filesystem>

namespace example_rooms {

/// While it lives no other process has such a lock on the directory. It ends with its process and leaves no file.
///
/// Errors:  InputError for a place that cannot be made a directory that can be read, and for one that is locked.
class DirectoryLock {
 public:
  /// Makes the directory where there is none.
  explicit DirectoryLock(const std::filesystem::path& directory);
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

  /// The lock is held, not merely unknown to the file system.
  bool alone() const { return alone_; }

 private:
  int file_;
  bool alone_ = false;
};

}  // namespace example_rooms
