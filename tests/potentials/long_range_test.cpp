#include "erg/potentials/long_range.hpp"
#include "erg/potentials/soft_core.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace erg;

namespace {

Truncated<LennardJones<double>> reduced(double cutoff) { return {LennardJones<double>{1, 1}, cutoff}; }

// r⁻ⁿ, whose corrections are known.
struct Power {
  using Scalar = double;
  double exponent;
  PairEnergy<double> operator()(double r2) const {
    const double u = std::pow(r2, -exponent / 2);
    return {u, exponent * u / r2};
  }
};

// A Yukawa potential e^{−r}/r.
struct Yukawa {
  using Scalar = double;
  PairEnergy<double> operator()(double r2) const {
    const double r = std::sqrt(r2), u = std::exp(-r) / r;
    return {u, u * (1 + 1 / r) / r};
  }
};

}  // namespace

// U_LRC of the four configurations of
// https://www.nist.gov/mml/csd/chemical-informatics-group/lennard-jones-fluid-reference-calculations
TEST_CASE("Long-range correction: NIST's figures for Lennard-Jones") {
  struct Row {
    int particles;
    double edge, at_three, at_four;
  };
  for (const Row& row :
       {Row{800, 10, -198.49, -83.769}, {200, 8, -24.230, -10.226}, {400, 10, -49.622, -20.942}, {30, 8, -0.54517, -0.23008}}) {
    const double density = row.particles / std::pow(row.edge, 3);
    for (const auto& [cutoff, expected] : {std::pair{3.0, row.at_three}, {4.0, row.at_four}}) {
      CHECK(row.particles * long_range_correction(reduced(cutoff), density).energy == doctest::Approx(expected).epsilon(3e-5));
      CHECK(row.particles * long_range_by_quadrature(reduced(cutoff), density).energy == doctest::Approx(expected).epsilon(3e-5));
    }
  }
}

TEST_CASE("Long-range correction: quadrature finds the closed form, and the pressure is that of the energy") {
  for (double cutoff : {1.9, 2.5, 6.0}) {
    const Truncated p(LennardJones<double>{1.7, 1.2}, cutoff);
    const auto closed = long_range_correction(p, 0.6), found = long_range_by_quadrature(p, 0.6);
    CHECK(found.converged);
    CHECK(found.iterations < 6);
    CHECK(found.energy == doctest::Approx(closed.energy).epsilon(1e-12));
    CHECK(found.pressure == doctest::Approx(closed.pressure).epsilon(1e-12));
    // Under an even strain a pair stays outside a cutoff that strains too: −dU/dV of those pairs is their virial pressure.
    const auto scaled = [&](double strain) {
      return long_range_correction(Truncated(p.inner(), cutoff * (1 + strain)), 0.6 / std::pow(1 + strain, 3)).energy;
    };
    const double h = 1e-5, slope = (scaled(h) - scaled(-h)) / (2 * h);  // d(U/N)/d ln edge = −3 P/ρ
    CHECK(closed.pressure == doctest::Approx(-0.6 * slope / 3).epsilon(1e-7));
  }
}

TEST_CASE("Long-range correction: other potentials, by quadrature") {
  const double pi = 3.14159265358979323846, density = 0.3, c = 2.5;
  for (double n : {4.0, 4.5, 6.0, 20.0}) {
    const auto found = long_range_by_quadrature(Truncated(Power{n}, c), density);
    CHECK(found.converged);
    CHECK(found.energy == doctest::Approx(2 * pi * density * std::pow(c, 3 - n) / (n - 3)).epsilon(1e-10));
    CHECK(found.pressure == doctest::Approx(2 * pi / 3 * density * density * n * std::pow(c, 3 - n) / (n - 3)).epsilon(1e-10));
  }
  const auto yukawa = long_range_by_quadrature(Truncated(Yukawa{}, c), density);
  CHECK(yukawa.converged);
  CHECK(yukawa.energy == doctest::Approx(2 * pi * density * (c + 1) * std::exp(-c)).epsilon(1e-11));
  const Truncated soft(SoftCore<double>{1, 1, 0.5}, c);
  CHECK(long_range_by_quadrature(soft, density).converged);
  CHECK(std::abs(long_range_by_quadrature(soft, density).energy) < std::abs(long_range_correction(reduced(c), density).energy));
  const auto none = long_range_by_quadrature(Truncated(SoftCore<double>{1, 1, 0}, c), density);
  CHECK(none.converged);
  CHECK(none.energy == 0);
}

TEST_CASE("Long-range correction: a tail that has none does not pass for one") {
  for (double n : {1.0, 2.0, 3.0, 3.02, 3.1}) CHECK(!long_range_by_quadrature(Truncated(Power{n}, 2.5), 0.3).converged);
  CHECK(!long_range_by_quadrature(Truncated(Power{std::nan("")}, 2.5), 0.3).converged);
}

TEST_CASE("Long-range correction: no density, no correction; a density that cannot be is refused") {
  CHECK(long_range_correction(reduced(3), 0).energy == 0);
  for (double bad : {-0.1, double(INFINITY), std::nan("")}) {
    CHECK_THROWS_AS(long_range_correction(reduced(3), bad), InputError);
    CHECK_THROWS_AS(long_range_by_quadrature(reduced(3), bad), InputError);
  }
}
