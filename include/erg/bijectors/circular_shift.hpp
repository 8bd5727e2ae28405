/// \file
/// A rotation of the circle of period one.
#pragma once

#include "erg/bijectors/concept.hpp"

namespace erg {

/// The largest whole number not above x; its derivative is zero.
///
/// Range:    |x| < 2^22 (float), 2^51 (double): larger numbers count as whole. NaN stays NaN.
/// Accuracy: exact.
template <Real R>
ERG_HD R whole_turns(R x) {
  using T = scalar_t<R>;
  if constexpr (requires { x.derivative; }) {
    return R(whole_turns(x.value));
  } else {
    const R rounds(sizeof(T) == 4 ? T(12582912.0) : T(6755399441055744.0));  // 1.5 · 2^23, 1.5 · 2^52
    const R limit(sizeof(T) == 4 ? T(4194304.0) : T(2251799813685248.0)), near = (x + rounds) - rounds;
    return select(abs(x) < limit, select(near > x, near - R(T(1)), near), x);
  }
}

/// x less its whole turns, in [0, 1).
template <Real R>
ERG_HD R on_circle(R x) {
  const R one(scalar_t<R>(1)), fraction = x - whole_turns(x);
  return select(fraction >= one, fraction - one, fraction);  // a tiny negative number rounds up to one
}

/// y = x + p on the circle of period one: what comes out is in [0, 1).
///
/// Shapes:  one parameter.
/// Errors:  infinity and NaN give NaN.
/// Source:  Rezende et al. 2020, arXiv:2002.02428, section 2.
struct CircularShift {
  static constexpr int parameters = 1;

  template <class R>
  ERG_HD static Image<R, R> forward(const R* p, R x) {
    return {on_circle(x + p[0]), R(scalar_t<R>(0))};
  }
  template <class R>
  ERG_HD static Image<R, R> inverse(const R* p, R y) {
    return {on_circle(y - p[0]), R(scalar_t<R>(0))};
  }
  template <class R>
  ERG_HD static R vjp(const R*, R, R d_y, R, R* d_p) {
    d_p[0] = d_y;
    return d_y;
  }
  template <class R>
  ERG_HD static R inverse_vjp(const R*, R, R d_x, R) {
    return d_x;
  }
};

}  // namespace erg
