#include "erg/bijectors/continuous/continuous_flow.hpp"

#include "erg/bijectors/continuous/solvent_pairs.hpp"
#include "erg/bijectors/continuous/solvent_shells.hpp"
#include "erg/bijectors/continuous/sum_of_fields.hpp"
#include "laws/field_bijector_laws.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

using Field = SumOfFields<SolventShells<>, SolventPairs<>>;

struct Model {
  ParameterLayout layout;
  Field field;
  std::vector<double> theta;

  explicit Model(int particles)
      : field(SolventShells<>(layout, "shells", particles, SoluteRange(0.25)),
              SolventPairs<>(layout, "pairs", particles, SoluteRange(0.25), 0.12, 0.45)),
        theta(some_numbers(layout.size(), 3, 0.12)) {}
};

// Places of a loose solvent about the origin, about 0.3 apart; the first in another cell.
std::vector<double> solvent(int particles) {
  std::vector<double> x;
  for (int i = 0; i < particles; ++i)
    for (int axis = 0; axis < 3; ++axis) x.push_back(0.15 + 0.33 * (i / (axis == 0 ? 1 : axis == 1 ? 3 : 9) % 3));
  const auto noise = some_numbers(x.size(), 8, 0.02);
  for (std::size_t k = 0; k < x.size(); ++k) x[k] += noise[k];
  x[1] += 2;
  return x;
}

// dx/dt = k (1 + t) x: x(1) = x exp(3k/2), and what one coordinate tells of the determinant.
struct Stretch {
  int rows;
  template <class R>
  void evaluate(const scalar_t<R>* theta, double time, const R* x, R* v, R& divergence, Tape<R>&) const {
    for (int row = 0; row < rows; ++row) {
      const R k(static_cast<scalar_t<R>>(theta[row] * (1 + time)));
      v[row] += k * x[row];
      divergence += k;
    }
  }
  template <class R>
  void pull(const scalar_t<R>* theta, double time, const R* x, const R* d_v, R d_divergence, R* d_x, scalar_t<R>* d_theta,
            Tape<R>&) const {
    for (int row = 0; row < rows; ++row) {
      d_x[row] += R(static_cast<scalar_t<R>>(theta[row] * (1 + time))) * d_v[row];
      if (d_theta) d_theta[row] += static_cast<scalar_t<R>>(1 + time) * sum(x[row] * d_v[row] + d_divergence);
    }
  }
};

}  // namespace

TEST_CASE("ContinuousFlow: a stretch has its closed form") {
  const ContinuousFlow<Stretch> flow(Stretch{3}, 16);
  const std::vector<double> theta{0.3, -0.2, 0.5}, u{1, 2, -3};
  const FieldImage image = forward_of(flow, theta, u), back = inverse_of(flow, theta, u);
  for (std::size_t row = 0; row < 3; ++row) {
    CHECK(image.point[row] == doctest::Approx(u[row] * std::exp(1.5 * theta[row])).epsilon(1e-7));
    CHECK(back.point[row] == doctest::Approx(u[row] * std::exp(-1.5 * theta[row])).epsilon(1e-7));
  }
  CHECK(image.log_det == doctest::Approx(1.5 * 0.6).epsilon(1e-12));
  CHECK(back.log_det == doctest::Approx(-1.5 * 0.6).epsilon(1e-12));
  auto v = u, d_u = std::vector<double>{0.7, -1.1, 0.4}, score = std::vector<double>{0.2, 0.9, -0.5};
  const auto d_v = d_u, s = score;
  std::vector<double> d_theta(3, 0.0);
  Tape<double> tape;
  ContinuousFlow<Stretch>::Kept<double> kept;
  double log_det = 0;
  flow.carry_score(theta.data(), Tile<double>{v.data(), 3, 1}, &log_det, Tile<double>{score.data(), 3, 1}, kept, tape);
  flow.vjp(theta.data(), Tile<double>{v.data(), 3, 1}, kept, Tile<double>{d_u.data(), 3, 1}, -0.8, d_theta.data(), tape);
  CHECK(v == u);
  for (std::size_t row = 0; row < 3; ++row) {
    const double grown = std::exp(1.5 * theta[row]);
    CHECK(score[row] == doctest::Approx(s[row] / grown).epsilon(1e-7));
    CHECK(d_u[row] == doctest::Approx(d_v[row] * grown).epsilon(1e-7));
    CHECK(d_theta[row] == doctest::Approx(1.5 * (d_v[row] * u[row] * grown - 0.8)).epsilon(1e-6));
  }
}

TEST_CASE("ContinuousFlow: errors of inverse and determinant fall as the fourth power of the steps") {
  const Model model(6);
  const auto u = solvent(6);
  double before_point = 0, before_det = 0;
  for (const int steps : {4, 8, 16}) {
    const ContinuousFlow<Field> flow(model.field, steps);
    const FieldImage there = forward_of(flow, model.theta, u), back = inverse_of(flow, model.theta, there.point);
    CHECK(worst(there.point, u) > 1e-3);
    const double point = worst(back.point, u), det = std::abs(there.log_det + back.log_det);
    if (steps > 4) {
      CHECK(before_point / point > 8);  // 16 where the steps are short
      CHECK(before_det / det > 8);
    }
    before_point = point, before_det = det;
  }
  CHECK(before_point < 1e-6);
}

TEST_CASE("ContinuousFlow: the laws of a bijector, with steps that are short enough") {
  const Model model(4);
  const ContinuousFlow<Field> flow(model.field, 128);
  const auto u = solvent(4);
  check_field_round_trip(flow, model.theta, u);
  check_field_vjp(flow, model.theta, u);
  check_field_vjp(ContinuousFlow<Field>(model.field, 2), model.theta, u);  // of the discrete steps, however long
  check_carry_score(flow, model.theta, u, 1e-4);                           // high polynomials want short differences
  check_field_log_det(flow, model.theta, u);
}

TEST_CASE("ContinuousFlow: relabelling, whole edges and turns of the cube go along; zero weights are the identity") {
  const Model model(5);
  const ContinuousFlow<Field> flow(model.field, 4);
  auto u = solvent(5);
  const FieldImage image = forward_of(flow, model.theta, u);
  auto other = u;
  other[0] -= 3, other[4] += 1;
  const FieldImage shifted = forward_of(flow, model.theta, other);
  CHECK(shifted.point[0] == doctest::Approx(image.point[0] - 3).epsilon(1e-12));
  CHECK(shifted.log_det == doctest::Approx(image.log_det).epsilon(1e-11));
  const auto turned = [](const std::vector<double>& x) {  // (x, y, z) → (−z, x, y), and the next particle's place
    std::vector<double> y(x.size());
    for (std::size_t i = 0; i < x.size() / 3; ++i) {
      const std::size_t to = (i + 1) % (x.size() / 3);
      y[3 * to] = -x[3 * i + 2], y[3 * to + 1] = x[3 * i], y[3 * to + 2] = x[3 * i + 1];
    }
    return y;
  };
  const FieldImage round = forward_of(flow, model.theta, turned(u));
  CHECK(worst(round.point, turned(image.point)) < 1e-13);
  CHECK(round.log_det == doctest::Approx(image.log_det).epsilon(1e-12));
  std::vector<double> start(model.layout.size(), 1.0);
  flow.initialise(start.data(), [] { return 1.0; });
  CHECK(forward_of(flow, start, u).point == u);
  CHECK(forward_of(flow, start, u).log_det == 0);
}

TEST_CASE("ContinuousFlow: lanes agree with single samples, float with double") {
  const Model model(4);
  auto theta = model.theta;
  for (double& t : theta) t *= 0.1;  // 12 steps are short enough for a round trip of samples that lie anywhere
  const ContinuousFlow<Field> flow(model.field, 12);
  check_field_lanes<Lanes<double, 8>>(flow, flow, theta, 12, 2, 0.25, 1e-6);
  check_field_lanes<Lanes<float, 16>>(flow, flow, theta, 12, 2, 0.25, 1e-5);
}

TEST_CASE("ContinuousFlow: what does not fit is refused") {
  const Model model(3);
  CHECK_THROWS_AS(ContinuousFlow<Field>(model.field, 0), std::invalid_argument);
  ParameterLayout layout;
  CHECK_THROWS_AS(SolventPairs<>(layout, "p", 3, SoluteRange(0.2), 0.3, 0.2), std::invalid_argument);
  CHECK_THROWS_AS(SolventPairs<>(layout, "q", 3, SoluteRange(0.2), 0.1, 0.6), std::invalid_argument);
  CHECK_THROWS_AS(SoluteRange(0.5), std::invalid_argument);
}
