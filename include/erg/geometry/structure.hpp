/// \file
/// From the atoms of a file to the unit cell of the crystal that they make.
#pragma once

#include "erg/geometry/site_finder.hpp"
#include "erg/geometry/site_symmetry.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace erg {

/// A crystal as it was given: its unit cell, how often that was repeated along each edge, and what its sites are.
///
/// Units:   those of the positions; `moved` is how far the farthest atom stood from the site it was put on.
struct Structure {
  UnitCell unit;
  std::array<int, 3> cells{1, 1, 1};
  SiteKinds kinds;
  double moved = 0;

  double number_density() const { return unit.size() / unit.volume(); }
};

namespace detail {

/// Sites of a periodic cell on the way to a unit cell: fractional coordinates, and the length below which two are one.
struct CellSites {
  Mat3<double> edges;
  std::vector<Vec3<double>> x;
  std::vector<int> species;
  double tolerance;

  int size() const { return static_cast<int>(x.size()); }
  double length(Vec3<double> fractional) const { return norm(fractional * edges); }
};

/// x → x · turn + shift in fractional coordinates; turn has whole numbers.
struct CellSymmetry {
  Mat3<double> turn;
  Vec3<double> shift;
  std::vector<int> image;  ///< (sites): where each goes
};

/// The symmetry with about this shift, its shift averaged over the sites so that the symmetries of a crystal form a group to
/// rounding; nothing if it does not map the crystal, species included, onto itself.
inline std::optional<CellSymmetry> symmetry_near(const CellSites& cell, const SiteFinder& finder, const Mat3<double>& turn,
                                                 Vec3<double> shift) {
  CellSymmetry found{turn, shift, {}};
  std::vector<char> taken(cell.x.size(), 0);
  Vec3<double> mean{};
  for (int i = 0; i < cell.size(); ++i) {
    const Vec3<double> there = cell.x[i] * turn + shift;
    // Twice the tolerance: both this site and the one that gave the shift may be off.
    const int j =
        finder.nearest(there, 2 * cell.tolerance, [&](int k) { return cell.species[k] == cell.species[i] && !taken[k]; });
    if (j < 0) return std::nullopt;
    taken[j] = 1;
    found.image.push_back(j);
    mean += (1.0 / cell.size()) * to_nearest_image(cell.x[j] - there);
  }
  found.shift += mean;
  return found;
}

inline constexpr Mat3<double> no_turn{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};

/// The cell cut into `parts` along an edge, each site the mean of those that the cuts make one; nothing when they are not one.
inline std::optional<CellSites> cut(const CellSites& cell, const SiteFinder& finder, int axis, int parts) {
  Vec3<double> step{};
  step[axis] = 1.0 / parts;
  const auto shift = symmetry_near(cell, finder, no_turn, step);
  if (!shift) return std::nullopt;
  CellSites part{cell.edges, {}, {}, cell.tolerance};
  part.edges[axis] = step[axis] * cell.edges[axis];
  std::vector<char> seen(cell.x.size(), 0);
  for (int i = 0; i < cell.size(); ++i) {
    if (seen[i]) continue;
    Vec3<double> mean{};
    std::vector<Vec3<double>> off;
    for (int j = i, m = 0; m < parts; j = shift->image[j], ++m) {
      if (seen[j]) return std::nullopt;  // comes back too early
      seen[j] = 1;
      off.push_back(to_nearest_image(cell.x[j] - cell.x[i] - double(m) * step));
      mean += step[axis] * off.back();
    }
    for (const Vec3<double>& d : off)
      if (cell.length(d - mean) > cell.tolerance) return std::nullopt;  // a slow wave, no repetition
    Vec3<double> x = cell.x[i] + mean;
    x[axis] *= parts;
    part.x.push_back(x);
    part.species.push_back(cell.species[i]);
  }
  return part;
}

/// Cuts the cell along an edge into as many parts as the crystal allows; how many.
inline int cut_most(CellSites& cell, int axis) {
  std::vector<int> of_species(1 + static_cast<std::size_t>(*std::max_element(cell.species.begin(), cell.species.end())), 0);
  for (const int s : cell.species) ++of_species[s];
  const int most = std::accumulate(of_species.begin(), of_species.end(), 0, [](int a, int b) { return std::gcd(a, b); });
  const SiteFinder finder(cell.edges, cell.x);
  for (int parts = most; parts > 1; --parts) {
    if (most % parts != 0) continue;
    if (auto part = cut(cell, finder, axis, parts)) {
      cell = std::move(*part);
      return parts;
    }
  }
  return 1;
}

/// Edges that meet at right angles, to the tolerance, are laid along the axes x, y and z: the crystal is turned.
inline void lay_along_axes(CellSites& cell) {
  const Mat3<double> e = cell.edges;
  const auto square = [&](Vec3<double> a, Vec3<double> b) {
    return std::abs(dot(a, b)) <= cell.tolerance * std::min(norm(a), norm(b));
  };
  if (square(e.a, e.b) && square(e.b, e.c) && square(e.c, e.a))
    cell.edges = {{norm(e.a), 0, 0}, {0, norm(e.b), 0}, {0, 0, norm(e.c)}};
}

/// The sign changes of the axes that map the cell's lattice onto itself, in fractional coordinates. The edges are put where
/// the mean of these has them.
inline std::vector<Mat3<double>> sign_turns(CellSites& cell) {
  const Mat3<double> e = cell.edges, to_fractional = inverse(e);
  std::vector<Mat3<double>> turns;
  Mat3<double> mean{};
  for (const auto& sign : axis_signs) {
    Mat3<double> turn;
    bool maps = true;
    for (int row = 0; row < 3; ++row) {
      const Vec3<double> there = turned(sign, e[row]), exact = there * to_fractional;
      turn[row] = exact - to_nearest_image(exact);
      maps = maps && norm(turn[row] * e - there) < cell.tolerance;
    }
    if (!maps) continue;
    turns.push_back(turn);
    const Mat3<double> back = inverse(turn);
    for (int row = 0; row < 3; ++row) mean[row] += turned(sign, back[row] * e);
  }
  for (int row = 0; row < 3; ++row) cell.edges[row] = (1.0 / static_cast<double>(turns.size())) * mean[row];
  return turns;
}

/// Puts each site where the mean of the crystal's symmetries has it: what they relate is then related to rounding.
inline void average_over_symmetries(CellSites& cell) {
  const std::vector<Mat3<double>> turns = sign_turns(cell);
  const SiteFinder finder(cell.edges, cell.x);
  std::vector<Vec3<double>> off(cell.x.size(), Vec3<double>{});
  int count = 0;
  for (const Mat3<double>& turn : turns) {
    const Mat3<double> back = inverse(turn);
    for (int to = 0; to < cell.size(); ++to) {
      if (cell.species[to] != cell.species[0]) continue;
      const auto found = symmetry_near(cell, finder, turn, cell.x[to] - cell.x[0] * turn);
      if (!found) continue;
      ++count;
      for (int i = 0; i < cell.size(); ++i)
        off[i] += to_nearest_image(cell.x[found->image[i]] - (cell.x[i] * turn + found->shift)) * back;
    }
  }
  for (int i = 0; i < cell.size(); ++i) cell.x[i] = wrapped(cell.x[i] + (1.0 / count) * off[i]);
}

inline CellSites checked_sites(const Mat3<double>& vectors, std::span<const Vec3<double>> positions, std::span<const int> species,
                               const std::string& name) {
  const auto require = [&](bool good, const std::string& what, const std::string& got, const std::string& expected) {
    if (!good) throw InputError(what, name, got, expected);
  };
  const auto count = positions.size();
  require(count > 0 && count <= 1'000'000, "number of atoms", std::to_string(count), "between 1 and 1000000");
  require(species.size() == count, "species", std::to_string(species.size()), std::to_string(count) + ", one for each atom");
  for (const int s : species)
    require(s >= 0 && static_cast<std::size_t>(s) < count, "species", std::to_string(s), "numbers from 0 on, fewer than atoms");
  const Box box = Box::triclinic(vectors);
  const double spacing = std::cbrt(box.volume() / static_cast<double>(count)), least = 0.05 * spacing;
  require(
      box.half_height() > least, "lattice", "opposite faces " + std::to_string(2 * box.half_height()) + " apart",
      "more than a tenth of the mean spacing of the atoms, " + std::to_string(spacing) + ": shorter edges of the same lattice");
  CellSites cell{vectors, {}, {species.begin(), species.end()}, 1e-3 * spacing};
  for (std::size_t i = 0; i < count; ++i) {
    for (int axis = 0; axis < 3; ++axis)
      require(std::isfinite(positions[i][axis]), "position of atom " + std::to_string(i + 1), std::to_string(positions[i][axis]),
              "a finite number");
    cell.x.push_back(wrapped(box.to_fractional(positions[i])));
  }
  const SiteFinder finder(vectors, cell.x);
  for (int i = 0; i < cell.size(); ++i) {
    const int j = finder.nearest(cell.x[i], least, [i](int k) { return k != i; });
    require(j < 0, "distance between atoms " + std::to_string(i + 1) + " and " + std::to_string(j + 1),
            j < 0 ? std::string() : std::to_string(cell.length(to_nearest_image(cell.x[i] - cell.x[j]))),
            "at least a twentieth of their mean spacing, " + std::to_string(spacing));
  }
  return cell;
}

/// How far the farthest atom is from the site that the unit cell gives it.
inline double farthest(const CellSites& given, const CellSites& unit, const std::array<int, 3>& cells) {
  const SiteFinder finder(unit.edges, unit.x);
  double most = 0;
  for (int i = 0; i < given.size(); ++i) {
    const Vec3<double> x{cells[0] * given.x[i].x, cells[1] * given.x[i].y, cells[2] * given.x[i].z};
    const double reach = 10 * given.tolerance;
    const int j = finder.nearest(x, reach, [&](int k) { return unit.species[k] == given.species[i]; });
    most = std::max(most, j < 0 ? reach : unit.length(to_nearest_image(x - unit.x[j])));
  }
  return most;
}

}  // namespace detail

/// The unit cell of the crystal whose atoms stand at `positions` in a cell that repeats along the rows of `vectors`.
///
/// Each edge is divided by the largest whole number for which that part of it is a translation of the crystal, species included:
/// a supercell of a conventional cell gives the conventional cell back, never a skew one. Edges that meet at right angles are
/// laid along x, y and z. Then each edge and site is put where the mean of the symmetries that `site_kinds` knows has it, so
/// that sites which a file's digits set apart are related to rounding.
///
/// Shapes:  positions (atoms), Cartesian, inside the cell or not; species (atoms), numbered from 0.
/// Units:   any length; the unit cell keeps it. Tolerance: positions within 10⁻³ of the mean spacing (volume per atom)^⅓.
/// Errors:  InputError for edges without volume, numbers that are not finite, lengths that differ, two atoms nearer than a
///          twentieth of the mean spacing, and a cell thinner than a tenth of it. What is no perfect crystal, a configuration
///          from a simulation perhaps, has unit cells of more than 256 sites or more than 16 kinds of them, which are refused.
/// Laws:    unit.size() · cells[0] · cells[1] · cells[2] is the number of atoms; the sites keep the order of their first atoms.
/// `unit` may have several kinds of sites; `neighbour_shells` refuses those which have different numbers of neighbours.
inline Structure unit_cell_of(const Mat3<double>& vectors, std::span<const Vec3<double>> positions, std::span<const int> species,
                              const std::string& name) {
  const detail::CellSites given = detail::checked_sites(vectors, positions, species, name);
  detail::CellSites cell = given;
  Structure found;
  for (int axis = 0; axis < 3; ++axis) found.cells[axis] = detail::cut_most(cell, axis);
  const std::string expected =
      "at most 256 sites of 16 kinds: a perfect crystal at rest, each atom within 0.1% of the mean "
      "spacing of its site";
  if (cell.size() > 256)
    throw InputError("unit cell", name, std::to_string(cell.size()) + " atoms that no part of an edge relates", expected);
  detail::lay_along_axes(cell);
  detail::average_over_symmetries(cell);
  found.moved = detail::farthest(given, cell, found.cells);
  found.unit = {name, cell.edges, std::move(cell.x), std::move(cell.species)};
  found.kinds = site_kinds(found.unit);
  const auto kinds = found.kinds.reference.size();
  if (kinds > 16) throw InputError("unit cell", name, std::to_string(kinds) + " kinds of sites", expected);
  return found;
}

}  // namespace erg
