#include "erg/base/vector.hpp"

#include <doctest/doctest.h>

#include <cmath>

using erg::Mat3;
using erg::Vec3;

namespace {
const Vec3<double> a{1, -2, 3}, b{0.5, 4, -1};
const Mat3<double> m{{2, 0.5, 0}, {-1, 3, 0.25}, {0.75, 0, 1.5}};
void check_equal(Vec3<double> x, Vec3<double> y) {
  for (int axis = 0; axis < 3; ++axis) CHECK(x[axis] == doctest::Approx(y[axis]));
}
}  // namespace

TEST_CASE("Vec3: the cross product is orthogonal and as long as |a||b| sin") {
  const auto c = cross(a, b);
  CHECK(dot(c, a) == doctest::Approx(0));
  CHECK(dot(c, b) == doctest::Approx(0));
  CHECK(dot(c, c) == doctest::Approx(dot(a, a) * dot(b, b) - dot(a, b) * dot(a, b)));
  check_equal(cross(Vec3<double>{1, 0, 0}, Vec3<double>{0, 1, 0}), {0, 0, 1});
  CHECK(norm(a) == doctest::Approx(std::sqrt(14)));
}

TEST_CASE("Vec3: arithmetic is component by component") {
  check_equal(a + b, {1.5, 2, 2});
  check_equal(a - b, {0.5, -6, 4});
  check_equal(2 * a, {2, -4, 6});
  check_equal(-a, {-1, 2, -3});
  Vec3<double> c = a;
  c += b;
  c -= a;
  check_equal(c, b);
  c[1] = 9;
  CHECK(c.y == 9);
}

TEST_CASE("Mat3: rows from the left, columns from the right") {
  check_equal(m * a, {1, -6.25, 5.25});
  check_equal(a * m, transpose(m) * a);
  CHECK(dot(a * m, b) == doctest::Approx(dot(a, m * b)));
}

TEST_CASE("Mat3: inverse undoes, determinant is the volume of the rows") {
  check_equal(inverse(m) * (m * a), a);
  check_equal(m * (inverse(m) * a), a);
  CHECK(determinant(m) == doctest::Approx(dot(m.a, cross(m.b, m.c))));
  CHECK(determinant(m) * determinant(inverse(m)) == doctest::Approx(1));
  CHECK(determinant(Mat3<double>{{0, 1, 0}, {1, 0, 0}, {0, 0, 1}}) == -1);
}

TEST_CASE("Vec3: of lanes holds one vector per sample") {
  using L = erg::Lanes<double, 4>;
  Vec3<L> x{L(1), L(2), L(2)};
  x.z.set(3, 14);
  CHECK(norm(x)[0] == 3);
  CHECK(norm(x)[3] == doctest::Approx(std::sqrt(201)));
}
