#include "erg/bijectors/along_axes.hpp"

#include "erg/bijectors/chain.hpp"
#include "erg/bijectors/rational_quadratic_spline.hpp"
#include "laws/point_bijector_laws.hpp"

using namespace erg;
using namespace erg::tests;

using Spline = RationalQuadraticSpline<6, LinearTails<8>>;

TEST_CASE("AlongAxes: the laws of a point bijector, as the spline inside a crystal's coupling") {
  check_point_bijector<Chain<UnitTriangular, AlongAxes<Spline>, Affine>>();
}

TEST_CASE("AlongAxes: each axis has its own parameters, in the order of the axes") {
  static_assert(AlongAxes<Spline>::parameters == 3 * 17);
  const auto p = some_numbers(AlongAxes<Spline>::parameters, 1);
  const Vec3<double> x{-1, 2, 3};
  const auto image = AlongAxes<Spline>::forward(p.data(), x);
  double log_det = 0;
  for (int a = 0; a < 3; ++a) {
    const auto one = Spline::forward(p.data() + 17 * a, x[a]);
    CHECK(image.point[a] == one.point);
    log_det += one.log_det;
  }
  CHECK(image.log_det == doctest::Approx(log_det));
}
