/// \file
/// Affine maps of a point: scale and shift along the axes, and the unit triangular shear.
#pragma once

#include "erg/bijectors/concept.hpp"

namespace erg {

/// y = e^s x + t along each axis.
///
/// Shapes:  parameters (s_x, s_y, s_z, t_x, t_y, t_z).
struct Affine {
  static constexpr int parameters = 6;
  static constexpr std::array<AxisParity, parameters> parity{even, even, even, odd_in_x, odd_in_y, odd_in_z};

  template <class R>
  ERG_HD static Image<Vec3<R>, R> forward(const R* p, Vec3<R> x) {
    return {{exp(p[0]) * x.x + p[3], exp(p[1]) * x.y + p[4], exp(p[2]) * x.z + p[5]}, p[0] + p[1] + p[2]};
  }
  template <class R>
  ERG_HD static Image<Vec3<R>, R> inverse(const R* p, Vec3<R> y) {
    return {{exp(-p[0]) * (y.x - p[3]), exp(-p[1]) * (y.y - p[4]), exp(-p[2]) * (y.z - p[5])}, -(p[0] + p[1] + p[2])};
  }
  template <class R>
  ERG_HD static Vec3<R> vjp(const R* p, Vec3<R> x, Vec3<R> d_y, R d_log_det, R* d_p) {
    Vec3<R> d_x;
    for (int a = 0; a < 3; ++a) {
      d_x[a] = exp(p[a]) * d_y[a];
      d_p[a] = d_x[a] * x[a] + d_log_det;
      d_p[3 + a] = d_y[a];
    }
    return d_x;
  }
  template <class R>
  ERG_HD static Vec3<R> inverse_vjp(const R* p, Vec3<R>, Vec3<R> d_x, R) {
    return {exp(-p[0]) * d_x.x, exp(-p[1]) * d_x.y, exp(-p[2]) * d_x.z};
  }
};

/// y = L x with L unit lower triangular; volume is kept.
///
/// Shapes:  parameters (L_yx, L_zx, L_zy).
struct UnitTriangular {
  static constexpr int parameters = 3;
  static constexpr std::array<AxisParity, parameters> parity{odd_in_x | odd_in_y, odd_in_x | odd_in_z, odd_in_y | odd_in_z};

  template <class R>
  ERG_HD static Image<Vec3<R>, R> forward(const R* p, Vec3<R> x) {
    return {{x.x, x.y + p[0] * x.x, x.z + p[1] * x.x + p[2] * x.y}, R(scalar_t<R>(0))};
  }
  template <class R>
  ERG_HD static Image<Vec3<R>, R> inverse(const R* p, Vec3<R> y) {
    const R second = y.y - p[0] * y.x;
    return {{y.x, second, y.z - p[1] * y.x - p[2] * second}, R(scalar_t<R>(0))};
  }
  template <class R>
  ERG_HD static Vec3<R> vjp(const R* p, Vec3<R> x, Vec3<R> d_y, R, R* d_p) {
    d_p[0] = d_y.y * x.x;
    d_p[1] = d_y.z * x.x;
    d_p[2] = d_y.z * x.y;
    return {d_y.x + p[0] * d_y.y + p[1] * d_y.z, d_y.y + p[2] * d_y.z, d_y.z};
  }
  template <class R>
  ERG_HD static Vec3<R> inverse_vjp(const R* p, Vec3<R>, Vec3<R> d_x, R) {
    const R second = d_x.y - p[2] * d_x.z;
    return {d_x.x - p[0] * second - p[1] * d_x.z, second, d_x.z};
  }
};

}  // namespace erg
