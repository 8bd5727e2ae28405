/// \file
/// Numbers that carry a derivative along: any generic formula differentiates by being called with them.
#pragma once

#include "erg/base/math.hpp"

namespace erg {

/// A value and its derivative along one direction. With R = `Lanes<double, 8>` eight directions (or samples) go at once.
///
/// Shapes:  value and derivative are one R each; a plain number or an R converts to a constant (derivative 0).
/// Errors:  as IEEE: where the derivative does not exist (sqrt at 0) it is infinite or NaN, and `select` drops it.
/// Source:  forward-mode differentiation, Griewank and Walther 2008, chapter 3.
/// Laws:    comparisons see the value alone; every function of math.hpp applies the chain rule, also to Dual<Dual<R>>.
template <class R>
struct Dual {
  static_assert(Real<R>, "Dual: the value must be a number that formulas are written in: float, double, Lanes or Dual");
  using Scalar = scalar_t<R>;
  R value, derivative;

  Dual() = default;
  ERG_HD constexpr Dual(R x) : value(x), derivative(R(Scalar(0))) {}
  ERG_HD constexpr Dual(Scalar x) requires(!std::same_as<R, Scalar>) : value(R(x)), derivative(R(Scalar(0))) {}
  ERG_HD constexpr Dual(R x, R dx) : value(x), derivative(dx) {}

  ERG_HD friend constexpr Dual operator+(Dual a, Dual b) { return {a.value + b.value, a.derivative + b.derivative}; }
  ERG_HD friend constexpr Dual operator-(Dual a, Dual b) { return {a.value - b.value, a.derivative - b.derivative}; }
  ERG_HD friend constexpr Dual operator*(Dual a, Dual b) {
    return {a.value * b.value, a.derivative * b.value + a.value * b.derivative};
  }
  ERG_HD friend constexpr Dual operator/(Dual a, Dual b) {
    const R q = a.value / b.value;
    return {q, (a.derivative - q * b.derivative) / b.value};
  }
  ERG_HD friend constexpr Dual operator-(Dual a) { return {-a.value, -a.derivative}; }
  ERG_HD constexpr Dual& operator+=(Dual b) { return *this = *this + b; }
  ERG_HD constexpr Dual& operator-=(Dual b) { return *this = *this - b; }
  ERG_HD constexpr Dual& operator*=(Dual b) { return *this = *this * b; }
  ERG_HD constexpr Dual& operator/=(Dual b) { return *this = *this / b; }

  ERG_HD friend constexpr auto operator<(Dual a, Dual b) { return a.value < b.value; }
  ERG_HD friend constexpr auto operator<=(Dual a, Dual b) { return a.value <= b.value; }
  ERG_HD friend constexpr auto operator>(Dual a, Dual b) { return a.value > b.value; }
  ERG_HD friend constexpr auto operator>=(Dual a, Dual b) { return a.value >= b.value; }
  ERG_HD friend constexpr auto operator==(Dual a, Dual b) { return a.value == b.value; }
};

template <Real R>
inline constexpr int lanes_of<Dual<R>> = lanes_of<R>;

/// x as the variable to differentiate by.
template <Real R>
ERG_HD constexpr Dual<R> variable(R x) {
  return {x, R(scalar_t<R>(1))};
}

template <class M, Real R>
ERG_HD constexpr Dual<R> select(M mask, Dual<R> yes, Dual<R> no) {
  return {select(mask, yes.value, no.value), select(mask, yes.derivative, no.derivative)};
}
template <Real R>
ERG_HD constexpr auto sum(Dual<R> a) {
  return Dual<decltype(sum(a.value))>{sum(a.value), sum(a.derivative)};
}
template <Real R>
ERG_HD constexpr auto lane(const Dual<R>& a, int s) {
  return Dual<decltype(lane(a.value, s))>{lane(a.value, s), lane(a.derivative, s)};
}
/// Sets lane s to x, a `Dual` of the lane's own type.
template <Real R, Real S>
ERG_HD constexpr void set_lane(Dual<R>& a, int s, Dual<S> x) {
  set_lane(a.value, s, x.value);
  set_lane(a.derivative, s, x.derivative);
}
/// Sets lane s to the constant x.
template <Real R>
ERG_HD constexpr void set_lane(Dual<R>& a, int s, scalar_t<R> x) {
  set_lane(a.value, s, x);
  set_lane(a.derivative, s, scalar_t<R>(0));
}

template <Real R>
ERG_HD Dual<R> sqrt(Dual<R> x) {
  const R y = sqrt(x.value);
  return {y, x.derivative / (y + y)};
}
template <Real R>
ERG_HD Dual<R> exp(Dual<R> x) {
  const R y = exp(x.value);
  return {y, y * x.derivative};
}
template <Real R>
ERG_HD Dual<R> log(Dual<R> x) {
  return {log(x.value), x.derivative / x.value};
}
template <Real R>
ERG_HD Dual<R> log1p(Dual<R> x) {
  return {log1p(x.value), x.derivative / (R(scalar_t<R>(1)) + x.value)};
}
template <Real R>
ERG_HD Dual<R> sinh(Dual<R> x) {
  return {sinh(x.value), cosh(x.value) * x.derivative};
}
template <Real R>
ERG_HD Dual<R> cosh(Dual<R> x) {
  return {cosh(x.value), sinh(x.value) * x.derivative};
}
template <Real R>
ERG_HD Dual<R> asinh(Dual<R> x) {
  return {asinh(x.value), x.derivative / sqrt(R(scalar_t<R>(1)) + x.value * x.value)};
}
template <Real R>
ERG_HD Dual<R> abs(Dual<R> x) {
  return select(x.value < R(scalar_t<R>(0)), -x, x);
}

}  // namespace erg
