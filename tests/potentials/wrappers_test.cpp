#include "erg/potentials/wrappers.hpp"
#include "potentials/pair_function_laws.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace erg;

TEST_CASE("Lennard-Jones: depth, minimum and zero crossing") {
  const LennardJones<double> p{1.5, 2.0};
  const double well = std::pow(2.0, 1.0 / 6) * 2.0;
  CHECK(p(well * well).energy == doctest::Approx(-1.5));
  CHECK(std::abs(p(well * well).force_over_r) < 1e-14);
  CHECK(std::abs(p(4.0).energy) < 1e-14);
}

TEST_CASE("Pair functions: force over r is -2 dU/d(r2)") {
  const auto check = [](const auto& p) {
    for (double r2 = 0.5; r2 < 7; r2 += 0.37) {
      const double h = 1e-6 * r2, slope = (p(r2 + h).energy - p(r2 - h).energy) / (2 * h);
      CHECK(p(r2).force_over_r == doctest::Approx(-2 * slope).epsilon(1e-6));
    }
  };
  const LennardJones<double> bare{1.0, 1.0};
  check(bare);
  check(Truncated(bare, 2.7));
  check(Shifted(Truncated(bare, 2.7)));
  check(LinearBelow(Shifted(Truncated(bare, 2.7)), 0.8));
}

TEST_CASE("Pair functions: the laws hold for every wrapper") {
  const LennardJones<double> bare{1.3, 1.1};
  tests::pair_function_laws(bare, 0.8, 4.0);
  tests::pair_function_laws(Truncated(bare, 2.7), 0.8, 2.6);
  tests::pair_function_laws(ForceShifted(Truncated(bare, 2.5)), 0.8, 3.0);
  tests::pair_function_laws(Switched(Truncated(bare, 2.5), 1.9), 0.8, 3.0);
  tests::pair_function_laws(CharmmSwitched<Truncated<LennardJones<double>>>(Truncated(bare, 2.5), 1.9), 0.8, 1.89);
  tests::pair_function_laws(CharmmSwitched<Truncated<LennardJones<double>>>(Truncated(bare, 2.5), 1.9), 1.91, 2.49);
}

TEST_CASE("Truncated: the inner function below the radius, nothing from it on") {
  const LennardJones<double> bare{1.0, 1.0};
  const Truncated p(bare, 2.5);
  CHECK(p(6.2).energy == bare(6.2).energy);
  CHECK(p(6.25).energy == 0);
  CHECK(p(6.25).force_over_r == 0);
  CHECK(p.cutoff() == 2.5);
}

TEST_CASE("Shifted: meets zero at the cutoff, with the force of the inner potential") {
  const LennardJones<double> bare{1.0, 1.0};
  const auto p = truncated_shifted_lennard_jones(1.0, 1.0, 2.5);
  CHECK(std::abs(p(6.25 * (1 - 1e-12)).energy) < 1e-12);
  CHECK(p(2.0).energy - bare(2.0).energy == doctest::Approx(-bare(6.25).energy));
  CHECK(p(2.0).force_over_r == bare(2.0).force_over_r);
  CHECK(p(6.25).energy == 0);
}

TEST_CASE("ForceShifted: energy and force meet zero at the cutoff, and the force is shifted by one number") {
  const LennardJones<double> bare{1.3, 1.1};
  const ForceShifted p(Truncated(bare, 2.5));
  tests::continuous_at(p, 2.5, 1);
  tests::continuous_at(Shifted(Truncated(bare, 2.5)), 2.5, 0);
  const auto force = [](const auto& f, double r) { return f(r * r).force_over_r * r; };
  for (double r : {0.9, 1.3, 2.2}) CHECK(force(bare, r) - force(p, r) == doctest::Approx(force(bare, 2.5)));
  CHECK(p(1.44).energy == doctest::Approx(bare(1.44).energy - bare(6.25).energy + (1.2 - 2.5) * force(bare, 2.5)));
}

TEST_CASE("Switched: P inside, continuous to the second derivative (quintic) or the first (CHARMM), half way in the middle") {
  const LennardJones<double> bare{1.3, 1.1};
  const Truncated cut(bare, 2.5);
  const Switched quintic(cut, 1.9);
  const CharmmSwitched<Truncated<LennardJones<double>>> charmm(cut, 1.9);
  for (double r : {1.9, 2.5}) {
    tests::continuous_at(quintic, r, 2);
    tests::continuous_at(charmm, r, 1);
  }
  for (double r2 : {0.8, 1.7, 3.6}) {
    CHECK(quintic(r2).energy == bare(r2).energy);
    CHECK(charmm(r2).force_over_r == bare(r2).force_over_r);
  }
  CHECK(quintic(2.2 * 2.2).energy == doctest::Approx(bare(2.2 * 2.2).energy / 2));
  const double middle = (1.9 * 1.9 + 2.5 * 2.5) / 2;
  CHECK(charmm(middle).energy == doctest::Approx(bare(middle).energy / 2));
  const double r2 = 4.3;  // the formula as CHARMM prints it
  const double s = std::pow(6.25 - r2, 2) * (6.25 + 2 * r2 - 3 * 3.61) / std::pow(6.25 - 3.61, 3);
  CHECK(charmm(r2).energy == doctest::Approx(s * bare(r2).energy).epsilon(1e-13));
  for (double radius : {2.5, 3.0, std::nan("")}) {
    CHECK(std::isnan(Switched(cut, radius)(1.0).energy));
    CHECK(std::isnan(CharmmSwitched<Truncated<LennardJones<double>>>(cut, radius)(1.0).energy));
  }
}

TEST_CASE("LinearBelow: energy and force are continuous, and the force stays what it is at the radius") {
  const auto p = truncated_shifted_lennard_jones(1.0, 1.0, 2.5);
  const LinearBelow form(p, 0.8);
  const auto force = [&](const auto& f, double r) { return f(r * r).force_over_r * r; };
  CHECK(form(0.8 * 0.8 * (1 - 1e-10)).energy == doctest::Approx(p(0.64).energy).epsilon(1e-8));
  CHECK(force(form, 0.8 - 1e-10) == doctest::Approx(force(p, 0.8)).epsilon(1e-8));
  CHECK(force(form, 0.1) == doctest::Approx(force(p, 0.8)));
  CHECK(form(0.01).energy == doctest::Approx(p(0.64).energy + 0.7 * force(p, 0.8)));
  CHECK(form(1.3).energy == p(1.3).energy);
  static_assert(is_training_form<TrainingForm<TruncatedShiftedLennardJones<double>>>);
  static_assert(!is_training_form<TruncatedShiftedLennardJones<double>>);
  static_assert(is_training_form<Switched<LinearBelow<TruncatedShiftedLennardJones<double>>>>);
}

TEST_CASE("Pair potentials: coincident particles and NaN never give a finite energy") {
  const auto p = truncated_shifted_lennard_jones(1.0, 1.0, 2.5);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(!std::isfinite(p(0.0).energy));
  CHECK(std::isnan(p(nan).energy));
  CHECK(std::isnan(LinearBelow(p, 0.8)(nan).energy));
  using R = Lanes<float, 16>;
  R r2(1.3f);
  r2.set(3, 0.0f);
  r2.set(5, float(nan));
  const PairEnergy<R> e = p(r2);
  for (int s = 0; s < 16; ++s) CHECK(std::isfinite(e.energy[s]) == (s != 3 && s != 5));
}

TEST_CASE("Native functions: 1/x, 1/sqrt x and exp keep to their stated accuracy") {
  const auto check = [](auto type, double ulp) {
    using R = decltype(type);
    using T = scalar_t<R>;
    double worst[3] = {};
    for (int i = 0; i < 40000; ++i) {
      const double x = std::pow(10.0, -3 + 6.0 * i / 40000), t = -12 + 24.0 * i / 40000;
      const T exact[3] = {T(1 / double(T(x))), T(1 / std::sqrt(double(T(x)))), T(std::exp(double(T(t))))};
      const T got[3] = {lane(reciprocal(R(T(x))), 0), lane(inverse_root(R(T(x))), 0), lane(exp_normal(R(T(t))), 0)};
      for (int k = 0; k < 3; ++k) {
        worst[k] = std::max(worst[k], double(std::abs(got[k] - exact[k]) / (std::nextafter(exact[k], T(1e30)) - exact[k])));
      }
    }
    for (double w : worst) CHECK(w <= ulp);
  };
  check(Lanes<float, 16>(0), 2);
  check(Lanes<double, 8>(0), 3);  // the reference itself rounds
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(std::isnan(exp_normal(Lanes<float, 16>(nan))[0]));
  CHECK(any_below(Lanes<float, 16>(nan), Lanes<float, 16>(1.0f)));
  CHECK(!any_below(Lanes<float, 16>(1.0f), Lanes<float, 16>(1.0f)));
}
