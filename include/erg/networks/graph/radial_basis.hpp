/// \file
/// What a message knows of the way it went: smooth functions of a displacement that end at a cutoff.
#pragma once

#include "erg/base/lanes.hpp"
#include "erg/base/vector.hpp"

namespace erg {

/// Of a displacement d, with s = |d|² / cutoff² (1 beyond the cutoff):
/// the envelope (1 − s)³, whose value and two derivatives vanish at the cutoff, and the features T_k(2s − 1), k = 0 … radial − 1,
/// Chebyshev's polynomials of the squared distance, then d / cutoff if `directions`.
///
/// Shapes:  features (count()), `stride` numbers apart.
/// Laws:    smooth everywhere, also where two particles meet: no square root is taken. Without directions nothing depends on the
///          orientation. Beyond the cutoff the envelope and what is pulled through it are zero.
/// Source:  Artrith, Urban and Ceder 2017, arXiv:1706.06293 (Chebyshev features of distances).
struct RadialBasis {
  double cutoff;
  int radial;
  bool directions;

  int count() const { return radial + (directions ? 3 : 0); }

  /// |d|² / cutoff².
  template <class R>
  R squared(const Vec3<R>& d) const {
    return R(static_cast<scalar_t<R>>(1 / (cutoff * cutoff))) * dot(d, d);
  }
  /// Writes the features; returns the envelope.
  template <class R>
  R operator()(const Vec3<R>& d, R* features, int stride) const {
    using T = scalar_t<R>;
    const R one(T(1)), zero(T(0)), all = squared(d), s = select(all < one, all, one), left = one - s, x = s + s - one;
    R before = x, now = one;  // T_−1 = T_1
    for (int k = 0; k < radial; ++k) {
      features[static_cast<std::ptrdiff_t>(k) * stride] = now;
      const R next = R(T(2)) * x * now - before;
      before = now;
      now = next;
    }
    const R scale(static_cast<T>(1 / cutoff));
    if (directions)
      for (int a = 0; a < 3; ++a)
        features[static_cast<std::ptrdiff_t>(radial + a) * stride] = select(all < one, scale * d[a], zero);
    return left * left * left;
  }
  /// The cotangent of d from those of the envelope and of the features; the latter vanish with the envelope.
  template <class R>
  Vec3<R> vjp(const Vec3<R>& d, R d_envelope, const R* d_features, int stride) const {
    using T = scalar_t<R>;
    const R one(T(1)), two(T(2)), zero(T(0)), all = squared(d), s = select(all < one, all, one), left = one - s, x = s + s - one;
    R d_x = zero, before = x, now = one, slope_before = one, slope = zero;
    for (int k = 0; k < radial; ++k) {
      d_x += d_features[static_cast<std::ptrdiff_t>(k) * stride] * slope;
      const R next = two * x * now - before, next_slope = two * now + two * x * slope - slope_before;
      before = now, now = next, slope_before = slope, slope = next_slope;
    }
    const R d_s = two * d_x - R(T(3)) * left * left * d_envelope;
    const R along = R(static_cast<T>(2 / (cutoff * cutoff))) * select(all < one, d_s, zero);
    Vec3<R> d_d{along * d.x, along * d.y, along * d.z};
    const R scale(static_cast<T>(1 / cutoff));
    if (directions)
      for (int a = 0; a < 3; ++a)
        d_d[a] += select(all < one, scale * d_features[static_cast<std::ptrdiff_t>(radial + a) * stride], zero);
    return d_d;
  }
};

}  // namespace erg
