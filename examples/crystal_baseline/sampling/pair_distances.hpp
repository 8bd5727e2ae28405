/// \file
/// The radial distribution of one configuration: what a bootstrap over configurations needs.
#pragma once

#include "sampling/record.hpp"

#include "erg/base/tile.hpp"
#include "erg/densities/concept.hpp"
#include "erg/geometry/crystal.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace crystal_baseline {

/// The largest distance that counts: just below half the shortest height of the box.
inline double rdf_reach(const erg::Crystal& crystal) {
  const erg::Vec3<double> heights = crystal.box.heights();
  return 0.4999 * std::min({heights.x, heights.y, heights.z});
}

/// g(r) of one sample of displacements, all pairs, in rdf_bins shells up to `rdf_reach`.
///
/// Shapes:  u (3 · particles, 1 pack); to (rdf_bins).
template <class R>
void pair_distribution(const erg::Crystal& crystal, erg::Tile<const R> u, int sample, double* to) {
  const int n = crystal.particles();
  const double reach = rdf_reach(crystal), bins = static_cast<double>(rdf_bins), per_length = bins / reach;
  std::vector<erg::Vec3<double>> x(crystal.sites);
  for (int i = 0; i < n; ++i) x[static_cast<std::size_t>(i)] += erg::detail::particle_at(u, i, 0, sample);
  std::fill_n(to, rdf_bins, 0.0);
  for (int i = 0; i < n; ++i) {
    for (int j = i + 1; j < n; ++j) {
      const auto d = crystal.box.minimum_image(x[static_cast<std::size_t>(j)] - x[static_cast<std::size_t>(i)]);
      const double at = std::sqrt(dot(d, d)) * per_length;
      if (at < bins) to[static_cast<std::size_t>(at)] += 1;
    }
  }
  const double density = 0.5 * n * (n - 1) / crystal.box.volume();
  for (std::size_t b = 0; b < rdf_bins; ++b) {
    const double k = static_cast<double>(b);
    to[b] /= density * 4 * std::numbers::pi / 3 * (3 * k * k + 3 * k + 1) / (per_length * per_length * per_length);
  }
}

}  // namespace crystal_baseline
