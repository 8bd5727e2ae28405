#include "erg/base/tile.hpp"
#include "erg/base/lanes.hpp"
#include "erg/base/parameters.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

using L = erg::Lanes<float, 16>;

TEST_CASE("Tile: rows of packs, the pack index fastest, zero at first and aligned") {
  erg::TileBuffer<L> buffer(3, 4);
  const auto t = buffer.view();
  CHECK(t.size() == 12);
  CHECK(reinterpret_cast<std::uintptr_t>(t.data) % sizeof(L) == 0);
  for (std::size_t i = 0; i < t.size(); ++i) CHECK(t.data[i][7] == 0);
  t(2, 1) = L(5);
  CHECK(t.data[2 * 4 + 1][0] == 5);
  CHECK(t.row(2)[1][15] == 5);
  const erg::Tile<const L> reading = t;
  CHECK(reading(2, 1)[3] == 5);
  buffer.fill(L(2));
  CHECK(reading(0, 0)[0] == 2);
}

TEST_CASE("Tape: memory stays put until released, and is used again after") {
  erg::Tape<double> tape;
  double* a = tape.push(10);
  std::fill(a, a + 10, 1.);
  const auto mark = tape.mark();
  std::vector<double*> parts;
  for (int k = 0; k < 50; ++k) {
    parts.push_back(tape.push(3000));
    std::fill(parts.back(), parts.back() + 3000, double(k));
  }
  for (int k = 0; k < 50; ++k) {
    CHECK(parts[k][0] == k);
    CHECK(parts[k][2999] == k);
  }
  CHECK(a[9] == 1);
  const auto bytes = tape.bytes();
  tape.release(mark);
  CHECK(tape.push(3000) == parts[0]);
  for (int k = 1; k < 50; ++k) tape.push(3000);
  CHECK(tape.bytes() == bytes);  // a second sweep takes nothing new
}

TEST_CASE("Tape: a request larger than a block gets a block of its own") {
  erg::Tape<double> tape;
  tape.push(1);
  double* large = tape.push(1 << 16);
  large[(1 << 16) - 1] = 3;
  double* after = tape.push(5);
  after[0] = 4;
  CHECK(large[(1 << 16) - 1] == 3);
}

TEST_CASE("ParameterLayout: parts follow each other without gaps") {
  erg::ParameterLayout layout;
  CHECK(layout.add("weight", {3, 4}) == 0);
  CHECK(layout.add("bias", {4}) == 12);
  CHECK(layout.add("scale", {}) == 16);
  CHECK(layout.size() == 17);
  CHECK(layout.slices()[1].name == "bias");
  CHECK(layout.slices()[2].size() == 1);
}
