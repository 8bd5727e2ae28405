#include "erg/base/random.hpp"
#include "erg/base/parallel.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

using erg::Lanes;
using erg::Stream;
using erg::StreamName;
using erg::TileBuffer;

namespace {

constexpr Stream stream{20260731, StreamName::test};

template <int W>
void check_philox(const std::array<std::uint32_t, 4>& counter, std::uint64_t seed, const std::array<std::uint32_t, 4>& expected) {
  erg::detail::Words<W> c[4];
  for (int k = 0; k < 4; ++k) c[k] = erg::detail::Words<W>{} + counter[k];
  erg::detail::philox_lanes<W>(c, seed);
  for (int k = 0; k < 4; ++k) {
    for (int s = 0; s < W; ++s) CHECK(std::uint32_t{c[k][s]} == expected[k]);
  }
}

// Kolmogorov's distance between sorted x and the distribution function `below`, times √n.
template <class F>
double kolmogorov(std::vector<double> x, F below) {
  std::sort(x.begin(), x.end());
  const auto n = static_cast<double>(x.size());
  double distance = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double p = below(x[i]);
    distance = std::max({distance, p - double(i) / n, double(i + 1) / n - p});
  }
  return distance * std::sqrt(n);
}

double normal_below(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.)); }

}  // namespace

TEST_CASE("Philox: known answers of Random123") {
  // The three vectors of Random123's kat_vectors for philox4x32 with 10 rounds; key = (low, high) word of the seed.
  struct Answer {
    std::array<std::uint32_t, 4> counter;
    std::uint64_t seed;
    std::array<std::uint32_t, 4> expected;
  };
  const Answer answers[] = {
      {{0, 0, 0, 0}, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, 0xffffffffffffffff, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822, {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  for (const auto& a : answers) {
    CHECK(erg::detail::philox(a.seed, std::uint64_t{a.counter[1]} << 32 | a.counter[0], a.counter[2], a.counter[3]) ==
          a.expected);
    check_philox<16>(a.counter, a.seed, a.expected);
    check_philox<8>(a.counter, a.seed, a.expected);
    check_philox<1>(a.counter, a.seed, a.expected);
  }
}

TEST_CASE("Philox: lanes equal Random123 on many counters") {
  erg::detail::Words<16> c[4];
  std::uint32_t x = 12345;
  for (int trial = 0; trial < 200; ++trial) {
    const std::uint64_t seed = std::uint64_t{x} * 0x9E3779B97F4A7C15;
    for (auto& word : c) {
      for (int s = 0; s < 16; ++s) word[s] = x = x * 1664525 + 1013904223;
    }
    erg::detail::Words<16> before[4];
    std::copy(c, c + 4, before);
    erg::detail::philox_lanes<16>(c, seed);
    for (int s = 0; s < 16; ++s) {
      const auto expected =
          erg::detail::philox(seed, std::uint64_t{before[1][s]} << 32 | before[0][s], before[2][s], before[3][s]);
      for (int k = 0; k < 4; ++k) CHECK(std::uint32_t{c[k][s]} == expected[k]);
    }
  }
}

TEST_CASE("Normals: a draw depends on seed, name, sample and row alone") {
  constexpr int rows = 75, samples = 64;                          // more than one register of blocks of four
  constexpr std::uint64_t first = (std::uint64_t{1} << 32) - 24;  // crosses the carry of the counter
  TileBuffer<Lanes<double, 8>> wide(rows, samples / 8);
  erg::normals(stream, first, wide.view());
  const auto draw = [&](int row, int sample) { return wide.view()(row, sample / 8)[sample % 8]; };

  // Other tiles, other lanes, one by one, on four threads.
  TileBuffer<double> narrow(rows, samples);
  erg::normals(stream, first, narrow.view());
  TileBuffer<Lanes<double, 2>> late(rows, 1);
  erg::normals(stream, first + 30, late.view());
  TileBuffer<Lanes<double, 8>> fewer_rows(5, samples / 8);
  erg::set_threads(4);
  erg::parallel_for(samples / 8, [&](int pack, int) {
    TileBuffer<Lanes<double, 8>> part(5, 1);
    erg::normals(stream, first + 8 * pack, part.view());
    for (int row = 0; row < 5; ++row) fewer_rows.view()(row, pack) = part.view()(row, 0);
  });
  for (int row = 0; row < rows; ++row) {
    for (int s = 0; s < samples; ++s) {
      CHECK(narrow.view()(row, s) == draw(row, s));
      CHECK(erg::normal(stream, first + s, row) == draw(row, s));
      if (row < 5) CHECK(fewer_rows.view()(row, s / 8)[s % 8] == draw(row, s));
    }
    CHECK(late.view()(row, 0)[1] == draw(row, 31));
  }
  CHECK(erg::normal({stream.seed, StreamName::bench}, first, 0) != draw(0, 0));
  CHECK(erg::normal({stream.seed + 1, StreamName::test}, first, 0) != draw(0, 0));
}

TEST_CASE("Normals: float draws are the double draws, rounded") {
  constexpr int rows = 64, packs = 256;
  TileBuffer<Lanes<float, 16>> single(rows, packs);
  TileBuffer<Lanes<double, 8>> twice(rows, 2 * packs);
  erg::normals(stream, 0, single.view());
  erg::normals(stream, 0, twice.view());
  double worst = 0;
  for (int row = 0; row < rows; ++row) {
    for (int s = 0; s < packs * 16; ++s) {
      const double x = single.view()(row, s / 16)[s % 16], y = twice.view()(row, s / 8)[s % 8];
      worst = std::max(worst, std::abs(x - y) / (1 + std::abs(y)));
    }
  }
  MESSAGE("largest |float − double| / (1 + |double|) = " << worst);
  CHECK(worst < 3e-7);
}

TEST_CASE("Normals: double draws are Box and Muller's of the words") {
  for (std::uint64_t sample = 0; sample < 2000; ++sample) {
    const auto w =
        erg::detail::philox(stream.seed, sample, 3, erg::detail::philox_domain(stream.name, erg::detail::Draw::normal));
    const double radius = std::sqrt(-2 * std::log((w[2] + 0.5) * 0x1p-32));
    const double angle = 2 * std::acos(-1.) * (static_cast<std::int32_t>(w[3]) + 0.5) * 0x1p-32;
    CHECK(std::abs(erg::normal(stream, sample, 14) - radius * std::cos(angle)) < 1e-14);
    CHECK(std::abs(erg::normal(stream, sample, 15) - radius * std::sin(angle)) < 1e-14);
  }
}

TEST_CASE("Normals: the largest and the smallest words give finite tails") {
  using L = Lanes<float, 1>;
  using Integers = erg::detail::RegisterOf<std::int32_t, 1>::type;
  CHECK(erg::detail::rayleigh<L>(Integers{0})[0] == doctest::Approx(std::sqrt(2 * 33 * std::log(2.))));  // u = 2^-33
  CHECK(erg::detail::rayleigh<L>(Integers{-1})[0] == doctest::Approx(std::sqrt(2 * 0x1p-33)));           // u = 1 − 2^-33
  CHECK(erg::detail::rayleigh<L>(Integers{-3})[0] == doctest::Approx(std::sqrt(2 * 2.5 * 0x1p-32)));
}

TEST_CASE("Normals: moments, independence and Kolmogorov's distance are those of the normal distribution") {
  constexpr int rows = 16, packs = 1 << 12, n = rows * packs * 16;
  TileBuffer<Lanes<float, 16>> z(rows, packs);
  erg::normals(stream, 0, z.view());
  double power[5] = {}, neighbours[3] = {};
  std::vector<double> x;
  for (int row = 0; row < rows; ++row) {
    for (int s = 0; s < packs * 16; ++s) {
      const double v = z.view()(row, s / 16)[s % 16];
      for (int k = 1; k <= 4; ++k) power[k] += std::pow(v, k) / n;
      neighbours[0] += v * z.view()((row + 1) % rows, s / 16)[s % 16] / n;
      neighbours[1] += v * z.view()(row, s / 16)[(s + 1) % 16] / n;
      const double u = z.view()((row + 1) % rows, s / 16)[s % 16];
      neighbours[2] += (v * v - 1) * (u * u - 1) / n;
      if (row < 4 && s < 25'000) x.push_back(v);
    }
  }
  // Bounds of five standard errors: six checks together fail by chance once in 3·10⁵ seeds.
  const double e = 5 / std::sqrt(double(n));
  CHECK(std::abs(power[1]) < e);
  CHECK(std::abs(power[2] - 1) < e * std::sqrt(2.));
  CHECK(std::abs(power[3]) < e * std::sqrt(15.));
  CHECK(std::abs(power[4] - 3) < e * std::sqrt(96.));
  CHECK(std::abs(neighbours[0]) < e);
  CHECK(std::abs(neighbours[1]) < e);
  CHECK(std::abs(neighbours[2]) < 2 * e);
  CHECK(kolmogorov(x, normal_below) < 2.5);  // false alarm: 2 exp(−2 · 2.5²) = 7·10⁻⁶
}

TEST_CASE("Uniform: fills [0, 1) evenly, every k anew") {
  std::vector<double> x;
  for (std::uint64_t i = 0; i < 50'000; ++i) {
    x.push_back(erg::uniform(stream, i));
    x.push_back(erg::uniform(stream, i, 1));
    CHECK(x.back() != x[x.size() - 2]);
  }
  CHECK(*std::min_element(x.begin(), x.end()) >= 0);
  CHECK(*std::max_element(x.begin(), x.end()) < 1);
  CHECK(kolmogorov(x, [](double u) { return u; }) < 2.5);  // false alarm: 7·10⁻⁶
}

TEST_CASE("Integers: every value below n equally often") {
  constexpr int n = 7, draws = 70'000;
  int count[n] = {};
  for (int i = 0; i < draws; ++i) ++count[erg::integer_below(n, stream, i)];
  double chi_squared = 0;
  for (const int c : count) chi_squared += (c - draws / n) * (c - draws / n) / (double(draws) / n);
  CHECK(chi_squared < 38);  // 6 degrees of freedom: false alarm 10⁻⁶
  for (int i = 0; i < 100; ++i) CHECK(erg::integer_below(1, stream, i) == 0);
  CHECK_THROWS_AS(erg::integer_below(0, stream, 0), erg::InputError);
}

TEST_CASE("Integers: no bias where n nearly fills the word") {
  // n = 3 · 2³⁰: without rejection, values ≡ 0 mod 3 would come up half the time.
  constexpr std::uint32_t n = 3u << 30;
  int residue[3] = {};
  for (int i = 0; i < 30'000; ++i) ++residue[erg::integer_below(n, stream, i) % 3];
  for (const int c : residue) CHECK(std::abs(c - 10'000) < 5 * std::sqrt(30'000 * 2. / 9));  // false alarm 2·10⁻⁶
}

TEST_CASE("Stream names: each has a number of its own") {
  using enum StreamName;
  const std::set<int> numbers{int(base_density), int(training_batch), int(initialise), int(bootstrap),
                              int(data_order),   int(proposal),       int(acceptance), int(velocity),
                              int(exchange),     int(start),          int(test),       int(bench)};
  CHECK(numbers.size() == 12);
  CHECK(int(base_density) == 1);  // the numbers are part of every result: they never change
  CHECK(int(bench) == 12);
}
