#include "erg/potentials/sum.hpp"
#include "erg/potentials/crystal/crystal_potential.hpp"
#include "erg/potentials/soft_core.hpp"
#include "erg/potentials/weeks_chandler_andersen.hpp"
#include "potentials/pair_function_laws.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <vector>

using namespace erg;

namespace {

using Core = WeeksChandlerAndersen<double>;
using Argon = TruncatedShiftedLennardJones<double>;

const Core core{1.2, 0.9};
const Argon argon = truncated_shifted_lennard_jones(1.3, 1.1, 2.5);

}  // namespace

TEST_CASE("Sums: the laws of pair functions") {
  tests::pair_function_laws(SumOf(core, Switched(Truncated(LennardJones<double>{1, 1}, 2.5), 1.9)), 0.8, 2.9);
  tests::pair_function_laws(SumOf(core, Truncated(SoftCore<double>{1, 1, 0.4}, 2.2), argon), 0.8, 2.19);
  tests::pair_function_laws(Scaled(argon, -0.7), 0.8, 2.49);
  tests::pair_function_laws(Mixed(core, argon, 0.3), 0.8, 2.49);
  tests::pair_function_laws(Mixed(core, argon, 0.3).coupling_derivative(), 0.8, 2.49);
}

TEST_CASE("SumOf: energies and forces add, and the cutoff is the largest") {
  const SumOf both(core, argon);
  const SumOf other(argon, core);
  const SumOf three(core, argon, Truncated(LennardJones<double>{1, 1}, 3.1));
  CHECK(both.cutoff() == 2.5);
  CHECK(other.cutoff() == 2.5);
  CHECK(three.cutoff() == 3.1);
  for (double r2 : {0.7, 1.1, 4.0}) {
    CHECK(both(r2).energy == doctest::Approx(core(r2).energy + argon(r2).energy).epsilon(1e-14));
    CHECK(other(r2).force_over_r == doctest::Approx(core(r2).force_over_r + argon(r2).force_over_r).epsilon(1e-14));
    CHECK(three(r2).energy == doctest::Approx(both(r2).energy + LennardJones<double>{1, 1}(r2).energy).epsilon(1e-14));
  }
  CHECK(three(9.0).energy == LennardJones<double>{1, 1}(9.0).energy);
  static_assert(PairPotential<SumOf<Core, Argon>>);
  static_assert(PairFunction<SumOf<Core, LennardJones<double>>> && !PairPotential<SumOf<Core, LennardJones<double>>>);
  static_assert(is_training_form<SumOf<Core, LinearBelow<Argon>>> && !is_training_form<SumOf<Core, Argon>>);
  static_assert(is_training_form<Mixed<Core, Scaled<LinearBelow<Argon>>>> && !is_training_form<Mixed<Core, Argon>>);
}

TEST_CASE("Scaled: zero times an infinite energy is nothing, and a NaN distance stays one") {
  CHECK(Scaled(argon, 2.0)(1.1).energy == 2 * argon(1.1).energy);
  CHECK(Scaled(argon, 0.0)(0.0).energy == 0);
  CHECK(Scaled(argon, 0.0)(1.1).force_over_r == 0);
  CHECK(std::isnan(Scaled(argon, 0.0)(std::nan("")).energy));
}

TEST_CASE("Scaled: three-body potentials scale in both parts") {
  const Crystal crystal = build_crystal(diamond_cubic(), {1, 1, 1}, 8 / std::pow(5.431, 3));
  std::vector<Vec3<double>> x = crystal.sites;
  std::mt19937_64 engine(1);
  for (auto& r : x)
    r += Vec3<double>{std::normal_distribution<>(0, 0.2)(engine), std::normal_distribution<>(0, 0.2)(engine), 0.1};
  const auto whole = MovingParticles(silicon<double>()).energy_forces_virial(x, crystal.box);
  const auto part = MovingParticles(Scaled(silicon<double>(), 0.3)).energy_forces_virial(x, crystal.box);
  CHECK(part.energy == doctest::Approx(0.3 * whole.energy).epsilon(1e-12));
  for (int i = 0; i < 8; ++i) CHECK(norm(part.forces[i] - 0.3 * whole.forces[i]) < 1e-12);
  CHECK(MovingParticles(Scaled(silicon<double>(), 0.0)).energy(x, crystal.box) == 0);
}

TEST_CASE("Mixed: each potential alone at its end, a straight line between, dU/dλ their difference") {
  for (double r2 : {0.7, 1.1, 4.0}) {
    CHECK(Mixed(core, argon, 0.0)(r2).energy == doctest::Approx(core(r2).energy));
    CHECK(Mixed(core, argon, 1.0)(r2).energy == doctest::Approx(argon(r2).energy));
    CHECK(Mixed(core, argon, 0.25)(r2).force_over_r ==
          doctest::Approx(0.75 * core(r2).force_over_r + 0.25 * argon(r2).force_over_r).epsilon(1e-13));
    const auto slope = Mixed(core, argon, 0.25).coupling_derivative()(r2);
    CHECK(slope.energy == doctest::Approx((Mixed(core, argon, 0.6)(r2).energy - Mixed(core, argon, 0.1)(r2).energy) / 0.5));
    CHECK(slope.force_over_r ==
          doctest::Approx((Mixed(core, argon, 0.6)(r2).force_over_r - Mixed(core, argon, 0.1)(r2).force_over_r) / 0.5));
  }
  const LennardJones<double> bare{1, 1};
  CHECK(Mixed(bare, Scaled(core, 0.0), 1.0)(0.0).energy == 0);  // annihilated: coincidence costs nothing
}

TEST_CASE("Sums on a crystal: gradient and Hessian are derivatives") {
  const auto potential = SumOf(Switched(Truncated(LennardJones<double>{1, 1}, 2.2), 1.7),
                               ForceShifted(Truncated(SoftCore<double>{1, 1, 0.5}, 2.0)), Scaled(core, 0.5));
  const CrystalPotential on_sites(potential, build_crystal(face_centred_cubic(), {2, 2, 2}, 1.1));
  const int rows = 3 * on_sites.particles();
  std::mt19937_64 engine(2);
  std::normal_distribution<double> normal(0, 0.04);
  TileBuffer<double> u(rows, 1), low(rows, 1), high(rows, 1);
  for (int row = 0; row < rows; ++row) u.view()(row, 0) = normal(engine);
  const std::vector<double> at(u.view().data, u.view().data + rows);
  Tape<double> tape;
  double energy[2];
  const auto hessian = on_sites.hessian(at);
  const double h = 1e-5;
  for (int row : {0, 22, 47, 95}) {
    u.view()(row, 0) = at[row] - h;
    on_sites.energy_and_gradient<double>(u.view(), energy, low.view(), tape);
    u.view()(row, 0) = at[row] + h;
    on_sites.energy_and_gradient<double>(u.view(), energy + 1, high.view(), tape);
    u.view()(row, 0) = at[row];
    double worst = 0;
    for (int k = 0; k < rows; ++k) {
      const double slope = (high.view()(k, 0) - low.view()(k, 0)) / (2 * h);
      worst = std::max(worst, std::abs(slope - hessian[std::size_t(row) * rows + k]));
    }
    CHECK(worst < 1e-4);
    CHECK(std::abs((energy[1] - energy[0]) / (2 * h) - (high.view()(row, 0) + low.view()(row, 0)) / 2) < 1e-6);
  }
  std::vector<Vec3<double>> x = on_sites.crystal().sites;
  for (int row = 0; row < rows; ++row) x[row / 3][row % 3] += at[row];
  on_sites.energy<double>(u.view(), energy);
  CHECK(energy[0] + on_sites.rest_energy() ==
        doctest::Approx(MovingParticles(potential).energy(x, on_sites.crystal().box)).epsilon(1e-12));
}
