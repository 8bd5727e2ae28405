/// \file
/// A bijector of one number, along each axis of a point.
#pragma once

#include "erg/bijectors/concept.hpp"

namespace erg {

/// `Along` applied to each axis with parameters of its own: the spline inside a chain of point bijectors.
///
/// Shapes:  parameters (those of x, those of y, those of z).
template <class Along>
struct AlongAxes {
  static_assert(ScalarBijector<Along>,
                "AlongAxes: the part must be a scalar bijector (forward, inverse, vjp, inverse_vjp, parameters)");
  static constexpr int parameters = 3 * Along::parameters;

  template <class R>
  ERG_HD static Image<Vec3<R>, R> forward(const R* p, Vec3<R> v) {
    const auto x = Along::forward(p, v.x), y = Along::forward(along(p, 1), v.y), z = Along::forward(along(p, 2), v.z);
    return {{x.point, y.point, z.point}, x.log_det + y.log_det + z.log_det};
  }
  template <class R>
  ERG_HD static Image<Vec3<R>, R> inverse(const R* p, Vec3<R> v) {
    const auto x = Along::inverse(p, v.x), y = Along::inverse(along(p, 1), v.y), z = Along::inverse(along(p, 2), v.z);
    return {{x.point, y.point, z.point}, x.log_det + y.log_det + z.log_det};
  }
  template <class R>
  ERG_HD static Vec3<R> vjp(const R* p, Vec3<R> v, Vec3<R> d, R d_log_det, R* d_p) {
    return {Along::vjp(p, v.x, d.x, d_log_det, d_p), Along::vjp(along(p, 1), v.y, d.y, d_log_det, along(d_p, 1)),
            Along::vjp(along(p, 2), v.z, d.z, d_log_det, along(d_p, 2))};
  }
  template <class R>
  ERG_HD static Vec3<R> inverse_vjp(const R* p, Vec3<R> v, Vec3<R> d, R d_log_det) {
    return {Along::inverse_vjp(p, v.x, d.x, d_log_det), Along::inverse_vjp(along(p, 1), v.y, d.y, d_log_det),
            Along::inverse_vjp(along(p, 2), v.z, d.z, d_log_det)};
  }

 private:
  template <class R>
  ERG_HD static R* along(R* p, int axis) {
    return p + axis * Along::parameters;
  }
};

}  // namespace erg
