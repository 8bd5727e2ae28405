#include "erg/potentials/energy_sum.hpp"
#include "erg/densities/boltzmann.hpp"
#include "erg/potentials/crystal/crystal_potential.hpp"
#include "erg/potentials/springs.hpp"
#include "laws/numbers.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace erg;

namespace {

using Argon = CrystalPotential<TruncatedShiftedLennardJones<double>>;

const Argon argon(truncated_shifted_lennard_jones(1.0, 1.0, 2.2), build_crystal(face_centred_cubic(), {2, 2, 2}, 1.1));
const int particles = 32, rows = 96;
const Springs springs(particles, 30.0);

struct Evaluated {
  std::vector<double> excess, exact, gradient;
  int missed;
};

template <class R, class E>
Evaluated evaluate(const E& energy, const std::vector<R>& u) {
  const int packs = int(u.size()) / rows, samples = packs * lanes_of<R>;
  Evaluated e{std::vector<double>(samples), std::vector<double>(samples), {}, 0};
  std::vector<R> gradient(u.size(), R(scalar_t<R>(7)));  // must be overwritten
  const Tile<const R> at{u.data(), rows, packs};
  Tape<R> tape;
  energy.energy_and_gradient(at, e.excess.data(), Tile<R>{gradient.data(), rows, packs}, tape);
  e.missed = energy.exact_energy(at, e.exact.data(), tape);
  for (int c = 0; c < packs; ++c)
    for (int s = 0; s < lanes_of<R>; ++s)
      for (double x : tests::sample_of(gradient.data(), rows, packs, c, s)) e.gradient.push_back(x);
  return e;
}

std::vector<double> combined(double a, const std::vector<double>& x, double b, const std::vector<double>& y) {
  std::vector<double> z;
  for (std::size_t i = 0; i < x.size(); ++i) z.push_back(a * x[i] + b * y[i]);
  return z;
}

}  // namespace

TEST_CASE("EnergySum: energies, gradients and rest energies are weighted sums, in every number type") {
  const auto check = [](auto type, double tolerance) {
    using R = decltype(type);
    const auto u = tests::some_block<R>(rows, 2, 1, 0.05);
    const EnergySum sum({0.7, -1.5}, argon, springs), nested({2.0, 1.0}, sum, springs);
    const auto a = evaluate(argon, u), b = evaluate(springs, u), both = evaluate(sum, u), more = evaluate(nested, u);
    CHECK(tests::worst(both.excess, combined(0.7, a.excess, -1.5, b.excess)) < 1e-12);
    CHECK(tests::worst(both.exact, combined(0.7, a.exact, -1.5, b.exact)) < 1e-12);
    CHECK(tests::worst(both.gradient, combined(0.7, a.gradient, -1.5, b.gradient)) < tolerance);
    CHECK(tests::worst(more.gradient, combined(1.4, a.gradient, -2.0, b.gradient)) < tolerance);
    CHECK(sum.rest_energy() == doctest::Approx(0.7 * argon.rest_energy()));
    CHECK(nested.rest_energy() == doctest::Approx(1.4 * argon.rest_energy()));
  };
  check(double(), 1e-12);
  check(Lanes<float, 16>(), 1e-5);
}

TEST_CASE("EnergySum: a Boltzmann target like any other") {
  const EnergySum sum({1.0, 0.5}, argon, springs);
  const Boltzmann target(sum, 2.0);
  const auto u = tests::some_block<double>(rows, 1, 2, 0.05);
  const auto e = evaluate(sum, u);
  double log_density, reduced;
  std::vector<double> gradient(rows);
  Tape<double> tape;
  target.log_density(Tile<const double>{u.data(), rows, 1}, &log_density, tape);
  target.reduced_energy_and_gradient(Tile<const double>{u.data(), rows, 1}, &reduced, Tile<double>{gradient.data(), rows, 1},
                                     tape);
  CHECK(log_density == doctest::Approx(-2 * e.exact[0]));
  CHECK(reduced == doctest::Approx(2 * e.excess[0]));
  CHECK(gradient[5] == doctest::Approx(2 * e.gradient[5]));
}

TEST_CASE("EnergySum: what a list does not cover is exact, and a weight of zero keeps infinities out") {
  auto u = tests::some_block<double>(rows, 2, 3, 0.05);
  u[0] = 5;  // sample 0: particle 0 far away
  const EnergySum sum({1.0, 1.0}, springs, argon);
  const auto a = evaluate(argon, u), b = evaluate(springs, u), both = evaluate(sum, u);
  CHECK(both.missed == 1);
  CHECK(tests::worst(both.exact, combined(1, a.exact, 1, b.exact)) < 1e-12);
  const Vec3<double> onto = argon.crystal().sites[1] - argon.crystal().sites[0];
  for (int axis = 0; axis < 3; ++axis) {
    u[2 * axis] = onto[axis];  // sample 0: particle 0 onto particle 1
    u[2 * (3 + axis)] = 0;
  }
  CHECK(!(evaluate(sum, u).exact[0] < 1e6));
  CHECK(evaluate(EnergySum({1.0, 0.0}, springs, argon), u).exact == evaluate(springs, u).exact);
}

TEST_CASE("MixedEnergy: a straight path whose slope is the difference of the whole energies") {
  const auto u = tests::some_block<double>(rows, 3, 4, 0.05);
  const auto whole = [&](double lambda) {
    const MixedEnergy path(argon, springs, lambda);
    CHECK(path.lambda() == lambda);
    std::vector<double> e = evaluate(path, u).exact;
    for (double& x : e) x += path.rest_energy();
    return e;
  };
  CHECK(tests::worst(whole(1), evaluate(springs, u).exact) == 0);
  CHECK(tests::worst(whole(0), combined(1, evaluate(argon, u).exact, argon.rest_energy(), std::vector<double>(3, 1.0))) < 1e-14);
  std::vector<double> slope(3);
  Tape<double> tape;
  for (double lambda : {0.0, 0.5, 1.0}) {
    const MixedEnergy path(argon, springs, lambda);
    CHECK(path.coupling_derivative(Tile<const double>{u.data(), rows, 3}, slope.data(), tape) == 0);
    CHECK(tests::worst(slope, combined(5, whole(0.6), -5, whole(0.4))) < 1e-12);
  }
}

TEST_CASE("EnergySum: what does not fit is refused, and a training form inside is seen") {
  const Springs fewer(8, 1.0);
  CHECK_THROWS_AS(EnergySum({1.0, 1.0}, springs, fewer), InputError);
  CHECK_THROWS_AS(EnergySum({1.0, std::nan("")}, springs, springs), InputError);
  CHECK_THROWS_AS(EnergySum({0.0, 0.0}, springs, springs), InputError);
  CHECK_THROWS_AS(MixedEnergy(springs, springs, 1.5), InputError);
  CHECK_THROWS_AS(MixedEnergy(springs, springs, std::nan("")), InputError);
  using Training = CrystalPotential<LinearBelow<TruncatedShiftedLennardJones<double>>>;
  static_assert(is_training_form<EnergySum<Springs, Training>> && !is_training_form<EnergySum<Springs, Argon>>);
  static_assert(is_training_form<EnergySum<Springs, MixedEnergy<Training, Argon>>>);
}
