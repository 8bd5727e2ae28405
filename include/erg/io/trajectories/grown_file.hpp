/// \file
/// A file that grows while a program runs, and is cut back to what a checkpoint knows when the program goes on.
#pragma once

#include "erg/io/atomic_file.hpp"

#include <cstdint>

namespace erg {

/// Bytes appended to a file, each piece whole or not at all while the process lives.
///
/// Errors:  InputError with the path and the system's reason. A piece that does not fit is taken off again.
/// A process that is killed may leave part of a piece at the end: `resume` cuts it off.
class GrownFile {
 public:
  /// An empty file, in place of what stood at `path`.
  static GrownFile create(const std::filesystem::path& path) {
    write_bytes(path, "");
    return GrownFile(path);
  }
  /// The file at `path`, its first `bytes` bytes kept and the rest cut off.
  static GrownFile resume(const std::filesystem::path& path, std::uintmax_t bytes) {
    const std::uintmax_t size = file_bytes(path);
    if (size < bytes)
      throw InputError("trajectory", path.string(), std::to_string(size) + " bytes", "at least " + std::to_string(bytes));
    GrownFile file(path);
    if (::ftruncate(file.file_, static_cast<::off_t>(bytes)) != 0) file.fail(errno);
    return file;
  }
  /// Errors:  InputError where there is no regular file.
  static std::uintmax_t file_bytes(const std::filesystem::path& path) {
    open_file(path);
    return std::filesystem::file_size(path);
  }

  void append(std::string_view bytes) {
    const ::off_t before = ::lseek(file_, 0, SEEK_END);
    if (before < 0) fail(errno);
    const int error = write_at(before, bytes);
    if (error == 0) return;
    if (::ftruncate(file_, before) != 0) fail(errno);
    fail(error);
  }
  /// Writes over what stands at `offset`.
  void replace(std::uintmax_t offset, std::string_view bytes) {
    const int error = write_at(static_cast<::off_t>(offset), bytes);
    if (error != 0) fail(error);
  }
  /// What was written so far is on the disk.
  void sync() {
    if (::fsync(file_) != 0 && errno != EINVAL && errno != EROFS) fail(errno);
  }
  const std::filesystem::path& path() const { return path_; }

  GrownFile(GrownFile&& other) noexcept : path_(std::move(other.path_)), file_(std::exchange(other.file_, -1)) {}
  GrownFile& operator=(GrownFile&&) = delete;
  ~GrownFile() {
    if (file_ >= 0) ::close(file_);
  }

 private:
  explicit GrownFile(const std::filesystem::path& path) : path_(path) {
    file_ = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (file_ < 0) fail(errno);
  }

  /// 0, or the system's error.
  int write_at(::off_t offset, std::string_view bytes) {
    while (!bytes.empty()) {
      const ::ssize_t written = ::pwrite(file_, bytes.data(), bytes.size(), offset);
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return written < 0 ? errno : ENOSPC;
      bytes.remove_prefix(static_cast<std::size_t>(written));
      offset += written;
    }
    return 0;
  }
  [[noreturn]] void fail(int error) const {
    throw InputError("trajectory", path_.string(), system_reason(error), "a writable place with room");
  }

  std::filesystem::path path_;
  int file_ = -1;
};

}  // namespace erg
