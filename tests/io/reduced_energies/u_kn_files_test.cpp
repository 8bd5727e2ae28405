#include "erg/io/reduced_energies/u_kn_files.hpp"

#include "io/scratch.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

using namespace erg;

namespace {

const std::vector<double> energies{0, 1.5, -2, 1e7, 3, 0.1, std::numeric_limits<double>::infinity(), 4, 5, 6, 7, 8};
const std::vector<std::int64_t> counts{1, 0, 3};

}  // namespace

TEST_CASE("crc32: the published check value") {
  CHECK(crc32("123456789") == 0xCBF43926u);
  CHECK(crc32("") == 0);
}

TEST_CASE("u_kn: what is written comes back, bit by bit") {
  const Scratch scratch;
  write_u_kn(scratch / "u.npz", energies, counts);
  const auto back = read_u_kn(scratch / "u.npz");
  CHECK(back.u_kn == energies);
  CHECK(back.counts == counts);
  CHECK(scratch.entries() == 1);
}

TEST_CASE("u_kn: npz of numpy, in either memory order, and two npy files, are read") {
  const Scratch scratch;
  const auto printed = run_python("u_kn of numpy", scratch, R"(
import sys, numpy
u = numpy.arange(12.).reshape(3, 4) / 7
numpy.savez(sys.argv[1] + '/a.npz', u_kn=u, N_k=numpy.array([2, 0, 2]))
numpy.savez(sys.argv[1] + '/b.npz', N_k=numpy.array([2, 0, 2], dtype=numpy.int32), u_kn=numpy.asfortranarray(u), more=u)
numpy.savez_compressed(sys.argv[1] + '/c.npz', u_kn=u, N_k=numpy.array([2, 0, 2]))
numpy.save(sys.argv[1] + '/u.npy', u)
numpy.save(sys.argv[1] + '/n.npy', numpy.array([2., 0., 2.]))
with numpy.load(sys.argv[1] + '/ours.npz') as file:
    assert file['u_kn'].shape == (3, 4) and file['u_kn'][0, 3] == 1e7 and numpy.isinf(file['u_kn'][1, 2]) and list(file['N_k']) == [1, 0, 3]
)",
                                  (write_u_kn(scratch / "ours.npz", energies, counts), "'" + scratch.path().string() + "'"));
  if (!printed) return;
  for (const auto& stored :
       {read_u_kn(scratch / "a.npz"), read_u_kn(scratch / "b.npz"), read_u_kn(scratch / "u.npy", scratch / "n.npy")}) {
    CHECK(stored.counts == std::vector<std::int64_t>{2, 0, 2});
    REQUIRE(stored.u_kn.size() == 12);
    for (std::size_t k = 0; k < 12; ++k) CHECK(stored.u_kn[k] == static_cast<double>(k) / 7);
  }
  CHECK(contains(complaint([&] { read_u_kn(scratch / "c.npz"); }), "not savez_compressed"));
}

TEST_CASE("u_kn: damaged and wrong files are refused by name") {
  const Scratch scratch;
  write_u_kn(scratch / "u.npz", energies, counts);
  const std::string whole = slurp(scratch / "u.npz");
  const auto with = [&](const std::string& bytes) {
    spill(scratch / "x.npz", bytes);
    return complaint([&] { read_u_kn(scratch / "x.npz"); });
  };
  for (std::size_t size = 0; size < whole.size(); ++size) CHECK(contains(with(whole.substr(0, size)), "x.npz"));
  std::string damaged = whole;
  damaged[200] = static_cast<char>(damaged[200] ^ 1);
  CHECK(contains(with(damaged), "wrong checksum"));
  for (std::size_t at = 0; at < whole.size(); ++at) {  // no single damaged byte crashes, hangs, or passes as other numbers
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x55);
    spill(scratch / "x.npz", bytes);
    try {
      const auto back = read_u_kn(scratch / "x.npz");
      CHECK(back.u_kn == energies);
    } catch (const InputError&) {
    }
  }
  write_npz(scratch / "y.npz", {{"u_kn.npy", detail::u_kn_bytes(energies, counts, "")}});
  CHECK(contains(complaint([&] { read_u_kn(scratch / "y.npz"); }), "an array N_k.npy"));
  const std::vector<std::int64_t> others{2, 2};
  write_npz(scratch / "z.npz", {{"u_kn.npy", detail::u_kn_bytes(energies, counts, "")}, {"N_k.npy", detail::n_k_bytes(others)}});
  CHECK(contains(complaint([&] { read_u_kn(scratch / "z.npz"); }), "got 3 × 4, expected 2 states × 4 samples"));
  CHECK(contains(complaint([&] {
                   write_u_kn(scratch / "v.npz", energies, std::vector<std::int64_t>{1, 1, 1, 1, 1});
                 }),
                 "5 states"));
}
