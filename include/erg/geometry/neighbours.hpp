/// \file
/// The neighbours of each site of a perfect crystal, in an order that equal sites share.
#pragma once

#include "erg/geometry/site_symmetry.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace erg {

/// Neighbours of every site, the same number for each.
///
/// Shapes:  site, vector (sites, count): entry site · count + k; sign, kind (sites); shell_radius (kinds, shells).
/// Units:   vectors as the crystal's edges; vector(i, k) points from site i to the image meant of its k-th neighbour.
/// Laws:    sign(i) ∘ vector(i, k) is equal, to the last bit, for all sites i of a kind; nearer shells come first; the order
///          depends neither on the size of the crystal nor on its density. In a small box a site may be listed several times
///          as a neighbour, once for each of its images, and a site's own images are listed too.
struct Neighbours {
  int count = 0;
  std::vector<int> site;
  std::vector<Vec3<double>> vector;
  std::vector<std::array<int, 3>> sign;
  std::vector<int> kind;
  int kinds = 0;
  std::vector<double> shell_radius;
  /// Per site of the unit cell, the neighbour k: its basis number and how many cells away it is.
  struct Step {
    int basis;
    std::array<int, 3> cells;
  };
  std::vector<Step> step;  ///< (basis, count): what repeats in every cell
};

namespace detail {

struct NearSite {
  double distance;
  Vec3<double> vector;  // oriented by the signs of the centre
  Neighbours::Step step;
};

/// How much two distances in one shell may differ, in units of the spacing: what the digits of a file leave of equal ones.
inline constexpr double shell_width = 2e-3;

/// Sorts by distance (key 0), what is equal by x, y and z (keys 1 to 3). Numbers are equal when no gap separates them, so that
/// rounding changes nothing.
inline void in_order(std::span<NearSite> sites, int key, double spacing) {
  const auto value = [key](const NearSite& s) { return key == 0 ? s.distance : s.vector[key - 1]; };
  const double gap = (key == 0 ? shell_width : 1e-5) * spacing;
  std::sort(sites.begin(), sites.end(), [&](const NearSite& a, const NearSite& b) { return value(a) < value(b); });
  if (key == 3) return;
  for (std::size_t first = 0, last = 0; first < sites.size(); first = last) {
    for (last = first + 1; last < sites.size() && value(sites[last]) - value(sites[last - 1]) <= gap;) ++last;
    in_order(sites.subspan(first, last - first), key + 1, spacing);
  }
}

/// All sites of the endless crystal within `radius` of a site of cell 0, in the order of the header's laws.
inline std::vector<NearSite> near_sites(const UnitCell& unit, int centre, const std::array<int, 3>& sign, double radius) {
  const Vec3<double> heights = Box::triclinic(unit.vectors).heights();
  std::array<int, 3> reach;
  for (int axis = 0; axis < 3; ++axis) reach[axis] = static_cast<int>(std::ceil(radius / heights[axis])) + 1;
  std::vector<NearSite> near;
  for (int basis = 0; basis < unit.size(); ++basis) {
    const Vec3<double> within = unit.position(basis) - unit.position(centre);
    for (int i = -reach[0]; i <= reach[0]; ++i) {
      for (int j = -reach[1]; j <= reach[1]; ++j) {
        for (int k = -reach[2]; k <= reach[2]; ++k) {
          if (basis == centre && i == 0 && j == 0 && k == 0) continue;
          const Vec3<double> d = within + Vec3<double>{double(i), double(j), double(k)} * unit.vectors;
          const double r = norm(d);
          if (r < radius) near.push_back({r, turned(sign, d), {basis, {i, j, k}}});
        }
      }
    }
  }
  in_order(near, 0, std::cbrt(unit.volume() / unit.size()));
  return near;
}

/// Where each shell ends in a list in order: index past its last site.
inline std::vector<int> shell_ends(const std::vector<NearSite>& near, double spacing) {
  std::vector<double> distances;  // inside a shell the list goes by direction
  for (const NearSite& site : near) distances.push_back(site.distance);
  std::sort(distances.begin(), distances.end());
  std::vector<int> ends;
  for (std::size_t i = 1; i <= near.size(); ++i) {
    if (i == near.size() || distances[i] - distances[i - 1] > shell_width * spacing) ends.push_back(static_cast<int>(i));
  }
  return ends;
}

/// Copies what the sites of the unit cell see to every cell of the crystal.
inline void repeat_in_all_cells(const Crystal& crystal, const SiteKinds& kinds, const std::vector<std::vector<NearSite>>& seen,
                                Neighbours& table) {
  const std::size_t entries = static_cast<std::size_t>(crystal.particles()) * table.count;
  table.site.reserve(entries);
  table.vector.reserve(entries);
  for (int site = 0; site < crystal.particles(); ++site) {
    const int basis = crystal.basis_of(site);
    const std::array<int, 3> home = crystal.cell_of(site);
    table.kind.push_back(kinds.kind[basis]);
    table.sign.push_back(kinds.sign[basis]);
    const auto& reference = seen[kinds.reference[kinds.kind[basis]]];
    for (int k = 0; k < table.count; ++k) {
      const Neighbours::Step& step = table.step[basis * table.count + k];
      table.site.push_back(
          crystal.site_at(step.basis, {home[0] + step.cells[0], home[1] + step.cells[1], home[2] + step.cells[2]}));
      table.vector.push_back(turned(kinds.sign[basis], reference[k].vector));
    }
  }
}

/// The table of the first `count` neighbours, `shells` of them, given what each site of the unit cell sees.
inline Neighbours table_of(const Crystal& crystal, const SiteKinds& kinds, const std::vector<std::vector<NearSite>>& seen,
                           const std::vector<int>& counts) {
  const double spacing = std::cbrt(crystal.unit.volume() / crystal.basis_size());
  Neighbours table;
  table.count = counts[0];
  table.kinds = static_cast<int>(kinds.reference.size());
  for (int basis = 0; basis < crystal.basis_size(); ++basis) {
    if (counts[basis] != table.count) {
      throw InputError("number of neighbours", crystal.unit.name,
                       std::to_string(table.count) + " for site 0 and " + std::to_string(counts[basis]) + " for site " +
                           std::to_string(basis) + " of the unit cell",
                       "the same for every site");
    }
    for (int k = 0; k < table.count; ++k) table.step.push_back(seen[basis][k].step);
  }
  for (const int basis : kinds.reference) {
    const std::vector<NearSite> kept(seen[basis].begin(), seen[basis].begin() + table.count);
    int first = 0;
    for (const int end : shell_ends(kept, spacing)) {
      double farthest = 0;
      for (; first < end; ++first) farthest = std::max(farthest, kept[first].distance);
      table.shell_radius.push_back(farthest);
    }
  }
  repeat_in_all_cells(crystal, kinds, seen, table);
  return table;
}

}  // namespace detail

/// The first `shells` shells of neighbours (a shell: all neighbours at one distance, no gap in it above 0.002 of the spacing).
///
/// Errors:  InputError when shells < 1, or when sites that symmetry does not relate have different numbers of neighbours.
inline Neighbours neighbour_shells(const Crystal& crystal, int shells) {
  if (shells < 1) throw InputError("neighbour shells", crystal.unit.name, std::to_string(shells), "at least 1");
  const UnitCell& unit = crystal.unit;
  const SiteKinds kinds = site_kinds(unit);
  const double spacing = std::cbrt(unit.volume() / unit.size());
  std::vector<std::vector<detail::NearSite>> seen(unit.size());
  std::vector<int> counts(unit.size());
  for (int basis = 0; basis < unit.size(); ++basis) {
    std::vector<int> ends;
    // The shell that touches the radius may be cut: look until one more than asked for is there.
    for (double radius = 1.5 * spacing; static_cast<int>(ends.size()) <= shells; radius *= 1.25) {
      seen[basis] = detail::near_sites(unit, basis, kinds.sign[basis], radius);
      ends = detail::shell_ends(seen[basis], spacing);
    }
    counts[basis] = ends[shells - 1];
  }
  return detail::table_of(crystal, kinds, seen, counts);
}

/// Whether a site has a neighbour twice, perhaps itself: the box is so small that two neighbours are images of one particle.
inline bool has_images(const Neighbours& neighbours) {
  for (std::size_t i = 0; i < neighbours.kind.size(); ++i) {
    const auto first = neighbours.site.begin() + static_cast<std::ptrdiff_t>(i) * neighbours.count;
    std::vector<int> seen(first, first + neighbours.count);
    std::sort(seen.begin(), seen.end());
    if (std::adjacent_find(seen.begin(), seen.end()) != seen.end()) return true;
  }
  return false;
}

/// All neighbours nearer than `radius`, in the order of `neighbour_shells`.
///
/// Errors:  InputError when the radius is not a positive number, or when sites have different numbers of neighbours.
inline Neighbours neighbours_within(const Crystal& crystal, double radius) {
  if (!(radius > 0) || !std::isfinite(radius)) {
    throw InputError("neighbour radius", crystal.unit.name, to_text(radius), "a positive length");
  }
  const SiteKinds kinds = site_kinds(crystal.unit);
  std::vector<std::vector<detail::NearSite>> seen;
  std::vector<int> counts;
  for (int basis = 0; basis < crystal.basis_size(); ++basis) {
    seen.push_back(detail::near_sites(crystal.unit, basis, kinds.sign[basis], radius));
    counts.push_back(static_cast<int>(seen.back().size()));
  }
  return detail::table_of(crystal, kinds, seen, counts);
}

}  // namespace erg
