/// \file
/// One piece of a rational-quadratic spline: values, slopes, the inverse and the derivatives.
#pragma once

#include "erg/base/native.hpp"

namespace erg {

/// The monotone rational quadratic from (left, bottom) to (right, top) with the given slopes at its ends.
///
/// Units:    x as left and right, y as bottom and top.
/// Errors:   none for left < right, bottom < top and slopes > 0: every sum below is of terms of one sign, so that no
///           rounding makes a denominator vanish or a root imaginary. NaN gives NaN.
/// Accuracy: a few roundings of y (forward) and of x (inverse, given y); the image never passes `top` or `right`.
/// Source:   Durkan et al. 2019, arXiv:1906.04032, eq. 4–8. With v, u the distances of y to bottom and top and s the chord's
///           slope the discriminant of eq. 6–8 is (slope_left u − slope_right v)² + 4 s² u v, and the roots for the two
///           fractions mirror each other: the one without cancellation is taken.
template <class R>
struct RationalQuadraticPiece {
  R left, right, bottom, top, slope_left, slope_right;

  /// A point of the piece and what all formulas there share.
  struct Place {
    R done, ahead;      ///< fractions of the width to the left and to the right of the point
    R chord;            ///< (top − bottom) / (right − left)
    R per_width;        ///< 1 / (right − left)
    R numerator;        ///< of the slope, without chord²
    R per_denominator;  ///< 1 / denominator of the value
  };

  ERG_HD Place at_x(R x) const {
    const R per_width = reciprocal(right - left);
    return place((x - left) * per_width, (right - x) * per_width, per_width);
  }

  ERG_HD Place at_y(R y) const {
    const R zero(scalar_t<R>(0)), half(scalar_t<R>(0.5)), one(scalar_t<R>(1));
    const R v = y - bottom, u = top - y, width = right - left;
    const R m = (slope_left * u - slope_right * v) * (half * width / (top - bottom));
    const auto rises = m >= zero;
    const R root = abs(m) + sqrt(m * m + u * v), near = select(rises, v, u), per_sum = one / (root + near);
    const R close = near * per_sum, far = root * per_sum;
    return place(select(rises, close, far), select(rises, far, close), one / width);
  }

  ERG_HD R x(const Place& q) const {
    const R x = left + (right - left) * q.done;
    return select(x > right, right, x);
  }
  ERG_HD R y(const Place& q) const {
    const R y = bottom + (top - bottom) * fraction(q);
    return select(y > top, top, y);
  }
  ERG_HD R slope(const Place& q) const {
    const R root = q.chord * q.per_denominator;
    return root * root * q.numerator;
  }
  /// d log slope / dx.
  ERG_HD R log_slope_rises(const Place& q) const { return by_fraction(q) * q.per_width; }

  /// Cotangents of the point and of the piece's members.
  struct Cotangents {
    R x, left, right, bottom, top, slope_left, slope_right;
  };
  /// Given those of y and log slope. The point counts as fixed at its fraction of the width where `moves` is 0, else `moves` = 1.
  ERG_HD Cotangents pull(const Place& q, R d_y, R d_log_slope, R moves) const {
    const R two(scalar_t<R>(2)), a = q.done, b = q.ahead, ab = a * b, squares = a * a + b * b, s = q.chord;
    const R r = q.per_denominator, per_n = reciprocal(q.numerator), f = fraction(q), rest = b * (s * b + slope_right * a) * r;
    const R d_f = d_y * (top - bottom);
    const R d_done = moves * (d_f * s * q.numerator * r * r + d_log_slope * by_fraction(q));
    const R d_s = d_f * r * (a * a * rest - b * b * f) + d_log_slope * two * (reciprocal(s) + ab * per_n - squares * r);
    const R shared = two * ab * r, d_height = d_y * f + d_s * q.per_width;
    const R d_x = d_done * q.per_width, d_width = -(d_s * s + d_done * a) * q.per_width;
    return {d_x,
            -d_x - d_width,
            d_width,
            d_y - d_height,
            d_height,
            d_f * ab * rest * r + d_log_slope * (b * b * per_n - shared),
            -d_f * ab * f * r + d_log_slope * (a * a * per_n - shared)};
  }

 private:
  ERG_HD Place place(R a, R b, R per_width) const {
    const R s = (top - bottom) / (right - left), ab = a * b, aa = a * a, bb = b * b;
    const R numerator = slope_right * aa + (s + s) * ab + slope_left * bb;
    return {a, b, s, per_width, numerator, reciprocal(s * (aa + bb) + (slope_left + slope_right) * ab)};
  }
  /// (y − bottom) / (top − bottom).
  ERG_HD R fraction(const Place& q) const { return q.done * (q.chord * q.done + slope_left * q.ahead) * q.per_denominator; }
  /// d log slope / d done.
  ERG_HD R by_fraction(const Place& q) const {
    const R two(scalar_t<R>(2)), lean = q.ahead - q.done, s = q.chord;
    const R of_numerator = slope_right * q.done + s * lean - slope_left * q.ahead;
    const R of_denominator = lean * (slope_left + slope_right - two * s);
    return two * (of_numerator / q.numerator - of_denominator * q.per_denominator);
  }
};

}  // namespace erg
