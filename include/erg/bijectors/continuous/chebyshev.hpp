/// \file
/// Chebyshev polynomials with their derivatives, of numbers and of time.
#pragma once

#include "erg/base/lanes.hpp"

#include <cstddef>

namespace erg::detail {

/// T_k(y), T_k′, T_k″ for k < N, by their recurrences; y may be anywhere, the polynomials are bounded by 1 in ±1.
template <int N, class R>
struct Chebyshev {
  R value[N], first[N], second[N];

  explicit Chebyshev(R y) {
    using T = scalar_t<R>;
    static_assert(N >= 2, "Chebyshev: two polynomials at least");
    value[0] = R(T(1)), first[0] = R(T(0)), second[0] = R(T(0));
    value[1] = y, first[1] = R(T(1)), second[1] = R(T(0));
    const R two_y = y + y;
    for (int k = 1; k + 1 < N; ++k) {
      value[k + 1] = two_y * value[k] - value[k - 1];
      first[k + 1] = two_y * first[k] + (value[k] + value[k]) - first[k - 1];
      second[k + 1] = two_y * second[k] + R(T(4)) * first[k] - second[k - 1];
    }
  }
};

/// Coefficients of `Sets` series of `Terms`, in time series of their own:
///   value[set, k] = scale / (1 + k) Σ_q T_q(2t − 1) theta[q, set, k].
/// The divisor makes equal weights a smooth function.
template <int Times, int Sets, int Terms, class T>
struct CoefficientsAt {
  static constexpr int count = Sets * Terms;
  T value[count];

  CoefficientsAt(const T* theta, double time, double scale) : scale_(scale) {
    const double y = 2 * time - 1;
    double before = y, now = 1;
    for (int q = 0; q < Times; ++q) {
      of_time_[q] = now;
      const double next = q == 0 ? y : 2 * y * now - before;
      before = now, now = next;
    }
    for (int k = 0; k < count; ++k) {
      double sum = 0;
      for (int q = 0; q < Times; ++q) sum += of_time_[q] * static_cast<double>(theta[q * count + k]);
      value[k] = static_cast<T>(weight(k) * sum);
    }
  }
  /// Adds to d_theta what cotangents of the coefficients, summed over lanes, come to.
  template <class R>
  void pull(const R* d_value, T* d_theta) const {
    for (int k = 0; k < count; ++k) {
      const double d = weight(k) * static_cast<double>(sum(d_value[k]));
      for (int q = 0; q < Times; ++q) d_theta[q * count + k] += static_cast<T>(of_time_[q] * d);
    }
  }

 private:
  double weight(int k) const { return scale_ / (1 + k % Terms); }
  double scale_, of_time_[Times];
};

}  // namespace erg::detail
