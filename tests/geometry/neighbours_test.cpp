#include "erg/geometry/neighbours.hpp"
#include "erg/geometry/colouring.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

using namespace erg;

namespace {

std::vector<UnitCell> units() {
  return {simple_cubic(), body_centred_cubic(), face_centred_cubic(), hexagonal_close_packed(), ice_cubic(), ice_hexagonal()};
}

bool same(Vec3<double> a, Vec3<double> b) { return a.x == b.x && a.y == b.y && a.z == b.z; }

}  // namespace

TEST_CASE("Neighbours: each points to an image of its site, near ones first, and each has its way back") {
  for (const UnitCell& unit : units()) {
    for (const std::array<int, 3> cells : {std::array{1, 1, 1}, std::array{2, 3, 2}}) {
      CAPTURE(unit.name);
      const Crystal crystal = build_crystal(unit, cells, 0.7);
      const Neighbours n = neighbour_shells(crystal, 3);
      std::vector<std::set<std::array<long, 4>>> seen(crystal.particles());
      const auto key = [](int j, Vec3<double> d) {
        return std::array<long, 4>{j, std::lround(1e4 * d.x), std::lround(1e4 * d.y), std::lround(1e4 * d.z)};
      };
      for (int i = 0; i < crystal.particles(); ++i) {
        for (int k = 0; k < n.count; ++k) {
          const int j = n.site[i * n.count + k];
          const Vec3<double> d = n.vector[i * n.count + k],
                             s = crystal.box.to_fractional(d - crystal.sites[j] + crystal.sites[i]);
          for (int axis = 0; axis < 3; ++axis) CHECK(std::abs(s[axis] - std::round(s[axis])) < 1e-9);
          if (k > 0) CHECK(norm(d) > norm(n.vector[i * n.count + k - 1]) - 1e-9);
          seen[i].insert(key(j, d));
        }
        CHECK(static_cast<int>(seen[i].size()) == n.count);  // none twice
      }
      for (int i = 0; i < crystal.particles(); ++i) {
        for (int k = 0; k < n.count; ++k) CHECK(seen[n.site[i * n.count + k]].count(key(i, -n.vector[i * n.count + k])) == 1);
      }
    }
  }
}

TEST_CASE("Neighbours: none within the last shell is missing") {
  for (const UnitCell& unit : units()) {
    CAPTURE(unit.name);
    const Crystal crystal = build_crystal(unit, {4, 4, 4}, 1);
    const Neighbours n = neighbour_shells(crystal, 2);
    REQUIRE(n.shell_radius.size() == 2);
    const double reach = n.shell_radius[1] + 1e-6;
    REQUIRE(reach < crystal.box.half_height());
    int pairs = 0;
    for (int j = 1; j < crystal.particles(); ++j)
      pairs += norm(crystal.box.minimum_image(crystal.sites[j] - crystal.sites[0])) < reach;
    CHECK(pairs == n.count);
    CHECK(neighbours_within(crystal, reach).count == n.count);
    CHECK(neighbours_within(crystal, reach).site == n.site);
    CHECK(neighbours_within(crystal, n.shell_radius[1] - 1e-6).count == neighbour_shells(crystal, 1).count);
  }
}

TEST_CASE("Neighbours: all sites of a kind see equal surroundings, to the last bit, after their signs") {
  for (const UnitCell& unit : units()) {
    CAPTURE(unit.name);
    const Crystal crystal = build_crystal(unit, {2, 2, 3}, 1.3);
    const Neighbours n = neighbour_shells(crystal, 3);
    CHECK(n.kinds == 1);
    int different = 0;
    for (int i = 0; i < crystal.particles(); ++i) {
      for (int k = 0; k < n.count; ++k)
        different += !same(turned(n.sign[i], n.vector[i * n.count + k]), turned(n.sign[0], n.vector[k]));
    }
    CHECK(different == 0);
  }
  const Neighbours ice = neighbour_shells(build_crystal(ice_cubic(), {1, 1, 1}, 1), 1);
  for (int i = 0; i < 8; ++i) CHECK(ice.sign[i] == (i < 4 ? std::array{1, 1, 1} : std::array{-1, -1, -1}));
}

TEST_CASE("Neighbours: order and signs depend neither on the size nor on the density") {
  for (const UnitCell& unit : units()) {
    CAPTURE(unit.name);
    const Crystal small = build_crystal(unit, {1, 1, 1}, 1), large = build_crystal(unit, {3, 4, 2}, 0.0335);
    const Neighbours a = neighbour_shells(small, 3), b = neighbour_shells(large, 3);
    REQUIRE(a.count == b.count);
    const double scale = std::cbrt(1 / 0.0335);
    for (int i = 0; i < large.particles(); ++i) {
      const int basis = large.basis_of(i);
      CHECK(b.sign[i] == a.sign[basis]);
      for (int k = 0; k < a.count; ++k) {
        CHECK(norm(scale * a.vector[basis * a.count + k] - b.vector[i * b.count + k]) < 1e-9);
        CHECK(large.basis_of(b.site[i * b.count + k]) == small.basis_of(a.site[basis * a.count + k]));
      }
    }
  }
}

TEST_CASE("Neighbours: distances that a file's digits set apart are one shell, in an order that sites of a kind share") {
  UnitCell unit = diamond_cubic();
  unit.vectors.a.x *= 1 + 3e-4;
  unit.vectors.c.z *= 1 - 2e-4;
  const Neighbours n = neighbour_shells(build_crystal(unit, {2, 2, 2}, 1), 2),
                   exact = neighbour_shells(build_crystal(diamond_cubic(), {2, 2, 2}, 1), 2);
  CHECK(n.count == 16);
  CHECK(n.site == exact.site);
  unit.vectors.c.z *= 1.02;
  CHECK(neighbour_shells(build_crystal(unit, {2, 2, 2}, 1), 2).count == 4 + 4);  // the second shell is split
}

TEST_CASE("Neighbours: images of one particle are noticed in small boxes") {
  const auto images = [](const UnitCell& unit, std::array<int, 3> cells, int shells) {
    return has_images(neighbour_shells(build_crystal(unit, cells, 1), shells));
  };
  CHECK(images(simple_cubic(), {1, 4, 4}, 1));  // itself
  CHECK(images(simple_cubic(), {2, 4, 4}, 1));
  CHECK_FALSE(images(simple_cubic(), {3, 3, 3}, 1));
  CHECK_FALSE(images(ice_cubic(), {1, 1, 1}, 1));
  CHECK(images(ice_cubic(), {1, 1, 1}, 2));
  CHECK_FALSE(images(ice_cubic(), {2, 2, 2}, 2));
  CHECK(images(ice_hexagonal(), {2, 2, 2}, 2));  // second neighbours at a and -a
  CHECK_FALSE(images(ice_hexagonal(), {4, 2, 2}, 2));
}

TEST_CASE("Neighbours: species and unequal surroundings make different kinds") {
  const Neighbours n = neighbour_shells(build_crystal(caesium_chloride(), {2, 2, 2}, 1), 2);
  CHECK(n.kinds == 2);
  CHECK(n.kind[0] == 0);
  CHECK(n.kind[8] == 1);
  CHECK(n.shell_radius.size() == 4);
  UnitCell uneven = simple_cubic();  // three in a row: the middle one has two near neighbours, the outer ones one
  uneven.basis = {{0, 0, 0}, {0.2, 0, 0}, {0.4, 0, 0}};
  uneven.species = {0, 0, 0};
  CHECK_THROWS_AS(neighbour_shells(build_crystal(uneven, {2, 2, 2}, 1), 1), InputError);
  CHECK_THROWS_AS(neighbour_shells(build_crystal(simple_cubic(), {2, 2, 2}, 1), 0), InputError);
  CHECK_THROWS_AS(neighbours_within(build_crystal(simple_cubic(), {2, 2, 2}, 1), std::nan("")), InputError);
}

TEST_CASE("Neighbours: the k-th neighbour is of one species for all sites of a kind, and kinds never mix species") {
  UnitCell layers = face_centred_cubic();  // L1_0: planes of one species, then of the other
  layers.species = {0, 1, 1, 0};
  UnitCell zincblende = diamond_cubic();
  zincblende.species = {0, 0, 0, 0, 1, 1, 1, 1};
  UnitCell wurtzite = ice_hexagonal();
  wurtzite.species = {0, 0, 0, 0, 1, 1, 1, 1};
  UnitCell one_in_four = face_centred_cubic();  // L1_2: sites of one species whose surroundings differ in species alone
  one_in_four.species = {0, 1, 1, 1};
  const struct {
    UnitCell unit;
    int kinds, primitive;
  } cases[] = {{caesium_chloride(), 2, 2}, {layers, 2, 2}, {zincblende, 2, 2}, {wurtzite, 2, 4}, {one_in_four, 4, 4}};
  for (const auto& c : cases) {
    const Crystal crystal = build_crystal(c.unit, {2, 2, 2}, 1.3);
    for (int shells = 1; shells <= 3; ++shells) {
      const Neighbours n = neighbour_shells(crystal, shells);
      CHECK(n.kinds == c.kinds);
      std::vector<int> reference(n.kinds, -1);
      int different = 0;
      for (int i = 0; i < crystal.particles(); ++i) {
        int& first = reference[n.kind[i]];
        if (first < 0) first = i;
        different += crystal.species_of(i) != crystal.species_of(first);
        for (int k = 0; k < n.count; ++k)
          different += crystal.species_of(n.site[i * n.count + k]) != crystal.species_of(n.site[first * n.count + k]);
      }
      CHECK(different == 0);
    }
    CHECK(primitive_size(c.unit) == c.primitive);
  }
  const Crystal salt = build_crystal(caesium_chloride(), {3, 2, 1}, 1);
  for (int i = 0; i < 12; ++i) CHECK(salt.species()[i] == (i < 6 ? 0 : 1));
}

TEST_CASE("Colouring: no two neighbours of one colour, one kind per colour, every site once in ascending order") {
  std::vector<UnitCell> all = units();
  all.push_back(caesium_chloride());
  for (const UnitCell& unit : all) {
    for (int shells = 1; shells <= 3; ++shells) {
      CAPTURE(unit.name);
      const Crystal crystal = build_crystal(unit, {4, 2, 2}, 1);
      const Neighbours n = neighbour_shells(crystal, shells);
      const Colouring colouring = colour_sublattices(crystal, n);
      int clashes = 0, total = 0;
      for (int i = 0; i < crystal.particles(); ++i) {
        for (int k = 0; k < n.count; ++k) clashes += colouring.of[i] == colouring.of[n.site[i * n.count + k]];
      }
      CHECK(clashes == 0);
      CHECK(static_cast<int>(colouring.sites.size()) == colouring.count);
      for (int colour = 0; colour < colouring.count; ++colour) {
        const auto& sites = colouring.sites[colour];
        REQUIRE(!sites.empty());
        for (std::size_t s = 0; s < sites.size(); ++s, ++total) {
          CHECK(colouring.of[sites[s]] == colour);
          CHECK(n.kind[sites[s]] == n.kind[sites[0]]);
          if (s > 0) CHECK(sites[s] > sites[s - 1]);
        }
      }
      CHECK(total == crystal.particles());
    }
  }
}

TEST_CASE("Colouring: crystals of whole periods are coloured, others are refused") {
  for (const UnitCell& unit : units()) {
    CAPTURE(unit.name);
    const auto near = [&](std::array<int, 3> cells) { return neighbour_shells(build_crystal(unit, cells, 1), 2); };
    const std::array<int, 3> p = sublattice_periods(near({1, 1, 1}));
    CHECK(sublattice_periods(near({2, 3, 4})) == p);
    CHECK_NOTHROW(colour_sublattices(build_crystal(unit, {p[0], 2 * p[1], 3 * p[2]}, 1), near({p[0], 2 * p[1], 3 * p[2]})));
    if (p[0] > 1)
      CHECK_THROWS_AS(colour_sublattices(build_crystal(unit, {p[0] + 1, p[1], p[2]}, 1), near({p[0] + 1, p[1], p[2]})),
                      InputError);
  }
}

TEST_CASE("Colouring: as few colours as lattices of cells allow") {
  const auto colours = [](const UnitCell& unit, int shells) {
    const Crystal crystal = build_crystal(unit, {4, 4, 4}, 1);
    return colour_sublattices(crystal, neighbour_shells(crystal, shells)).count;
  };
  CHECK(colours(simple_cubic(), 1) == 2);  // a chessboard
  CHECK(colours(simple_cubic(), 2) == 4);
  CHECK(colours(simple_cubic(), 3) == 8);
  CHECK(colours(face_centred_cubic(), 1) == 4);
  CHECK(colours(ice_cubic(), 2) == 8);
  CHECK(colours(ice_hexagonal(), 1) == 8);
}

TEST_CASE(
    "Colouring: the pattern is the same for every size, and a size that it does not fit is refused with those that it does") {
  const auto coloured = [](std::array<int, 3> cells) {
    const Crystal crystal = build_crystal(ice_hexagonal(), cells, 1);
    return std::pair{crystal, colour_sublattices(crystal, neighbour_shells(crystal, 2))};
  };
  const auto [small, few] = coloured({2, 1, 1});
  const auto [large, many] = coloured({4, 3, 2});
  CHECK(few.count == many.count);
  for (int i = 0; i < large.particles(); ++i) CHECK(many.of[i] == few.of[small.site_at(large.basis_of(i), large.cell_of(i))]);
  std::string message;
  try {
    coloured({3, 2, 2});
  } catch (const InputError& error) {
    message = error.what();
  }
  CHECK(message.find("got 3 x 2 x 2, expected multiples of 2 x 1 x 1") != std::string::npos);
}
