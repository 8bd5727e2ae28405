/// \file
/// Crystals in VASP's POSCAR format (version 5 and later), which ASE, OVITO and VESTA open.
#pragma once

#include "erg/io/atomic_file.hpp"
#include "erg/io/structures/frame.hpp"
#include "erg/io/structures/numbered_lines.hpp"

#include <array>
#include <cctype>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace erg {

namespace detail {

/// Refuses edges (rows) that are no period of a crystal: together without volume, or a left-handed triple.
inline void require_cell(const Mat3<double>& edges, const std::string& where) {
  const double volume = determinant(edges);
  const double size = norm(edges.a) * norm(edges.b) * norm(edges.c);
  if (!(std::abs(volume) > 1e-9 * size) || !std::isfinite(volume) || !std::isfinite(size))
    throw InputError("lattice", where, "edges of volume " + to_text(volume), "three edges that span a finite volume");
  if (volume < 0) throw InputError("lattice", where, "left-handed edges", "right-handed ones: exchange two of them");
}

/// Reads one POSCAR from the first line on.
class PoscarReader {
 public:
  explicit PoscarReader(NumberedLines lines) : lines_(std::move(lines)) {}

  Frame read() {
    Frame frame;
    if (const auto comment = trimmed(lines_.next("POSCAR comment")); !comment.empty()) frame.info["comment"] = comment;
    read_edges(frame);
    read_species(frame);
    std::string_view line = lines_.next("'Direct' or 'Cartesian'");
    const bool selective = begins_with(line, "sS");
    if (selective) line = lines_.next("'Direct' or 'Cartesian'");
    const bool cartesian = begins_with(line, "cCkK");
    if (!cartesian && !begins_with(line, "dD"))
      lines_.fail("kind of coordinates", excerpt(line),
                  selective ? "Direct or Cartesian" : "Direct, Cartesian or Selective dynamics");
    for (const std::string& symbol : frame.species) {
      const Vec3<double> x = read_position(symbol, selective);
      frame.positions.push_back(cartesian ? Vec3<double>{scale_.x * x.x, scale_.y * x.y, scale_.z * x.z} : x * *frame.cell);
    }
    read_tail(frame.positions.size());
    return frame;
  }

 private:
  static std::string_view trimmed(std::string_view line) {
    const std::size_t first = line.find_first_not_of(" \t"), last = line.find_last_not_of(" \t");
    return first == std::string_view::npos ? std::string_view() : line.substr(first, last - first + 1);
  }
  static bool begins_with(std::string_view line, std::string_view letters) {
    line = trimmed(line);
    return !line.empty() && letters.find(line[0]) != std::string_view::npos;
  }
  /// The words of the next line, without the remark behind ! or #.
  std::vector<std::string_view> words(const char* what) {
    std::string_view line = lines_.next(what);
    line = line.substr(0, line.find_first_of("!#"));
    std::vector<std::string_view> found;
    for (auto w = NumberedLines::word(line); !w.empty(); w = NumberedLines::word(line)) found.push_back(w);
    return found;
  }
  Vec3<double> three(const std::vector<std::string_view>& found, const char* what) const {
    if (found.size() < 3) lines_.fail(what, std::to_string(found.size()) + " columns", "three numbers");
    return {lines_.number(found[0], what), lines_.number(found[1], what), lines_.number(found[2], what)};
  }
  Vec3<double> only_three(const char* what) {
    const auto found = words(what);
    if (found.size() > 3) lines_.fail(what, std::to_string(found.size()) + " columns", "three numbers");
    return three(found, what);
  }

  void read_edges(Frame& frame) {
    const auto given = words("scaling factor");
    if (given.size() != 1 && given.size() != 3)
      lines_.fail("scaling factor", std::to_string(given.size()) + " columns", "one number, or three");
    const auto factor = [&](std::size_t k) { return lines_.number(given[k], "scaling factor"); };
    scale_ = given.size() == 3 ? Vec3<double>{factor(0), factor(1), factor(2)} : Vec3<double>{factor(0), factor(0), factor(0)};
    for (int axis = 0; axis < 3; ++axis) {
      if (scale_[axis] == 0 || (given.size() == 3 && scale_[axis] < 0))
        lines_.fail("scaling factor", excerpt(given[given.size() == 3 ? static_cast<std::size_t>(axis) : 0]),
                    given.size() == 3 ? "positive numbers" : "a positive number, or minus the cell's volume");
    }
    const std::string first = lines_.where();
    Mat3<double> edges{};
    for (int row = 0; row < 3; ++row) edges[row] = only_three("lattice");
    require_cell(edges, lines_.where());
    if (scale_.x < 0) {
      const double s = std::cbrt(-scale_.x / determinant(edges));
      scale_ = {s, s, s};
    }
    for (int k = 0; k < 9; ++k) edges[k / 3][k % 3] *= scale_[k % 3];
    require_cell(edges, first);  // a factor may overflow it
    frame.cell = edges;
  }

  void read_species(Frame& frame) {
    std::vector<std::string> symbols;
    for (const auto w : words("chemical symbols")) {
      if (!std::isalpha(static_cast<unsigned char>(w[0])))
        lines_.fail("chemical symbols", excerpt(w), "symbols, one for each number of atoms below (VASP 5 and later)");
      symbols.emplace_back(w.substr(0, w.find_first_of("_/")));  // Na_pv/6a2f names a pseudopotential
    }
    const auto counts = words("numbers of atoms");
    if (symbols.empty() || counts.size() != symbols.size())
      lines_.fail("numbers of atoms", std::to_string(counts.size()) + " numbers",
                  "one for each of " + std::to_string(symbols.size()) + " chemical symbols, at least one");
    for (std::size_t k = 0; k < counts.size(); ++k) {
      const auto count = parse_number<std::size_t>(counts[k]);
      if (!count || *count < 1 || *count > lines_.bytes())
        lines_.fail("numbers of atoms", excerpt(counts[k]), "a positive whole number that fits the file");
      frame.species.insert(frame.species.end(), *count, symbols[k]);
    }
  }

  /// Three numbers, three flags where dynamics are selective, and perhaps the symbol once more.
  Vec3<double> read_position(const std::string& symbol, bool selective) {
    const auto found = words("position");
    const Vec3<double> x = three(found, "position");
    const std::size_t numbers = selective ? 6 : 3;
    if (found.size() < numbers || found.size() > numbers + 1)
      lines_.fail("position", std::to_string(found.size()) + " columns",
                  selective ? "three numbers and three flags" : "three numbers");
    for (std::size_t k = 3; k < numbers; ++k) {
      const auto flag = found[k].substr(found[k][0] == '.' ? 1 : 0, 1);
      if (flag.find_first_of("TtFf") == std::string_view::npos) lines_.fail("selective dynamics", excerpt(found[k]), "T or F");
    }
    if (found.size() > numbers && !found[numbers].starts_with(symbol))
      lines_.fail("position", excerpt(found[numbers]), "nothing more, or the symbol " + symbol + " of this atom");
    return x;
  }

  /// What VASP appends to a CONTCAR: a blank line and a velocity for each atom. They are checked and left.
  void read_tail(std::size_t atoms) {
    if (lines_.only_blanks_left()) return;
    const auto line = lines_.next("end of the file");
    if (!trimmed(line).empty() && !begins_with(line, "cCkKdD"))
      lines_.fail("end of POSCAR", excerpt(line),
                  "nothing after the last of " + std::to_string(atoms) + " atoms, or a blank line and their velocities");
    for (std::size_t i = 0; i < atoms; ++i) only_three("velocity");
    if (lines_.only_blanks_left()) return;
    std::string_view more;
    while (trimmed(more).empty()) more = lines_.next("end of the file");
    lines_.fail("end of POSCAR", excerpt(more), "nothing after the velocities");
  }

  NumberedLines lines_;
  Vec3<double> scale_{1, 1, 1};
};

}  // namespace detail

/// The crystal of a POSCAR or CONTCAR file. Atoms keep their order; the first line is info["comment"] unless it is blank.
///
/// Units:   Å, as VASP has them; positions are Cartesian.
/// Errors:  InputError with path and line for what is no POSCAR of VASP 5 or later (chemical symbols on line 6), numbers that are
///          not finite, another number of atoms than announced, edges without volume or left-handed, and lines after the end.
/// Source:  the VASP manual, "POSCAR". One scaling factor, minus the cell's volume in its place, or three; direct or Cartesian
///          coordinates. Flags of selective dynamics and velocities are checked and left out.
inline Frame read_poscar(const std::filesystem::path& path) {
  return detail::PoscarReader({read_bytes(path), path.string()}).read();
}

/// Writes a crystal as POSCAR, in Cartesian coordinates: read back, its numbers are equal to the last bit.
///
/// Errors:  InputError for a frame without cell or not periodic along all axes, edges as in `read_poscar`, lengths that differ,
///          no particles, numbers that are not finite, a species that is no symbol, a comment of several lines; as AtomicFile.
/// Forces, energies and other keys have no place in the format and are not written.
inline void write_poscar(const std::filesystem::path& path, const Frame& frame) {
  const auto require = [&](bool good, const std::string& what, const std::string& got, const std::string& expected) {
    if (!good) throw InputError(what, path.string(), got, expected);
  };
  const std::size_t particles = frame.positions.size();
  require(particles > 0, "positions", "none", "at least one");
  require(frame.species.size() == particles, "species", std::to_string(frame.species.size()), std::to_string(particles));
  require(frame.cell && frame.periodic == std::array<bool, 3>{true, true, true}, "lattice", "no crystal",
          "a cell that repeats along all three edges");
  detail::require_cell(*frame.cell, path.string());
  const auto comment = frame.info.find("comment");
  std::string text = comment == frame.info.end() ? std::string() : comment->second;
  require(text.find_first_of("\r\n") == std::string::npos, "comment", excerpt(text), "one line");
  text += "\n1\n";
  const auto append = [&](const Vec3<double>& x, const std::string& what) {
    for (int axis = 0; axis < 3; ++axis) {
      require(std::isfinite(x[axis]), what, to_text(x[axis]), "a finite number");
      text += to_text(x[axis]) + (axis < 2 ? ' ' : '\n');
    }
  };
  for (int row = 0; row < 3; ++row) append((*frame.cell)[row], "lattice");
  std::string symbols, counts;
  for (std::size_t i = 0, first = 0; i < particles; ++i) {
    const std::string& symbol = frame.species[i];
    require(!symbol.empty() && std::isalpha(static_cast<unsigned char>(symbol[0])) &&
                symbol.find_first_of(" \t\r\n_/!#") == std::string::npos,
            "species", excerpt(symbol), "a chemical symbol");
    if (i + 1 < particles && frame.species[i + 1] == symbol) continue;
    symbols += (first ? " " : "") + symbol;
    counts += (first ? " " : "") + std::to_string(i + 1 - first);
    first = i + 1;
  }
  text += symbols + '\n' + counts + "\nCartesian\n";
  for (std::size_t i = 0; i < particles; ++i) append(frame.positions[i], "position of particle " + std::to_string(i));
  write_bytes(path, text);
}

}  // namespace erg
