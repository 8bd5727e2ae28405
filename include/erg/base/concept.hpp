/// \file
/// What counts as a number here, and the one macro of the library.
#pragma once

#include <concepts>
#include <type_traits>

#if defined(__CUDACC__)
#define ERG_HD __host__ __device__
#else
#define ERG_HD
#endif

namespace erg {

/// The scalar inside a number type: itself for float and double, the element for `Lanes`, the value for `Dual`.
template <class R>
struct ScalarOf {};
template <class R>
requires requires { typename R::Scalar; }
struct ScalarOf<R> {
  using type = typename R::Scalar;
};
template <std::floating_point T>
struct ScalarOf<T> {
  using type = T;
};
template <class R>
using scalar_t = typename ScalarOf<R>::type;

/// A number that formulas are written in: float, double, a SIMD register of them (`Lanes`: one lane is one sample), or a
/// number that carries derivatives (`Dual`). Laws: those of a field, up to rounding; a scalar converts to it.
template <class R>
concept Real = std::floating_point<scalar_t<R>> && requires(R a, const R b, const scalar_t<R> s) {
  { a + b } -> std::same_as<R>;
  { a - b } -> std::same_as<R>;
  { a* b } -> std::same_as<R>;
  { a / b } -> std::same_as<R>;
  { -b } -> std::same_as<R>;
  { R(s) } -> std::same_as<R>;
  a += b;
};

/// How many samples one number holds: W for `Lanes<T, W>`, else 1.
template <class R>
inline constexpr int lanes_of = 1;

}  // namespace erg
