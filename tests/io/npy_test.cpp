#include "erg/io/npy.hpp"

#include "erg/base/lanes.hpp"
#include "scratch.hpp"

#include <cstdint>
#include <limits>
#include <vector>

using namespace erg;

namespace {
/// batch(row, sample) of the tests: every entry tells where it stood.
double entry(int particle, int axis, int sample) { return 100 * sample + 10 * particle + axis; }
}  // namespace

TEST_CASE("npy: what is written comes back, bit by bit") {
  const Scratch scratch;
  const std::vector<double> values{0.1, -0.0, 1e-310, 1e300, 5, 6};
  write_npy<double>(scratch / "a.npy", values, std::array<std::size_t, 2>{3, 2});
  const xt::xarray<double> back = read_npy<double>(scratch / "a.npy");
  CHECK(back.dimension() == 2);
  CHECK(back.shape(0) == 3);
  CHECK(std::memcmp(back.data(), values.data(), sizeof(double) * values.size()) == 0);
  const std::vector<std::int64_t> whole{std::numeric_limits<std::int64_t>::min(), 7};
  write_npy<std::int64_t>(scratch / "b.npy", whole, std::array<std::size_t, 1>{2});
  CHECK(read_npy<std::int64_t>(scratch / "b.npy")(0) == whole[0]);
  CHECK(scratch.entries() == 2);
}

TEST_CASE("npy: a batch is turned to (sample, particle, axis), the stored samples beyond those wanted left out") {
  const Scratch scratch;
  using R = Lanes<float, 4>;
  const int particles = 3, samples = 6;
  TileBuffer<R> buffer(3 * particles, 2);  // 8 samples stored
  for (int particle = 0; particle < particles; ++particle)
    for (int axis = 0; axis < 3; ++axis)
      for (int s = 0; s < 8; ++s)
        buffer.view()(3 * particle + axis, s / 4).set(s % 4, static_cast<float>(entry(particle, axis, s)));
  write_npy_batch(scratch / "batch.npy", buffer.view(), samples);
  const xt::xarray<float> back = read_npy<float>(scratch / "batch.npy");
  REQUIRE(back.dimension() == 3);
  CHECK(back.shape(0) == 6);
  CHECK(back.shape(1) == 3);
  CHECK(back.shape(2) == 3);
  for (int s = 0; s < samples; ++s)
    for (int particle = 0; particle < particles; ++particle)
      for (int axis = 0; axis < 3; ++axis) CHECK(back(s, particle, axis) == entry(particle, axis, s));
  CHECK(contains(complaint([&] { write_npy_batch(scratch / "c.npy", buffer.view(), 9); }), "at least 9 samples"));
  const std::vector<double> odd(10);
  CHECK(contains(complaint([&] { write_npy_batch<double>(scratch / "c.npy", odd, 2, 1); }), "10 numbers"));
  CHECK(contains(complaint([&] {
                   write_npy<double>(scratch / "c.npy", odd, std::array<std::size_t, 2>{3, 3});
                 }),
                 "9, the product"));
  CHECK(scratch.entries() == 1);
}

TEST_CASE("npy: NumPy reads ours, and we read NumPy's in either memory order") {
  const Scratch scratch;
  const std::vector<float> values{1, 2, 3, 4, 5, 6};
  write_npy<float>(scratch / "ours.npy", values, std::array<std::size_t, 3>{1, 2, 3});
  const auto printed = run_python("npy: NumPy reads ours, and we read NumPy's", scratch, R"(
import sys, numpy as np
a = np.load(sys.argv[1])
assert a.dtype == np.float32 and a.shape == (1, 2, 3) and a[0, 1, 0] == 4
b = np.arange(6.0).reshape(2, 3)
np.save(sys.argv[2] + "/c.npy", b)
np.save(sys.argv[2] + "/f.npy", np.asfortranarray(b))
np.save(sys.argv[2] + "/e.npy", np.zeros((0, 3)))
np.save(sys.argv[2] + "/b.npy", b.astype(">f8"))
)",
                                  (scratch / "ours.npy").string() + " " + scratch.path().string());
  if (!printed) return;
  for (const char* name : {"c.npy", "f.npy"}) {
    const xt::xarray<double> back = read_npy<double>(scratch / name);
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 3; ++j) CHECK(back(i, j) == 3 * i + j);
  }
  CHECK(read_npy<double>(scratch / "e.npy").size() == 0);
  CHECK(contains(complaint([&] { read_npy<double>(scratch / "b.npy"); }), "numbers of type <f8"));
}

TEST_CASE("npy: broken and foreign files are refused with their path") {
  const Scratch scratch;
  write_npy<double>(scratch / "whole", std::vector<double>{1, 2, 3}, std::array<std::size_t, 1>{3});
  const std::string bytes = slurp(scratch / "whole");
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    spill(scratch / "cut", bytes.substr(0, length));
    CHECK_MESSAGE(contains(complaint([&] { read_npy<double>(scratch / "cut"); }), (scratch / "cut").string()), length);
  }
  const auto said = [&](std::string changed) {
    spill(scratch / "bad", changed);
    return complaint([&] { read_npy<double>(scratch / "bad"); });
  };
  CHECK(said(bytes) == "no InputError");
  CHECK(contains(said(bytes + "x"), "25 bytes of data"));
  CHECK(contains(complaint([&] { read_npy<float>(scratch / "whole"); }), "numbers of type <f4"));
  std::string version = bytes;
  version[6] = 9;
  CHECK(contains(said(version), "format version 9"));
  std::string shape = bytes;
  shape.replace(shape.find("(3,)"), 4, "(9,)");
  CHECK(contains(said(shape), "those of shape (9,)"));
  shape.replace(shape.find("(9,)"), 4, "(-3)");
  CHECK(contains(said(shape), "those of shape (-3)"));
  std::string order = bytes;
  order.replace(order.find("False"), 5, "Maybe");
  CHECK(contains(said(order), "npy file"));
  CHECK(contains(said("PK\3\4 something else"), "the npy signature"));
}
