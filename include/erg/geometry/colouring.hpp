/// \file
/// Sublattices of a crystal in which no two sites are neighbours.
#pragma once

#include "erg/geometry/neighbours.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace erg {

/// A colour for each site.
///
/// Shapes:  of (sites); sites[colour] in ascending order.
/// Laws:    no two neighbours share a colour; all sites of a colour share kind; the pattern is that of the endless crystal, and
///          so the same for every size.
struct Colouring {
  int count = 0;
  std::vector<int> of;
  std::vector<std::vector<int>> sites;
};

namespace detail {

/// A lattice of cells, spanned by the rows (a, b, c), (0, d, e), (0, 0, f): every lattice of a d f colours has this form once.
/// Cells that differ by a vector of the lattice share a colour.
struct CellPattern {
  int a = 1, b = 0, c = 0, d = 1, e = 0, f = 1;

  int colours() const { return a * d * f; }
  int operator()(std::array<int, 3> cell) const {
    const auto floor_div = [](int x, int y) { return x >= 0 ? x / y : -((y - 1 - x) / y); };
    const int x = floor_div(cell[0], a);
    cell = {cell[0] - x * a, cell[1] - x * b, cell[2] - x * c};
    const int y = floor_div(cell[1], d);
    cell = {cell[0], cell[1] - y * d, cell[2] - y * e};
    return (cell[0] * d + cell[1]) * f + cell[2] - f * floor_div(cell[2], f);
  }
  /// After how many cells along this axis the pattern repeats.
  int period(int axis) const {
    std::array<int, 3> cell{0, 0, 0};
    do {
      ++cell[axis];
    } while ((*this)(cell) != 0);
    return cell[axis];
  }
  int repeat() const { return period(0) * period(1) * period(2); }
};

/// All patterns of that many colours.
inline std::vector<CellPattern> patterns_of(int colours) {
  std::vector<CellPattern> all;
  for (int a = 1; a <= colours; ++a) {
    for (int d = 1; a * d <= colours; ++d) {
      if (colours % (a * d) != 0) continue;
      const int f = colours / (a * d);
      for (int code = 0; code < d * f * f; ++code) all.push_back({a, code / (f * f), code / f % f, d, code % f, f});
    }
  }
  return all;
}

/// The pattern with the fewest colours, then the smallest repeat, that tells apart cells at each of these steps.
inline CellPattern smallest_pattern(const std::vector<std::array<int, 3>>& steps) {
  for (int colours = 1;; ++colours) {
    CellPattern best;
    bool found = false;
    for (const CellPattern& pattern : patterns_of(colours)) {
      const bool valid = std::none_of(steps.begin(), steps.end(), [&](const auto& step) { return pattern(step) == 0; });
      if (!valid || (found && pattern.repeat() >= best.repeat())) continue;
      best = pattern;
      found = true;
    }
    if (found) return best;
  }
}

/// The pattern that separates neighbours of one number in the unit cell.
inline CellPattern pattern_for(const Neighbours& neighbours) {
  std::vector<std::array<int, 3>> steps;
  for (std::size_t at = 0; at < neighbours.step.size(); ++at) {
    const Neighbours::Step& step = neighbours.step[at];
    if (step.basis == static_cast<int>(at) / neighbours.count) steps.push_back(step.cells);
  }
  return smallest_pattern(steps);
}

}  // namespace detail

/// After how many unit cells along each edge the colours of `colour_sublattices` repeat: the crystal's cells are multiples of it.
inline std::array<int, 3> sublattice_periods(const Neighbours& neighbours) {
  const detail::CellPattern pattern = detail::pattern_for(neighbours);
  return {pattern.period(0), pattern.period(1), pattern.period(2)};
}

/// Colours a crystal by its sublattices: by the site's number in the unit cell where that separates neighbours, and else by
/// that number together with the smallest repeating pattern of cells that does.
///
/// Errors:  InputError that says which numbers of cells would do when the pattern does not fit the crystal.
inline Colouring colour_sublattices(const Crystal& crystal, const Neighbours& neighbours) {
  const detail::CellPattern pattern = detail::pattern_for(neighbours);
  for (int axis = 0; axis < 3; ++axis) {
    if (crystal.cells[axis] % pattern.period(axis) == 0) continue;
    const auto triple = [](int x, int y, int z) {
      return std::to_string(x) + " x " + std::to_string(y) + " x " + std::to_string(z);
    };
    throw InputError("unit cells", crystal.unit.name, triple(crystal.cells[0], crystal.cells[1], crystal.cells[2]),
                     "multiples of " + triple(pattern.period(0), pattern.period(1), pattern.period(2)) + " (" +
                         std::to_string(crystal.basis_size() * pattern.repeat()) +
                         " particles), so that the colours of its sublattices meet across the box");
  }
  Colouring colouring;
  colouring.count = crystal.basis_size() * pattern.colours();
  colouring.sites.resize(colouring.count);
  for (int site = 0; site < crystal.particles(); ++site) {
    const int colour = crystal.basis_of(site) * pattern.colours() + pattern(crystal.cell_of(site));
    colouring.of.push_back(colour);
    colouring.sites[colour].push_back(site);
  }
  return colouring;
}

}  // namespace erg
