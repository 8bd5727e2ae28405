#include "directory/directory_lock.hpp"

#include "erg/io/atomic_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace example_rooms {

/// The lock is on the directory itself, so that no file of it is left.
DirectoryLock::DirectoryLock(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) throw erg::InputError("--out", directory.string(), error.message(), "a directory that can be made and written");
  file_ = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file_ < 0) throw erg::InputError("--out", directory.string(), erg::system_reason(errno), "a directory that can be read");
  alone_ = ::flock(file_, LOCK_EX | LOCK_NB) == 0;
  if (alone_ || errno != EWOULDBLOCK) return;
  ::close(file_);
  throw erg::InputError("--out", directory.string(), "a directory that another run is writing to", "one that is free");
}

DirectoryLock::~DirectoryLock() { ::close(file_); }

}  // namespace example_rooms
