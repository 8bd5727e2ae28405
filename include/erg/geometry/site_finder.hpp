/// \file
/// Which site of a crystal stands at a point.
#pragma once

#include "erg/base/vector.hpp"
#include "erg/geometry/box.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

namespace erg {

/// The fractional coordinates in [0, 1) of the same site; what rounding has left below a whole number becomes 0.
inline Vec3<double> wrapped(Vec3<double> fractional) {
  for (int axis = 0; axis < 3; ++axis) {
    fractional[axis] -= std::floor(fractional[axis]);
    if (fractional[axis] > 1 - 1e-12) fractional[axis] = 0;
  }
  return fractional;
}

/// The image of a fractional difference vector in [−½, ½]: the shortest where it is short against the cell's heights.
inline Vec3<double> to_nearest_image(Vec3<double> difference) {
  for (int axis = 0; axis < 3; ++axis) difference[axis] -= std::round(difference[axis]);
  return difference;
}

/// Looks sites of a periodic cell up by where they are.
///
/// Shapes:  sites, in fractional coordinates.
/// Units:   `within` as the cell's edges; right below half the cell's shortest height.
/// Sites sorted along one edge are found by halving: a look-up costs as many steps as sites lie in one plane.
class SiteFinder {
 public:
  SiteFinder(const Mat3<double>& edges, std::span<const Vec3<double>> sites)
      : edges_(edges), height_(Box::triclinic(edges).heights().x), sites_(sites.begin(), sites.end()), order_(sites.size()) {
    for (Vec3<double>& x : sites_) x = wrapped(x);
    std::iota(order_.begin(), order_.end(), 0);
    std::sort(order_.begin(), order_.end(), [this](int i, int j) { return sites_[i].x < sites_[j].x; });
  }

  /// The site nearest to the point that is nearer than `within` and for which `counts(site)` holds, or −1.
  template <class Counts>
  int nearest(Vec3<double> point, double within, const Counts& counts) const {
    point = wrapped(point);
    int best = -1;
    double shortest = within;
    for (const double shift : {0.0, -1.0, 1.0}) {
      const double x = point.x + shift, reach = within / height_;
      auto it = std::lower_bound(order_.begin(), order_.end(), x - reach, [this](int i, double v) { return sites_[i].x < v; });
      for (; it != order_.end() && sites_[*it].x <= x + reach; ++it) {
        const double r = norm(to_nearest_image(sites_[*it] - point) * edges_);
        if (r < shortest && counts(*it)) {
          shortest = r;
          best = *it;
        }
      }
    }
    return best;
  }

 private:
  Mat3<double> edges_;
  double height_;  // across the first edge
  std::vector<Vec3<double>> sites_;
  std::vector<int> order_;
};

}  // namespace erg
