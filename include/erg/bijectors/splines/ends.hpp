/// \file
/// What a spline does at its ends: linear tails, an interval, a circle.
#pragma once

#include "erg/bijectors/circular_shift.hpp"

namespace erg {

/// A number as a place inside [lower, upper] and what is left over.
template <class R>
struct Folded {
  R inside, rest;
  R moves;  ///< 1; 0 where the number lies outside, so that the place does not follow it
};

/// The number's nearest place inside [lower, upper].
template <class R>
ERG_HD Folded<R> clamped(R x, R lower, R upper) {
  const R one(scalar_t<R>(1)), zero(scalar_t<R>(0));
  const R inside = select(x < lower, lower, select(x > upper, upper, x));
  return {inside, x - inside, select(x < lower, zero, select(x > upper, zero, one))};
}

/// Ends of a spline on the line: the identity outside [−Reach, Reach], slope one where it begins.
template <int Reach>
struct LinearTails {
  static_assert(Reach > 0, "LinearTails: the reach must be positive");
  static constexpr int lower = -Reach, upper = Reach;
  static constexpr bool tails_follow_the_end_slope = false;
  ERG_HD static constexpr int slopes(int bins) { return bins - 1; }
  /// Which slope parameter steers a knot; −1: none, the slope there is one.
  ERG_HD static constexpr int slope_at(int knot, int bins) { return knot == bins ? -1 : knot - 1; }
  template <class R>
  ERG_HD static Folded<R> fold(R x) {
    return clamped(x, R(scalar_t<R>(lower)), R(scalar_t<R>(upper)));
  }
};

/// Ends of a spline of [0, 1] onto itself; numbers outside, as rounding makes them, go on along the end's slope.
struct Bounded {
  static constexpr int lower = 0, upper = 1;
  static constexpr bool tails_follow_the_end_slope = true;
  ERG_HD static constexpr int slopes(int bins) { return bins + 1; }
  ERG_HD static constexpr int slope_at(int knot, int) { return knot; }
  template <class R>
  ERG_HD static Folded<R> fold(R x) {
    return clamped(x, R(scalar_t<R>(lower)), R(scalar_t<R>(upper)));
  }
};

/// Ends of a spline of the circle of period one: first and last slope are one, 0 stays in place, f(x + 1) = f(x) + 1.
struct Circular {
  static constexpr int lower = 0, upper = 1;
  static constexpr bool tails_follow_the_end_slope = false;
  ERG_HD static constexpr int slopes(int bins) { return bins; }
  ERG_HD static constexpr int slope_at(int knot, int bins) { return knot % bins; }
  template <class R>
  ERG_HD static Folded<R> fold(R x) {
    const R turns = whole_turns(x);
    return {x - turns, turns, R(scalar_t<R>(1))};
  }
};

}  // namespace erg
