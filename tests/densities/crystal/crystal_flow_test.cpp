#include "erg/densities/crystal/crystal_flow.hpp"

#include "densities/crystal/small_ice.hpp"
#include "laws/numbers.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace erg;
using namespace erg::tests;

namespace {

const Stream stream{3, StreamName::base_density};

}  // namespace

TEST_CASE("Crystal flow: its weights start as the harmonic crystal and have one layout for every size") {
  const Ice ice;
  ParameterLayout layout, larger_layout;
  const auto small = ice.of({1, 1, 1}), large = ice.of({2, 2, 2});
  const auto flow = small.flow<double>(layout, ice.shape);
  large.flow<double>(larger_layout, ice.shape);
  REQUIRE(layout.size() == larger_layout.size());
  for (std::size_t k = 0; k < layout.slices().size(); ++k) CHECK(layout.slices()[k].name == larger_layout.slices()[k].name);
  const auto theta = initial_weights(flow, layout, 1);
  CHECK(theta != initial_weights(flow, layout, 2));
  CrystalFlow<double>::Workspace<double> w(flow.rows(), 1);
  flow.draw(flow.base().prepare(theta.data()), theta.data(), stream, 9, w);
  double expected = 0;
  Tape<double> tape;
  small.harmonic().log_density<double>(w.u.view(), &expected, tape);
  CHECK(w.log_q[0] == doctest::Approx(expected).epsilon(1e-10));
}

TEST_CASE("Crystal flow: its weights start with the symmetry of the sites") {
  const Ice ice;
  ParameterLayout layout;
  const auto lattice = ice.of({1, 1, 1});
  const auto flow = lattice.flow<double>(layout, {1, 1, {8, 8}});
  const auto start = initial_weights(flow, layout, 1);
  auto tied = start;
  flow.ties().average(std::span<double>(tied));
  CHECK(worst(tied, start) < 1e-15);
  CHECK(!flow.ties().empty());
}

TEST_CASE("Flow: ln q of a draw is the base's density where it came from, less log_det") {
  const Ice ice;
  ParameterLayout layout;
  const auto lattice = ice.of({1, 1, 1});
  const auto flow = lattice.flow<double>(layout, ice.shape);
  auto theta = some_numbers(layout.size(), 4, 0.1);
  const auto start = initial_weights(flow, layout, 1);
  const std::size_t base =
      layout.slices()[0].size() + layout.slices()[1].size() + layout.slices()[2].size() + layout.slices()[3].size();
  std::copy_n(start.begin(), base, theta.begin());  // modes as they are, couplings bent
  CrystalFlow<double>::Workspace<double> w(flow.rows(), 1);
  for (std::uint64_t sample = 0; sample < 4; ++sample) {
    flow.draw(flow.base().prepare(theta.data()), theta.data(), stream, sample, w);
    const double log_q = w.log_q[0];
    double back = 0, expected = 0;
    flow.map().inverse(theta.data(), w.u.view(), &back, w.tape);
    lattice.harmonic().log_density<double>(w.u.view(), &expected, w.tape);
    CHECK(std::abs(back) > 1e-3);
    CHECK(log_q == doctest::Approx(expected + back).epsilon(1e-10));
  }
}

TEST_CASE("reference_crystal: no two neighbours of a particle are images of one another, and the cutoff fits") {
  for (const UnitCell& unit : {ice_cubic(), ice_hexagonal()}) {
    const Crystal crystal = reference_crystal(monatomic_water<double>(), unit, ice_density, 2);
    const Neighbours near = neighbour_shells(crystal, 2);
    std::vector<int> seen(near.site.begin(), near.site.begin() + near.count);
    std::sort(seen.begin(), seen.end());
    CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
    CHECK(crystal.box.half_height() > monatomic_water<double>().cutoff());
  }
}
