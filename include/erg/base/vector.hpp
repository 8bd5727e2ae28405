/// \file
/// Three-component vectors and 3×3 matrices of any number type, for host and device.
#pragma once

#include "erg/base/math.hpp"

namespace erg {

template <class R>
struct Vec3 {
  R x, y, z;

  ERG_HD constexpr R& operator[](int axis) { return axis == 0 ? x : axis == 1 ? y : z; }
  ERG_HD constexpr const R& operator[](int axis) const { return axis == 0 ? x : axis == 1 ? y : z; }

  ERG_HD friend constexpr Vec3 operator+(Vec3 a, Vec3 b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
  ERG_HD friend constexpr Vec3 operator-(Vec3 a, Vec3 b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
  ERG_HD friend constexpr Vec3 operator-(Vec3 a) { return {-a.x, -a.y, -a.z}; }
  ERG_HD friend constexpr Vec3 operator*(R s, Vec3 a) { return {s * a.x, s * a.y, s * a.z}; }
  ERG_HD constexpr Vec3& operator+=(Vec3 b) { return *this = *this + b; }
  ERG_HD constexpr Vec3& operator-=(Vec3 b) { return *this = *this - b; }
};

template <class R>
ERG_HD constexpr R dot(Vec3<R> a, Vec3<R> b) {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}
template <class R>
ERG_HD constexpr Vec3<R> cross(Vec3<R> a, Vec3<R> b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
template <class R>
ERG_HD R norm(Vec3<R> a) {
  return sqrt(dot(a, a));
}

/// Rows a, b, c; matrix times column vector is `m * x`, row vector times matrix is `x * m`.
template <class R>
struct Mat3 {
  Vec3<R> a, b, c;

  ERG_HD constexpr Vec3<R>& operator[](int row) { return row == 0 ? a : row == 1 ? b : c; }
  ERG_HD constexpr const Vec3<R>& operator[](int row) const { return row == 0 ? a : row == 1 ? b : c; }
  ERG_HD friend constexpr Vec3<R> operator*(const Mat3& m, Vec3<R> x) { return {dot(m.a, x), dot(m.b, x), dot(m.c, x)}; }
  ERG_HD friend constexpr Vec3<R> operator*(Vec3<R> x, const Mat3& m) { return x.x * m.a + x.y * m.b + x.z * m.c; }
};

template <class R>
ERG_HD constexpr Mat3<R> transpose(const Mat3<R>& m) {
  return {{m.a.x, m.b.x, m.c.x}, {m.a.y, m.b.y, m.c.y}, {m.a.z, m.b.z, m.c.z}};
}
template <class R>
ERG_HD constexpr R determinant(const Mat3<R>& m) {
  return dot(m.a, cross(m.b, m.c));
}
template <class R>
ERG_HD constexpr Mat3<R> inverse(const Mat3<R>& m) {
  const R s = R(1) / determinant(m);
  return transpose(Mat3<R>{s * cross(m.b, m.c), s * cross(m.c, m.a), s * cross(m.a, m.b)});
}

}  // namespace erg
