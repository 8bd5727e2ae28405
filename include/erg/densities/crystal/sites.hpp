/// \file
/// Where the particles of a crystal belong, and the box that their positions are taken modulo.
#pragma once

#include "erg/base/error.hpp"
#include "erg/geometry/crystal.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace erg {

/// Sites in a periodic box.
///
/// Units:   lengths as the box.
struct Sites {
  std::vector<Vec3<double>> positions;
  Box box;

  int count() const { return static_cast<int>(positions.size()); }
  /// The image inside the box of what lies at u from a site.
  Vec3<double> position(int site, Vec3<double> u) const { return box.wrap(positions[static_cast<std::size_t>(site)] + u); }
  /// From a site to the nearest image of x.
  Vec3<double> displacement(int site, Vec3<double> x) const {
    return box.minimum_image(x - positions[static_cast<std::size_t>(site)]);
  }
};

/// All sites of a crystal.
inline Sites sites_of(const Crystal& crystal) { return {crystal.sites, crystal.box}; }

/// The sites of a crystal but one, seen from that one: where the others are when a particle is held at the origin.
/// Errors:  InputError for a site that the crystal does not have, and a crystal of one.
inline Sites sites_around(const Crystal& crystal, int held = 0) {
  if (held < 0 || held >= crystal.particles())
    throw InputError("held site", crystal.unit.name, std::to_string(held), "0 to " + std::to_string(crystal.particles() - 1));
  if (crystal.particles() < 2) throw InputError("number of sites", crystal.unit.name, "1", "at least 2: one is held");
  Sites others{{}, crystal.box};
  for (int i = 0; i < crystal.particles(); ++i)
    if (i != held)
      others.positions.push_back(
          crystal.box.wrap(crystal.sites[static_cast<std::size_t>(i)] - crystal.sites[static_cast<std::size_t>(held)]));
  return others;
}

/// Half the distance of the two nearest sites, images among them: balls of that radius about the sites do not overlap.
inline double half_nearest_distance(const Sites& sites) {
  double least = std::numeric_limits<double>::infinity();
  for (int i = -1; i <= 1; ++i)
    for (int j = -1; j <= 1; ++j)
      for (int k = -1; k <= 1; ++k)
        if (i || j || k) least = std::min(least, norm(sites.box.to_cartesian({double(i), double(j), double(k)})));
  for (int a = 0; a < sites.count(); ++a)
    for (int b = 0; b < a; ++b)
      least = std::min(least, norm(sites.displacement(a, sites.positions[static_cast<std::size_t>(b)])));
  return 0.5 * least;
}

}  // namespace erg
