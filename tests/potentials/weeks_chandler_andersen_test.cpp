#include "erg/potentials/weeks_chandler_andersen.hpp"
#include "erg/potentials/lennard_jones.hpp"
#include "potentials/pair_function_laws.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace erg;

TEST_CASE("WeeksChandlerAndersen: the laws of pair functions") {
  tests::pair_function_laws(WeeksChandlerAndersen<double>{1.3, 1.1}, 0.8, 2.0);
}

TEST_CASE("WeeksChandlerAndersen: Lennard-Jones lifted by its depth up to the minimum, and continuous there") {
  const WeeksChandlerAndersen<double> p{1.3, 1.1};
  const LennardJones<double> bare{1.3, 1.1};
  CHECK(p.cutoff() == doctest::Approx(std::pow(2.0, 1.0 / 6) * 1.1).epsilon(1e-15));
  for (double r = 0.7; r < p.cutoff(); r += 0.03) {
    CHECK(p(r * r).energy == doctest::Approx(bare(r * r).energy + 1.3).epsilon(1e-12));
    CHECK(p(r * r).force_over_r == doctest::Approx(bare(r * r).force_over_r).epsilon(1e-11));
  }
  CHECK(p(1.1 * 1.1).energy == doctest::Approx(1.3));
  tests::continuous_at(p, p.cutoff(), 1);
  CHECK(!std::isfinite(p(0.0).energy));
}
