#include "erg/potentials/soft_core.hpp"
#include "erg/potentials/wrappers.hpp"
#include "potentials/pair_function_laws.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace erg;

TEST_CASE("SoftCore: the laws of pair functions, down to r = 0") {
  const SoftCore<double> p{1.3, 1.1, 0.6};
  tests::pair_function_laws(p, 0.05, 3.0);
  tests::pair_function_laws(ForceShifted(Truncated(p, 2.5)), 0.05, 3.0);
  tests::pair_function_laws(p.coupling_derivative(), 0.05, 3.0);
  tests::pair_function_laws(Shifted(Truncated(SoftCore<double, 2, 1>{1.3, 1.1, 0.3, 0.7}, 2.5)), 0.05, 2.49);
}

TEST_CASE("SoftCore: Lennard-Jones at full coupling, nothing at none") {
  const LennardJones<double> bare{1.3, 1.1};
  for (double r = 0.8; r < 3; r += 0.11) {
    const auto full = SoftCore<double>{1.3, 1.1, 1.0}(r * r), other = SoftCore<double, 3, 1>{1.3, 1.1, 1.0, 2.0}(r * r);
    CHECK(full.energy == doctest::Approx(bare(r * r).energy).epsilon(1e-12));
    CHECK(full.force_over_r == doctest::Approx(bare(r * r).force_over_r).epsilon(1e-12));
    CHECK(other.energy == doctest::Approx(full.energy).epsilon(1e-12));
  }
  for (double r2 : {0.0, 0.01, 1.0, 9.0}) {
    CHECK(SoftCore<double>{1.3, 1.1, 0.0}(r2).energy == 0);
    CHECK(SoftCore<double>{1.3, 1.1, 0.0}(r2).force_over_r == 0);
  }
  CHECK(!std::isfinite(SoftCore<double>{1.3, 1.1, 1.0}(0.0).energy));
}

TEST_CASE("SoftCore: at r = 0 the energy is that of the formula") {
  const double lambda = 0.4, a = 0.5 * 0.36;
  const SoftCore<double, 2> p{1.3, 1.1, lambda};
  CHECK(p(0.0).energy == doctest::Approx(4 * 1.3 * lambda * lambda * (1 / (a * a) - 1 / a)).epsilon(1e-13));
  CHECK(p(0.0).force_over_r == 0);
}

TEST_CASE("SoftCore: the coupling derivative is dU/dλ, of energy and force, also at the ends and inside wrappers") {
  const auto check = [](auto p, double lambda) {
    const auto at = [&](double h, double r2) {
      auto moved = p;
      moved.lambda = lambda + h;
      return Shifted(Truncated(moved, 2.5))(r2);
    };
    p.lambda = lambda;
    const double h = 1e-5;
    for (double r2 : {0.0, 0.09, 0.8, 1.3, 4.0}) {
      if (r2 < 0.5 && lambda > 0.99) continue;
      const auto got = Shifted(Truncated(p.coupling_derivative(), 2.5))(r2), low = at(-h, r2), high = at(h, r2);
      CHECK(got.energy == doctest::Approx((high.energy - low.energy) / (2 * h)).epsilon(1e-6));
      CHECK(got.force_over_r == doctest::Approx((high.force_over_r - low.force_over_r) / (2 * h)).epsilon(1e-6));
    }
  };
  for (double lambda : {0.0, 0.3, 0.9, 1.0}) {
    check(SoftCore<double>{1.3, 1.1, 0}, lambda);
    check(SoftCore<double, 2, 1>{1.3, 1.1, 0, 0.7}, lambda);
    check(SoftCore<double, 4, 3>{1.3, 1.1, 0}, lambda);
  }
}
