/// \file
/// Coordinates on a torus as cosines and sines of whole frequencies.
#pragma once

#include "erg/base/native.hpp"
#include "erg/networks/concept.hpp"

#include <numbers>
#include <stdexcept>

namespace erg {

/// A point of the unit circle.
template <class R>
struct CosineSine {
  R cosine, sine;
};

namespace detail {

/// The integer nearest to x; |x| < 2²² (float), 2⁵¹ (double).
template <Real R>
ERG_HD R nearest_integer(R x) {
  using T = scalar_t<R>;
  const R shift(sizeof(T) == 4 ? T(12582912.0) : T(6755399441055744.0));  // 1.5 · 2²³, 1.5 · 2⁵²
  const R moved = x + shift;
  return moved - shift;
}

}  // namespace detail

/// cos 2πkt and sin 2πkt: k t is reduced to an eighth of a turn without rounding, so that the error does not grow with k.
///
/// Range:    |t| ≤ ½, 0 ≤ k ≤ 256.
/// Accuracy: absolute error 1.2 · 10⁻⁷ (float), 2.2 · 10⁻¹⁶ (double).
template <Real R>
ERG_HD CosineSine<R> cosine_sine_of_turns(R t, int k = 1) {
  using T = scalar_t<R>;
  const R one(T(1)), quarter(T(0.25)), four(T(4)), times{T(k)};
  // The high part of t has 15 bits (float), 25 (double), and its multiple is exact.
  const R shift(sizeof(T) == 4 ? T(192) : T(100663296));  // 1.5 · 2⁷, 1.5 · 2²⁶
  const R moved = t + shift, high = times * (moved - shift), low = times * (t - (moved - shift));
  const R quarters = detail::nearest_integer(four * high);
  const R a = ((high - quarter * quarters) + low) * R(T(2 * std::numbers::pi)), z = a * a;  // |a| ≤ π/4
  R c, s;
  if constexpr (sizeof(T) == 4) {
    c = detail::horner(z, -1. / 3628800, 1. / 40320, -1. / 720, 1. / 24, -1. / 2, 1.);
    s = a * detail::horner(z, 1. / 362880, -1. / 5040, 1. / 120, -1. / 6, 1.);
  } else {
    c = detail::horner(z, 1. / 20922789888000, -1. / 87178291200, 1. / 479001600, -1. / 3628800, 1. / 40320, -1. / 720, 1. / 24,
                       -1. / 2, 1.);
    s = a * detail::horner(z, 1. / 355687428096000, -1. / 1307674368000, 1. / 6227020800, -1. / 39916800, 1. / 362880, -1. / 5040,
                           1. / 120, -1. / 6, 1.);
  }
  // Even quarters give ±(c, s), odd ones (∓s, ±c).
  const R turned = quarters - four * detail::nearest_integer(quarter * quarters), size = abs(turned), even = one - size;
  const auto odd = size == one;
  return {select(odd, -turned * s, even * c), select(odd, turned * c, even * s)};
}

/// y = cos 2πkx and sin 2πkx, k = 1 … frequencies, of coordinates x in fractions of the period. It has no weights.
///
/// Shapes:   x (axes, columns); y (2 · axes · frequencies, columns): the cosine of axis a and frequency k is feature
///           a · frequencies + k − 1, its sine follows axes · frequencies later.
/// Range:    |x| < 2²² (float), 2⁵¹ (double), frequencies ≤ 256.
/// Accuracy: as cosine_sine_of_turns, at every frequency.
/// Source:   Wirnsberger et al. 2022, arXiv:2111.08696 (the circular encoding of its conditioner).
class FourierEmbedding {
 public:
  template <class R>
  struct Kept {
    const R* y;  ///< (outputs, columns), the caller's
  };

  FourierEmbedding(int axes, int frequencies) : axes_(axes), frequencies_(frequencies) {
    if (axes < 1 || frequencies < 1) throw std::invalid_argument("FourierEmbedding: axes and frequencies must be at least 1");
  }

  int inputs() const { return axes_; }
  int outputs() const { return 2 * axes_ * frequencies_; }

  /// y must stay where and as it is until `vjp` has run.
  template <Real R>
  Kept<R> forward(const scalar_t<R>*, const R* x, R* y, int columns, Tape<R>&) const {
    for (int a = 0; a < axes_; ++a)
      for (int c = 0; c < columns; ++c) {
        const R in = x[static_cast<std::ptrdiff_t>(a) * columns + c], turn = in - detail::nearest_integer(in);
        for (int k = 1; k <= frequencies_; ++k) {
          const auto [cosine, sine] = cosine_sine_of_turns(turn, k);
          y[cosine_at(a, k) * columns + c] = cosine;
          y[sine_at(a, k) * columns + c] = sine;
        }
      }
    return {y};
  }

  template <Real R>
  void vjp(const scalar_t<R>*, const Kept<R>& kept, R* d_y, R* d_x, scalar_t<R>*, int columns, Tape<R>&) const {
    using T = scalar_t<R>;
    if (!d_x) return;
    for (int a = 0; a < axes_; ++a)
      for (int c = 0; c < columns; ++c) {
        R total(T(0));
        for (int k = 1; k <= frequencies_; ++k) {
          const std::ptrdiff_t cosine = cosine_at(a, k) * columns + c, sine = sine_at(a, k) * columns + c;
          total += R(T(2 * std::numbers::pi * k)) * (kept.y[cosine] * d_y[sine] - kept.y[sine] * d_y[cosine]);
        }
        d_x[static_cast<std::ptrdiff_t>(a) * columns + c] = total;
      }
  }

 private:
  std::ptrdiff_t cosine_at(int axis, int k) const { return static_cast<std::ptrdiff_t>(axis) * frequencies_ + k - 1; }
  std::ptrdiff_t sine_at(int axis, int k) const { return cosine_at(axis + axes_, k); }

  int axes_, frequencies_;
};

}  // namespace erg
