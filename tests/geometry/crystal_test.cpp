#include "erg/geometry/crystal.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

using namespace erg;

namespace {

/// Distances from a site to all images of all sites, up to `most`, sorted.
std::vector<double> distances(const Crystal& crystal, int site, double most) {
  std::vector<double> found;
  for (const Vec3<double>& other : crystal.sites) {
    for (int i = -2; i <= 2; ++i) {
      for (int j = -2; j <= 2; ++j) {
        for (int k = -2; k <= 2; ++k) {
          const double r = norm(other - crystal.sites[site] + crystal.box.to_cartesian({double(i), double(j), double(k)}));
          if (r > 1e-9 && r < most) found.push_back(r);
        }
      }
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string message_of(const UnitCell& unit, int particles) {
  try {
    cells_for(unit, particles);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("Lattice: every site has the coordination and bond lengths of its crystal") {
  struct Expected {
    UnitCell unit;
    int nearest;  // neighbours in the first shell
    double bond;  // for volume 1 per site
    int second;   // and in the second
    double second_over_first;
  };
  const double root2 = std::sqrt(2.0);
  const Expected all[] = {{simple_cubic(), 6, 1, 12, root2},
                          {body_centred_cubic(), 8, std::sqrt(3.0) / 2 * std::cbrt(2.0), 6, 2 / std::sqrt(3.0)},
                          {face_centred_cubic(), 12, std::cbrt(root2), 6, root2},
                          {hexagonal_close_packed(), 12, std::cbrt(root2), 6, root2},
                          {diamond_cubic(), 4, std::sqrt(3.0) / 2, 12, std::sqrt(8.0 / 3)},
                          {ice_cubic(), 4, std::sqrt(3.0) / 2, 12, std::sqrt(8.0 / 3)},
                          {ice_hexagonal(), 4, std::sqrt(3.0) / 2, 12, std::sqrt(8.0 / 3)}};
  for (const Expected& expected : all) {
    CAPTURE(expected.unit.name);
    const Crystal crystal = build_crystal(expected.unit, {2, 2, 2}, 1);
    CHECK(crystal.box.volume() == doctest::Approx(crystal.particles()));
    for (int site = 0; site < crystal.particles(); ++site) {
      const std::vector<double> r = distances(crystal, site, 1.02 * expected.bond * expected.second_over_first);
      REQUIRE(static_cast<int>(r.size()) == expected.nearest + expected.second);
      CHECK(r.front() == doctest::Approx(expected.bond));
      CHECK(r[expected.nearest - 1] == doctest::Approx(expected.bond));
      CHECK(r[expected.nearest] == doctest::Approx(expected.bond * expected.second_over_first));
      CHECK(r.back() == doctest::Approx(expected.bond * expected.second_over_first));
    }
  }
}

TEST_CASE("Crystal: density, box, and the order of the sites") {
  const Crystal crystal = build_crystal(ice_hexagonal(), {2, 3, 4}, 0.0335);
  CHECK(crystal.particles() == 8 * 24);
  CHECK(crystal.number_density() == doctest::Approx(0.0335));
  CHECK(crystal.box.is_orthorhombic());
  const int site = 5 * 24 + (1 * 3 + 2) * 4 + 3;
  CHECK(crystal.basis_of(site) == 5);
  CHECK(crystal.cell_of(site) == std::array<int, 3>{1, 2, 3});
  CHECK(crystal.site_at(5, {1, 2, 3}) == site);
  CHECK(crystal.site_at(5, {-1, 5, -5}) == site);
  CHECK(norm(crystal.sites[site] - (crystal.unit.basis[5] + Vec3<double>{1, 2, 3}) * crystal.unit.vectors) < 1e-12);
}

TEST_CASE("Crystal: a number of particles that fits no cube of cells is refused with the nearest that do") {
  CHECK(cells_for(ice_cubic(), 64) == std::array<int, 3>{2, 2, 2});
  CHECK(cells_for(face_centred_cubic(), 256) == std::array<int, 3>{4, 4, 4});
  CHECK(cells_for(ice_cubic(), 32768) == std::array<int, 3>{16, 16, 16});
  CHECK(message_of(ice_cubic(), 100).find("64 or 216") != std::string::npos);
  CHECK(message_of(ice_cubic(), 3).find("8 or 64") != std::string::npos);
  CHECK(message_of(ice_cubic(), -8).find("8 or 64") != std::string::npos);
  CHECK(message_of(simple_cubic(), std::numeric_limits<int>::max()).find("2146689000 or") != std::string::npos);
}

TEST_CASE("Crystal: densities and cell counts that make none are refused") {
  CHECK_THROWS_AS(build_crystal(simple_cubic(), {1, 1, 1}, 0), InputError);
  CHECK_THROWS_AS(build_crystal(simple_cubic(), {1, 1, 1}, -1), InputError);
  CHECK_THROWS_AS(build_crystal(simple_cubic(), {1, 1, 1}, std::nan("")), InputError);
  CHECK_THROWS_AS(build_crystal(simple_cubic(), {1, 0, 1}, 1), InputError);
}
