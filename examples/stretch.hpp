/// \file
/// A bijector of one's own, as docs/tutorial.md writes it.
#pragma once

#include "erg/base/math.hpp"
#include "erg/bijectors/concept.hpp"

// [stretch]
namespace tutorial {

using erg::exp;  // of float and double; lanes and dual numbers bring their own

/// y = e^s x: makes displacements wider or narrower.
///
/// Shapes:  one parameter, s.
struct Stretch {
  static constexpr int parameters = 1;

  template <class R>
  ERG_HD static erg::Image<R, R> forward(const R* p, R x) {
    return {exp(p[0]) * x, p[0]};
  }
  template <class R>
  ERG_HD static erg::Image<R, R> inverse(const R* p, R y) {
    return {exp(-p[0]) * y, -p[0]};
  }
  /// Cotangents of y and log_det in, those of s (written) and x (returned) out.
  template <class R>
  ERG_HD static R vjp(const R* p, R x, R d_y, R d_log_det, R* d_p) {
    const R d_x = exp(p[0]) * d_y;
    d_p[0] = d_x * x + d_log_det;
    return d_x;
  }
  /// The same for x = inverse(y): cotangents of x and of the inverse's log_det in, that of y out.
  template <class R>
  ERG_HD static R inverse_vjp(const R* p, R, R d_x, R) {
    return exp(-p[0]) * d_x;
  }
};

static_assert(erg::ScalarBijector<Stretch>);

}  // namespace tutorial
// [stretch]
