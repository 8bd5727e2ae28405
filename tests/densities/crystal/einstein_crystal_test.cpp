#include "erg/densities/crystal/einstein_crystal.hpp"

#include "erg/densities/crystal/crystal_free_energy.hpp"
#include "laws/density_laws.hpp"

#include <limits>

using namespace erg;
using namespace erg::tests;

namespace {

const std::vector<double> springs{1, 3, 0.4, 7, 2}, masses{1, 16, 4, 2, 1};
constexpr double beta = 1.7;

/// The covariance of one axis under Σ m_i u_i = 0: that of independent springs, less what the centre explains.
std::vector<std::vector<double>> covariance(const std::vector<double>& mass) {
  double total = 0, variance = 0;
  for (const double m : mass) total += m;
  const auto by_centre = [&](std::size_t i) { return mass[i] / total / (beta * springs[i]); };
  for (std::size_t i = 0; i < mass.size(); ++i) variance += by_centre(i) * mass[i] / total;
  std::vector<std::vector<double>> c(mass.size(), std::vector<double>(mass.size()));
  for (std::size_t i = 0; i < mass.size(); ++i)
    for (std::size_t j = 0; j < mass.size(); ++j)
      c[i][j] = (i == j ? 1 / (beta * springs[i]) : 0.0) - by_centre(i) * by_centre(j) / variance;
  return c;
}

double harmonic_energy(const std::vector<double>& u) {
  double sum = 0;
  for (std::size_t row = 0; row < u.size(); ++row) sum += 0.5 * springs[row / 3] * u[row] * u[row];
  return sum;
}

}  // namespace

static_assert(ReparametrisedDensity<EinsteinCrystal<double>>);
static_assert(ReparametrisedDensity<EinsteinCrystal<float>, Lanes<float, 16>>);
static_assert(is_parameter_free<EinsteinCrystal<double>>);

TEST_CASE("EinsteinCrystal: log_density of a draw is what draw said, and the score is its gradient") {
  check_log_density_and_score(EinsteinCrystal<double>(springs, beta, Centre::free));
  check_log_density_and_score(EinsteinCrystal<double>(springs, beta));
  check_log_density_and_score(EinsteinCrystal<double>(springs, beta, Centre::fixed, masses));
  check_log_density_and_score(centred_gaussian<double>(4, 0.3), {}, 1e-4);
}

TEST_CASE("EinsteinCrystal: lanes of float and of double draw what doubles draw") {
  for (const Centre centre : {Centre::free, Centre::fixed}) {
    const EinsteinCrystal<double> wide(springs, beta, centre, masses);
    check_density_lanes<Lanes<float, 16>>(EinsteinCrystal<float>(springs, beta, centre, masses), wide, 3e-6);
    check_density_lanes<Lanes<double, 8>>(wide, wide, 1e-13);
    check_density_lanes<double>(wide, wide, 1e-15);
  }
}

TEST_CASE("EinsteinCrystal: ln q is −β U less the closed-form free energy") {
  const EinsteinCrystal<double> still(springs, beta, Centre::free), centred(springs, beta, Centre::fixed, masses);
  double expected = 0;  // Π (β k / 2π)^{3/2}
  for (const double k : springs) expected += 1.5 * std::log(beta * k / (2 * std::numbers::pi));
  CHECK(still.free_energy() == doctest::Approx(expected).epsilon(1e-14));
  for (std::uint64_t sample = 0; sample < 5; ++sample) {
    const DrawnSample d = draw_one(still, {}, sample), c = draw_one(centred, {}, sample);
    CHECK(d.log_q == doctest::Approx(expected - beta * harmonic_energy(d.u)).epsilon(1e-12));
    CHECK(c.log_q == doctest::Approx(centred.free_energy() - beta * harmonic_energy(c.u)).epsilon(1e-12));
  }
}

TEST_CASE("EinsteinCrystal: with the centre fixed q is normalised on the vibrations, by quadrature for two particles") {
  // One axis: u = (x, −x) / √2 + any uniform shift. Three axes are alike and independent: q³.
  for (const auto& mass : {std::vector<double>{}, std::vector<double>{1, 5}}) {
    const EinsteinCrystal<double> pair({1, 4}, beta, Centre::fixed, mass);
    double integral = 0;
    const double at_rest = look_up(pair, {}, std::vector<double>(6, 0.0)).log_q, h = 0.01;
    for (double x = -12; x < 12; x += h) {
      const double along = look_up(pair, {}, {x / std::sqrt(2.0), 0, 0, -x / std::sqrt(2.0), 0, 0}).log_q;
      integral += h * std::exp(along - 2.0 / 3 * at_rest);
    }
    CHECK(integral == doctest::Approx(1).epsilon(1e-10));
  }
}

TEST_CASE("EinsteinCrystal: with the centre free q is normalised") {
  const EinsteinCrystal<double> free(springs, beta, Centre::free);
  check_normalised(
      free,
      [&](const std::vector<double>& u) {  // Gaussians a little narrower
        double log_p = 0;
        for (std::size_t row = 0; row < u.size(); ++row) {
          const double stiffness = 1.3 * beta * springs[row / 3];
          log_p += 0.5 * std::log(stiffness / (2 * std::numbers::pi)) - 0.5 * stiffness * u[row] * u[row];
        }
        return log_p;
      },
      4000);
}

TEST_CASE(
    "EinsteinCrystal: with the centre fixed a uniform shift makes no difference, the centre stays, the score adds up to 0") {
  const EinsteinCrystal<double> centred(springs, beta, Centre::fixed, masses);
  for (std::uint64_t sample = 0; sample < 3; ++sample) {
    const DrawnSample d = draw_one(centred, {}, sample);
    auto shifted = d.u;
    double centre[3]{}, total[3]{};
    for (std::size_t row = 0; row < d.u.size(); ++row) {
      shifted[row] += 0.3 + 0.1 * static_cast<double>(row % 3);
      centre[row % 3] += masses[row / 3] * d.u[row];
      total[row % 3] += d.score[row];
    }
    const DrawnSample there = look_up(centred, {}, shifted);
    CHECK(there.log_q == doctest::Approx(d.log_q).epsilon(1e-12));
    CHECK(worst(there.score, d.score) < 1e-12);
    for (int axis = 0; axis < 3; ++axis) {
      CHECK(std::abs(centre[axis]) < 1e-13);
      CHECK(std::abs(total[axis]) < 1e-13);
    }
  }
}

TEST_CASE("EinsteinCrystal: draws have the closed-form covariance") {
  // 20,000 samples, three axes; a product u_i u_j has variance c_ii c_jj + c_ij²: 15 products, a bound of 4.5 standard errors
  // fails 15 · 7·10⁻⁶, 1 run in 10,000, over all seeds; this seed is fixed and passes.
  const int samples = 20000, n = static_cast<int>(springs.size());
  const EinsteinCrystal<double> centred(springs, beta, Centre::fixed, masses);
  const auto c = covariance(masses);
  std::vector<std::vector<double>> sum(c.size(), std::vector<double>(c.size(), 0.0));
  for (int i = 0; i < samples; ++i) {
    const DrawnSample d = draw_one(centred, {}, static_cast<std::uint64_t>(i));
    for (int a = 0; a < n; ++a)
      for (int b = 0; b <= a; ++b)
        for (int axis = 0; axis < 3; ++axis) sum[a][b] += d.u[3 * a + axis] * d.u[3 * b + axis] / (3 * samples);
  }
  for (int a = 0; a < n; ++a)
    for (int b = 0; b <= a; ++b)
      CHECK(std::abs(sum[a][b] - c[a][b]) < 4.5 * std::sqrt((c[a][a] * c[b][b] + c[a][b] * c[a][b]) / (3 * samples)));
}

TEST_CASE("EinsteinCrystal: free energies are those of Polson et al. and of Vega and Noya, whatever the masses") {
  // Polson et al. 2000: the fixed centre multiplies Z by (β / 2π Σ μ²/k)^{3/2}, per volume of the centre; that is N^{3/2} per
  // volume of the vibrations.
  const EinsteinCrystal<double> still(springs, beta, Centre::free), centred(springs, beta, Centre::fixed, masses);
  double total = 0, spread = 0;
  for (const double m : masses) total += m;
  for (std::size_t i = 0; i < masses.size(); ++i) spread += masses[i] * masses[i] / (total * total) / springs[i];
  const double polson = -1.5 * std::log(beta / (2 * std::numbers::pi * spread));
  CHECK(centred.free_energy() - 1.5 * std::log(5.0) == doctest::Approx(still.free_energy() + polson).epsilon(1e-13));

  // Vega and Noya 2007, springs λ |u|²: [ln (β λ Λ² / π)^{3(N−1)/2} + ln N^{−3/2} + ln(N Λ³ / V)] / N.
  const int n = 32;
  const double lambda = 40, wavelength = 0.8, volume = 27;
  const EinsteinCrystal<double> alike(std::vector<double>(n, 2 * lambda), beta);
  const double expected = (1.5 * (n - 1) * std::log(beta * lambda * wavelength * wavelength / std::numbers::pi) -
                           1.5 * std::log(n) + std::log(n * std::pow(wavelength, 3) / volume)) /
                          n;
  CHECK(free_energy_per_particle({n, 0, alike.free_energy(), volume, wavelength}, 0) == doctest::Approx(expected).epsilon(1e-13));
  CHECK(centred_gaussian<double>(n, 1 / std::sqrt(2 * beta * lambda)).free_energy() ==
        doctest::Approx(alike.free_energy()).epsilon(1e-13));
}

TEST_CASE("EinsteinCrystal: numbers that are no springs are refused") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  using E = EinsteinCrystal<double>;
  CHECK_THROWS_AS(E({1, 0}, 1), InputError);
  CHECK_THROWS_AS(E({1, nan}, 1), InputError);
  CHECK_THROWS_AS(E({1, 1}, -1), InputError);
  CHECK_THROWS_AS(E({1}, 1), InputError);
  CHECK_NOTHROW(E({1}, 1, Centre::free));
  CHECK_THROWS_AS(E({1, 1}, 1, Centre::fixed, {1}), InputError);
  CHECK_THROWS_AS(E({1, 1}, 1, Centre::fixed, {1, -1}), InputError);
  CHECK_THROWS_AS(centred_gaussian<double>(1, 1), InputError);
  CHECK_THROWS_AS(centred_gaussian<double>(2, 0), InputError);
}
