#include "erg/geometry/box.hpp"

#include "erg/base/random.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

using namespace erg;

namespace {

const Stream stream{23, StreamName::test};

Vec3<double> random_point(std::uint64_t index, double size) {
  return {size * (uniform(stream, index, 0) - 0.5), size * (uniform(stream, index, 1) - 0.5),
          size * (uniform(stream, index, 2) - 0.5)};
}

std::vector<Box> boxes() {
  return {
      Box::orthorhombic({3, 4, 5}), Box::triclinic({{3, 0, 0}, {1.2, 3.5, 0}, {-0.9, 1.1, 4}}),
      Box::triclinic({{0.2, 3, 0.1}, {3.1, 0.4, -0.5}, {0.3, -0.6, 2.8}})};  // the last one left-handed, no edge along an axis
}

/// The nearest image, looked for among many.
double shortest(const Box& box, Vec3<double> d) {
  double best = std::numeric_limits<double>::infinity();
  for (int i = -8; i <= 8; ++i) {
    for (int j = -8; j <= 8; ++j) {
      for (int k = -8; k <= 8; ++k) best = std::min(best, norm(d + box.to_cartesian({double(i), double(j), double(k)})));
    }
  }
  return best;
}

bool is_translation(const Box& box, Vec3<double> d) {
  const Vec3<double> s = box.to_fractional(d);
  for (int axis = 0; axis < 3; ++axis) {
    if (std::abs(s[axis] - std::round(s[axis])) > 1e-12) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("Box: the minimum image is an image, and no other is shorter") {
  for (const Box& box : boxes()) {
    for (int n = 0; n < 500; ++n) {
      const Vec3<double> d = random_point(n, 20), near = box.minimum_image(d), quick = box.short_image(d);
      const double length = shortest(box, d);
      CHECK(is_translation(box, near - d));
      CHECK(is_translation(box, quick - d));
      CHECK(norm(near) == doctest::Approx(length));
      if (length < box.half_height()) CHECK(norm(quick) == doctest::Approx(length));
    }
  }
}

TEST_CASE("Box: wrapping moves a point by a translation to fractional coordinates in [0, 1)") {
  for (const Box& box : boxes()) {
    for (int n = 0; n < 200; ++n) {
      const Vec3<double> x = random_point(1000 + n, 50), inside = box.wrap(x), s = box.to_fractional(inside);
      CHECK(is_translation(box, inside - x));
      for (int axis = 0; axis < 3; ++axis) CHECK((s[axis] > -1e-12 && s[axis] < 1 + 1e-12));
    }
    const Vec3<double> edge = box.wrap(box.to_cartesian({-1e-18, 0, 0}));
    CHECK(norm(edge) < 1e-12);  // not one period away
  }
}

TEST_CASE("Box: volume and heights are those of the parallelepiped") {
  const Box box = boxes()[1];
  CHECK(box.volume() == doctest::Approx(3 * 3.5 * 4));
  CHECK(box.heights().z == doctest::Approx(4));
  CHECK(box.half_height() < 1.5);
  CHECK(boxes()[0].is_orthorhombic());
  CHECK(!box.is_orthorhombic());
  CHECK(boxes()[0].half_height() == doctest::Approx(1.5));
  CHECK(boxes()[2].volume() > 0);
}

TEST_CASE("Box: a cutoff beyond half the shortest height is refused") {
  for (const Box& box : boxes()) {
    CHECK_NOTHROW(box.require_cutoff(0.999 * box.half_height()));
    CHECK_THROWS_AS(box.require_cutoff(1.001 * box.half_height()), InputError);
    CHECK_THROWS_AS(box.require_cutoff(0), InputError);
    CHECK_THROWS_AS(box.require_cutoff(std::nan("")), InputError);
  }
  // A cutoff that is barely too long, or tiny, is told from the limit by the digits of the message.
  CHECK_THROWS_WITH(
      Box::orthorhombic({2e-7, 1, 1}).require_cutoff(1.00000001e-7),
      "cutoff (periodic box): got 1.00000001e-07, expected a positive length of at most half the shortest box height, 1e-07");
}

TEST_CASE("Box: edges that span no volume are refused") {
  CHECK_THROWS_AS(Box::orthorhombic({1, 0, 1}), InputError);
  CHECK_THROWS_AS(Box::orthorhombic({1, std::nan(""), 1}), InputError);
  CHECK_THROWS_AS(Box::orthorhombic({1, std::numeric_limits<double>::infinity(), 1}), InputError);
  CHECK_THROWS_AS(Box::triclinic({{1, 0, 0}, {1, 1, 0}, {2, 1, 0}}), InputError);
}
