/// \file
/// Elementary functions of every number type: the standard library's for scalars, polynomials for `Lanes`.
#pragma once

#include "erg/base/lanes.hpp"

#include <cmath>
#include <limits>

namespace erg {

// Scalars: the standard library on the host, the CUDA library on the device.
template <std::floating_point T>
ERG_HD T sqrt(T x) {
  return std::sqrt(x);
}
template <std::floating_point T>
ERG_HD T exp(T x) {
  return std::exp(x);
}
template <std::floating_point T>
ERG_HD T log(T x) {
  return std::log(x);
}
template <std::floating_point T>
ERG_HD T log1p(T x) {
  return std::log1p(x);
}
template <std::floating_point T>
ERG_HD T sinh(T x) {
  return std::sinh(x);
}
template <std::floating_point T>
ERG_HD T cosh(T x) {
  return std::cosh(x);
}
template <std::floating_point T>
ERG_HD T asinh(T x) {
  return std::asinh(x);
}
template <std::floating_point T>
ERG_HD T abs(T x) {
  return x < 0 ? -x : x;
}

namespace detail {

/// The same bits read as another type of the same size.
template <class To, class From>
To bits_as(const From& from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof(to));
  return to;
}

/// Σ c[k] z^k by Horner's rule, highest first: horner(z, c_n, …, c_0).
template <class R, class... C>
R horner(R z, scalar_t<R> highest, C... c) {
  R sum(highest);
  ((sum = sum * z + R(scalar_t<R>(c))), ...);
  return sum;
}

}  // namespace detail

template <std::floating_point T, int W>
Lanes<T, W> sqrt(Lanes<T, W> x) {
  Lanes<T, W> y;
  for (int s = 0; s < W; ++s) y.v[s] = std::sqrt(x.v[s]);
  return y;
}

template <std::floating_point T, int W>
Lanes<T, W> abs(Lanes<T, W> x) {
  return select(x < Lanes<T, W>(0), -x, x);
}

/// exp of each lane.
///
/// Range:    all; below the smallest normal number it gives 0, above the largest infinity; NaN stays NaN.
/// Accuracy: 2 ULP (float and double), held by a test.
template <std::floating_point T, int W>
Lanes<T, W> exp(Lanes<T, W> x) {
  using R = Lanes<T, W>;
  using I = typename Mask<T, W>::Register;
  constexpr bool is_float = sizeof(T) == 4;
  constexpr T most = is_float ? T(88.722835) : T(709.782712893384);
  constexpr T least = is_float ? T(-87.336544) : T(-708.396418532264);
  constexpr T shift = is_float ? T(12582912.0) : T(6755399441055744.0);  // 1.5 · 2^23, 1.5 · 2^52: rounds to an integer
  constexpr T ln2_high = is_float ? T(0.693359375) : T(6.93145751953125e-1);
  constexpr T ln2_low = is_float ? T(-2.12194440e-4) : T(1.42860682030941723212e-6);
  const auto over = x > R(most), under = x < R(least);
  const R z = select(over, R(most), select(under, R(least), x));
  const R moved = z * R(T(1.4426950408889634)) + R(shift);
  const R n = moved - R(shift);
  const R r = (z - n * R(ln2_high)) - n * R(ln2_low);
  R p;
  if constexpr (is_float) {
    p = detail::horner(r, 1. / 5040, 1. / 720, 1. / 120, 1. / 24, 1. / 6, 0.5, 1., 1.);
  } else {
    p = detail::horner(r, 1. / 6227020800, 1. / 479001600, 1. / 39916800, 1. / 3628800, 1. / 362880, 1. / 40320, 1. / 5040,
                       1. / 720, 1. / 120, 1. / 24, 1. / 6, 0.5, 1., 1.);
  }
  // 2^n in two factors, so that n = 128 (1024) does not overflow on the way to a finite result.
  constexpr int mantissa = is_float ? 23 : 52, bias = is_float ? 127 : 1023;
  const I whole = detail::bits_as<I>(moved.v) - detail::bits_as<I>(R(shift).v);
  const I half = whole >> 1, rest = whole - half;
  const I first = (half + bias) << mantissa, second = (rest + bias) << mantissa;
  p = p * R(detail::bits_as<typename R::Register>(first)) * R(detail::bits_as<typename R::Register>(second));
  return select(over, R(std::numeric_limits<T>::infinity()), select(under, R(T(0)), p));
}

/// log of each lane.
///
/// Range:    normal positive numbers; log 0 = −∞, negative gives NaN, +∞ stays; subnormal numbers count as 0.
/// Accuracy: 1 ULP (float and double), held by a test.
template <std::floating_point T, int W>
Lanes<T, W> log(Lanes<T, W> x) {
  using R = Lanes<T, W>;
  using I = typename Mask<T, W>::Register;
  constexpr bool is_float = sizeof(T) == 4;
  constexpr int mantissa = is_float ? 23 : 52;
  constexpr auto root_half = is_float ? std::int64_t{0x3f3504f3} : std::int64_t{0x3fe6a09e667f3bcd};
  using Integer = typename Mask<T, W>::Integer;
  const I bits = detail::bits_as<I>(x.v);
  const I exponent = (bits - static_cast<Integer>(root_half)) >> mantissa;
  const I reduced = bits - (exponent << mantissa);
  const R m(detail::bits_as<typename R::Register>(reduced));  // in [√½, √2)
  const R e(__builtin_convertvector(exponent, typename R::Register));
  const R f = m - R(T(1)), s = f / (m + R(T(1))), z = s * s, half = R(T(0.5)) * f * f;
  R tail;  // log m = f − half + s (half + tail), from 2 atanh s
  if constexpr (is_float) {
    tail = z * detail::horner(z, 2. / 11, 2. / 9, 2. / 7, 2. / 5, 2. / 3);
  } else {
    tail = z * detail::horner(z, 2. / 23, 2. / 21, 2. / 19, 2. / 17, 2. / 15, 2. / 13, 2. / 11, 2. / 9, 2. / 7, 2. / 5, 2. / 3);
  }
  const R ln2_high(is_float ? T(0.693359375) : T(6.93145751953125e-1));
  const R ln2_low(is_float ? T(-2.12194440e-4) : T(1.42860682030941723212e-6));
  R y = e * ln2_high + (f - (half - (s * (half + tail) + e * ln2_low)));
  constexpr T infinity = std::numeric_limits<T>::infinity();
  y = select(x < R(std::numeric_limits<T>::min()), R(-infinity), y);
  y = select(x < R(T(0)), R(std::numeric_limits<T>::quiet_NaN()), y);
  y = select(x == R(infinity), x, y);
  return select(x == x, y, x);
}

/// log(1 + x) without losing small x. Range: x > −1. Accuracy: 2 ULP.
template <std::floating_point T, int W>
Lanes<T, W> log1p(Lanes<T, W> x) {
  using R = Lanes<T, W>;
  const R u = R(T(1)) + x;
  return log(u) + (x - (u - R(T(1)))) / u;
}

/// Accuracy: 3 ULP. Range: |x| < 88 (float), 709 (double), infinite beyond.
template <std::floating_point T, int W>
Lanes<T, W> sinh(Lanes<T, W> x) {
  using R = Lanes<T, W>;
  const R e = exp(x), z = x * x;
  R small;
  if constexpr (sizeof(T) == 4) {
    small = x + x * z * detail::horner(z, 1. / 39916800, 1. / 362880, 1. / 5040, 1. / 120, 1. / 6);
  } else {
    small = x + x * z *
                    detail::horner(z, 1. / 121645100408832000., 1. / 355687428096000., 1. / 1307674368000., 1. / 6227020800.,
                                   1. / 39916800, 1. / 362880, 1. / 5040, 1. / 120, 1. / 6);
  }
  return select(z < R(T(1)), small, R(T(0.5)) * (e - R(T(1)) / e));
}

/// Accuracy: 3 ULP. Range: as sinh.
template <std::floating_point T, int W>
Lanes<T, W> cosh(Lanes<T, W> x) {
  using R = Lanes<T, W>;
  const R e = exp(x);
  return R(T(0.5)) * (e + R(T(1)) / e);
}

/// Accuracy: 3 ULP. Range: x² must not overflow.
template <std::floating_point T, int W>
Lanes<T, W> asinh(Lanes<T, W> x) {
  using R = Lanes<T, W>;
  const R a = abs(x), z = a * a;
  const R y = log1p(a + z / (R(T(1)) + sqrt(R(T(1)) + z)));
  return select(x < R(T(0)), -y, y);
}

}  // namespace erg
