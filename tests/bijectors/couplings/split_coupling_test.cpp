#include "erg/bijectors/couplings/split_coupling.hpp"

#include "erg/bijectors/circular_shift.hpp"
#include "erg/bijectors/per_axis.hpp"
#include "erg/bijectors/permutation.hpp"
#include "erg/bijectors/rational_quadratic_spline.hpp"
#include "erg/bijectors/sequence.hpp"
#include "erg/networks/perceptron.hpp"
#include "laws/field_bijector_laws.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

using Spline = RationalQuadraticSpline<4, Circular>;
using Coupling = SplitCoupling<Spline, Perceptron<Tanh>>;
using Layer = Sequence<Coupling, Coupling, PerAxis<CircularShift>, AxisPermutation>;

Layer layer(ParameterLayout& layout, const std::string& name) {
  return Layer(Coupling({false, true, true}, Perceptron<Tanh>(layout, name + ".two", {1, 5, 2 * Spline::parameters})),
               Coupling({true, false, false}, Perceptron<Tanh>(layout, name + ".one", {2, 5, Spline::parameters})),
               PerAxis<CircularShift>(layout, name + ".shift"), AxisPermutation::roll());
}

std::vector<double> on_the_torus(std::size_t n, std::uint64_t set) {
  auto u = some_numbers(n, set);
  for (double& x : u) x = on_circle(0.3 * x);
  return u;
}
std::vector<double> weights(const ParameterLayout& layout) {
  auto theta = some_numbers(layout.size(), 3);
  for (double& w : theta) w *= 0.2;  // gentle enough for differences: a spline is smooth once only
  return theta;
}

}  // namespace

TEST_CASE("SplitCoupling: the laws of a bijector, one axis or two") {
  for (const std::array<bool, 3> moved : {std::array{true, false, false}, {false, true, true}, {true, false, true}}) {
    ParameterLayout layout;
    const int axes = static_cast<int>(std::count(moved.begin(), moved.end(), true));
    const Coupling map(moved, Perceptron<Tanh>(layout, "c", {3 - axes, 5, axes * Spline::parameters}));
    const auto u = on_the_torus(9, 1);
    check_field_bijector(map, weights(layout), u);
    check_field_log_det(map, weights(layout), u);
  }
}

TEST_CASE("Sequence and Repeat: the laws of a bijector, and the order of the parts") {
  ParameterLayout layout;
  const Repeat<Layer> map({layer(layout, "a"), layer(layout, "b"), layer(layout, "c")});
  const auto u = on_the_torus(9, 2);
  const auto theta = weights(layout);
  check_field_bijector(map, theta, u);
  check_field_log_det(map, theta, u);
  FieldImage by_hand{u, 0};
  for (const Layer& l : map.layers()) {
    for (const auto& part : {forward_of(l.part<0>(), theta, by_hand.point)})
      by_hand = {part.point, by_hand.log_det + part.log_det};
    for (const auto& part : {forward_of(l.part<1>(), theta, by_hand.point)})
      by_hand = {part.point, by_hand.log_det + part.log_det};
    by_hand.point = forward_of(l.part<2>(), theta, by_hand.point).point;
    by_hand.point = forward_of(l.part<3>(), theta, by_hand.point).point;
  }
  const FieldImage image = forward_of(map, theta, u);
  CHECK(image.point == by_hand.point);
  CHECK(image.log_det == doctest::Approx(by_hand.log_det).epsilon(1e-13));
}

TEST_CASE("Sequence: zero last layers and shifts are a roll of the axes") {
  ParameterLayout layout;
  const Repeat<Layer> map({layer(layout, "a"), layer(layout, "b"), layer(layout, "c")});
  std::vector<double> theta(layout.size());
  int k = 0;
  map.initialise(theta.data(), [&] { return std::sin(++k); });
  CHECK(std::count_if(theta.begin(), theta.end(), [](double w) { return w != 0; }) > 10);
  const auto u = on_the_torus(12, 4);
  CHECK(worst(forward_of(map, theta, u).point, u) < 1e-14);  // three rolls are none
  const FieldImage once = forward_of(map.layers()[0], theta, u);
  for (std::size_t i = 0; i < u.size(); ++i) CHECK(once.point[i] == doctest::Approx(u[i / 3 * 3 + (i + 2) % 3]).epsilon(1e-13));
}

TEST_CASE("ParticlePermutation: carries particles and back") {
  const ParticlePermutation map({2, 0, 1});
  ParameterLayout layout;
  const auto u = on_the_torus(9, 5);
  const auto v = forward_of(map, {0.0}, u).point;
  for (std::size_t a = 0; a < 3; ++a) {
    CHECK(v[a] == u[6 + a]);
    CHECK(v[3 + a] == u[a]);
    CHECK(v[6 + a] == u[3 + a]);
  }
  CHECK(inverse_of(map, {0.0}, v).point == u);
  Tape<double> tape;
  ParticlePermutation::Kept<double> kept;
  auto image = v, d = some_numbers(9, 6);
  const auto d_v = d;
  map.vjp<double>(nullptr, {image.data(), 9, 1}, kept, {d.data(), 9, 1}, 0.0, nullptr, tape);
  CHECK(image == u);
  CHECK(d == inverse_of(map, {0.0}, d_v).point);
}

TEST_CASE("Permutations: what is none is refused") {
  CHECK_THROWS_AS(AxisPermutation({0, 1, 1}), InputError);
  CHECK_THROWS_AS(AxisPermutation({0, 1, 3}), InputError);
  CHECK_THROWS_AS(ParticlePermutation({0, 2, 2}), InputError);
  CHECK_THROWS_AS(ParticlePermutation({0, 3, 1}), InputError);
  CHECK_THROWS_AS(ParticlePermutation({0, -1, 1}), InputError);
}

TEST_CASE("SplitCoupling: a conditioner that does not fit is refused") {
  ParameterLayout layout;
  CHECK_THROWS_AS(Coupling({true, true, false}, Perceptron<Tanh>(layout, "c", {1, 5, Spline::parameters})),
                  std::invalid_argument);
  CHECK_THROWS_AS(Coupling({true, true, true}, Perceptron<Tanh>(layout, "c", {1, 5, 3 * Spline::parameters})),
                  std::invalid_argument);
}
