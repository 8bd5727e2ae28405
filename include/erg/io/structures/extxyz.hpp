/// \file
/// Configurations in the extended XYZ format, which ASE, OVITO and VMD open.
#pragma once

#include "erg/io/atomic_file.hpp"
#include "erg/io/structures/frame.hpp"
#include "erg/io/structures/numbered_lines.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace erg {

/// Frames as text, one after another.
///
/// Errors:  InputError for lengths that differ, numbers that are not finite (naming frame and particle), a species or key
///          that holds a blank or quote.
class ExtxyzText {
 public:
  explicit ExtxyzText(std::string source) : source_(std::move(source)) {}

  /// Valid until the next call.
  const std::string& of(const Frame& frame) {
    const std::size_t particles = frame.positions.size();
    if (frame.species.size() != particles) fail("species", std::to_string(frame.species.size()), std::to_string(particles));
    if (!frame.forces.empty() && frame.forces.size() != particles)
      fail("forces", std::to_string(frame.forces.size()), std::to_string(particles) + " or none");
    text_ = std::to_string(particles) + "\n" + comment_line(frame) + "\n";
    for (std::size_t i = 0; i < particles; ++i) {
      require_word(frame.species[i], "species");
      text_ += frame.species[i];
      append(frame.positions[i], "position", i);
      if (!frame.forces.empty()) append(frame.forces[i], "force", i);
      text_ += '\n';
    }
    ++frames_;
    return text_;
  }

 private:
  [[noreturn]] void fail(const std::string& what, const std::string& got, const std::string& expected) const {
    throw InputError(what, source_ + ", frame " + std::to_string(frames_), got, expected);
  }

  void require_word(const std::string& word, const std::string& what) const {
    if (word.empty() || word.find_first_of(" \t\r\n\"'={}[]") != std::string::npos)
      fail(what, excerpt(word), "a word without blank or quote");
  }

  void append(const Vec3<double>& x, const char* what, std::size_t particle) {
    for (int axis = 0; axis < 3; ++axis) {
      if (!std::isfinite(x[axis])) fail(what + (" of particle " + std::to_string(particle)), to_text(x[axis]), "a finite number");
      text_ += ' ' + to_text(x[axis]);
    }
  }

  std::string number(double x, const char* what) const {
    if (!std::isfinite(x)) fail(what, to_text(x), "a finite number");
    return to_text(x);
  }

  std::string comment_line(const Frame& frame) const {
    std::string line;
    if (frame.cell) {
      for (int k = 0; k < 9; ++k) line += (k ? " " : "Lattice=\"") + number((*frame.cell)[k / 3][k % 3], "lattice");
      line += "\" ";
    }
    line += frame.forces.empty() ? "Properties=species:S:1:pos:R:3" : "Properties=species:S:1:pos:R:3:forces:R:3";
    line += " pbc=\"";
    for (int axis = 0; axis < 3; ++axis)
      line += std::string(axis ? " " : "") + (frame.cell && frame.periodic[static_cast<std::size_t>(axis)] ? "T" : "F");
    line += '"';
    if (frame.energy) line += " energy=" + number(*frame.energy, "energy");
    if (frame.log_weight) line += " log_weight=" + number(*frame.log_weight, "log_weight");
    for (const auto& [key, value] : frame.info) {
      require_word(key, "key");
      if (value.find_first_of("\"\r\n\\") != std::string::npos)
        fail("value of '" + key + "'", excerpt(value), "no quote, backslash or line end");
      line += " " + key + "=\"" + value + "\"";
    }
    return line;
  }

  std::string source_, text_;
  std::size_t frames_ = 0;
};

/// Writes frames one after another; the file appears when `commit` is called.
///
/// Errors:  as ExtxyzText and AtomicFile.
class ExtxyzWriter {
 public:
  explicit ExtxyzWriter(const std::filesystem::path& path) : file_(path), text_(file_.path().string()) {}

  void write(const Frame& frame) { file_.write(text_.of(frame)); }
  void commit() { file_.commit(); }

 private:
  AtomicFile file_;
  ExtxyzText text_;
};

namespace detail {

/// Reads frames until the file ends.
class ExtxyzReader {
 public:
  explicit ExtxyzReader(NumberedLines lines) : lines_(std::move(lines)) {}

  std::vector<Frame> read() {
    std::vector<Frame> frames;
    while (!lines_.only_blanks_left()) frames.push_back(read_frame());
    return frames;
  }

 private:
  /// Where a particle's columns stand: species, position and force, −1 when absent, and how many columns there are.
  struct Columns {
    int species = -1, position = -1, force = -1, count = 0;
  };

  [[noreturn]] void fail(const std::string& what, const std::string& got, const std::string& expected) const {
    lines_.fail(what, got, expected);
  }
  std::string_view next_line() { return lines_.next("extxyz frame"); }
  static std::string_view word(std::string_view& line) { return NumberedLines::word(line); }
  double number(std::string_view text, const std::string& what) const { return lines_.number(text, what); }

  Frame read_frame() {
    std::string_view line = next_line(), rest = line;
    const auto count = parse_number<std::size_t>(word(rest));
    if (!count || !word(rest).empty() || *count > lines_.bytes())
      fail("number of particles", excerpt(line), "a whole number that fits the file");
    Frame frame;
    const Columns columns = read_comment(next_line(), frame);
    std::vector<std::string_view> words(static_cast<std::size_t>(columns.count));
    for (std::size_t i = 0; i < *count; ++i) {
      line = next_line();
      for (auto& w : words) w = word(line);
      if (words.back().empty() || !word(line).empty())
        fail("particle", "another number of columns", std::to_string(columns.count));
      const auto vector_at = [&](int column, const char* what) {
        const auto* w = &words[static_cast<std::size_t>(column)];
        return Vec3<double>{number(w[0], what), number(w[1], what), number(w[2], what)};
      };
      frame.species.emplace_back(words[static_cast<std::size_t>(columns.species)]);
      frame.positions.push_back(vector_at(columns.position, "position"));
      if (columns.force >= 0) frame.forces.push_back(vector_at(columns.force, "force"));
    }
    return frame;
  }

  /// One key=value of the comment line, the value bare or in quotes; false at the end.
  bool read_pair(std::string_view& line, std::string& key, std::string& value) const {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.empty()) return false;
    const std::size_t equals = line.find_first_of("= \t");
    key = line.substr(0, equals);
    value = "T";  // a bare key is true
    line.remove_prefix(std::min(equals, line.size()));
    if (line.empty() || line[0] != '=') return true;
    line.remove_prefix(1);
    if (!line.empty() && line[0] == '"') {
      const std::size_t close = line.find('"', 1);
      if (close == std::string_view::npos) fail("comment line", "an open quote after " + key, "a closing quote");
      value = line.substr(1, close - 1);
      line.remove_prefix(close + 1);
    } else {
      value = word(line);
    }
    return true;
  }

  Columns read_comment(std::string_view line, Frame& frame) const {
    Columns columns;
    bool periodic_given = false;
    for (std::string key, value; read_pair(line, key, value);) {
      if (key == "Lattice") {
        frame.cell = read_lattice(value);
      } else if (key == "Properties") {
        columns = read_properties(value);
      } else if (key == "pbc") {
        periodic_given = true;
        frame.periodic = read_periodic(value);
      } else if (key == "energy") {
        frame.energy = number(value, "energy");
      } else if (key == "log_weight") {
        frame.log_weight = number(value, "log_weight");
      } else {
        frame.info[key] = value;
      }
    }
    if (columns.count == 0) fail("comment line", "no Properties", "Properties=species:S:1:pos:R:3");
    if (!periodic_given) frame.periodic.fill(frame.cell.has_value());
    return columns;
  }

  Mat3<double> read_lattice(std::string_view value) const {
    Mat3<double> cell{};
    for (int k = 0; k < 9; ++k) cell[k / 3][k % 3] = number(word(value), "Lattice");
    if (!word(value).empty()) fail("Lattice", "more than nine numbers", "nine");
    return cell;
  }

  std::array<bool, 3> read_periodic(std::string_view value) const {
    std::array<bool, 3> periodic{};
    for (bool& axis : periodic) {
      const auto w = word(value);
      axis = w == "T" || w == "True" || w == "1";
      if (!axis && w != "F" && w != "False" && w != "0") fail("pbc", excerpt(w), "three of T and F");
    }
    return periodic;
  }

  Columns read_properties(const std::string& value) const {
    Columns columns;
    std::string_view rest = value;
    const auto field = [&] {
      const auto first = rest.substr(0, rest.find(':'));
      rest.remove_prefix(std::min(first.size() + 1, rest.size()));
      return first;
    };
    while (!rest.empty()) {
      const auto name = field(), type = field();
      const auto width = parse_number<int>(field());
      if (!width || *width < 1 || *width > 1000 || type.size() != 1)
        fail("Properties", excerpt(value), "name:type:columns, repeated");
      const std::string kind = std::string(type) + std::to_string(*width);
      if (name == "species" && kind == "S1") columns.species = columns.count;
      if (name == "pos" && kind == "R3") columns.position = columns.count;
      if ((name == "forces" || name == "force") && kind == "R3") columns.force = columns.count;
      columns.count += *width;
    }
    if (columns.species < 0 || columns.position < 0) fail("Properties", excerpt(value), "species:S:1 and pos:R:3 among them");
    return columns;
  }

  NumberedLines lines_;
};

}  // namespace detail

/// All frames of an extended XYZ file. Columns other than species, pos and forces are skipped.
///
/// Errors:  InputError with path and line number.
inline std::vector<Frame> read_extxyz(const std::filesystem::path& path) {
  return detail::ExtxyzReader({read_bytes(path), path.string()}).read();
}

}  // namespace erg
