/// \file
/// Files that are written whole or not at all.
#pragma once

#include "erg/io/concept.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace erg {

/// What was renamed in a directory is durable once the directory is; where it cannot be synced nothing is done.
inline void sync_directory(const std::filesystem::path& folder) {
  const int directory = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return;
  ::fsync(directory);
  ::close(directory);
}

/// The file that an AtomicFile's temporary was to become, by its name: NAME of .NAME.PROCESS-COUNT.partial; nothing
/// for every other name. A program that alone writes some files can tell what it left when it was killed.
inline std::optional<std::string_view> written_name(std::string_view entry) {
  constexpr std::string_view end = ".partial";
  if (!entry.starts_with('.') || !entry.ends_with(end)) return std::nullopt;
  entry.remove_suffix(end.size());
  entry.remove_prefix(std::min<std::size_t>(1, entry.size()));
  const std::size_t dot = entry.rfind('.'), dash = entry.rfind('-');
  if (dot == std::string_view::npos || dot == 0 || dash == std::string_view::npos || dash < dot) return std::nullopt;
  const auto digits = [](std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (!digits(entry.substr(dot + 1, dash - dot - 1)) || !digits(entry.substr(dash + 1))) return std::nullopt;
  return entry.substr(0, dot);
}

/// A file written beside its final place, and put there by `commit` once it is complete and on the disk.
///
/// Bytes go to a hidden temporary in the same directory; `commit` syncs it, renames it over the path and syncs the directory.
/// A path that is a symbolic link stays one: the file it points to is replaced.
/// Errors:  InputError with the path and the system's reason, at construction, `write` or `commit`; the temporary is removed, as
///          it is when the object is destroyed before `commit`. A path that exists and is no regular file is refused.
///          A process that is killed leaves its temporary, `.<name>.<process>-<count>.partial`, and the old file intact.
class AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& path) : path_(target_of(path)) {
    static std::atomic<int> count{0};
    do {  // a name may be taken: a process that was killed had this one's number
      std::string name(1, '.');
      name.append(path_.filename().string()).append(1, '.').append(std::to_string(::getpid()));
      name.append(1, '-').append(std::to_string(count++)).append(".partial");
      temporary_ = path_.parent_path() / name;
      file_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (file_ < 0 && errno == EEXIST);
    if (file_ < 0) fail(errno);
    buffer_.reserve(buffer_size);
  }
  ~AtomicFile() { discard(); }
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::string_view bytes) {
    if (file_ < 0) throw InputError("writing file", path_.string(), "a file already closed", "writes before commit");
    if (buffer_.size() + bytes.size() > buffer_size) flush();
    if (bytes.size() >= buffer_size) {
      put(bytes);
    } else {
      buffer_ += bytes;
    }
  }

  /// Makes the file visible; nothing can be written after that.
  void commit() {
    if (file_ < 0) throw InputError("writing file", path_.string(), "a file already closed", "one commit");
    flush();
    if (::fsync(file_) != 0 && errno != EINVAL && errno != EROFS) fail(errno);
    if (::close(std::exchange(file_, -1)) != 0) fail(errno);
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail(errno);
    temporary_.clear();
    sync_directory(path_.parent_path());
  }

  /// Where the bytes will stand.
  const std::filesystem::path& path() const { return path_; }

 private:
  static constexpr std::size_t buffer_size = std::size_t{1} << 18;

  static std::filesystem::path target_of(const std::filesystem::path& path) {
    std::error_code failure;
    auto target = std::filesystem::is_symlink(path, failure) ? std::filesystem::weakly_canonical(path, failure) : path;
    const auto status = std::filesystem::status(target, failure);
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
      throw InputError("writing file", path.string(), std::filesystem::is_directory(status) ? "a directory" : "a special file",
                       "a regular file or a free name");
    if (target.filename().empty()) throw InputError("writing file", path.string(), "no file name", "a path that ends in one");
    return target;
  }

  void flush() {
    put(buffer_);
    buffer_.clear();
  }

  void put(std::string_view bytes) {
    while (!bytes.empty()) {
      const ::ssize_t written = ::write(file_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) fail(written < 0 ? errno : ENOSPC);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  void discard() noexcept {
    if (file_ >= 0) ::close(std::exchange(file_, -1));
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
    temporary_.clear();
  }

  [[noreturn]] void fail(int error) {
    discard();
    throw InputError("writing file", path_.string(), system_reason(error), "a writable place with room");
  }

  std::filesystem::path path_, temporary_;
  std::string buffer_;
  int file_ = -1;
};

static_assert(WholeFile<AtomicFile>);

/// Replaces the file at `path` by `bytes`, whole or not at all.
///
/// Errors:  as AtomicFile.
inline void write_bytes(const std::filesystem::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

}  // namespace erg
