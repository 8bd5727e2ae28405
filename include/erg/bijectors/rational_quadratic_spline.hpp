/// \file
/// Monotone rational-quadratic splines of one number: on the line with linear tails, on an interval, on the circle.
#pragma once

#include "erg/bijectors/concept.hpp"
#include "erg/bijectors/splines/division.hpp"
#include "erg/bijectors/splines/ends.hpp"
#include "erg/bijectors/splines/rational_quadratic_piece.hpp"

namespace erg {

/// A spline unpacked from its parameters, to evaluate at one place or at many.
///
/// Shapes:  parameters (widths (Bins), heights (Bins), slopes (Ends::slopes(Bins))), before softmax and softplus.
template <int Bins, class Ends, class R>
struct SplineKnots {
  using T = scalar_t<R>;
  using Piece = RationalQuadraticPiece<R>;
  static constexpr double least_slope = 1e-4, raw_of_one = 0.5411666523385311;  ///< softplus(raw_of_one) = 1 − least_slope

  Division<Bins, R> x, y;
  R raw_slope[Bins + 1];

  ERG_HD explicit SplineKnots(const R* p) : x(p, Ends::lower, Ends::upper), y(p + Bins, Ends::lower, Ends::upper) {
    for (int k = 0; k <= Bins; ++k) {
      const int at = Ends::slope_at(k, Bins);
      raw_slope[k] = at < 0 ? R(T(0)) : p[2 * Bins + at];
    }
  }

  /// The piece over a place, which bin it is, and d slope / d raw at its ends.
  struct Found {
    Piece piece;
    R bin, by_raw_left, by_raw_right;
  };
  ERG_HD Found over_x(R inside) const { return narrow<Bins, false>(x.knot, y.knot, raw_slope, inside, R(T(0))); }
  ERG_HD Found over_y(R inside) const { return narrow<Bins, true>(x.knot, y.knot, raw_slope, inside, R(T(0))); }

  ERG_HD Image<R, R> forward(R at) const {
    const auto f = Ends::fold(at);
    const Piece piece = over_x(f.inside).piece;
    const auto q = piece.at_x(f.inside);
    const R slope = piece.slope(q);
    return leave(f, at, piece.y(q), slope, log(slope));
  }
  ERG_HD Image<R, R> inverse(R at) const {
    const auto f = Ends::fold(at);
    const Piece piece = over_y(f.inside).piece;
    const auto q = piece.at_y(f.inside);
    const R slope = piece.slope(q);
    return leave(f, at, piece.x(q), R(T(1)) / slope, -log(slope));
  }
  ERG_HD R inverse_vjp(R at, R d_x, R d_log_det) const {
    const auto f = Ends::fold(at);
    const Piece piece = over_x(f.inside).piece;
    const auto q = piece.at_x(f.inside);
    const R d = (d_x - f.moves * d_log_det * piece.log_slope_rises(q)) / piece.slope(q);
    return Ends::tails_follow_the_end_slope ? d : select(f.moves == R(T(0)), d_x, d);
  }

 private:
  /// Adds what `fold` left over to the image of the place inside.
  ERG_HD static Image<R, R> leave(const Folded<R>& f, R at, R image, R slope, R log_slope) {
    if constexpr (Ends::tails_follow_the_end_slope) {
      return {image + slope * f.rest, log_slope};
    } else {
      const auto outside = f.moves == R(T(0));
      return {select(outside, at, image + f.rest), select(outside, R(T(0)), log_slope)};
    }
  }

  /// Halves the N bins in question, by select, until one is left: no branch and no gather.
  template <int N, bool ByY>
  ERG_HD static Found narrow(const R* x_, const R* y_, const R* slope, R at, R bin) {
    if constexpr (N == 1) {
      const R shift{T(raw_of_one)}, least{T(least_slope)};
      const auto first = detail::soft_positive(slope[0] + shift), last = detail::soft_positive(slope[1] + shift);
      return {{x_[0], x_[1], y_[0], y_[1], first.value + least, last.value + least}, bin, first.derivative, last.derivative};
    } else {
      constexpr int kept = (N + 1) / 2, skipped = N - kept;
      const auto passed = at >= (ByY ? y_ : x_)[skipped];
      R x_left[kept + 1], y_left[kept + 1], slope_left[kept + 1];
      for (int k = 0; k <= kept; ++k) {
        x_left[k] = select(passed, x_[skipped + k], x_[k]);
        y_left[k] = select(passed, y_[skipped + k], y_[k]);
        slope_left[k] = select(passed, slope[skipped + k], slope[k]);
      }
      return narrow<kept, ByY>(x_left, y_left, slope_left, at, bin + select(passed, R(T(skipped)), R(T(0))));
    }
  }
};

/// Monotone rational-quadratic spline with Bins bins between its ends: `LinearTails<Reach>`, `Bounded` or `Circular`.
///
/// Shapes:  parameters (widths (Bins), heights (Bins), slopes): 3 Bins − 1 with linear tails, 3 Bins + 1 bounded, 3 Bins
///          circular.
/// Units:   x as the ends; log_det in nats. Bins are at least 1e-4 of the range, slopes at least 1e-4.
/// Errors:  non-finite parameters give NaN inside the range, never throw; x = NaN gives NaN.
/// Laws:    smooth to first order, also at the ends; the knots, the image of the range and the tails are kept by rounding.
/// Source:  Durkan et al. 2019, arXiv:1906.04032, eq. 4–8; on the circle Rezende et al. 2020, arXiv:2002.02428, section 2.1.
template <int Bins, class Ends>
struct RationalQuadraticSpline {
  static constexpr int parameters = 2 * Bins + Ends::slopes(Bins);
  template <class R>
  using Knots = SplineKnots<Bins, Ends, R>;

  template <class R>
  ERG_HD static Image<R, R> forward(const R* p, R x) {
    return Knots<R>(p).forward(x);
  }
  template <class R>
  ERG_HD static Image<R, R> inverse(const R* p, R y) {
    return Knots<R>(p).inverse(y);
  }
  template <class R>
  ERG_HD static R inverse_vjp(const R* p, R x, R d_x, R d_log_det) {
    return Knots<R>(p).inverse_vjp(x, d_x, d_log_det);
  }

  template <class R>
  ERG_HD static R vjp(const R* p, R x, R d_y, R d_log_det, R* d_p) {
    using T = scalar_t<R>;
    const Knots<R> knots(p);
    const auto f = Ends::fold(x);
    const auto found = knots.over_x(f.inside);
    const auto q = found.piece.at_x(f.inside);
    const R slope = found.piece.slope(q);
    const auto outside = f.moves == R(T(0));
    R d_inside = d_y * f.moves, d_log_slope = d_log_det * f.moves, d_outside = d_y;
    if constexpr (Ends::tails_follow_the_end_slope) {
      d_inside = d_y, d_log_slope = d_log_det + d_y * slope * f.rest, d_outside = d_y * slope;
    }
    const auto d = found.piece.pull(q, d_inside, d_log_slope, f.moves);
    constexpr double length = Ends::upper - Ends::lower;
    knots.x.pull(found.bin, d.left, d.right, length, d_p);
    knots.y.pull(found.bin, d.bottom, d.top, length, d_p + Bins);
    pull_slopes(found.bin, d.slope_left * found.by_raw_left, d.slope_right * found.by_raw_right, d_p + 2 * Bins);
    return select(outside, d_outside, d.x);
  }

 private:
  template <class R>
  ERG_HD static void pull_slopes(R bin, R d_left, R d_right, R* d_slopes) {
    using T = scalar_t<R>;
    const R zero(T(0));
    for (int k = 0; k < Ends::slopes(Bins); ++k) d_slopes[k] = zero;
    for (int k = 0; k <= Bins; ++k) {
      const int at = Ends::slope_at(k, Bins);
      if (at >= 0) d_slopes[at] += select(R(T(k)) == bin, d_left, select(R(T(k - 1)) == bin, d_right, zero));
    }
  }
};

}  // namespace erg
