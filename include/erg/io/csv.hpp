/// \file
/// A table that grows while a program runs: training.csv.
#pragma once

#include "erg/io/atomic_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace erg {

/// A comma-separated table whose first column counts steps. Each row reaches the file in one write, so that what stands there
/// after an interruption is whole rows and at most one broken last one, which `resume` cuts off.
///
/// Errors:  InputError with the path and the system's reason; on resume also when the file's header is another one.
class CsvTable {
 public:
  using Columns = std::vector<std::string>;

  /// A new table, in place of what stood at `path`.
  static CsvTable create(const std::filesystem::path& path, const Columns& columns) {
    write_bytes(path, header_of(columns, path));
    return CsvTable(path, columns.size());
  }

  /// The table at `path` with its rows up to step `last`, the rest cut off; a new one when there is none.
  static CsvTable resume(const std::filesystem::path& path, const Columns& columns, std::int64_t last) {
    if (!std::filesystem::exists(path)) return create(path, columns);
    const std::string bytes = read_bytes(path), header = header_of(columns, path);
    if (bytes.compare(0, header.size(), header) != 0)
      throw InputError("table", path.string(), excerpt(bytes.substr(0, bytes.find('\n'))),
                       "the columns " + excerpt(header.substr(0, header.size() - 1), 200));
    std::size_t keep = header.size();
    std::int64_t before = std::numeric_limits<std::int64_t>::min();
    for (std::size_t end; (end = bytes.find('\n', keep)) != std::string::npos; keep = end + 1) {
      const auto step = step_of(std::string_view(bytes).substr(keep, end - keep), columns.size());
      if (!step || *step > last || *step <= before) break;
      before = *step;
    }
    if (keep != bytes.size()) write_bytes(path, std::string_view(bytes).substr(0, keep));
    return CsvTable(path, columns.size());
  }

  /// One row: the step, then a number for every other column.
  void append(std::int64_t step, std::span<const double> values) {
    if (values.size() + 1 != columns_)
      throw InputError("table row", path_.string(), std::to_string(values.size() + 1) + " numbers", std::to_string(columns_));
    std::string row = std::to_string(step);
    for (const double value : values) row.append(1, ',').append(to_text(value));
    row += '\n';
    const ::off_t before = ::lseek(file_, 0, SEEK_END);
    const ::ssize_t written = ::write(file_, row.data(), row.size());
    if (written == static_cast<::ssize_t>(row.size())) return;
    const int error = written < 0 ? errno : ENOSPC;
    if (written > 0 && ::ftruncate(file_, before) != 0)
      throw InputError("table", path_.string(), system_reason(errno), "a whole last row");
    throw InputError("table", path_.string(), system_reason(error), "a writable place with room");
  }
  void append(std::int64_t step, std::initializer_list<double> values) {
    append(step, std::span<const double>(values.begin(), values.size()));
  }

  CsvTable(CsvTable&& other) noexcept
      : path_(std::move(other.path_)), columns_(other.columns_), file_(std::exchange(other.file_, -1)) {}
  CsvTable& operator=(CsvTable&&) = delete;
  ~CsvTable() {
    if (file_ >= 0) ::close(file_);
  }

 private:
  CsvTable(const std::filesystem::path& path, std::size_t columns) : path_(path), columns_(columns) {
    file_ = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    if (file_ < 0) throw InputError("table", path.string(), system_reason(errno), "a writable file");
  }

  static std::string header_of(const Columns& columns, const std::filesystem::path& path) {
    std::string header;
    for (const std::string& column : columns) {
      if (column.empty() || column.find_first_of(",\n\r\"") != std::string::npos)
        throw InputError("table column", path.string(), excerpt(column), "a name without comma, quote or line end");
      header += (header.empty() ? "" : ",") + column;
    }
    return header + "\n";
  }

  /// The step of a whole row, or nothing.
  static std::optional<std::int64_t> step_of(std::string_view row, std::size_t columns) {
    std::optional<std::int64_t> step;
    for (std::size_t k = 0; k < columns; ++k) {
      const std::size_t comma = row.find(',');
      if ((comma == std::string_view::npos) != (k + 1 == columns)) return std::nullopt;
      const auto field = row.substr(0, comma);
      if (k == 0) step = parse_number<std::int64_t>(field);
      if (k == 0 ? !step.has_value() : !parse_number<double>(field).has_value()) return std::nullopt;
      if (comma != std::string_view::npos) row.remove_prefix(comma + 1);
    }
    return step;
  }

  std::filesystem::path path_;
  std::size_t columns_;
  int file_ = -1;
};

}  // namespace erg
