#include "erg/bijectors/crystal/sublattice_flow.hpp"

#include "bijectors/crystal/spring_sublattices.hpp"
#include "laws/field_bijector_laws.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

/// Every crystal that flows are meant for, small; ice and silicon share a lattice.
std::vector<SpringLattice> lattices() {
  return {{ice_cubic(), {2, 2, 2}, 2},          {ice_hexagonal(), {2, 2, 2}, 2},         {face_centred_cubic(), {2, 2, 2}, 1},
          {face_centred_cubic(), {2, 2, 2}, 2}, {body_centred_cubic(), {2, 2, 2}, 2},    {simple_cubic(), {4, 2, 2}, 1},
          {diamond_cubic(), {1, 1, 2}, 2},      {hexagonal_close_packed(), {2, 2, 2}, 1}};
}

/// Displacements with each particle's carried to the site that `to` gives, each axis times `sign`.
std::vector<double> carried(const std::vector<double>& u, const std::vector<int>& to, std::array<int, 3> sign = {1, 1, 1}) {
  std::vector<double> v(u.size());
  for (std::size_t i = 0; i < to.size(); ++i)
    for (std::size_t a = 0; a < 3; ++a) v[3 * static_cast<std::size_t>(to[i]) + a] = sign[a] * u[3 * i + a];
  return v;
}

std::vector<int> colour_of_sites(const SpringLattice& lattice) {
  std::vector<int> colour(static_cast<std::size_t>(lattice.crystal.particles()), -1);
  for (std::size_t c = 0; c < lattice.sublattices.colours.size(); ++c)
    for (const int site : lattice.sublattices.colours[c].sites) colour[static_cast<std::size_t>(site)] = static_cast<int>(c);
  return colour;
}

/// Where a shift by whole cells takes each site; nothing when colours do not meet colours.
std::vector<int> shifted_sites(const SpringLattice& lattice, std::array<int, 3> by) {
  const Crystal& crystal = lattice.crystal;
  const auto colour = colour_of_sites(lattice);
  std::vector<int> to;
  for (int i = 0; i < crystal.particles(); ++i) {
    const auto cell = crystal.cell_of(i);
    to.push_back(crystal.site_at(crystal.basis_of(i), {cell[0] + by[0], cell[1] + by[1], cell[2] + by[2]}));
    if (colour[static_cast<std::size_t>(to.back())] != colour[static_cast<std::size_t>(i)]) return {};
  }
  return to;
}

/// Where x → sign ∘ (x − centre of `from`) + centre of `onto` takes each site of an orthorhombic crystal; nothing when not to
/// sites.
std::vector<int> mirrored_sites(const Crystal& crystal, int from, int onto, std::array<int, 3> sign) {
  std::vector<int> to;
  for (int i = 0; i < crystal.particles(); ++i) {
    Vec3<double> x = crystal.sites[static_cast<std::size_t>(i)] - crystal.sites[static_cast<std::size_t>(from)];
    for (int a = 0; a < 3; ++a) x[a] *= sign[static_cast<std::size_t>(a)];
    x += crystal.sites[static_cast<std::size_t>(onto)];
    for (int j = 0; j < crystal.particles(); ++j)
      if (norm(crystal.box.minimum_image(crystal.sites[static_cast<std::size_t>(j)] - x)) < 1e-6) to.push_back(j);
    if (to.size() != static_cast<std::size_t>(i) + 1) return {};
  }
  return to;
}

}  // namespace

TEST_CASE("SublatticeFlow: the laws of a bijector on every crystal") {
  for (const SpringLattice& lattice : lattices()) {
    INFO(lattice.crystal.unit.name);
    const BentFlow flow(lattice, 2, {6, 5});
    check_field_bijector(flow.map, flow.theta, flow.u);
  }
}

TEST_CASE("SublatticeFlow: conditions steer it, within the same laws") {
  SpringLattice lattice(ice_cubic(), {1, 1, 1}, 1);
  lattice.sublattices.conditions = {0.3, -1.2};
  const BentFlow flow(lattice, 2, {6, 5});
  check_field_bijector(flow.map, flow.theta, flow.u);
  check_field_log_det(flow.map, flow.theta, flow.u);
  lattice.sublattices.conditions[1] = 0.9;
  const BentFlow other(lattice, 2, {6, 5});
  REQUIRE(other.theta == flow.theta);
  CHECK(worst(forward_of(other.map, flow.theta, flow.u).point, forward_of(flow.map, flow.theta, flow.u).point) > 1e-3);
}

TEST_CASE("SublatticeFlow: log_det is that of the dense Jacobian") {
  for (const SpringLattice& lattice :
       {SpringLattice(ice_cubic(), {1, 1, 1}, 2), SpringLattice(face_centred_cubic(), {1, 1, 2}, 1)}) {
    const BentFlow flow(lattice, 2, {6, 5});
    check_field_bijector(flow.map, flow.theta, flow.u);
    check_field_log_det(flow.map, flow.theta, flow.u);
  }
}

TEST_CASE("SublatticeFlow: it commutes with a uniform shift") {
  for (const SpringLattice& lattice : lattices()) {
    const BentFlow flow(lattice, 2, {6});
    auto u = flow.u;
    const double shift[3] = {0.8, -1.3, 0.2};
    for (std::size_t i = 0; i < u.size(); ++i) u[i] += shift[i % 3];
    const FieldImage here = forward_of(flow.map, flow.theta, flow.u), there = forward_of(flow.map, flow.theta, u);
    auto expected = here.point;
    for (std::size_t i = 0; i < u.size(); ++i) expected[i] += shift[i % 3];
    CHECK(worst(there.point, expected) < 1e-12);
    CHECK(std::abs(there.log_det - here.log_det) < 1e-11);
  }
}

TEST_CASE("SublatticeFlow: it commutes with every translation of the lattice that keeps the colours") {
  for (const SpringLattice& lattice : lattices()) {
    const BentFlow flow(lattice, 1, {6});
    const FieldImage here = forward_of(flow.map, flow.theta, flow.u);
    const auto cells = lattice.crystal.cells;
    int tried = 0;
    for (int shift = 1; shift < lattice.crystal.cell_count(); ++shift) {
      const std::array<int, 3> by = lattice.crystal.cell_of(shift);  // that of site number `shift`, which is of basis 0
      const auto to = shifted_sites(lattice, by);
      if (to.empty()) continue;
      ++tried;
      const FieldImage there = forward_of(flow.map, flow.theta, carried(flow.u, to));
      CHECK(worst(there.point, carried(here.point, to)) < 1e-13);
      CHECK(std::abs(there.log_det - here.log_det) < 1e-12);
    }
    CHECK_MESSAGE((tried > 0 || cells[0] * cells[1] * cells[2] == 1), lattice.crystal.unit.name);
  }
}

TEST_CASE(
    "SublatticeCoupling: sites of one kind share their weights through the signs, so that a layer on one colour mirrors "
    "another") {
  int with_signs = 0;
  for (const SpringLattice& lattice : lattices()) {
    const auto& colours = lattice.sublattices.colours;
    const auto u = some_numbers(static_cast<std::size_t>(lattice.rows()), 9, lattice.sublattices.unit);
    for (std::size_t c = 1; c < colours.size(); ++c) {
      if (colours[c].kind != colours[0].kind) continue;
      const int from = colours[0].sites[0], onto = colours[c].sites[0];
      std::array<int, 3> sign;
      for (std::size_t a = 0; a < 3; ++a)
        sign[a] = lattice.near.sign[static_cast<std::size_t>(from)][a] * lattice.near.sign[static_cast<std::size_t>(onto)][a];
      const auto to = mirrored_sites(lattice.crystal, from, onto, sign);
      REQUIRE_MESSAGE(!to.empty(), lattice.crystal.unit.name);
      with_signs += sign != std::array{1, 1, 1};
      ParameterLayout first_layout, other_layout;
      const SublatticeCoupling<ResidualMap, Silu> first(first_layout, "a", 0, 3 * lattice.sublattices.neighbours, {6});
      const SublatticeCoupling<ResidualMap, Silu> other(other_layout, "a", static_cast<int>(c),
                                                        3 * lattice.sublattices.neighbours, {6});
      const auto theta = some_numbers(first_layout.size(), 10, 0.2);
      Tape<double> tape;
      auto here = u, there = carried(u, to, sign);
      double log_det = 0, other_log_det = 0;
      first.forward(lattice.sublattices, theta.data(), Tile<double>{here.data(), lattice.rows(), 1}, &log_det, tape);
      other.forward(lattice.sublattices, theta.data(), Tile<double>{there.data(), lattice.rows(), 1}, &other_log_det, tape);
      CHECK(worst(there, carried(here, to, sign)) < 1e-13);
      CHECK(std::abs(other_log_det - log_det) < 1e-12);
    }
  }
  CHECK(with_signs > 4);
}

TEST_CASE("SublatticeCoupling: with tied weights it commutes with every operation of its sites, and with others it does not") {
  std::size_t most_operations = 0;
  for (const SpringLattice& lattice : lattices()) {
    INFO(lattice.crystal.unit.name);
    const BentFlow flow(lattice, 1, {8});
    auto tied = flow.theta;
    flow.map.ties().make_equal(std::span<double>(tied));
    for (const auto& layer : flow.map.layers()) {
      const auto& colour = lattice.sublattices.colours[static_cast<std::size_t>(&layer - flow.map.layers().data())];
      const auto& operations = lattice.sublattices.operations[static_cast<std::size_t>(colour.kind)];
      most_operations = std::max(most_operations, operations.size());
      const auto moved = [&](const std::vector<double>& theta, std::vector<double> u, double& log_det) {
        Tape<double> tape;
        layer.forward(lattice.sublattices, theta.data(), Tile<double>{u.data(), lattice.rows(), 1}, &log_det, tape);
        return u;
      };
      for (const SiteOperation& g : operations) {
        const auto to = mirrored_sites(lattice.crystal, colour.sites[0], colour.sites[0], g.sign);
        if (to.empty()) continue;  // a box that the operation does not carry onto itself
        double here = 0, there = 0, loose = 0;
        const auto expected = carried(moved(tied, flow.u, here), to, g.sign);
        CHECK(worst(moved(tied, carried(flow.u, to, g.sign), there), expected) < 1e-13);
        CHECK(std::abs(there - here) < 1e-12);
        if (g.sign == std::array{1, 1, 1}) continue;
        double unused = 0;
        const auto other = carried(moved(flow.theta, flow.u, unused), to, g.sign);
        CHECK(worst(moved(flow.theta, carried(flow.u, to, g.sign), loose), other) > 1e-6);
      }
    }
  }
  CHECK(most_operations == 8);
}

TEST_CASE(
    "SublatticeFlow: operations of a site are four in diamond, eight in close packing along the axes, two in hexagonal ice") {
  const auto operations = [](const UnitCell& unit, int shells) {
    return SpringLattice(unit, {2, 2, 2}, shells).sublattices.operations.at(0).size();
  };
  CHECK(operations(ice_cubic(), 2) == 4);
  CHECK(operations(face_centred_cubic(), 1) == 8);
  CHECK(operations(ice_hexagonal(), 2) == 2);
}

TEST_CASE("SublatticeFlow: zero last layers make the identity, and weights do not know the size of the crystal") {
  for (const auto& [unit, small, large] :
       {std::tuple{ice_cubic(), std::array{2, 2, 2}, std::array{3, 3, 4}}, {body_centred_cubic(), {2, 2, 2}, {4, 4, 2}}}) {
    ParameterLayout layout, larger_layout;
    const SpringLattice lattice(unit, small, 2), larger(unit, large, 2);
    const SpringFlow<double> map(layout, lattice.sublattices, 3, {8, 4}), wide(larger_layout, larger.sublattices, 3, {8, 4});
    REQUIRE(layout.slices().size() == larger_layout.slices().size());
    for (std::size_t k = 0; k < layout.slices().size(); ++k) {
      CHECK(layout.slices()[k].name == larger_layout.slices()[k].name);
      CHECK(layout.slices()[k].offset == larger_layout.slices()[k].offset);
      CHECK(layout.slices()[k].shape == larger_layout.slices()[k].shape);
    }
    CHECK(lattice.sublattices.mean == larger.sublattices.mean);
    std::vector<double> theta(layout.size(), 9.0);
    std::uint64_t index = 0;
    map.initialise(theta.data(), [&] { return normal({3, StreamName::test}, index++, 0); });
    const auto u = some_numbers(static_cast<std::size_t>(lattice.rows()), 11);
    const FieldImage image = forward_of(map, theta, u);
    CHECK(worst(image.point, u) < 1e-15);
    CHECK(std::abs(image.log_det) < 1e-13);
  }
}

TEST_CASE("SublatticeFlow: displacements that repeat in a small crystal go where they go in the larger one") {
  const SpringLattice lattice(ice_cubic(), {2, 2, 2}, 2), doubled(ice_cubic(), {2, 4, 2}, 2);
  const BentFlow flow(lattice, 2, {6});
  ParameterLayout layout;
  const SpringFlow<double> wide(layout, doubled.sublattices, 2, {6});
  const auto repeated = [&](const std::vector<double>& u) {
    std::vector<double> v;
    for (int i = 0; i < doubled.crystal.particles(); ++i) {
      const int home = lattice.crystal.site_at(doubled.crystal.basis_of(i), doubled.crystal.cell_of(i));
      for (int a = 0; a < 3; ++a) v.push_back(u[static_cast<std::size_t>(3 * home + a)]);
    }
    return v;
  };
  const FieldImage here = forward_of(flow.map, flow.theta, flow.u), there = forward_of(wide, flow.theta, repeated(flow.u));
  CHECK(worst(there.point, repeated(here.point)) < 1e-13);
  CHECK(there.log_det == doctest::Approx(2 * here.log_det));
}
