/// \file
/// A text file read line by line, each complaint with the number of its line.
#pragma once

#include "erg/base/vector.hpp"
#include "erg/io/concept.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace erg::detail {

/// The lines of a text, ended by \n or \r\n. `source` is what a complaint names: the file's path.
class NumberedLines {
 public:
  NumberedLines(std::string bytes, std::string source) : bytes_(std::move(bytes)), source_(std::move(source)) {}

  /// Throws the InputError of the line read last.
  [[noreturn]] void fail(const std::string& what, const std::string& got, const std::string& expected) const {
    throw InputError(what, where(), got, expected);
  }
  std::string where() const { return source_ + ", line " + std::to_string(line_); }

  std::size_t bytes() const { return bytes_.size(); }
  bool at_end() const { return start_ >= bytes_.size(); }
  /// Whether nothing but blanks and line ends follow.
  bool only_blanks_left() const { return bytes_.find_first_not_of(" \t\r\n", start_) == std::string::npos; }

  /// The next line; `what` is what a file that has none is short of.
  std::string_view next(const char* what) {
    ++line_;
    if (at_end()) fail(what, "the end of the file", "another line");
    const std::size_t end = std::min(bytes_.find('\n', start_), bytes_.size());
    std::string_view line(bytes_.data() + start_, end - start_);
    start_ = end + 1;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
  }

  /// The next word of `line`, without blanks; empty at its end.
  static std::string_view word(std::string_view& line) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    const auto first = line.substr(0, line.find_first_of(" \t"));
    line.remove_prefix(first.size());
    return first;
  }

  double number(std::string_view text, const std::string& what) const {
    const auto x = parse_number<double>(text);
    if (!x || !std::isfinite(*x)) fail(what, text.empty() ? "nothing" : excerpt(text), "a finite number");
    return *x;
  }

 private:
  std::string bytes_, source_;
  std::size_t start_ = 0, line_ = 0;
};

}  // namespace erg::detail
