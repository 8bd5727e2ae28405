/// \file
/// A SIMD register as a number: lane s belongs to sample s.
#pragma once

#include "erg/base/concept.hpp"

#include <cstdint>
#include <cstring>
#include <utility>

namespace erg {

namespace detail {
template <int Bytes>
struct SignedOf;
template <>
struct SignedOf<4> {
  using type = std::int32_t;
};
template <>
struct SignedOf<8> {
  using type = std::int64_t;
};

/// The compiler's own vector of W numbers T.
template <class T, int W>
struct RegisterOf {
  typedef T type __attribute__((vector_size(W * sizeof(T))));
};
}  // namespace detail

/// The outcome of comparing `Lanes<T, W>`: per lane all bits set, or none.
template <std::floating_point T, int W>
struct Mask {
  using Integer = typename detail::SignedOf<sizeof(T)>::type;
  using Register = typename detail::RegisterOf<Integer, W>::type;
  Register bits;

  bool operator[](int lane) const { return bits[lane] != 0; }
  friend Mask operator&(Mask a, Mask b) { return {a.bits & b.bits}; }
  friend Mask operator|(Mask a, Mask b) { return {a.bits | b.bits}; }
  friend Mask operator!(Mask a) { return {~a.bits}; }
};

/// W numbers of type T in one vector register; arithmetic is lane by lane.
///
/// Shapes:  W is a power of two; `native_lanes<T>` is the widest register the target has.
/// Errors:  as IEEE: NaN and infinities propagate lane by lane.
/// Source:  GCC and Clang vector extensions.
template <std::floating_point T, int W>
struct Lanes {
  static_assert(W > 0 && (W & (W - 1)) == 0, "Lanes: the number of lanes must be a power of two");
  using Scalar = T;
  static constexpr int width = W;
  using Register = typename detail::RegisterOf<T, W>::type;
  Register v;

  Lanes() = default;
  Lanes(T x) : v(x - Register{}) {}  // a broadcast: a loop over the lanes becomes W inserts
  explicit Lanes(Register r) : v(r) {}

  T operator[](int lane) const { return v[lane]; }
  void set(int lane, T x) { v[lane] = x; }

  /// W contiguous numbers, at any alignment.
  static Lanes load(const T* from) {
    Lanes x;
    std::memcpy(&x.v, from, sizeof(x.v));
    return x;
  }
  void store(T* to) const { std::memcpy(to, &v, sizeof(v)); }

  friend Lanes operator+(Lanes a, Lanes b) { return Lanes(a.v + b.v); }
  friend Lanes operator-(Lanes a, Lanes b) { return Lanes(a.v - b.v); }
  friend Lanes operator*(Lanes a, Lanes b) { return Lanes(a.v * b.v); }
  friend Lanes operator/(Lanes a, Lanes b) { return Lanes(a.v / b.v); }
  friend Lanes operator-(Lanes a) { return Lanes(-a.v); }
  Lanes& operator+=(Lanes b) { return *this = *this + b; }
  Lanes& operator-=(Lanes b) { return *this = *this - b; }
  Lanes& operator*=(Lanes b) { return *this = *this * b; }
  Lanes& operator/=(Lanes b) { return *this = *this / b; }

  friend Mask<T, W> operator<(Lanes a, Lanes b) { return {a.v < b.v}; }
  friend Mask<T, W> operator<=(Lanes a, Lanes b) { return {a.v <= b.v}; }
  friend Mask<T, W> operator>(Lanes a, Lanes b) { return {a.v > b.v}; }
  friend Mask<T, W> operator>=(Lanes a, Lanes b) { return {a.v >= b.v}; }
  friend Mask<T, W> operator==(Lanes a, Lanes b) { return {a.v == b.v}; }
};

template <std::floating_point T, int W>
inline constexpr int lanes_of<Lanes<T, W>> = W;

/// Bytes of the widest vector register that the compiler was told it may use.
#if defined(__AVX512F__)
inline constexpr int register_bytes = 64;
#elif defined(__AVX__)
inline constexpr int register_bytes = 32;
#else
inline constexpr int register_bytes = 16;
#endif

template <std::floating_point T>
using native_lanes = Lanes<T, register_bytes / static_cast<int>(sizeof(T))>;

/// `yes` where the mask is set, else `no`.
template <std::floating_point T, int W>
Lanes<T, W> select(Mask<T, W> mask, Lanes<T, W> yes, Lanes<T, W> no) {
  return Lanes<T, W>(mask.bits ? yes.v : no.v);
}
template <std::floating_point T>
ERG_HD constexpr T select(bool mask, T yes, T no) {
  return mask ? yes : no;
}

template <std::floating_point T, int W>
bool any(Mask<T, W> mask) {
  if constexpr (W == 1) {
    return mask.bits[0] != 0;
  } else {
    Mask<T, W / 2> low, high;
    std::memcpy(&low.bits, &mask.bits, sizeof(low.bits));
    std::memcpy(&high.bits, reinterpret_cast<const char*>(&mask.bits) + sizeof(low.bits), sizeof(high.bits));
    return any(low | high);
  }
}
ERG_HD constexpr bool any(bool mask) { return mask; }

/// Sum over lanes, in a fixed pairwise order.
template <std::floating_point T, int W>
T sum(Lanes<T, W> a) {
  if constexpr (W == 1) {
    return a[0];
  } else {
    Lanes<T, W / 2> low, high;
    std::memcpy(&low.v, &a.v, sizeof(low.v));
    std::memcpy(&high.v, reinterpret_cast<const char*>(&a.v) + sizeof(low.v), sizeof(high.v));
    return sum(low + high);
  }
}
template <std::floating_point T>
ERG_HD constexpr T sum(T a) {
  return a;
}

#if !defined(__CUDACC__)  // nvcc loses the pack inside the shuffle; kernels have no lanes
namespace detail {

/// The lower halves of each run of 2 H lanes of a and b interleaved, or the upper ones: {a-run, b-run, a-run, b-run, …}.
template <int H, bool Upper, std::floating_point T, int W, int... I>
Lanes<T, W> halves(Lanes<T, W> a, Lanes<T, W> b, std::integer_sequence<int, I...>) {
  return Lanes<T, W>(__builtin_shufflevector(a.v, b.v, (I / (2 * H) * 2 * H + I % H + (Upper ? H : 0) + (I / H % 2 ? W : 0))...));
}

}  // namespace detail

/// Exchanges rows and lanes of a W × W block in place.
template <std::floating_point T, int W, int H = W / 2>
void transpose(Lanes<T, W> (&a)[W]) {
  if constexpr (H > 0) {
    constexpr auto all = std::make_integer_sequence<int, W>{};
    for (int i = 0; i < W; ++i) {
      if (i & H) continue;
      const Lanes<T, W> x = a[i], y = a[i + H];
      a[i] = detail::halves<H, false>(x, y, all);
      a[i + H] = detail::halves<H, true>(x, y, all);
    }
    transpose<T, W, H / 2>(a);
  }
}
#endif

/// The number that sample `lane` sees.
template <std::floating_point T, int W>
T lane(const Lanes<T, W>& a, int s) {
  return a[s];
}
template <std::floating_point T>
ERG_HD constexpr T lane(T a, int) {
  return a;
}
template <std::floating_point T, int W>
void set_lane(Lanes<T, W>& a, int s, T x) {
  a.set(s, x);
}
template <std::floating_point T>
ERG_HD constexpr void set_lane(T& a, int, T x) {
  a = x;
}

/// Adds the numbers of one pack to totals, one per sample.
template <class R>
void add_to_samples(double* totals, R x, int pack) {
  for (int s = 0; s < lanes_of<R>; ++s) totals[pack * lanes_of<R> + s] += lane(x, s);
}

}  // namespace erg
