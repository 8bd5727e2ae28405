#include "erg/bijectors/affine.hpp"
#include "erg/bijectors/chain.hpp"
#include "erg/bijectors/sinh_arcsinh.hpp"
#include "laws/point_bijector_laws.hpp"

using namespace erg;
using namespace erg::tests;

TEST_CASE("Affine: the laws of a point bijector") { check_point_bijector<Affine>(); }
TEST_CASE("UnitTriangular: the laws of a point bijector") { check_point_bijector<UnitTriangular>(); }
TEST_CASE("SinhArcsinh: the laws of a point bijector") { check_point_bijector<SinhArcsinh>(); }
TEST_CASE("TriangularAffine: the laws of a point bijector") { check_point_bijector<TriangularAffine>(); }
TEST_CASE("Chain: the laws of a point bijector, as the crystal's residuals use it") {
  check_point_bijector<Chain<UnitTriangular, SinhArcsinh, Affine>>();
}
TEST_CASE("Inverse: the laws of a point bijector, inside a chain") {
  check_point_bijector<Chain<Inverse<SinhArcsinh>, Inverse<TriangularAffine>>>();
}

TEST_CASE("Chain: the first part acts first, and the parameters stand in the same order") {
  const double p[9] = {2, 0, 0, 0, 0, 0, 10, 20, 30};  // shear y by 2 x, then shift
  const auto image = TriangularAffine::forward(p, Vec3<double>{1, 1, 1});
  CHECK(image.point.x == 11);
  CHECK(image.point.y == 23);
  CHECK(image.point.z == 31);
  CHECK(Chain<UnitTriangular, SinhArcsinh, Affine>::parameters == 15);
}

TEST_CASE("Inverse: it runs the same map backwards") {
  const auto p = some_numbers(6, 1);
  const Vec3<double> x{0.3, -2, 1};
  CHECK(distance(Inverse<SinhArcsinh>::forward(p.data(), SinhArcsinh::forward(p.data(), x).point).point, x) < 1e-12);
}

TEST_CASE("SinhArcsinh: tau above zero makes heavier tails, nu leans to one side") {
  const double heavy[6] = {0, 0, 0, 0.3, 0, -0.3}, leaning[6] = {0.5, 0, 0, 0, 0, 0};
  const Vec3<double> far{8, 8, 8}, y = SinhArcsinh::forward(heavy, far).point;
  CHECK(y.x > 8);
  CHECK(y.y == doctest::Approx(8));
  CHECK(y.z < 8);
  const double up = SinhArcsinh::forward(leaning, Vec3<double>{1, 0, 0}).point.x;
  const double down = SinhArcsinh::forward(leaning, Vec3<double>{-1, 0, 0}).point.x;
  CHECK(up + down > 0.5);
}

static_assert(AxisSymmetricBijector<Affine> && AxisSymmetricBijector<UnitTriangular> && AxisSymmetricBijector<SinhArcsinh>);
static_assert(AxisSymmetricBijector<Chain<UnitTriangular, SinhArcsinh, Affine>>);
static_assert(!AxisSymmetricBijector<Chain<Affine, Inverse<Affine>>>, "a part that says nothing of its parities");
