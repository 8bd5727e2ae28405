/// \file
/// Pointwise nonlinearities: the value and the slope at a pre-activation.
#pragma once

#include "erg/base/native.hpp"

namespace erg {

/// A number and the derivative there.
template <class R>
struct Slope {
  R value, derivative;
};

/// y = x.
struct Identity {
  template <Real R>
  ERG_HD static Slope<R> at(R x) {
    return {x, R(scalar_t<R>(1))};
  }
};

/// y = max(x, 0); slope 0 at 0.
struct Relu {
  template <Real R>
  ERG_HD static Slope<R> at(R x) {
    const R zero(scalar_t<R>(0));
    return {select(x > zero, x, zero), select(x > zero, R(scalar_t<R>(1)), zero)};
  }
};

/// y = tanh x.
struct Tanh {
  template <Real R>
  ERG_HD static Slope<R> at(R x) {
    using T = scalar_t<R>;
    const R y = R(T(2)) * sigmoid(x + x) - R(T(1));
    return {y, R(T(1)) - y * y};
  }
};

/// y = x / (1 + e^−x). Source: Hendrycks and Gimpel 2016, arXiv:1606.08415 (as SiLU).
struct Silu {
  template <Real R>
  ERG_HD static Slope<R> at(R x) {
    const R s = sigmoid(x), y = x * s;
    return {y, s + y * (R(scalar_t<R>(1)) - s)};
  }
};

/// y = x Φ(x) with Φ by its tanh form. Source: Hendrycks and Gimpel 2016, arXiv:1606.08415, section 2.
struct Gelu {
  template <Real R>
  ERG_HD static Slope<R> at(R x) {
    using T = scalar_t<R>;
    const R c(T(1.5957691216057308)), cubic(T(0.044715));  // 2 √(2/π)
    const R s = sigmoid(c * x * (R(T(1)) + cubic * x * x));
    return {x * s, s + x * s * (R(T(1)) - s) * c * (R(T(1)) + R(T(3)) * cubic * x * x)};
  }
};

/// y = log(1 + e^x).
struct Softplus {
  template <Real R>
  ERG_HD static Slope<R> at(R x) {
    const R zero(scalar_t<R>(0));
    return {select(x > zero, x, zero) + log1p(exp(-abs(x))), sigmoid(x)};
  }
};

}  // namespace erg
