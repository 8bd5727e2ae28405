#include "erg/io/structures/poscar.hpp"

#include "io/scratch.hpp"

#include <cmath>
#include <sstream>

using namespace erg;

namespace {

/// Cubic zinc blende of edge 5.43, as the manual writes it.
const std::string head = "zinc blende\n1.0\n5.43 0 0\n0 5.43 0\n0 0 5.43\nZn S\n4 4\n";
const std::string sites =
    "0 0 0\n0 0.5 0.5\n0.5 0 0.5\n0.5 0.5 0\n0.25 0.25 0.25\n0.25 0.75 0.75\n0.75 0.25 0.75\n0.75 0.75 0.25\n";

Frame read_text(const std::string& text) {
  const Scratch scratch;
  spill(scratch / "POSCAR", text);
  return read_poscar(scratch / "POSCAR");
}

std::string said(const std::string& text) {
  return complaint([&] { read_text(text); });
}

std::string replaced(std::string text, const std::string& part, const std::string& by) {
  return text.replace(text.find(part), part.size(), by);
}

void require_near(const Frame& a, const Frame& b, double tolerance) {
  REQUIRE(a.positions.size() == b.positions.size());
  CHECK(a.species == b.species);
  for (int row = 0; row < 3; ++row) CHECK(norm((*a.cell)[row] - (*b.cell)[row]) <= tolerance);
  for (std::size_t i = 0; i < a.positions.size(); ++i) CHECK(norm(a.positions[i] - b.positions[i]) <= tolerance);
}

Frame skew_frame() {
  Frame frame;
  frame.cell = Mat3<double>{{10, 0, 0}, {1.5, 9, 0}, {0.1 + 0.2, -1, 8}};
  frame.species = {"O", "Si", "Si", "O"};
  frame.positions = {{0.1, 2e-17, -3}, {4, 5, 6}, {1. / 3, 1e10, 0}, {7, 1, 2}};
  frame.info["comment"] = "quartz, or so";
  return frame;
}

}  // namespace

TEST_CASE("POSCAR: what is written comes back, to the last bit") {
  const Scratch scratch;
  write_poscar(scratch / "POSCAR", skew_frame());
  const Frame back = read_poscar(scratch / "POSCAR");
  require_near(back, skew_frame(), 0);
  CHECK(back.info == skew_frame().info);
  Frame plain = skew_frame();
  plain.info.clear();
  write_poscar(scratch / "POSCAR", plain);
  CHECK(read_poscar(scratch / "POSCAR").info.empty());
  CHECK(scratch.entries() == 1);
}

TEST_CASE("POSCAR: every way to say the same crystal gives the same frame") {
  const Frame direct = read_text(head + "Direct\n" + sites);
  REQUIRE(direct.positions.size() == 8);
  CHECK(direct.species[3] == "Zn");
  CHECK(direct.species[4] == "S");
  CHECK(norm(direct.positions[5] - Vec3<double>{0.25 * 5.43, 0.75 * 5.43, 0.75 * 5.43}) < 1e-12);
  const auto same = [&](const std::string& text) { require_near(read_text(text), direct, 1e-12); };
  const std::string unit = "zinc blende\n5.43\n1 0 0\n0 1 0\n0 0 1\nZn S\n4 4\n";
  same(unit + "d\n" + sites);
  same(unit + "Cartesian\n" + sites);
  same(unit + "k\n" + sites);
  const std::string volume = std::to_string(5.43 * 5.43 * 5.43);
  same(replaced(unit, "5.43", "-" + volume + "   ! the volume") + "C\n" + sites);
  same(replaced(replaced(head, "Zn S", "Zn_d/6a2f54 S_h"), "1.0", "+1.0E+00") + "Direct\n" + sites + "\n  \n");
  same(replaced(head, "4 4", "4 4 ! atoms") + "Direct\r\n" + replaced(sites, "0 0 0", "0 0 0 Zn1\r"));
  std::string selective = head + "Selective dynamics\nDirect\n";
  for (std::size_t at = 0; at < sites.size(); at = sites.find('\n', at) + 1)
    selective += sites.substr(at, sites.find('\n', at) - at) + " T .FALSE. F\n";
  same(selective);
  std::string velocities;
  for (int i = 0; i < 8; ++i) velocities += "  0.00000000E+00  0.1 0\n";
  same(head + "Direct\n" + sites + "\n" + velocities);
  same(head + "Direct\n" + sites + "Cartesian\n" + velocities + "\n");
}

TEST_CASE("POSCAR: three scaling factors stretch edges and Cartesian positions axis by axis") {
  const Frame frame = read_text("x\n1 2 3\n1 0 0\n0.5 1 0\n0 0 1\nAr\n1\nCartesian\n0.5 0.5 0.5\n");
  CHECK(norm((*frame.cell).b - Vec3<double>{0.5, 2, 0}) == 0);
  CHECK(norm(frame.positions[0] - Vec3<double>{0.5, 1, 1.5}) == 0);
}

TEST_CASE("POSCAR: ASE opens ours, and we read ASE's") {
  const Scratch scratch;
  write_poscar(scratch / "POSCAR", skew_frame());
  spill(scratch / "volume", "x\n-50\n1 0 0\n0.5 1 0\n0 0.25 1\nSi O\n1 1\nSelective\nC\n0 0 0 T T F\n.5 .5 .5 F F F\n");
  spill(scratch / "three", "x\n2 3 4\n1 0 0\n0.5 1 0\n0 0.25 1\nSi O\n1 1\nDirect\n0 0 0\n.5 .5 .5\n");
  const auto path = [&](const char* name) { return " '" + (scratch / name).string() + "'"; };
  const auto printed = run_python("POSCAR: ASE opens ours, and we read ASE's", scratch, R"(
import sys, numpy as np, ase, ase.io, ase.build
from ase.constraints import FixAtoms, FixScaled
a = ase.io.read(sys.argv[1], format="vasp")
assert a.get_chemical_symbols() == ["O", "Si", "Si", "O"] and all(a.pbc)
assert np.array_equal(a.cell.array, [[10, 0, 0], [1.5, 9, 0], [0.1 + 0.2, -1, 8]])
assert np.array_equal(a.positions[0], [0.1, 2e-17, -3]) and a.positions[2, 0] == 1 / 3
b = ase.build.bulk("NaCl", "rocksalt", a=5.64)  # primitive: edges at 60 degrees
b.set_constraint(FixAtoms([0]))
ase.io.write(sys.argv[2], b, format="vasp", direct=True)
ase.io.write(sys.argv[3], b, format="vasp", direct=False)
for name in sys.argv[4:]:
    a = ase.io.read(name, format="vasp")
    print(*a.cell.array[1].tolist(), *a.positions[1].tolist())
)",
                                  path("POSCAR") + path("direct") + path("cartesian") + path("volume") + path("three"));
  if (!printed) return;
  const Frame direct = read_poscar(scratch / "direct"), cartesian = read_poscar(scratch / "cartesian");
  CHECK(direct.species == std::vector<std::string>{"Na", "Cl"});
  require_near(direct, cartesian, 1e-12);
  CHECK(norm(direct.positions[1] - Vec3<double>{2.82, 0, 0}) < 1e-12);
  CHECK(determinant(*direct.cell) == doctest::Approx(5.64 * 5.64 * 5.64 / 4));
  std::istringstream theirs(*printed);
  for (const char* name : {"volume", "three"}) {
    const Frame ours = read_poscar(scratch / name);
    for (const Vec3<double> x : {(*ours.cell)[1], ours.positions[1]}) {
      Vec3<double> y{};
      theirs >> y.x >> y.y >> y.z;
      REQUIRE(theirs.good());
      CHECK(norm(x - y) < 1e-12);
    }
  }
}

TEST_CASE("POSCAR: bad lines are refused with their number") {
  const std::string good = head + "Direct\n" + sites;
  CHECK(said(good) == "no InputError");
  CHECK(contains(said(""), "line 1): got the end of the file"));
  CHECK(contains(said("zinc\n"), "line 2): got the end of the file"));
  CHECK(contains(said(replaced(good, "1.0\n", "one\n")), "line 2): got 'one'"));
  CHECK(contains(said(replaced(good, "1.0\n", "0\n")), "line 2): got '0'"));
  CHECK(contains(said(replaced(good, "1.0\n", "nan\n")), "line 2): got 'nan'"));
  CHECK(contains(said(replaced(good, "1.0\n", "1 2\n")), "line 2): got 2 columns"));
  CHECK(contains(said(replaced(good, "1.0\n", "1 -2 1\n")), "line 2): got '-2'"));
  CHECK(contains(said(replaced(good, "1.0\n", "1e200\n")), "span a finite volume"));
  CHECK(contains(said(replaced(good, "0 5.43 0\n", "0 5.43\n")), "line 4): got 2 columns"));
  CHECK(contains(said(replaced(good, "0 5.43 0\n", "0 5.43 0 0\n")), "line 4): got 4 columns"));
  CHECK(contains(said(replaced(good, "0 5.43 0\n", "0 inf 0\n")), "line 4): got 'inf'"));
  CHECK(contains(said(replaced(good, "0 5.43 0\n", "10.86 0 0\n")), "line 5): got edges of volume 0"));
  CHECK(contains(said(replaced(good, "0 5.43 0\n", "0 -5.43 0\n")), "line 5): got left-handed edges"));
  CHECK(contains(said(replaced(good, "Zn S\n", "")), "line 6): got '4'"));
  CHECK(contains(said(replaced(good, "Zn S\n", "\n")), "line 7): got 2 numbers"));
  CHECK(contains(said(replaced(good, "4 4\n", "4\n")), "line 7): got 1 numbers"));
  CHECK(contains(said(replaced(good, "4 4\n", "4 -4\n")), "line 7): got '-4'"));
  CHECK(contains(said(replaced(good, "4 4\n", "4 0\n")), "line 7): got '0'"));
  CHECK(contains(said(replaced(good, "4 4\n", "4 4.5\n")), "line 7): got '4.5'"));
  CHECK(contains(said(replaced(good, "4 4\n", "4 999999999999\n")), "line 7): got '999999999999'"));
  CHECK(contains(said(replaced(good, "Direct\n", "Fractional\n")), "line 8): got 'Fractional'"));
  CHECK(contains(said(replaced(good, "Direct\n", "")), "line 8): got '0 0 0'"));
  CHECK(contains(said(replaced(good, "0.5 0.5 0\n", "0.5 zero 0\n")), "line 12): got 'zero'"));
  CHECK(contains(said(replaced(good, "0.5 0.5 0\n", "0.5 nan 0\n")), "line 12): got 'nan'"));
  CHECK(contains(said(replaced(good, "0.5 0.5 0\n", "0.5 0.5\n")), "line 12): got 2 columns"));
  CHECK(contains(said(replaced(good, "0.5 0.5 0\n", "0.5 0.5 0 0.5\n")), "line 12): got '0.5', expected nothing more"));
  CHECK(contains(said(replaced(good, "0.5 0.5 0\n", "0.5 0.5 0 S\n")), "the symbol Zn"));
  CHECK(contains(said(replaced(good, "0.5 0.5 0\n", "0.5 0.5 0 T T T\n")), "line 12): got 6 columns"));
  CHECK(contains(said(replaced(good, "Direct\n", "Selective\nDirect\n")), "line 10): got 3 columns"));
  CHECK(contains(said(replaced(head + "S\nD\n" + sites, "0 0 0\n", "0 0 0 T F 1\n")), "line 10): got '1', expected T or F"));
  CHECK(contains(said(replaced(good, "0.75 0.75 0.25\n", "")), "line 16): got the end of the file"));
  CHECK(contains(said(good + "0.1 0.1 0.1\n"), "line 17): got '0.1 0.1 0.1', expected nothing after the last of 8 atoms"));
  CHECK(contains(said(good + "\n0 0 0\n"), "line 19): got the end of the file"));
  std::string velocities = "\n";
  for (int i = 0; i < 8; ++i) velocities += "0 0 0\n";
  CHECK(contains(said(good + velocities + "\n1\n"), "line 27): got '1', expected nothing after the velocities"));
}

TEST_CASE("POSCAR: a frame that cannot be written leaves no file") {
  const Scratch scratch;
  const auto refused = [&](auto&& change) {
    Frame frame = skew_frame();
    change(frame);
    return complaint([&] { write_poscar(scratch / "POSCAR", frame); });
  };
  CHECK(contains(refused([](Frame& f) { f.cell.reset(); }), "a cell that repeats"));
  CHECK(contains(refused([](Frame& f) { f.periodic[1] = false; }), "a cell that repeats"));
  CHECK(contains(refused([](Frame& f) { f.cell->c = f.cell->a; }), "span a finite volume"));
  CHECK(contains(refused([](Frame& f) { std::swap(f.cell->a, f.cell->c); }), "left-handed"));
  CHECK(contains(refused([](Frame& f) { f.positions[2].x = std::nan(""); }), "position of particle 2"));
  CHECK(contains(refused([](Frame& f) { f.species.pop_back(); }), "got 3, expected 4"));
  CHECK(contains(refused([](Frame& f) { f.species[1] = "8"; }), "a chemical symbol"));
  CHECK(contains(refused([](Frame& f) { f.species[1] = "Si_1"; }), "a chemical symbol"));
  CHECK(contains(refused([](Frame& f) { f.info["comment"] = "two\nlines"; }), "one line"));
  CHECK(contains(refused([](Frame& f) { f = Frame(); }), "at least one"));
  CHECK(scratch.entries() == 0);
}
