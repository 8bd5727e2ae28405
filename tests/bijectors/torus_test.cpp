#include "erg/bijectors/torus.hpp"

#include "laws/field_bijector_laws.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

TorusSites<double> sites(const Box& box) {
  return {box, std::vector<Vec3<double>>{{0.1, 0.2, 0.3}, {2.9, 1.1, -0.4}, {7.0, 0.0, 2.2}}};
}
Box skew() { return Box::triclinic({{3.1, 0, 0}, {0.4, 2.7, 0}, {-0.3, 0.5, 3.6}}); }

}  // namespace

TEST_CASE("TorusChart: the laws of a bijector, both ways") {
  for (const Box& box : {skew(), Box::orthorhombic({3.1, 2.7, 3.6})}) {
    auto u = some_numbers(9, 1);
    for (double& x : u) x *= 0.3;
    const ToTorus<double> to(sites(box));
    const FromTorus<double> from(sites(box));
    check_field_bijector(to, {0.0}, u);
    check_field_log_det(to, {0.0}, u);
    const auto x = forward_of(to, {0.0}, u);
    CHECK(x.log_det == doctest::Approx(-3 * std::log(box.volume())));
    for (const double f : x.point) CHECK((f >= 0 && f < 1));
    check_field_bijector(from, {0.0}, x.point);
    check_field_log_det(from, {0.0}, x.point);
    CHECK(worst(forward_of(from, {0.0}, x.point).point, u) < 1e-14);
  }
}

TEST_CASE("TorusChart: a shift by a whole edge makes no difference") {
  const FromTorus<double> from(sites(skew()));
  auto x = some_numbers(9, 2);
  for (double& f : x) f = on_circle(f);
  auto far = x;
  far[4] += 1;
  far[8] -= 1;
  CHECK(worst(forward_of(from, {0.0}, x).point, forward_of(from, {0.0}, far).point) < 1e-13);
}
