#include "erg/geometry/structure.hpp"

#include "erg/base/random.hpp"
#include "erg/geometry/colouring.hpp"
#include "erg/potentials/moving/moving_particles.hpp"
#include "erg/potentials/stillinger_weber.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

using namespace erg;

namespace {

/// Sites of a lattice, those from `first` on of another species.
UnitCell of_two_species(UnitCell unit, const std::string& name, std::size_t first) {
  unit.name = name;
  for (std::size_t site = first; site < unit.species.size(); ++site) unit.species[site] = 1;
  return unit;
}
UnitCell zincblende() { return of_two_species(diamond_cubic(), "zincblende", 4); }
/// Cu3Au, L1_2: the corners of a face-centred cube of another species.
UnitCell copper_gold() { return of_two_species(face_centred_cubic(), "copper-gold", 1); }
/// NaCl, B1: every other site of a simple cubic lattice.
UnitCell rock_salt() {
  std::vector<Vec3<double>> basis = face_centred_cubic().basis;
  for (int k = 0; k < 4; ++k) basis.push_back(wrapped(basis[static_cast<std::size_t>(k)] + Vec3<double>{0.5, 0.5, 0.5}));
  return orthorhombic_cell("rock salt", {1, 1, 1}, std::move(basis), {0, 0, 0, 0, 1, 1, 1, 1});
}

std::vector<UnitCell> units() {
  return {simple_cubic(),  body_centred_cubic(), face_centred_cubic(), hexagonal_close_packed(),
          diamond_cubic(), ice_cubic(),          ice_hexagonal(),      caesium_chloride(),
          rock_salt(),     zincblende(),         copper_gold()};
}

/// What a file would hold.
struct Atoms {
  Mat3<double> vectors;
  std::vector<Vec3<double>> positions;
  std::vector<int> species;

  Structure structure() const { return unit_cell_of(vectors, positions, species, "test"); }
  std::string complaint() const {
    try {
      structure();
    } catch (const InputError& error) {
      return error.what();
    }
    return "no InputError";
  }
};

Atoms supercell(const UnitCell& unit, std::array<int, 3> cells, double density = 0.05) {
  const Crystal crystal = build_crystal(unit, cells, density);
  Atoms atoms{crystal.box.cell(), crystal.sites, {}};
  for (int i = 0; i < crystal.particles(); ++i) atoms.species.push_back(unit.species[crystal.basis_of(i)]);
  return atoms;
}

double uniform_number(std::uint64_t index) { return uniform({17, StreamName::initialise}, index, 0); }

/// Moved as a whole, put in another order, some atoms into other cells, and each moved by up to `noise` along each axis.
Atoms disturbed(const Atoms& atoms, double noise) {
  std::uint64_t draw = 0;
  const auto next = [&] { return uniform_number(draw++); };
  const Vec3<double> shift = Vec3<double>{next(), next(), next()} * atoms.vectors;
  std::vector<int> order(atoms.positions.size());
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[static_cast<std::size_t>(next() * double(i))]);
  Atoms other{atoms.vectors, {}, {}};
  for (const int i : order) {
    const Vec3<double> jump{std::floor(4 * next()) - 2, std::floor(4 * next()) - 2, 0},
        r{next() - 0.5, next() - 0.5, next() - 0.5};
    other.positions.push_back(atoms.positions[i] + shift + jump * atoms.vectors + 2 * noise * r);
    other.species.push_back(atoms.species[i]);
  }
  return other;
}

/// Stillinger–Weber energy per site: it knows distances and angles.
double energy_per_site(const UnitCell& unit) {
  const Crystal crystal = build_crystal(unit, {2, 2, 2}, unit.size() / unit.volume());
  return MovingParticles(StillingerWeber<double>{1, 2.2, 1.8, 21, 1.2, -1.0 / 3, 7, 0.6}).energy(crystal.sites, crystal.box) /
         crystal.particles();
}

bool same_crystal(const UnitCell& a, const UnitCell& b) {
  for (int row = 0; row < 3; ++row)
    if (norm(a.vectors[row] - b.vectors[row]) > 1e-9) return false;
  return a.size() == b.size() && a.volume() > 0;
}

}  // namespace

TEST_CASE("Structure: a supercell of every lattice comes back as its unit cell, wherever its atoms stand and in any order") {
  for (const UnitCell& unit : units()) {
    for (const std::array<int, 3> cells : {std::array{1, 1, 1}, std::array{2, 2, 2}, std::array{3, 1, 4}}) {
      CAPTURE(unit.name);
      CAPTURE(cells[2]);
      const Structure found = disturbed(supercell(unit, cells), 1e-6).structure();
      CHECK(found.cells == cells);
      CHECK(same_crystal(found.unit, unit.scaled(0.05)));
      CHECK(found.kinds.reference.size() == site_kinds(unit).reference.size());
      CHECK(primitive_size(found.unit) == primitive_size(unit));
      CHECK(found.number_density() == doctest::Approx(0.05));
      CHECK(energy_per_site(found.unit) == doctest::Approx(energy_per_site(unit.scaled(0.05))).epsilon(1e-6));
      CHECK(found.moved < 4e-6);
      const Neighbours ours = neighbour_shells(build_crystal(found.unit, {2, 2, 2}, 1), 2),
                       theirs = neighbour_shells(build_crystal(unit, {2, 2, 2}, 1), 2);
      CHECK(ours.count == theirs.count);
    }
  }
}

TEST_CASE("Structure: sites that a file's digits set apart are related by symmetry to rounding") {
  for (const UnitCell& unit : units()) {
    CAPTURE(unit.name);
    Atoms atoms = supercell(unit, {2, 1, 1});
    for (Vec3<double>& x : atoms.positions)
      for (int axis = 0; axis < 3; ++axis) x[axis] = std::round(1e4 * x[axis]) / 1e4;
    const UnitCell found = atoms.structure().unit;
    CHECK(found.size() == unit.size());
    // A symmetry of the crystal takes each site's surroundings to the reference's: how far that misses a site.
    const SiteKinds kinds = site_kinds(found);
    CHECK(kinds.reference.size() == site_kinds(unit).reference.size());
    const Mat3<double> to_fractional = inverse(found.vectors);
    double miss = 0;
    for (int site = 0; site < found.size(); ++site) {
      for (int other = 0; other < found.size(); ++other) {
        const int reference = kinds.reference[kinds.kind[site]];
        const Vec3<double> there =
            turned(kinds.sign[site], found.position(other) - found.position(site)) + found.position(reference);
        double nearest = 1;
        for (int k = 0; k < found.size(); ++k)
          if (found.species[k] == found.species[other])
            nearest = std::min(nearest, norm(to_nearest_image((there - found.position(k)) * to_fractional)));
        miss = std::max(miss, nearest);
      }
    }
    CHECK(miss < 1e-12);
  }
}

TEST_CASE("Structure: the cell keeps its own edges, skew or square, and square ones are laid along the axes") {
  const double root3 = std::sqrt(3.0), c = std::sqrt(8.0 / 3);
  const UnitCell skew[] = {
      {"diamond", {{0, 1, 1}, {1, 0, 1}, {1, 1, 0}}, {{0, 0, 0}, {0.25, 0.25, 0.25}}, {0, 0}},
      {"hexagonal ice",
       {{1, 0, 0}, {-0.5, root3 / 2, 0}, {0, 0, c}},
       {{1.0 / 3, 2.0 / 3, 0.0625}, {2.0 / 3, 1.0 / 3, 0.5625}, {2.0 / 3, 1.0 / 3, -0.0625}, {1.0 / 3, 2.0 / 3, 0.4375}},
       {0, 0, 0, 0}}};
  const UnitCell square[] = {diamond_cubic(), ice_hexagonal()};
  for (int k = 0; k < 2; ++k) {
    CAPTURE(k);
    const UnitCell unit = skew[k].scaled(0.05);
    const Atoms atoms = supercell(unit, {3, 2, 1});
    const Structure found = disturbed(atoms, 1e-6).structure();
    CHECK(found.cells == std::array{3, 2, 1});
    CHECK(same_crystal(found.unit, unit));
    CHECK(found.kinds.reference.size() == 1);
    CHECK(energy_per_site(found.unit) == doctest::Approx(energy_per_site(square[k].scaled(0.05))).epsilon(1e-6));
    CHECK(neighbour_shells(build_crystal(found.unit, {2, 2, 2}, 1), 2).count == 16);
    Atoms rounded = atoms;  // three digits behind the point, the edges too
    for (Vec3<double>& x : rounded.positions)
      for (int axis = 0; axis < 3; ++axis) x[axis] = std::round(1e3 * x[axis]) / 1e3;
    for (int e = 0; e < 9; ++e) rounded.vectors[e / 3][e % 3] = std::round(1e3 * rounded.vectors[e / 3][e % 3]) / 1e3;
    const Mat3<double> edges = rounded.structure().unit.vectors;
    if (k == 1) CHECK(std::abs(edges.b.x + edges.a.x / 2) < 1e-12);  // a mirror of the hexagonal cell
    CHECK(rounded.structure().kinds.reference.size() == 1);
    CHECK(neighbour_shells(build_crystal(rounded.structure().unit, {2, 2, 2}, 1), 2).count == 16);
  }

  Atoms atoms = supercell(ice_hexagonal(), {2, 2, 1});
  const Mat3<double> turn{{0.36, 0.48, -0.8}, {-0.8, 0.6, 0}, {0.48, 0.64, 0.6}};  // rows: a right-handed square triple
  for (int row = 0; row < 3; ++row) atoms.vectors[row] = atoms.vectors[row] * turn;
  for (Vec3<double>& x : atoms.positions) x = x * turn;
  const Structure laid = atoms.structure();
  CHECK(laid.cells == std::array{2, 2, 1});
  CHECK(Box::triclinic(laid.unit.vectors).is_orthorhombic());
  CHECK(laid.kinds.reference.size() == 1);
  CHECK(energy_per_site(laid.unit) == doctest::Approx(energy_per_site(ice_hexagonal().scaled(0.05))).epsilon(1e-9));
}

TEST_CASE("Structure: species count, and a translation that exchanges them is none") {
  // 2 × 2 × 2 sites of alternating species: every edge has its half as a translation of the sites.
  const Crystal sites = build_crystal(simple_cubic(), {2, 2, 2}, 0.05);
  Atoms atoms{sites.box.cell(), sites.sites, {}};
  for (int i = 0; i < 8; ++i) {
    const auto cell = sites.cell_of(i);
    atoms.species.push_back((cell[0] + cell[1] + cell[2]) % 2);
  }
  const Structure found = atoms.structure();
  CHECK(found.cells == std::array{1, 1, 1});
  CHECK(found.kinds.reference.size() == 2);
  CHECK(primitive_size(found.unit) == 2);
  atoms.species.assign(8, 0);
  CHECK(atoms.structure().cells == std::array{2, 2, 2});
  CHECK(atoms.structure().unit.size() == 1);
  UnitCell caesium_chloride = body_centred_cubic();
  caesium_chloride.species = {0, 1};
  const Structure large = disturbed(supercell(caesium_chloride, {3, 2, 2}), 1e-6).structure();
  CHECK(large.cells == std::array{3, 2, 2});
  CHECK(large.kinds.reference.size() == 2);
  CHECK(large.unit.species[0] != large.unit.species[1]);
}

TEST_CASE("Structure: two species make the primitive cell larger than their sites alone") {
  struct Known {
    UnitCell unit;
    int alike, primitive, kinds;  ///< sites of the primitive cell of the sites alone, and with species; kinds of sites
  };
  // Of copper-gold's four sites no two are related by signs of the axes, only by turns.
  const Known all[] = {{caesium_chloride(), 1, 2, 2}, {rock_salt(), 1, 2, 2}, {zincblende(), 2, 2, 2}, {copper_gold(), 1, 4, 4}};
  for (const Known& known : all) {
    CAPTURE(known.unit.name);
    Atoms atoms = disturbed(supercell(known.unit, {2, 2, 2}), 1e-6);
    const Structure two = atoms.structure();
    CHECK(primitive_size(two.unit) == known.primitive);
    CHECK(two.kinds.reference.size() == static_cast<std::size_t>(known.kinds));
    for (int site = 0; site < two.unit.size(); ++site)  // a kind of sites is of one species
      CHECK(two.unit.species[site] == two.unit.species[two.kinds.reference[two.kinds.kind[site]]]);
    std::fill(atoms.species.begin(), atoms.species.end(), 0);
    const Structure one = atoms.structure();
    CHECK(primitive_size(one.unit) == known.alike);
    CHECK(one.kinds.reference.size() == 1);
    CHECK(one.unit.size() <= two.unit.size());
  }
  // A primitive cell of the body-centred sites, doubled along an edge, the two halves of two species: not caesium chloride, and
  // no longer divided. With the halves alike it is.
  const UnitCell skew = UnitCell{"body-centred", {{-1, 1, 1}, {1, -1, 1}, {1, 1, -1}}, {{0, 0, 0}}, {0}}.scaled(0.05);
  Atoms layers = supercell(skew, {2, 1, 1});
  CHECK(layers.structure().cells == std::array{2, 1, 1});
  layers.species[1] = 1;
  CHECK(layers.structure().cells == std::array{1, 1, 1});
  CHECK(primitive_size(layers.structure().unit) == 2);
}

TEST_CASE("Structure: two near atoms exchanged are a defect, no repetition") {
  Atoms atoms = supercell(orthorhombic_cell("pairs", {1, 1, 1}, {{0, 0, 0}, {0.06, 0, 0}}, {0, 1}), {4, 1, 1}, 1);
  CHECK(atoms.structure().cells == std::array{4, 1, 1});
  CHECK(atoms.structure().moved < 1e-9);
  std::swap(atoms.species[1], atoms.species[5]);  // of the second cell
  CHECK(atoms.structure().cells == std::array{1, 1, 1});
  CHECK(atoms.structure().kinds.reference.size() == 8);
}

TEST_CASE("Structure: what only looks like a repetition is left alone") {
  Atoms atoms = supercell(simple_cubic(), {8, 1, 1}, 1);
  CHECK(atoms.structure().cells[0] == 8);
  Atoms bent = atoms;  // a slow wave: neighbours differ by less than the tolerance of 1e-3, crest and trough by more
  for (Vec3<double>& x : bent.positions) x.y += 1.8e-3 * std::cos(2 * 3.14159265358979 * x.x / 8);
  CHECK(bent.structure().cells[0] == 1);
  bent = atoms;  // pairs
  for (std::size_t i = 1; i < 8; i += 2) bent.positions[i].x += 1e-2;
  CHECK(bent.structure().cells[0] == 4);
  CHECK(bent.structure().unit.size() == 2);
}

TEST_CASE("Structure: an atom slightly off its site is put back, and how far it was is said") {
  Atoms atoms = supercell(diamond_cubic(), {2, 2, 2}, 1);
  atoms.positions[11].z += 8e-4;
  const Structure found = atoms.structure();
  CHECK(found.cells == std::array{2, 2, 2});
  CHECK(found.kinds.reference.size() == 1);
  CHECK(found.moved == doctest::Approx(8e-4 * 63 / 64).epsilon(0.02));  // the sites follow by a 64th
  atoms.positions[11].z += 40e-4;
  CHECK(atoms.complaint().find("kinds of sites, expected at most 256 sites of 16 kinds") != std::string::npos);
}

TEST_CASE("Structure: several kinds of sites are told apart, and unequal numbers of neighbours are refused by name") {
  UnitCell a15{"A15",
               {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
               {{0, 0, 0},
                {0.5, 0.5, 0.5},
                {0.25, 0.5, 0},
                {0.75, 0.5, 0},
                {0, 0.25, 0.5},
                {0, 0.75, 0.5},
                {0.5, 0, 0.25},
                {0.5, 0, 0.75}},
               std::vector<int>(8, 0)};
  const Structure found = disturbed(supercell(a15, {2, 2, 2}), 1e-6).structure();
  CHECK(found.cells == std::array{2, 2, 2});
  CHECK(found.kinds.reference.size() == site_kinds(a15).reference.size());
  std::string message;
  try {
    neighbour_shells(build_crystal(found.unit, {2, 2, 2}, 1), 1);
  } catch (const InputError& error) {
    message = error.what();
  }
  CHECK(message.find("number of neighbours (test)") != std::string::npos);
}

TEST_CASE("Structure: what is no crystal is refused") {
  const auto said = [](auto&& change) {
    Atoms atoms = supercell(diamond_cubic(), {1, 1, 1}, 0.05);
    change(atoms);
    return atoms.complaint();
  };
  const auto contains = [](const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; };
  CHECK(said([](Atoms&) {}) == "no InputError");
  CHECK(contains(said([](Atoms& a) { a.positions[3].y = std::nan(""); }), "position of atom 4 (test): got nan"));
  CHECK(contains(said([](Atoms& a) { a.vectors.c = a.vectors.b; }), "span a volume"));
  CHECK(contains(said([](Atoms& a) { a.vectors.c.z = std::numeric_limits<double>::infinity(); }), "span a volume"));
  CHECK(contains(said([](Atoms& a) { a.species.pop_back(); }), "species (test): got 7, expected 8"));
  CHECK(contains(said([](Atoms& a) { a.species[0] = -1; }), "species (test): got -1"));
  CHECK(contains(said([](Atoms& a) { a.species[0] = 8; }), "species (test): got 8, expected numbers from 0 on"));
  CHECK(contains(said([](Atoms& a) { a = Atoms{a.vectors, {}, {}}; }), "number of atoms (test): got 0"));
  CHECK(contains(said([](Atoms& a) { a.positions[5] = a.positions[2] + a.vectors.a; }), "distance between atoms 3 and 6"));
  CHECK(contains(said([](Atoms& a) { a.positions[5] = a.positions[2] + Vec3<double>{0.01, 0, 0}; }), "got 0.01"));
  // The same lattice of atoms, but so skew that opposite faces nearly touch.
  CHECK(contains(said([](Atoms& a) { a.vectors.c = a.vectors.c + 100.0 * a.vectors.a; }), "shorter edges of the same lattice"));
  const auto shaken = [](std::array<int, 3> cells) { return disturbed(supercell(diamond_cubic(), cells), 0.1).complaint(); };
  CHECK(contains(shaken({3, 3, 3}), "unit cell (test): got 216 kinds of sites"));
  CHECK(contains(shaken({4, 4, 4}), "unit cell (test): got 512 atoms"));
}
