/// \file
/// The knots of a spline from raw sizes, and the exponentials that takes.
#pragma once

#include "erg/networks/activations.hpp"

namespace erg {

namespace detail {

/// e^x for x ≤ 0, for shares of a sum: what lies below e^−80 counts as that much. NaN stays NaN.
/// Accuracy: lanes: relative error 1.5 · 10⁻⁷ + 6 · 10⁻⁸ |x| (float), 4 · 10⁻¹⁶ + 10⁻¹⁶ |x| (double).
template <Real R>
ERG_HD R share(R x) {
  const R least(scalar_t<R>(-80));
  return exp(select(least > x, least, x));
}
template <std::floating_point T, int W>
Lanes<T, W> share(Lanes<T, W> x) {
  using R = Lanes<T, W>;
  using I = typename Mask<T, W>::Register;
  constexpr bool is_float = sizeof(T) == 4;
  const R least(T(-80)), shift(is_float ? T(12582912.0) : T(6755399441055744.0));  // 1.5 · 2^23, 1.5 · 2^52: rounds to an integer
  const R t = select(least > x, least, x) * R(T(1.4426950408889634)), moved = t + shift, f = t - (moved - shift);
  R p;  // 2^f for |f| ≤ ½
  if constexpr (is_float) {
    p = horner(f, 1.32764778e-3, 9.67554136e-3, 5.55071326e-2, 0.240221197, 0.693146967, 1.00000007);
  } else {
    p = horner(f, 7.0373182851071941e-9, 1.0208537294147603e-7, 1.3215662601690083e-6, 1.525265811990087e-5,
               1.5403529961607488e-4, 1.3333558228555492e-3, 9.618129108034199e-3, 5.5504108664458873e-2, 0.24022650695908769,
               0.69314718055994977, 1.0000000000000001);
  }
  return R(bits_as<typename R::Register>(bits_as<I>(p.v) + (bits_as<I>(moved.v) << (is_float ? 23 : 52))));
}

/// log(1 + e) for 0 ≤ e ≤ 1, without losing small e. Accuracy: 3 ULP.
template <Real R>
ERG_HD R log_of_one_and(R e) {
  return log1p(e);
}
template <std::floating_point T, int W>
Lanes<T, W> log_of_one_and(Lanes<T, W> e) {
  using R = Lanes<T, W>;
  const R s = e / (e + R(T(2))), z = s * s;  // 2 artanh s
  R p;
  if constexpr (sizeof(T) == 4) {
    p = horner(z, 0.140891619, 0.139803026, 0.200124551, 0.333331573, 1.0);
  } else {
    p = horner(z, 0.085300353157023415, 0.041578395956081109, 0.060561251842379693, 0.066500511487263627, 0.076933177372977255,
               0.090908698932496188, 0.11111112055909477, 0.14285714272462066, 0.20000000000095168, 0.33333333333333067, 1.0);
  }
  return (s + s) * p;
}

/// log(1 + e^z) and its derivative. Accuracy: 4 ULP + that of `share`, also where it is tiny.
template <Real R>
ERG_HD Slope<R> soft_positive(R z) {
  const R zero(scalar_t<R>(0)), one(scalar_t<R>(1)), e = share(-abs(z)), part = select(z > zero, one, e);
  return {select(z > zero, z, zero) + log_of_one_and(e), part / (one + e)};
}

/// The largest of N numbers; those that are NaN may be passed over.
template <int N, class R>
ERG_HD R largest_of(const R* x) {
  if constexpr (N == 1) {
    return x[0];
  } else {
    const R a = largest_of<N / 2>(x), b = largest_of<N - N / 2>(x + N / 2);
    return select(a > b, a, b);
  }
}

}  // namespace detail

/// [lower, upper] divided into Bins parts in proportion to e^raw, none smaller than `smallest` of the whole.
template <int Bins, class R>
struct Division {
  using T = scalar_t<R>;
  static constexpr double smallest = 1e-4;
  static_assert(Bins > 0 && Bins * smallest < 1, "Division: the number of bins must be from 1 to 9999");

  R knot[Bins + 1];
  R part[Bins], per_total;  ///< e^(raw − largest), and one over their sum

  ERG_HD Division(const R* raw, double lower, double upper) {
    const R largest = detail::largest_of<Bins>(raw);
    R sum(T(0));
    for (int i = 0; i < Bins; ++i) {
      part[i] = detail::share(raw[i] - largest);
      sum += part[i];
      knot[i + 1] = sum;
    }
    per_total = R(T(1)) / sum;
    const R scale = R(T((upper - lower) * (1 - Bins * smallest))) * per_total;
    knot[0] = R(T(lower));
    for (int k = 1; k < Bins; ++k) knot[k] = R(T(lower + (upper - lower) * smallest * k)) + scale * knot[k];
    knot[Bins] = R(T(upper));
  }

  /// Cotangents of the raw sizes from those of the knots `bin` and `bin` + 1.
  ERG_HD void pull(R bin, R d_left, R d_right, double length, R* d_raw) const {
    const R both = d_left + d_right, zero(T(0)), scale(T(length * (1 - Bins * smallest)));
    R mean = zero;
    for (int i = 0; i < Bins; ++i) {
      d_raw[i] = select(R(T(i)) < bin, both, select(R(T(i)) == bin, d_right, zero));
      mean += part[i] * d_raw[i];
    }
    mean = mean * per_total;
    for (int i = 0; i < Bins; ++i) d_raw[i] = scale * (part[i] * per_total) * (d_raw[i] - mean);
  }
};

}  // namespace erg
