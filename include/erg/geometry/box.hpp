/// \file
/// The periodic box of a simulation, orthorhombic or triclinic.
#pragma once

#include "erg/base/error.hpp"
#include "erg/geometry/concept.hpp"

#include <algorithm>
#include <cmath>

namespace erg {

/// A box that repeats along its three edge vectors (any orientation, either handedness).
///
/// Units:   those of the edges.
/// Errors:  InputError for edges that are not finite or span no volume, and for a cutoff beyond half the shortest height.
/// Below half the shortest height (the distance between opposite faces) a difference vector has one image at most, and
/// `minimum_image` finds it. Beyond, it is the shortest of 27 candidates: the shortest of all for edges that meet at 60° to 120°.
class Box {
 public:
  static Box orthorhombic(Vec3<double> lengths) { return Box({{lengths.x, 0, 0}, {0, lengths.y, 0}, {0, 0, lengths.z}}); }
  static Box triclinic(const Mat3<double>& rows_a_b_c) { return Box(rows_a_b_c); }

  /// Edge vectors as rows.
  const Mat3<double>& cell() const { return cell_; }
  bool is_orthorhombic() const { return orthorhombic_; }
  double volume() const { return volume_; }
  /// Distances between opposite faces.
  Vec3<double> heights() const { return heights_; }
  /// Half the shortest height: the largest cutoff that the minimum image serves.
  double half_height() const { return half_height_; }

  /// x = fractional · cell.
  Vec3<double> to_fractional(Vec3<double> x) const { return x * inverse_; }
  Vec3<double> to_cartesian(Vec3<double> fractional) const { return fractional * cell_; }

  /// The image of the difference vector d nearest to the origin.
  Vec3<double> minimum_image(Vec3<double> d) const {
    const Vec3<double> near = short_image(d);
    return orthorhombic_ || dot(near, near) < half_height_ * half_height_ ? near : shortest_around(near);
  }

  /// The image nearest to the origin if that is nearer than `half_height()`, else one that is no nearer than that: what a sum
  /// with a cutoff needs, cheaper than `minimum_image` in a triclinic box.
  Vec3<double> short_image(Vec3<double> d) const {
    if (orthorhombic_) {
      return {d.x - cell_.a.x * std::nearbyint(d.x * inverse_.a.x), d.y - cell_.b.y * std::nearbyint(d.y * inverse_.b.y),
              d.z - cell_.c.z * std::nearbyint(d.z * inverse_.c.z)};
    }
    const Vec3<double> s = to_fractional(d);
    return d - to_cartesian({std::nearbyint(s.x), std::nearbyint(s.y), std::nearbyint(s.z)});
  }

  /// The image of the point x inside the box: fractional coordinates in [0, 1).
  Vec3<double> wrap(Vec3<double> x) const {
    Vec3<double> s = to_fractional(x);
    for (int axis = 0; axis < 3; ++axis) {
      s[axis] -= std::floor(s[axis]);
      if (s[axis] >= 1) s[axis] = 0;  // a tiny negative number rounds up to one
    }
    return to_cartesian(s);
  }

  /// Refuses a cutoff that would need more than one image of a particle.
  void require_cutoff(double r) const {
    if (!(r > 0) || r > half_height_) {
      throw InputError("cutoff", "periodic box", to_text(r),
                       "a positive length of at most half the shortest box height, " + to_text(half_height_));
    }
  }

 private:
  explicit Box(const Mat3<double>& rows) : cell_(rows), volume_(std::abs(determinant(rows))) {
    const double longest = std::max({norm(rows.a), norm(rows.b), norm(rows.c)});
    if (!std::isfinite(volume_) || !(volume_ > 1e-12 * longest * longest * longest)) {
      throw InputError("box", "edge vectors", "volume " + to_text(volume_), "three finite edges that span a volume");
    }
    inverse_ = inverse(rows);
    heights_ = {volume_ / norm(cross(rows.b, rows.c)), volume_ / norm(cross(rows.c, rows.a)),
                volume_ / norm(cross(rows.a, rows.b))};
    half_height_ = 0.5 * std::min({heights_.x, heights_.y, heights_.z});
    const double off = std::abs(rows.a.y) + std::abs(rows.a.z) + std::abs(rows.b.x) + std::abs(rows.b.z) + std::abs(rows.c.x) +
                       std::abs(rows.c.y);
    orthorhombic_ = off == 0;
  }

  Vec3<double> shortest_around(Vec3<double> d) const {
    Vec3<double> best = d;
    for (int i = -1; i <= 1; ++i) {
      for (int j = -1; j <= 1; ++j) {
        for (int k = -1; k <= 1; ++k) {
          const Vec3<double> other = d + to_cartesian({double(i), double(j), double(k)});
          if (dot(other, other) < dot(best, best)) best = other;
        }
      }
    }
    return best;
  }

  Mat3<double> cell_, inverse_;
  Vec3<double> heights_;
  double volume_, half_height_;
  bool orthorhombic_;
};

static_assert(PeriodicSpace<Box>);

}  // namespace erg
