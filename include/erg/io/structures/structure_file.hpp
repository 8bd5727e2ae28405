/// \file
/// A crystal from a file of either format, told by its name or else by its first lines.
#pragma once

#include "erg/io/structures/extxyz.hpp"
#include "erg/io/structures/poscar.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace erg {

namespace detail {

enum class StructureFormat { unknown, extxyz, poscar };

inline StructureFormat format_by_name(const std::filesystem::path& path) {
  const auto lower = [](std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
  };
  const std::string name = lower(path.filename().string()), ending = lower(path.extension().string());
  if (ending == ".xyz" || ending == ".extxyz") return StructureFormat::extxyz;
  const bool poscar = ending == ".vasp" || ending == ".poscar" || name.starts_with("poscar") || name.starts_with("contcar");
  return poscar ? StructureFormat::poscar : StructureFormat::unknown;
}

/// A number of particles and then keys, or a remark, one or three factors and then rows of three numbers.
inline StructureFormat format_by_content(std::string_view bytes) {
  const auto next = [&] {
    const auto line = bytes.substr(0, bytes.find('\n'));
    bytes.remove_prefix(std::min(line.size() + 1, bytes.size()));
    return line;
  };
  /// How many words a line has if all are numbers, else 0.
  const auto numbers = [](std::string_view line) {
    int count = 0;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    for (auto w = NumberedLines::word(line); !w.empty(); w = NumberedLines::word(line), ++count)
      if (!parse_number<double>(w)) return 0;
    return count;
  };
  const auto first = next(), second = next(), third = next();
  if (numbers(first) == 1 && second.find("Properties=") != std::string_view::npos) return StructureFormat::extxyz;
  if ((numbers(second) == 1 || numbers(second) == 3) && numbers(third) == 3) return StructureFormat::poscar;
  return StructureFormat::unknown;
}

}  // namespace detail

/// The one crystal of an extended XYZ file (*.xyz, *.extxyz) or a POSCAR (POSCAR*, CONTCAR*, *.vasp, *.poscar); a file of
/// another name is told by its first lines.
///
/// Units:   as the file; Å in a POSCAR.
/// Errors:  InputError with path and, for what stands in a line, its number: as `read_extxyz` and `read_poscar`; for a file of
///          neither format, several configurations or none, no lattice, a box that is open along an edge, edges without volume
///          or left-handed, and no particles.
inline Frame read_structure(const std::filesystem::path& path) {
  std::string bytes = read_bytes(path);
  auto format = detail::format_by_name(path);
  if (format == detail::StructureFormat::unknown) format = detail::format_by_content(bytes);
  const auto fail = [&](const std::string& what, const std::string& where, const std::string& got, const std::string& expected) {
    throw InputError(what, path.string() + where, got, expected);
  };
  if (format == detail::StructureFormat::poscar) return detail::PoscarReader({std::move(bytes), path.string()}).read();
  if (format == detail::StructureFormat::unknown)
    fail("structure file", "", "neither format by name or content",
         "extended XYZ (*.xyz, *.extxyz) or a POSCAR of VASP 5 (POSCAR*, CONTCAR*, *.vasp, *.poscar)");
  std::vector<Frame> frames = detail::ExtxyzReader({std::move(bytes), path.string()}).read();
  if (frames.size() != 1) fail("structure file", "", std::to_string(frames.size()) + " configurations", "one");
  Frame frame = std::move(frames.front());
  if (frame.positions.empty()) fail("number of particles", ", line 1", "0", "at least 1");
  if (!frame.cell) fail("lattice", ", line 2", "none", "Lattice=\"ax ay az bx by bz cx cy cz\"");
  if (frame.periodic != std::array<bool, 3>{true, true, true})
    fail("pbc", ", line 2", "an open edge", "a crystal: periodic along all three");
  detail::require_cell(*frame.cell, path.string() + ", line 2");
  return frame;
}

}  // namespace erg
