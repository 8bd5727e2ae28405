#include "erg/io/structures/structure_file.hpp"

#include "io/scratch.hpp"

#include <cmath>

using namespace erg;

namespace {

const std::string poscar = "x\n1\n5 0 0\n0 5 0\n0 0 5\nCs Cl\n1 1\nDirect\n0 0 0\n0.5 0.5 0.5\n";
const std::string extxyz = "2\nLattice=\"5 0 0 0 5 0 0 0 5\" Properties=species:S:1:pos:R:3\nCs 0 0 0\nCl 2.5 2.5 2.5\n";

std::string said(const std::string& name, const std::string& text) {
  const Scratch scratch;
  spill(scratch / name, text);
  return complaint([&] { read_structure(scratch / name); });
}

}  // namespace

TEST_CASE("Structure file: the name tells the format, or else the first lines") {
  const Scratch scratch;
  const auto check = [&](const std::string& name, const std::string& text) {
    CAPTURE(name);
    spill(scratch / name, text);
    const Frame frame = read_structure(scratch / name);
    CHECK(frame.species == std::vector<std::string>{"Cs", "Cl"});
    CHECK(norm(frame.positions.at(1) - Vec3<double>{2.5, 2.5, 2.5}) < 1e-14);
    CHECK((*frame.cell)[2].z == 5);
  };
  for (const char* name : {"POSCAR", "CONTCAR", "POSCAR.relaxed", "salt.vasp", "salt.POSCAR", "salt", "salt.txt"})
    check(name, poscar);
  for (const char* name : {"salt.xyz", "salt.extxyz", "salt.XYZ", "salt", "salt.dat"}) check(name, extxyz);
  check("crlf", "x\r\n1 1 1\r\n5 0 0\r\n0 5 0\r\n0 0 5\r\nCs Cl\r\n1 1\r\nDirect\r\n0 0 0\r\n0.5 0.5 0.5\r\n");
}

TEST_CASE("Structure file: what holds no crystal is refused with what was expected") {
  CHECK(contains(said("salt.cif", "data_salt\n_cell_length_a 5\n"), "extended XYZ (*.xyz, *.extxyz) or a POSCAR"));
  CHECK(contains(said("salt", ""), "neither format"));
  CHECK(contains(said("POSCAR", extxyz), "line 2): got 10 columns"));
  CHECK(contains(said("salt.xyz", poscar), "salt.xyz, line 1): got 'x'"));
  CHECK(contains(said("salt.xyz", ""), "got 0 configurations, expected one"));
  CHECK(contains(said("salt.xyz", extxyz + extxyz), "got 2 configurations, expected one"));
  CHECK(contains(said("salt.xyz", extxyz + "Cl 1 1 1\n"), "line 5)"));
  CHECK(contains(said("salt.xyz", "1\nProperties=species:S:1:pos:R:3\nCs 0 0 0\n"), "lattice"));
  CHECK(contains(said("salt.xyz", "0\nProperties=species:S:1:pos:R:3 Lattice=\"1 0 0 0 1 0 0 0 1\"\n"), "line 1): got 0"));
  const auto with = [](const std::string& lattice, const std::string& more) {
    return said("salt.xyz", "1\nProperties=species:S:1:pos:R:3 Lattice=\"" + lattice + "\" " + more + "\nCs 0 0 0\n");
  };
  CHECK(with("5 0 0 0 5 0 0 0 5", "pbc=\"T T T\"") == "no InputError");
  CHECK(contains(with("5 0 0 0 5 0 0 0 5", "pbc=\"T T F\""), "line 2): got an open edge"));
  CHECK(contains(with("5 0 0 0 5 0 5 5 0", ""), "line 2): got edges of volume 0"));
  CHECK(contains(with("0 0 0 0 5 0 0 0 5", ""), "line 2): got edges of volume 0"));
  CHECK(contains(with("0 5 0 5 0 0 0 0 5", ""), "line 2): got left-handed edges"));
  const Scratch scratch;
  CHECK(contains(complaint([&] { read_structure(scratch / "absent.xyz"); }), "no such file"));
  CHECK(contains(complaint([&] { read_structure(scratch.path()); }), "not a regular file"));
}
