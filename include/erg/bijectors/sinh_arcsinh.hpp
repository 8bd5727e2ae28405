/// \file
/// The sinh–arcsinh map: skewness and tail weight along each axis.
#pragma once

#include "erg/bijectors/concept.hpp"

namespace erg {

/// y = sinh(e^τ arcsinh x + ν) along each axis: ν skews, τ > 0 makes heavier tails.
///
/// Shapes:  parameters (ν_x, ν_y, ν_z, τ_x, τ_y, τ_z).
/// Units:   x in units of the width that the tails are to be measured in.
/// Errors:  overflow gives infinity, never throws.
/// Source:  Jones and Pewsey 2009, Biometrika 96, 761, eq. 2.
struct SinhArcsinh {
  static constexpr int parameters = 6;
  static constexpr std::array<AxisParity, parameters> parity{odd_in_x, odd_in_y, odd_in_z, even, even, even};

  template <class R>
  ERG_HD static Image<Vec3<R>, R> forward(const R* p, Vec3<R> x) {
    Vec3<R> y;
    for (int a = 0; a < 3; ++a) y[a] = sinh(exp(p[3 + a]) * asinh(x[a]) + p[a]);
    return {y, log_det(p, x, y)};
  }
  template <class R>
  ERG_HD static Image<Vec3<R>, R> inverse(const R* p, Vec3<R> y) {
    Vec3<R> x;
    for (int a = 0; a < 3; ++a) x[a] = sinh(exp(-p[3 + a]) * (asinh(y[a]) - p[a]));
    return {x, -log_det(p, x, y)};
  }
  template <class R>
  ERG_HD static Vec3<R> vjp(const R* p, Vec3<R> x, Vec3<R> d_y, R d_log_det, R* d_p) {
    const R one(scalar_t<R>(1));
    Vec3<R> d_x;
    for (int a = 0; a < 3; ++a) {
      const R e = exp(p[3 + a]), s = asinh(x[a]), y = sinh(e * s + p[a]);
      const R cosh_a = sqrt(one + y * y), q = one / sqrt(one + x[a] * x[a]), tanh_a = y / cosh_a;
      d_p[a] = d_y[a] * cosh_a + d_log_det * tanh_a;  // the inner sum e s + ν
      d_p[3 + a] = d_p[a] * e * s + d_log_det;
      d_x[a] = d_p[a] * e * q - d_log_det * x[a] * q * q;
    }
    return d_x;
  }
  template <class R>
  ERG_HD static Vec3<R> inverse_vjp(const R* p, Vec3<R> x, Vec3<R> d_x, R d_log_det) {
    const R one(scalar_t<R>(1));
    Vec3<R> d_y;
    for (int a = 0; a < 3; ++a) {
      const R e = exp(p[3 + a]), y = sinh(e * asinh(x[a]) + p[a]);
      const R cosh_a = sqrt(one + y * y), q = one / sqrt(one + x[a] * x[a]);
      d_y[a] = (d_x[a] - d_log_det * (y / cosh_a * e * q - x[a] * q * q)) / (cosh_a * e * q);
    }
    return d_y;
  }

 private:
  /// Σ τ + log cosh(arcsinh y) − log cosh(arcsinh x), with one logarithm for the three axes.
  template <class R>
  ERG_HD static R log_det(const R* p, Vec3<R> x, Vec3<R> y) {
    const R one(scalar_t<R>(1)), half(scalar_t<R>(0.5));
    const R above = (one + y.x * y.x) * (one + y.y * y.y) * (one + y.z * y.z);
    const R below = (one + x.x * x.x) * (one + x.y * x.y) * (one + x.z * x.z);
    return p[3] + p[4] + p[5] + half * log(above / below);
  }
};

}  // namespace erg
