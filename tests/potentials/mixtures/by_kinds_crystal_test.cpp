#include "displaced_salt.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace erg;
using namespace displaced_salt;

namespace {

std::vector<double> flat(const std::vector<Vec3<double>>& vectors) {
  std::vector<double> all;
  for (const auto& v : vectors) all.insert(all.end(), {v.x, v.y, v.z});
  return all;
}

std::vector<Vec3<double>> displaced(const Crystal& crystal, TileBuffer<double>& u) {
  std::vector<Vec3<double>> x = crystal.sites;
  for (int row = 0; row < u.view().rows; ++row) x[row / 3][row % 3] += u.view()(row, 0);
  return x;
}

}  // namespace

TEST_CASE("ByKinds on a crystal: kinds that do not differ are one kind") {
  const auto one = truncated_shifted_lennard_jones(1.0, 1.0, 2.7);
  const Mixture two{{one, one, one}};
  const Crystal mixed = salt(4, 1.28);
  auto u = displacements<double>(mixed.particles(), 2, 0.05);
  const CrystalPotential<Mixture> mixture(two, mixed);
  const CrystalPotential<Argon> alone(one, mixed);
  const Evaluated a = evaluate(mixture, u), b = evaluate(alone, u);
  CHECK(mixture.rest_energy() == doctest::Approx(alone.rest_energy()).epsilon(1e-14));
  CHECK(distance(a.excess, b.excess) < 1e-13);
  CHECK(distance(a.gradient, b.gradient) < 1e-13);
  CHECK(distance(mixture.rest_hessian_columns(), alone.rest_hessian_columns()) < 1e-13);
  const auto x = displaced(mixed, u);
  const auto p = MovingParticles(two, mixed.species()).energy_forces_virial(x, mixed.box);
  const auto q = MovingParticles(one).energy_forces_virial(x, mixed.box);
  // One list of bonds, in one order: what differs is how the compiler fuses multiplications and additions.
  CHECK(p.energy == doctest::Approx(q.energy).epsilon(1e-14));
  CHECK(distance(flat(p.forces), flat(q.forces)) < 1e-13);

  // A crystal that has one kind alone is summed in the same order.
  const Crystal pure = build_crystal(face_centred_cubic(), {3, 3, 3}, 1.28);
  auto v = displacements<native_lanes<double>>(pure.particles(), 8, 0.05);
  const Evaluated c = evaluate(CrystalPotential<Mixture>(two, pure), v), d = evaluate(CrystalPotential<Argon>(one, pure), v);
  CHECK(distance(c.excess, d.excess) < 1e-13);
  CHECK(distance(c.gradient, d.gradient) < 1e-13);
}

TEST_CASE("ByKinds on a crystal: at rest, the sum over the lattice; displaced, what moving particles say, however far") {
  // tests/reference/kob_andersen_rest_energy.py: the sums over the lattice, without any of this code.
  CHECK(CrystalPotential(kob_andersen<double>(), salt(2, 2 / (1.05 * 1.05 * 1.05))).rest_energy() / 16 ==
        doctest::Approx(-9.526475530458939).epsilon(1e-12));
  for (const int cells : {2, 5}) {  // the small box holds several images of a neighbour
    const CrystalPotential<Mixture> on_sites(kob_andersen<double>(), salt(cells));
    const Crystal& crystal = on_sites.crystal();
    const MovingParticles moving(kob_andersen<double>(), crystal.species());
    for (const double spread : {0.04, 0.4}) {
      auto u = displacements<double>(crystal.particles(), 1, spread);
      std::vector<double> excess(1);
      Tape<double> tape;
      const int missed = on_sites.exact_energy<double>(u.view(), excess.data(), tape);
      CHECK(missed == (spread > 0.1));
      const auto expected = moving.energy_forces_virial(displaced(crystal, u), crystal.box);
      CHECK(excess[0] + on_sites.rest_energy() == doctest::Approx(expected.energy).epsilon(1e-11));
      if (missed) continue;
      auto minus = flat(expected.forces);
      for (double& f : minus) f = -f;
      CHECK(distance(evaluate(on_sites, u).gradient, minus) < 1e-11);
      std::vector<double> x;
      for (int row = 0; row < u.view().rows; ++row) x.push_back(u.view()(row, 0));
      const Mat3<double> v = on_sites.virial(x);
      CHECK(distance(flat({v.a, v.b, v.c}), flat({expected.virial.a, expected.virial.b, expected.virial.c})) < 1e-11);
    }
  }
}

TEST_CASE("ByKinds on a crystal: gradient and Hessian are derivatives") {
  const CrystalPotential<Mixture> potential(kob_andersen<double>(), salt(2));
  auto u = displacements<double>(16, 1, 0.03);
  const Evaluated here = evaluate(potential, u);
  std::vector<double> x(u.view().data, u.view().data + 48);
  const auto hessian = potential.hessian(x);
  const double h = 1e-5;
  for (int row = 0; row < 48; row += 7) {
    auto low = displacements<double>(16, 1, 0.03), high = displacements<double>(16, 1, 0.03);
    low.view()(row, 0) -= h;
    high.view()(row, 0) += h;
    const Evaluated a = evaluate(potential, low), b = evaluate(potential, high);
    CHECK(std::abs((b.excess[0] - a.excess[0]) / (2 * h) - here.gradient[row]) < 1e-4);
    for (int k = 0; k < 48; ++k)
      CHECK(std::abs((b.gradient[k] - a.gradient[k]) / (2 * h) - hessian[static_cast<std::size_t>(row) * 48 + k]) < 1e-3);
  }
}

TEST_CASE("ByKinds on a crystal: kinds that the mixture does not know are refused, and energies that are not finite say so") {
  UnitCell third = caesium_chloride();
  third.species = {0, 2};
  CHECK_THROWS_AS(CrystalPotential(kob_andersen<double>(), build_crystal(third, {2, 2, 2}, 1.7)), InputError);
  const Crystal crystal = salt(3);
  auto u = displacements<double>(54, 2, 0.02);
  u.view()(5, 0) = std::numeric_limits<double>::quiet_NaN();
  const Evaluated e = evaluate(CrystalPotential(kob_andersen<double>(), crystal), u);
  CHECK(!std::isfinite(e.excess[0]));
  CHECK(std::isfinite(e.excess[1]));
}
