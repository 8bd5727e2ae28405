/// \file
/// Which sites of a crystal see the same surroundings, up to the signs of the axes.
#pragma once

#include "erg/geometry/crystal.hpp"

#include <array>
#include <cmath>
#include <vector>

namespace erg {

/// Turns a vector by the signs of the axes.
inline Vec3<double> turned(const std::array<int, 3>& sign, Vec3<double> v) {
  return {sign[0] * v.x, sign[1] * v.y, sign[2] * v.z};
}

/// Sorts the sites of the unit cell into kinds.
///
/// Shapes:  per site of the unit cell: its kind, and the signs that turn its surroundings into those of `reference[kind]`.
/// Two sites are of one kind when a translation together with one of the eight sign changes maps one onto the other and the
/// endless crystal, species included, onto itself. Signs are tried in the order: none, all three (inversion), two, one.
struct SiteKinds {
  std::vector<int> kind;
  std::vector<std::array<int, 3>> sign;
  std::vector<int> reference;
};

namespace detail {

inline constexpr std::array<std::array<int, 3>, 8> axis_signs{
    {{1, 1, 1}, {-1, -1, -1}, {1, -1, -1}, {-1, 1, -1}, {-1, -1, 1}, {-1, 1, 1}, {1, -1, 1}, {1, 1, -1}}};

/// Whether each fractional coordinate is a whole number, to one part in 10^5.
inline bool is_whole(Vec3<double> fractional) {
  for (int axis = 0; axis < 3; ++axis) {
    if (std::abs(fractional[axis] - std::round(fractional[axis])) > 1e-5) return false;
  }
  return true;
}

/// Whether x → sign ∘ (x − x_from) + x_to maps the endless crystal onto itself.
inline bool maps_onto_itself(const UnitCell& unit, int from, int to, const std::array<int, 3>& sign) {
  const Mat3<double> to_fractional = inverse(unit.vectors);
  for (int edge = 0; edge < 3; ++edge) {
    if (!is_whole(turned(sign, unit.vectors[edge]) * to_fractional)) return false;
  }
  for (int site = 0; site < unit.size(); ++site) {
    const Vec3<double> moved = turned(sign, unit.position(site) - unit.position(from)) + unit.position(to);
    bool found = false;
    for (int other = 0; other < unit.size() && !found; ++other) {
      found = unit.species[site] == unit.species[other] && is_whole((moved - unit.position(other)) * to_fractional);
    }
    if (!found) return false;
  }
  return true;
}

}  // namespace detail

inline SiteKinds site_kinds(const UnitCell& unit) {
  SiteKinds found{std::vector<int>(unit.size(), -1), std::vector<std::array<int, 3>>(unit.size(), detail::axis_signs[0]), {}};
  for (int site = 0; site < unit.size(); ++site) {
    for (std::size_t k = 0; k < found.reference.size() && found.kind[site] < 0; ++k) {
      for (const auto& sign : detail::axis_signs) {
        if (!detail::maps_onto_itself(unit, site, found.reference[k], sign)) continue;
        found.kind[site] = static_cast<int>(k);
        found.sign[site] = sign;
        break;
      }
    }
    if (found.kind[site] < 0) {
      found.kind[site] = static_cast<int>(found.reference.size());
      found.reference.push_back(site);
    }
  }
  return found;
}

/// The sign changes of the axes that, about this site, map the endless crystal onto itself: a group; none is its first.
inline std::vector<std::array<int, 3>> site_group(const UnitCell& unit, int site) {
  std::vector<std::array<int, 3>> group;
  for (const auto& sign : detail::axis_signs) {
    if (detail::maps_onto_itself(unit, site, site, sign)) group.push_back(sign);
  }
  return group;
}

/// Sites of the primitive cell: those of the unit cell, divided by the translations inside it that map the crystal onto itself.
inline int primitive_size(const UnitCell& unit) {
  int translations = 0;
  for (int site = 0; site < unit.size(); ++site) translations += detail::maps_onto_itself(unit, 0, site, {1, 1, 1});
  return unit.size() / translations;
}

}  // namespace erg
