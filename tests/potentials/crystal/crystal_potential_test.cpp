#include "erg/potentials/crystal/crystal_potential.hpp"

#include "potentials/crystal/displaced_crystal.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

using namespace erg;
using namespace displaced_crystal;

namespace {

using Water = StillingerWeber<double>;
using Argon = TruncatedShiftedLennardJones<double>;

CrystalPotential<Water> water(std::array<int, 3> cells = {2, 2, 2}) {
  return {monatomic_water<double>(), build_crystal(ice_cubic(), cells, 0.033567184)};
}
CrystalPotential<Argon> argon(std::array<int, 3> cells = {4, 4, 4}) {
  return {truncated_shifted_lennard_jones(1.0, 1.0, 2.7), build_crystal(face_centred_cubic(), cells, 1.28)};
}

using displaced_crystal::evaluate;
template <class P>
Evaluated evaluate(const CrystalPotential<P>& potential, const std::vector<double>& u) {
  TileBuffer<double> tile(int(u.size()), 1);
  std::copy(u.begin(), u.end(), tile.view().data);
  return displaced_crystal::evaluate(potential, tile);
}

std::vector<double> column(TileBuffer<double>& u, int sample = 0) {
  std::vector<double> x;
  for (int row = 0; row < u.view().rows; ++row) x.push_back(u.view()(row, sample));
  return x;
}

double largest(const std::vector<double>& a, const std::vector<double>& b) {
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
  return worst;
}

// Gradient and Hessian against differences, at a random displacement.
template <class P>
void derivatives(const CrystalPotential<P>& potential, double spread, double tolerance) {
  auto buffer = displacements<double>(potential.particles(), 1, spread);
  const std::vector<double> u = column(buffer);
  const int rows = int(u.size());
  const Evaluated here = evaluate(potential, u);
  const std::vector<double> hessian = potential.hessian(u);
  REQUIRE(hessian.size() == std::size_t(rows) * rows);
  const double h = 1e-5;
  for (int row = 0; row < rows; row += 7) {
    std::vector<double> low = u, high = u;
    low[row] -= h;
    high[row] += h;
    const Evaluated a = evaluate(potential, low), b = evaluate(potential, high);
    CHECK(std::abs((b.excess[0] - a.excess[0]) / (2 * h) - here.gradient[row]) < tolerance);
    double worst = 0;
    for (int k = 0; k < rows; ++k) {
      worst = std::max(worst, std::abs((b.gradient[k] - a.gradient[k]) / (2 * h) - hessian[std::size_t(row) * rows + k]));
    }
    CHECK(worst < 100 * tolerance);
  }
}

}  // namespace

TEST_CASE("CrystalPotential: static energies are the published ones") {
  CHECK(std::abs(water().rest_energy() / 64 + 12.37798511) < 5e-9);
  const CrystalPotential<Water> hexagonal{monatomic_water<double>(), build_crystal(ice_hexagonal(), {2, 2, 2}, 0.033567184)};
  CHECK(std::abs(hexagonal.rest_energy() / 64 + 12.37798511) < 5e-9);
  CHECK(std::abs(argon().rest_energy() / 256 + 6.30322645) < 5e-9);
  CHECK(std::abs(water({1, 1, 1}).rest_energy() / 8 + 12.37798511) < 5e-9);  // every image counted
}

TEST_CASE("CrystalPotential: gradient and Hessian are derivatives") {
  derivatives(water({1, 1, 1}), 0.15, 1e-6);
  derivatives(water({2, 1, 1}), 0.15, 1e-6);
  derivatives(argon({2, 2, 2}), 0.04, 2e-5);
  const CrystalPotential training{LinearBelow(monatomic_water<double>(), 2.7),
                                  build_crystal(ice_cubic(), {1, 1, 1}, 0.033567184)};
  derivatives(training, 0.2, 1e-6);
}

TEST_CASE("CrystalPotential: Hessian columns at rest are those of the dense Hessian, and its rows sum to zero") {
  const auto potential = water();
  const int rows = 3 * 64;
  const auto columns = potential.rest_hessian_columns();
  const auto dense = potential.hessian(std::vector<double>(rows, 0.0));
  REQUIRE(columns.size() == std::size_t(rows) * 24);
  for (int b = 0; b < 8; ++b) {
    for (int axis = 0; axis < 3; ++axis) {
      const double* mine = columns.data() + std::size_t(3 * b + axis) * rows;
      const double* same = dense.data() + std::size_t(3 * b * 8 + axis) * rows;
      double worst = 0, sum = 0;
      for (int row = 0; row < rows; ++row) {
        worst = std::max(
            {worst, std::abs(mine[row] - same[row]), std::abs(dense[std::size_t(row) * rows + 3 * b * 8 + axis] - same[row])});
        if (row % 3 == axis) sum += mine[row];
      }
      CHECK(worst < 1e-10);
      CHECK(std::abs(sum) < 1e-9);
    }
  }
}

TEST_CASE("CrystalPotential: every number type gives the same energy and gradient") {
  const auto check = [](const auto& potential, double spread, double scale) {
    const int n = potential.particles();
    auto one = displacements<double>(n, 32, spread);
    auto eight = displacements<Lanes<double, 8>>(n, 32, spread);
    auto sixteen = displacements<Lanes<float, 16>>(n, 32, spread);
    const Evaluated a = evaluate(potential, one), b = evaluate(potential, eight), c = evaluate(potential, sixteen);
    CHECK(largest(a.excess, b.excess) < 1e-11 * scale * n);
    CHECK(largest(a.gradient, b.gradient) < 1e-10 * scale);
    CHECK(largest(a.excess, c.excess) < 1e-6 * scale * n);
    CHECK(largest(a.gradient, c.gradient) < 3e-4 * scale);
    std::vector<double> energy(32);
    potential.template energy<Lanes<float, 16>>(sixteen.view(), energy.data());
    CHECK(largest(energy, c.excess) < 1e-6 * n * scale);  // the compiler may fuse other sums
  };
  check(water(), 0.2, 6.0);
  check(argon(), 0.05, 10.0);
}

TEST_CASE("CrystalPotential: agrees with particles that may be anywhere, in small boxes too, and its virial too") {
  const auto check = [](const auto& potential, double spread) {
    auto buffer = displacements<double>(potential.particles(), 1, spread, 3);
    const std::vector<double> u = column(buffer);
    const Evaluated here = evaluate(potential, u);
    std::vector<Vec3<double>> x = potential.crystal().sites;
    for (std::size_t row = 0; row < u.size(); ++row) x[row / 3][row % 3] += u[row];
    const auto expected = MovingParticles(potential.potential()).energy_forces_virial(x, potential.crystal().box);
    CHECK(here.excess[0] + potential.rest_energy() == doctest::Approx(expected.energy).epsilon(1e-12));
    for (std::size_t row = 0; row < u.size(); ++row)
      CHECK(std::abs(here.gradient[row] + expected.forces[row / 3][row % 3]) < 1e-9);
    const auto virial = potential.virial(u);
    for (int row = 0; row < 3; ++row) CHECK(norm(virial[row] - expected.virial[row]) < 1e-8);
  };
  check(water(), 0.25);
  check(water({1, 1, 1}), 0.25);
  check(argon({3, 3, 3}), 0.05);
}

TEST_CASE("CrystalPotential: the virial pressure at rest is -dU/dV of the lattice") {
  const auto check = [](const auto& potential, const UnitCell& unit, double density) {
    const auto rest = [&](double rho) { return CrystalPotential(potential, build_crystal(unit, {2, 2, 2}, rho)); };
    const double h = 1e-6 * density, particles = rest(density).particles();
    // U(V) of N particles: −dU/dV = ρ²/N dU/dρ
    const double slope = (rest(density + h).rest_energy() - rest(density - h).rest_energy()) / (2 * h);
    const auto crystal = rest(density);
    const auto virial = crystal.virial(std::vector<double>(3 * crystal.particles(), 0.0));
    const double pressure = virial_pressure(crystal.particles(), crystal.crystal().box.volume(), 0, virial);
    CHECK(pressure == doctest::Approx(density * density * slope / particles).epsilon(1e-6));
    CHECK(std::abs(pressure) > 1e-4 * density);
  };
  check(monatomic_water<double>(), ice_cubic(), 0.031);
  check(truncated_shifted_lennard_jones(1.0, 1.0, 2.5), face_centred_cubic(), 1.28);
  check(ForceShifted(Truncated(LennardJones<double>{1.0, 1.0}, 2.5)), face_centred_cubic(), 0.9);
}

TEST_CASE("CrystalPotential: a uniform shift and a lattice translation of the displacements change nothing") {
  const auto potential = water();
  auto buffer = displacements<double>(64, 1, 0.2);
  const std::vector<double> u = column(buffer);
  const Evaluated here = evaluate(potential, u);
  std::vector<double> moved = u, renamed(u.size());
  for (std::size_t row = 0; row < u.size(); ++row) {
    moved[row] += 11.0 * (double(row % 3) - 0.7);
    const int site = int(row) / 3, basis = potential.crystal().basis_of(site);
    auto cell = potential.crystal().cell_of(site);
    ++cell[1];
    renamed[3 * potential.crystal().site_at(basis, cell) + row % 3] = u[row];
  }
  CHECK(evaluate(potential, moved).excess[0] == doctest::Approx(here.excess[0]).epsilon(1e-11));
  CHECK(evaluate(potential, renamed).excess[0] == doctest::Approx(here.excess[0]).epsilon(1e-12));
}

TEST_CASE("CrystalPotential: bad coordinates spoil their own sample only, and never pass for finite") {
  const auto check = [](const auto& potential) {
    using R = Lanes<float, 16>;
    const int n = potential.particles();
    auto good = displacements<R>(n, 16, 0.02), bad = good;
    bad.view()(10, 0).set(3, std::numeric_limits<float>::quiet_NaN());
    bad.view()(10, 0).set(5, std::numeric_limits<float>::infinity());
    const Crystal& crystal = potential.crystal();
    const Vec3<double> gap = crystal.box.minimum_image(crystal.sites[1] - crystal.sites[0]);
    for (int axis = 0; axis < 3; ++axis) {  // particle 0 onto its neighbour, which stays on its site
      bad.view()(axis, 0).set(9, float(gap[axis]));
      bad.view()(3 + axis, 0).set(9, 0.0f);
    }
    const Evaluated a = evaluate(potential, good), b = evaluate(potential, bad);
    for (int s = 0; s < 16; ++s) {
      if (s == 3 || s == 5) {
        CHECK(!std::isfinite(b.excess[s]));
      } else if (s == 9) {
        CHECK(!(b.excess[s] < 1e4));
      } else {
        CHECK(std::abs(a.excess[s] - b.excess[s]) < 1e-5 * n);
      }
    }
  };
  check(argon());
  check(CrystalPotential{monatomic_water<double>(), build_crystal(ice_cubic(), {2, 2, 2}, 0.033567184), 6.0});
}

TEST_CASE("CrystalPotential: what the list does not cover is counted, and exact_energy computes it from all pairs") {
  using R = Lanes<float, 16>;
  const auto potential = water();
  auto u = displacements<R>(64, 32, 0.15);
  u.view()(0, 1).set(2, 9.0f);  // sample 18: particle 0 far across the crystal
  u.view()(1, 1).set(2, 0.7f);
  std::vector<double> list(32), exact(32);
  Tape<R> tape;
  const Tile<const R> view = u.view();
  CHECK(potential.energy(view, list.data(), tape) == 1);
  CHECK(potential.exact_energy(view, exact.data(), tape) == 1);
  for (int s = 0; s < 32; ++s) {
    CHECK(potential.covers(view, s) == (s != 18));
    if (s != 18) CHECK(list[s] == exact[s]);
    std::vector<Vec3<double>> x = potential.crystal().sites;
    for (int row = 0; row < 192; ++row) x[row / 3][row % 3] += double(u.view()(row, s / 16)[s % 16]);
    const double expected = MovingParticles(potential.potential()).energy(x, potential.crystal().box) - potential.rest_energy();
    CHECK(std::abs(exact[s] - expected) < 1e-5 * std::abs(expected) + 1e-4);
  }
  CHECK(std::abs(list[18] - exact[18]) > 1);
}

TEST_CASE("CrystalPotential: a skin that is not a positive number is refused") {
  const Crystal crystal = build_crystal(ice_cubic(), {1, 1, 1}, 0.033567184);
  CHECK_THROWS_AS(CrystalPotential(monatomic_water<double>(), crystal, 0.0), InputError);
  CHECK_THROWS_AS(CrystalPotential(monatomic_water<double>(), crystal, std::nan("")), InputError);
}

TEST_CASE("CrystalBonds: every pair inside the range once, nearest first, in crystals of any size") {
  for (const std::array<int, 3> cells : {std::array{1, 1, 1}, {2, 2, 2}, {3, 2, 1}}) {
    const Crystal crystal = build_crystal(ice_hexagonal(), cells, 0.033567184);
    const CrystalBonds bonds(crystal, 6.0);
    std::size_t count = 0;
    double sum = 0, expected = 0;
    for (int b = 0; b < bonds.basis_size(); ++b) {
      count += std::size_t(bonds.bonds(b)) * bonds.cell_count();
      for (double length : bonds.length(b)) sum += length * bonds.cell_count();
      CHECK(std::is_sorted(bonds.length(b).begin(), bonds.length(b).end()));
      for (int k = 0; k < bonds.bonds(b); ++k) {  // the vector leads to an image of the partner
        const Vec3<double> d = bonds.vector<double>(b)[k],
                           to = crystal.sites[bonds.partner(b)[k]] - crystal.sites[b * bonds.cell_count()];
        const Vec3<double> turns = crystal.box.to_fractional(d - to);
        CHECK(std::abs(turns.x - std::round(turns.x)) + std::abs(turns.y - std::round(turns.y)) +
                  std::abs(turns.z - std::round(turns.z)) <
              1e-10);
      }
    }
    const auto all = all_bonds(crystal.sites, crystal.box, 6.0);
    for (const auto& bond : all) expected += norm(bond.d);
    CHECK(count == all.size());
    CHECK(sum == doctest::Approx(expected));
  }
}
