#include "erg/potentials/crystal/local_crystal_potential.hpp"

#include "erg/base/random.hpp"
#include "erg/potentials/mixtures/kob_andersen.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace erg;

namespace {

template <class R, class Energy>
std::vector<double> whole(const Energy& energy, Tile<R> u) {
  std::vector<double> excess(static_cast<std::size_t>(lanes_of<R>));
  Tape<R> tape;
  energy.exact_energy(Tile<const R>(u), excess.data(), tape);
  return excess;
}

// Moves each of some particles by Gaussians of `size` from displacements of `spread`, takes every second lane, and compares each
// change with the difference of whole energies. Returns how many samples went beyond the list.
template <class R, class P>
int follow(const LocalCrystalPotential<P>& energy, double spread, double size, int moves, double tolerance) {
  const int rows = 3 * energy.particles();
  TileBuffer<R> u(rows, 1), shift(rows, 1);
  normals(Stream{4, StreamName::test}, 0, u.view());
  normals(Stream{5, StreamName::test}, 0, shift.view());
  for (int row = 0; row < rows; ++row) u.view()(row, 0) *= R(static_cast<scalar_t<R>>(spread));
  Tape<R> tape;
  auto local = energy.local_moves(u.view(), tape);
  double worst = 0;
  int beyond = 0;
  for (int k = 0; k < moves; ++k) {
    const int i = (7 * k) % energy.particles();
    const R far(static_cast<scalar_t<R>>(size));
    const Vec3<R> to =
        detail::load(u.view().data, i) + far * detail::load(shift.view().data, (5 * k * k + 3) % energy.particles());
    const auto before = whole<R>(energy, u.view());
    double change[lanes_of<R>];
    local.change(i, to, change);
    TileBuffer<R> moved = u;
    for (int axis = 0; axis < 3; ++axis) moved.view()(3 * i + axis, 0) = to[axis];
    const auto after = whole<R>(energy, moved.view());
    for (std::size_t s = 0; s < before.size(); ++s) {
      const double expected = after[s] - before[s];
      worst = std::max(worst, std::abs(change[s] - expected) / (1 + std::abs(expected) + 0.01 * std::abs(after[s])));
      beyond += !energy.covers(Tile<const R>(moved.view()), static_cast<int>(s));
    }
    R taken(scalar_t<R>(0));
    for (int s = k % 2; s < lanes_of<R>; s += 2) set_lane(taken, s, scalar_t<R>(1));
    local.accept(i, to, taken > R(scalar_t<R>(0)));
    for (int s = 0; s < lanes_of<R>; ++s) {
      const R expected = lane(taken, s) > 0 ? moved.view()(3 * i, 0) : u.view()(3 * i, 0);
      CHECK(lane(u.view()(3 * i, 0), s) == lane(expected, s));
    }
  }
  CHECK(worst < tolerance);
  return beyond;
}

using Wide = Lanes<double, 8>;
using Narrow = Lanes<float, 16>;

}  // namespace

TEST_CASE("Local energy: a pair potential's change is the difference of whole energies") {
  const LocalCrystalPotential energy(truncated_shifted_lennard_jones(1.0, 1.0, 1.9),
                                     build_crystal(face_centred_cubic(), {2, 3, 2}, 1.1));
  CHECK(follow<Wide>(energy, 0.04, 0.05, 60, 1e-10) == 0);
  CHECK(follow<double>(energy, 0.04, 0.05, 60, 1e-10) == 0);
  CHECK(follow<Narrow>(energy, 0.04, 0.05, 60, 3e-5) == 0);
}

TEST_CASE("Local energy: a three-body potential's change is the difference of whole energies") {
  for (const auto& [unit, cells] : {std::pair{ice_cubic(), std::array<int, 3>{2, 1, 2}}, {ice_hexagonal(), {2, 1, 1}}}) {
    const LocalCrystalPotential energy(monatomic_water<double>(), build_crystal(unit, cells, 0.033567184), 4.0);
    CHECK(follow<Wide>(energy, 0.15, 0.15, 60, 1e-10) == 0);
    CHECK(follow<double>(energy, 0.15, 0.15, 60, 1e-10) == 0);
    CHECK(follow<Narrow>(energy, 0.15, 0.15, 60, 3e-5) == 0);
  }
}

TEST_CASE("Local energy: in boxes smaller than the cutoff a particle and its neighbours' images count") {
  const LocalCrystalPotential argon(truncated_shifted_lennard_jones(1.0, 1.0, 2.7),
                                    build_crystal(face_centred_cubic(), {1, 1, 1}, 1.1), 2.0);
  CHECK(follow<Wide>(argon, 0.04, 0.05, 40, 1e-10) == 0);
  const LocalCrystalPotential water(monatomic_water<double>(), build_crystal(simple_cubic(), {2, 1, 1}, 0.06), 8.0);
  CHECK(follow<Wide>(water, 0.05, 0.1, 40, 1e-10) == 0);
}

TEST_CASE("Local energy: mixtures") {
  const LocalCrystalPotential energy(kob_andersen<double>(), build_crystal(caesium_chloride(), {2, 2, 2}, 1.2), 2.0);
  CHECK(follow<Wide>(energy, 0.04, 0.05, 60, 1e-10) == 0);
}

TEST_CASE("Local energy: exact beyond what the list covers, from the first move beyond or from the start") {
  const auto crystal = build_crystal(ice_cubic(), {1, 1, 2}, 0.033567184);
  for (const double skin : {0.15, 0.9}) {  // without the second shell, and with it
    const LocalCrystalPotential water(monatomic_water<double>(), crystal, skin);
    CHECK(follow<Wide>(water, 0.02, 0.4, 60, 1e-9) > 20);
    CHECK(follow<Wide>(water, 0.6, 0.3, 30, 1e-9) > 100);
  }
  const LocalCrystalPotential argon(truncated_shifted_lennard_jones(1.0, 1.0, 1.9),
                                    build_crystal(face_centred_cubic(), {3, 3, 3}, 0.8), 0.1);
  CHECK(follow<Wide>(argon, 0.01, 0.2, 60, 1e-9) > 20);
}

TEST_CASE("Local energy: places that are no numbers, and other particles' places, are no energies") {
  const LocalCrystalPotential energy(truncated_shifted_lennard_jones(1.0, 1.0, 1.9),
                                     build_crystal(face_centred_cubic(), {3, 3, 3}, 1.1));
  TileBuffer<double> u(3 * energy.particles(), 1);
  Tape<double> tape;
  auto local = energy.local_moves(u.view(), tape);
  double change;
  local.change(3, {0, NAN, 0}, &change);
  CHECK(!std::isfinite(change));
  const Vec3<double> onto = energy.crystal().sites[1] - energy.crystal().sites[0];
  local.change(0, onto, &change);
  CHECK(!(change < 1e6));
}
