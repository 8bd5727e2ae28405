#include "erg/densities/uniform_torus.hpp"

#include "laws/density_laws.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

const Box slanted = Box::triclinic({{2, 0, 0}, {0.5, 2.2, 0}, {-0.3, 0.4, 2.1}});

}  // namespace

static_assert(ReparametrisedDensity<UniformTorus<float>, Lanes<float, 16>>);

TEST_CASE("UniformTorus: ln q is −N ln V everywhere, and the score is zero") {
  const UniformTorus<double> q(5, slanted);
  check_log_density_and_score(q);
  check_log_density_and_score(UniformTorus<double>::fractional(2));
  CHECK(draw_one(q, {}, 3).log_q == doctest::Approx(-5 * std::log(slanted.volume())));
  CHECK(look_up(q, {}, std::vector<double>(15, -77.0)).log_q == draw_one(q, {}, 3).log_q);
  CHECK(draw_one(UniformTorus<double>::fractional(2), {}, 3).log_q == 0);
  CHECK_THROWS_AS(UniformTorus<double>::fractional(0), InputError);
}

TEST_CASE("UniformTorus: lanes of float and of double draw what doubles draw") {
  const UniformTorus<double> q(5, slanted);
  check_density_lanes<Lanes<float, 16>>(UniformTorus<float>(5, slanted), q, 3e-7);
  check_density_lanes<Lanes<double, 8>>(q, q, 1e-15);
  const auto f = UniformTorus<double>::fractional(5);
  check_density_lanes<Lanes<float, 16>>(UniformTorus<float>::fractional(5), f, 1e-7);
}

TEST_CASE("UniformTorus: draws lie in the box and have the waves of a uniform distribution: none") {
  // Mean of cos and sin of 2π k·f over 4,000 particles, 6 wave vectors: variance ½ each; 12 bounds of 4.5 standard errors fail
  // 12 · 7·10⁻⁶, 1 run in 12,000, over all seeds; this seed passes.
  const UniformTorus<double> q(4, slanted);
  const int waves[6][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {1, -1, 0}, {2, 1, 0}, {1, 1, 1}};
  double cosine[6]{}, sine[6]{};
  const int samples = 1000;
  for (int sample = 0; sample < samples; ++sample) {
    const auto x = draw_one(q, {}, static_cast<std::uint64_t>(sample)).u;
    for (std::size_t i = 0; i < 12; i += 3) {
      const Vec3<double> f = slanted.to_fractional({x[i], x[i + 1], x[i + 2]});
      for (int a = 0; a < 3; ++a) CHECK((f[a] > -1e-12 && f[a] < 1 + 1e-12));
      for (int k = 0; k < 6; ++k) {
        const double angle = 2 * 3.14159265358979324 * (waves[k][0] * f.x + waves[k][1] * f.y + waves[k][2] * f.z);
        cosine[k] += std::cos(angle) / (4 * samples);
        sine[k] += std::sin(angle) / (4 * samples);
      }
    }
  }
  for (int k = 0; k < 6; ++k) {
    CHECK(std::abs(cosine[k]) < 4.5 * std::sqrt(0.5 / (4 * samples)));
    CHECK(std::abs(sine[k]) < 4.5 * std::sqrt(0.5 / (4 * samples)));
  }
}

TEST_CASE("UniformTorus: a fraction rounded to float stays below one") {
  // Of 2²⁵ draws one in 2²⁵ would round up: here the rounding itself, on the largest fraction there is.
  const auto q = UniformTorus<float>::fractional(1);
  Tape<float> tape;
  float x[3], none[3], most = 0;
  double log_q = 0;
  for (std::uint64_t sample = 0; sample < 200000; ++sample) {
    q.draw({}, density_stream, sample, Tile<float>{none, 3, 1}, Tile<float>{x, 3, 1}, &log_q, tape);
    most = std::max({most, x[0], x[1], x[2]});
  }
  CHECK(most < 1);
  CHECK(most > 1 - 1e-4f);
}
