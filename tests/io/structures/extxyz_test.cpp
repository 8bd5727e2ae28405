#include "erg/io/structures/extxyz.hpp"

#include "io/scratch.hpp"

#include <limits>

using namespace erg;

namespace {

Frame example(double shift) {
  Frame frame;
  frame.cell = Mat3<double>{{10, 0, 0}, {1.5, 9, 0}, {0.1 + 0.2, -1, 8}};
  frame.species = {"O", "Si", "Ar"};
  frame.positions = {{0.1 + shift, 2e-17, -3}, {4, 5, 6}, {1. / 3, 1e10, 0}};
  frame.energy = -12.25 + shift;
  frame.log_weight = -1e4;
  frame.info["step"] = "7";
  return frame;
}

void require_equal(const Frame& a, const Frame& b) {
  REQUIRE(a.positions.size() == b.positions.size());
  REQUIRE(a.forces.size() == b.forces.size());
  REQUIRE(a.cell.has_value() == b.cell.has_value());
  for (int k = 0; a.cell && k < 9; ++k) CHECK((*a.cell)[k / 3][k % 3] == (*b.cell)[k / 3][k % 3]);
  for (std::size_t i = 0; i < a.positions.size(); ++i)
    for (int axis = 0; axis < 3; ++axis) {
      CHECK(a.positions[i][axis] == b.positions[i][axis]);
      if (!a.forces.empty()) CHECK(a.forces[i][axis] == b.forces[i][axis]);
    }
  CHECK(a.species == b.species);
  CHECK(a.periodic == b.periodic);
  CHECK(a.energy == b.energy);
  CHECK(a.log_weight == b.log_weight);
  CHECK(a.info == b.info);
}

void write_frames(const std::filesystem::path& path, const std::vector<Frame>& frames) {
  ExtxyzWriter writer(path);
  for (const Frame& frame : frames) writer.write(frame);
  writer.commit();
}

}  // namespace

TEST_CASE("extxyz: what is written comes back, to the last bit") {
  const Scratch scratch;
  std::vector<Frame> frames{example(0), example(0.7), {}, example(-3)};
  frames[1].forces = {{1, 2, 3}, {-1e-9, 0, 4}, {5, 6, 7}};
  frames[1].periodic = {true, false, true};
  frames[2].species = {"H"};
  frames[2].positions = {{1, 2, 3}};
  frames[2].periodic = {false, false, false};
  frames[3].info = {{"comment", "two words"}};
  write_frames(scratch / "a.extxyz", frames);
  const auto back = read_extxyz(scratch / "a.extxyz");
  REQUIRE(back.size() == frames.size());
  for (std::size_t k = 0; k < frames.size(); ++k) require_equal(back[k], frames[k]);
}

TEST_CASE("extxyz: ASE opens ours, and we read ASE's") {
  const Scratch scratch;
  std::vector<Frame> frames{example(0), example(0.7)};
  frames[1].forces = {{1, 2, 3}, {-1e-9, 0, 4}, {5, 6, 7}};
  write_frames(scratch / "ours.extxyz", frames);
  const auto printed = run_python("extxyz: ASE opens ours, and we read ASE's", scratch, R"(
import sys, numpy as np, ase, ase.io
from ase.calculators.singlepoint import SinglePointCalculator
a, b = ase.io.read(sys.argv[1], index=":")
assert a.get_chemical_symbols() == ["O", "Si", "Ar"] and all(a.pbc)
assert np.array_equal(a.cell.array, [[10, 0, 0], [1.5, 9, 0], [0.1 + 0.2, -1, 8]])
assert np.array_equal(a.positions[0], [0.1, 2e-17, -3]) and a.positions[2, 0] == 1 / 3
assert a.get_potential_energy() == -12.25 and a.info["log_weight"] == -1e4 and a.info["step"] == 7
assert np.array_equal(b.get_forces()[1], [-1e-9, 0, 4])
w = ase.Atoms("OH2", positions=[[0, 0, 0], [1, 0, 0.5], [0, 1, -0.25]], cell=[4, 5, 6], pbc=[True, True, False])
w.calc = SinglePointCalculator(w, energy=-3.5, forces=np.arange(9.0).reshape(3, 3))
w.info["log_weight"] = 0.125
w.set_momenta(np.ones((3, 3)))
ase.io.write(sys.argv[2], [w, w], format="extxyz")
)",
                                  (scratch / "ours.extxyz").string() + " " + (scratch / "theirs.extxyz").string());
  if (!printed) return;
  const auto theirs = read_extxyz(scratch / "theirs.extxyz");
  REQUIRE(theirs.size() == 2);
  CHECK(theirs[1].species == std::vector<std::string>{"O", "H", "H"});
  CHECK(theirs[1].positions[2].z == -0.25);
  CHECK((*theirs[1].cell)[1][1] == 5);
  CHECK(theirs[1].periodic == std::array<bool, 3>{true, true, false});
  CHECK(theirs[1].energy == -3.5);
  CHECK(theirs[1].log_weight == 0.125);
  REQUIRE(theirs[1].forces.size() == 3);
  CHECK(theirs[1].forces[2].y == 7);
}

TEST_CASE("extxyz: bad lines are refused with their number") {
  const Scratch scratch;
  const std::string head = "2\nLattice=\"1 0 0 0 1 0 0 0 1\" Properties=species:S:1:pos:R:3 energy=1\n";
  const auto said = [&](const std::string& text) {
    spill(scratch / "bad", text);
    return complaint([&] { read_extxyz(scratch / "bad"); });
  };
  CHECK(said(head + "H 0 0 0\nH 0 0 1\n") == "no InputError");
  CHECK(said(head + "H 0 0 0\r\n  H\t0 0 1") == "no InputError");
  CHECK(said("") == "no InputError");
  CHECK(contains(said(head + "H 0 0 0\nH 0 zero 1\n"), "line 4): got 'zero'"));
  CHECK(contains(said(head + "H 0 0 0\nH 0 nan 1\n"), "line 4): got 'nan'"));
  CHECK(contains(said(head + "H 0 0 0\nH 0 0\n"), "line 4): got another number of columns"));
  CHECK(contains(said(head + "H 0 0 0 9\nH 0 0 0\n"), "line 3): got another number of columns"));
  CHECK(contains(said(head + "H 0 0 0\n"), "line 4): got the end of the file"));
  CHECK(contains(said("two\n"), "line 1)"));
  CHECK(contains(said("-1\n"), "line 1)"));
  CHECK(contains(said("1 1\n"), "line 1)"));
  CHECK(contains(said("99999999999\nProperties=species:S:1:pos:R:3\n"), "line 1)"));
  CHECK(contains(said("1\n"), "line 2): got the end of the file"));
  CHECK(contains(said("1\nplain comment\nH 0 0 0\n"), "line 2): got no Properties"));
  CHECK(contains(said("1\nProperties=species:S:1\nH\n"), "species:S:1 and pos:R:3"));
  CHECK(contains(said("1\nProperties=species:S:1:pos:R\nH\n"), "name:type:columns"));
  CHECK(contains(said("1\nProperties=species:S:1:pos:R:3 energy=low\nH 0 0 0\n"), "got 'low'"));
  CHECK(contains(said("1\nProperties=species:S:1:pos:R:3 Lattice=\"1 0 0\"\nH 0 0 0\n"), "Lattice"));
  CHECK(contains(said("1\nProperties=species:S:1:pos:R:3 Lattice=\"1 0 0 0 1 0 0 0 1 2\"\nH 0 0 0\n"), "nine"));
  CHECK(contains(said("1\nProperties=species:S:1:pos:R:3 pbc=\"T T\"\nH 0 0 0\n"), "pbc"));
  CHECK(contains(said("1\nProperties=species:S:1:pos:R:3 note=\"open\nH 0 0 0\n"), "a closing quote"));
}

TEST_CASE("extxyz: a frame that cannot be written leaves no file") {
  const Scratch scratch;
  const auto said = [&](const Frame& bad) { return complaint([&] { write_frames(scratch / "a.extxyz", {example(0), bad}); }); };
  Frame frame = example(0);
  frame.positions[1].y = std::numeric_limits<double>::quiet_NaN();
  CHECK(contains(said(frame), "position of particle 1"));
  CHECK(contains(said(frame), "frame 1"));
  frame = example(0);
  frame.energy = std::numeric_limits<double>::infinity();
  CHECK(contains(said(frame), "energy"));
  frame = example(0);
  frame.species.pop_back();
  CHECK(contains(said(frame), "species"));
  frame = example(0);
  frame.species[0] = "two words";
  CHECK(contains(said(frame), "a word"));
  frame = example(0);
  frame.forces.resize(1);
  CHECK(contains(said(frame), "forces"));
  frame = example(0);
  frame.info["note"] = "a \"quote\"";
  CHECK(contains(said(frame), "value of 'note'"));
  CHECK(scratch.entries() == 0);
}
