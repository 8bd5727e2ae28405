/// \file
/// What a processor has better instructions for than generic code would find: 1/√x, 1/x, and a test of all lanes at once.
#pragma once

#include "erg/base/math.hpp"

#include <initializer_list>

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace erg {

/// 1/√x. Range: normal positive numbers; 0, negative numbers, infinity and NaN give a result that is not finite, or zero.
/// Accuracy: 2 ULP.
template <Real R>
ERG_HD R inverse_root(R x) {
  return R(scalar_t<R>(1)) / sqrt(x);
}

/// 1/x. Range: normal numbers; 0, infinity and NaN give a result that is not finite, or zero. Accuracy: 2 ULP.
template <Real R>
ERG_HD R reciprocal(R x) {
  return R(scalar_t<R>(1)) / x;
}

/// e^x where it is known to be a normal number: |x| ≤ 80 (float), 700 (double); NaN stays NaN. Half the work of `exp`.
/// Accuracy: 2 ULP (float), 3 ULP (double).
template <Real R>
ERG_HD R exp_normal(R x) {
  return exp(x);
}
template <std::floating_point T, int W>
Lanes<T, W> exp_normal(Lanes<T, W> x) {
  using R = Lanes<T, W>;
  using I = typename Mask<T, W>::Register;
  constexpr bool is_float = sizeof(T) == 4;
  constexpr int mantissa = is_float ? 23 : 52;
  const R shift(is_float ? T(12582912.0) : T(6755399441055744.0));  // 1.5 · 2^23, 1.5 · 2^52: rounds to an integer
  const R moved = x * R(T(1.4426950408889634)) + shift, n = moved - shift;
  const R r = (x - n * R(is_float ? T(0.693359375) : T(6.93145751953125e-1))) -
              n * R(is_float ? T(-2.12194440e-4) : T(1.42860682030941723212e-6));
  R p;
  if constexpr (is_float) {
    p = R(T(1. / 5040));
    for (const double c : {1. / 720, 1. / 120, 1. / 24, 1. / 6, 0.5, 1., 1.}) p = p * r + R(T(c));
  } else {
    p = R(T(1. / 479001600));
    for (const double c :
         {1. / 39916800, 1. / 3628800, 1. / 362880, 1. / 40320, 1. / 5040, 1. / 720, 1. / 120, 1. / 24, 1. / 6, 0.5, 1., 1.}) {
      p = p * r + R(T(c));
    }
  }
  const I power = (detail::bits_as<I>(moved.v) << mantissa) + detail::bits_as<I>(R(T(1)).v);  // the bits of 2^n
  return p * R(detail::bits_as<typename R::Register>(power));
}

/// Whether any lane is not at least `limit`: NaN counts as below.
template <Real R>
ERG_HD bool any_below(R x, R limit) {
  return any(!(x >= limit));
}

/// Bit s tells whether lane s is not at least `limit`: NaN counts as below.
template <std::floating_point T, int W>
unsigned lanes_below(Lanes<T, W> x, Lanes<T, W> limit) {
  unsigned bits = 0;
  for (int s = 0; s < W; ++s) bits |= unsigned(!(x[s] >= limit[s])) << s;
  return bits;
}

#if defined(__AVX512F__)
inline bool any_below(Lanes<float, 16> x, Lanes<float, 16> limit) { return _mm512_cmp_ps_mask(x.v, limit.v, _CMP_NGE_UQ) != 0; }
inline bool any_below(Lanes<double, 8> x, Lanes<double, 8> limit) { return _mm512_cmp_pd_mask(x.v, limit.v, _CMP_NGE_UQ) != 0; }
#if defined(__AVX512VL__)
inline bool any_below(Lanes<float, 4> x, Lanes<float, 4> limit) { return _mm_cmp_ps_mask(x.v, limit.v, _CMP_NGE_UQ) != 0; }
inline bool any_below(Lanes<float, 8> x, Lanes<float, 8> limit) { return _mm256_cmp_ps_mask(x.v, limit.v, _CMP_NGE_UQ) != 0; }
inline unsigned lanes_below(Lanes<float, 8> x, Lanes<float, 8> limit) { return _mm256_cmp_ps_mask(x.v, limit.v, _CMP_NGE_UQ); }
inline bool any_below(Lanes<double, 4> x, Lanes<double, 4> limit) { return _mm256_cmp_pd_mask(x.v, limit.v, _CMP_NGE_UQ) != 0; }
#endif
inline Lanes<float, 16> inverse_root(Lanes<float, 16> x) {
  using R = Lanes<float, 16>;
  const R y(_mm512_maskz_rsqrt14_ps(0xffff, x.v));
  return y + y * (R(0.5f) - R(0.5f) * (x * y) * y);
}
inline Lanes<double, 8> inverse_root(Lanes<double, 8> x) {
  using R = Lanes<double, 8>;
  R y(_mm512_maskz_rsqrt14_pd(0xff, x.v));
  y += y * (R(0.5) - R(0.5) * (x * y) * y);
  return y + y * (R(0.5) - R(0.5) * (x * y) * y);
}
inline Lanes<float, 16> reciprocal(Lanes<float, 16> x) {
  using R = Lanes<float, 16>;
  const R y(_mm512_maskz_rcp14_ps(0xffff, x.v));
  return y + y * (R(1.0f) - x * y);
}
#endif

/// 1 / (1 + e^−x). Range: all; beyond ±80 (float), ±700 (double) as there.
/// Accuracy: 4 ULP; lanes of float: relative error 4 · 10⁻⁷ + 8 · 10⁻⁸ |x| (half a rounding of x log₂ e, and of log₂ e itself).
template <Real R>
ERG_HD R sigmoid(R x) {
  using T = scalar_t<R>;
  const R most(sizeof(T) == 4 ? T(80) : T(700)), one(T(1));
  return reciprocal(one + exp_normal(select(x > most, -most, select(x < -most, most, -x))));
}
/// Networks spend a third of their forward time here: powers of two without a split logarithm.
template <int W>
Lanes<float, W> sigmoid(Lanes<float, W> x) {
  using R = Lanes<float, W>;
  using I = typename Mask<float, W>::Register;
  const R most(120.0f), shift(12582912.0f);  // 2^±120; 1.5 · 2^23 rounds to an integer
  R t = x * R(-1.4426950408889634f);
  t = select(t > most, most, select(t < -most, -most, t));
  const R moved = t + shift, f = t - (moved - shift);
  const R p = detail::horner(f, 1.5403530e-4f, 1.3333558e-3f, 9.6181291e-3f, 5.5504109e-2f, 0.24022651f, 0.69314718f, 1.0f);
  const I power = detail::bits_as<I>(p.v) + (detail::bits_as<I>(moved.v) << 23);  // p · 2^n
  return reciprocal(R(1.0f) + R(detail::bits_as<typename R::Register>(power)));
}

}  // namespace erg
