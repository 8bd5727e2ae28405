/// \file
/// Random numbers by name and index: a draw depends on seed, stream name and index, on nothing else. The one list of streams.
#pragma once

#include "erg/base/error.hpp"
#include "erg/base/math.hpp"
#include "erg/base/tile.hpp"

#include <Random123/philox.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <type_traits>

namespace erg {

/// What a random draw is for. The numbers are part of the result (seed + name + index = draw): never change or reuse one,
/// append new names at the end.
enum class StreamName : std::uint16_t {
  base_density = 1,    ///< samples of a base density for evaluation: log-weights, written configurations
  training_batch = 2,  ///< samples of a base density for training steps; index = step · batch + sample
  initialise = 3,      ///< weights before training
  bootstrap = 4,       ///< resampling with replacement for error bars
  data_order = 5,      ///< shuffles of a data set
  proposal = 6,        ///< trial moves of Markov chains
  acceptance = 7,      ///< the uniform number that a trial move is accepted with
  velocity = 8,        ///< momenta of Hamiltonian and Langevin dynamics
  exchange = 9,        ///< swaps between replicas
  start = 10,          ///< starting configurations
  test = 11,           ///< tests
  bench = 12,          ///< benchmarks
};

/// A sequence of draws that no other (seed, name) shares.
struct Stream {
  std::uint64_t seed;
  StreamName name;
};

namespace detail {

/// Draws of different kinds never share random bits, even under one name.
enum class Draw : std::uint32_t { normal = 0, uniform = 1, integer = 2, stream = 3 };

ERG_HD constexpr std::uint32_t philox_domain(StreamName name, Draw kind, std::uint32_t attempt = 0) {
  return static_cast<std::uint32_t>(name) | static_cast<std::uint32_t>(kind) << 16 | attempt << 20;
}

/// 128 random bits: counter (index, block, domain) under the key `seed`.
ERG_HD inline std::array<std::uint32_t, 4> philox(std::uint64_t seed, std::uint64_t index, std::uint32_t block,
                                                  std::uint32_t domain) {
  const r123::Philox4x32::ctr_type counter = {
      {static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), block, domain}};
  const r123::Philox4x32::key_type key = {{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}};
  const auto bits = r123::Philox4x32{}(counter, key);
  return {bits.v[0], bits.v[1], bits.v[2], bits.v[3]};
}

template <int W>
using Words = typename RegisterOf<std::uint32_t, W>::type;

/// High and low words of a · m, lane by lane.
template <int W>
void wide_multiply(Words<W> a, std::uint32_t m, Words<W>& high, Words<W>& low) {
  if constexpr (W == 1) {
    const std::uint64_t p = std::uint64_t{a[0]} * m;
    high[0] = static_cast<std::uint32_t>(p >> 32);
    low[0] = static_cast<std::uint32_t>(p);
  } else {  // even and odd lanes as 64-bit products in place
    using Pairs = typename RegisterOf<std::uint64_t, W / 2>::type;
    constexpr std::uint64_t lower = 0xFFFFFFFF;
    const Pairs pairs = bits_as<Pairs>(a), even = (pairs & lower) * m, odd = (pairs >> 32) * m;
    high = bits_as<Words<W>>((even >> 32) | (odd & ~lower));
    low = bits_as<Words<W>>((even & lower) | (odd << 32));
  }
}

/// Philox4x32-10 on W counters at once; equal to Random123 bit by bit, which a test holds.
/// Source: Salmon et al. 2011, doi:10.1145/2063384.2063405, section 4.3.
template <int W>
void philox_lanes(Words<W> (&c)[4], std::uint64_t seed) {
  auto key_0 = static_cast<std::uint32_t>(seed), key_1 = static_cast<std::uint32_t>(seed >> 32);
  Words<W> a = c[0], b = c[1], d = c[2], e = c[3];
  for (int round = 0; round < 10; ++round) {
    Words<W> high_a, low_a, high_d, low_d;
    wide_multiply<W>(a, 0xD2511F53, high_a, low_a);
    wide_multiply<W>(d, 0xCD9E8D57, high_d, low_d);
    a = high_d ^ b ^ key_0;
    b = low_d;
    d = high_a ^ e ^ key_1;
    e = low_a;
    key_0 += 0x9E3779B9;
    key_1 += 0xBB67AE85;
  }
  c[0] = a, c[1] = b, c[2] = d, c[3] = e;
}

/// √(−2 ln u) for u = (w + ½) / 2³², with full relative accuracy at both ends of (0, 1).
template <class R, class Integers>
R rayleigh(Integers w) {
  using T = scalar_t<R>;
  // Read as signed, w / 2³² is u below one half and u − 1 above: exact near 0 and near 1.
  const R v = (R(__builtin_convertvector(w, typename R::Register)) + R(T(0.5))) * R(T(0x1p-32));
  const R zero(T(0)), one(T(1));
  const R u = select(v < zero, one + v, v);
  const R lost = select(v < zero, v - (u - one), zero);
  return sqrt(R(T(-2)) * (log(u) + lost));
}

/// cos and sin of 2π (w + ½) / 2³²: a quarter turn from the two leading bits, polynomials on ±π/4 for the rest.
/// Accuracy: 2⁻²³ (float), 2⁻⁵² (double), absolute.
template <class R, int W>
void cosine_sine(Words<W> w, R& cosine, R& sine) {
  using T = scalar_t<R>;
  using Integers = typename RegisterOf<std::int32_t, W>::type;
  const Words<W> turned = (w + (1u << 29)) >> 30;
  const Integers quarter = bits_as<Integers>(turned);                     // 0 … 3
  const Integers rest = bits_as<Integers>(Words<W>(w - (turned << 30)));  // ±2²⁹ of an eighth turn
  const R a = (R(__builtin_convertvector(rest, typename R::Register)) + R(T(0.5))) * R(T(1.5707963267948966 * 0x1p-30));
  const R z = a * a;
  R s, c;
  if constexpr (sizeof(T) == 4) {
    s = a + a * z * horner(z, 1. / 362880, -1. / 5040, 1. / 120, -1. / 6);
    c = horner(z, 1. / 40320, -1. / 720, 1. / 24, -0.5, 1.);
  } else {
    s = a + a * z *
                horner(z, 1. / 355687428096000., -1. / 1307674368000., 1. / 6227020800., -1. / 39916800, 1. / 362880, -1. / 5040,
                       1. / 120, -1. / 6);
    c = horner(z, 1. / 20922789888000., -1. / 87178291200., 1. / 479001600., -1. / 3628800, 1. / 40320, -1. / 720, 1. / 24, -0.5,
               1.);
  }
  const R odd(__builtin_convertvector(quarter & 1, typename R::Register)), zero(T(0));
  const R minus_c(__builtin_convertvector((quarter + 1) & 2, typename R::Register));
  const R minus_s(__builtin_convertvector(quarter & 2, typename R::Register));
  const auto swap = odd > zero;
  const R x = select(swap, s, c), y = select(swap, c, s);
  cosine = select(minus_c > zero, -x, x);
  sine = select(minus_s > zero, -y, y);
}

/// Four standard normal numbers per lane from four random words per lane.
/// Source: Box and Muller 1958, doi:10.1214/aoms/1177706645.
template <class R, int W>
void box_muller(const Words<W> (&bits)[4], R (&z)[4]) {
  using Integers = typename RegisterOf<std::int32_t, W>::type;
  for (int pair = 0; pair < 2; ++pair) {
    const R radius = rayleigh<R>(bits_as<Integers>(bits[2 * pair]));
    R cosine, sine;
    cosine_sine<R, W>(bits[2 * pair + 1], cosine, sine);
    z[2 * pair] = radius * cosine;
    z[2 * pair + 1] = radius * sine;
  }
}

/// The numbers of rows 4·block … 4·block + 3, blocks and samples (their low and high words) lane by lane.
template <std::floating_point T, int W>
void four_normals(Stream stream, Words<W> low, Words<W> high, Words<W> block, Lanes<T, W> (&z)[4]) {
  Words<W> c[4] = {low, high, block, Words<W>{} + philox_domain(stream.name, Draw::normal)};
  philox_lanes<W>(c, stream.seed);
  box_muller<Lanes<T, W>, W>(c, z);
}
template <int W>
Words<W> lane_numbers() {
  Words<W> lanes{};
  for (int s = 0; s < W; ++s) lanes[s] = static_cast<std::uint32_t>(s);
  return lanes;
}
/// One block for W samples from `first_sample`.
template <std::floating_point T, int W>
void normals_of_samples(Stream stream, std::uint64_t first_sample, std::uint32_t block, Lanes<T, W> (&z)[4]) {
  const Words<W> lanes = lane_numbers<W>(), low = lanes + static_cast<std::uint32_t>(first_sample);
  const Words<W> carry = bits_as<Words<W>>(low < lanes) & 1u;
  four_normals(stream, low, Words<W>(carry + static_cast<std::uint32_t>(first_sample >> 32)), Words<W>(Words<W>{} + block), z);
}
/// W blocks from `first_block` for one sample.
template <std::floating_point T, int W>
void normals_of_blocks(Stream stream, std::uint64_t sample, std::uint32_t first_block, Lanes<T, W> (&z)[4]) {
  four_normals(stream, Words<W>(Words<W>{} + static_cast<std::uint32_t>(sample)),
               Words<W>(Words<W>{} + static_cast<std::uint32_t>(sample >> 32)), Words<W>(lane_numbers<W>() + first_block), z);
}

}  // namespace detail

/// A stream of its own for one part of what draws from `stream`: parts, and parts of parts, share no draws.
ERG_HD inline Stream part_of(Stream stream, std::uint32_t part) {
  const auto bits = detail::philox(stream.seed, part, 0, detail::philox_domain(stream.name, detail::Draw::stream));
  return {std::uint64_t{bits[0]} << 32 | bits[1], stream.name};
}

/// Fills a tile with independent standard normal numbers.
///
/// Shapes:   out (rows, packs); pack p, lane s is sample first_sample + p · lanes + s.
/// Accuracy: float draws are the double draws of the same index to 3·10⁻⁷ · (1 + |z|). 32 bits feed each draw: |z| ≤ 6.77.
/// Source:   Philox4x32-10 and Box–Muller.
/// Row r of sample s depends on (seed, name, s, r) alone: not on tiles, threads or the number of lanes.
template <class R>
void normals(Stream stream, std::uint64_t first_sample, Tile<R> out) {
  using T = scalar_t<R>;
  constexpr int width = lanes_of<R>;
  for (int pack = 0; pack < out.packs; ++pack) {
    const std::uint64_t sample = first_sample + static_cast<std::uint64_t>(pack) * width;
    if constexpr (width == 1) {  // lanes are blocks of rows
      constexpr int blocks = lanes_of<native_lanes<T>>;
      for (int row = 0; row < out.rows; row += 4 * blocks) {
        Lanes<T, blocks> z[4];
        detail::normals_of_blocks(stream, sample, static_cast<std::uint32_t>(row) / 4, z);
        const int count = std::min(4 * blocks, out.rows - row);
        for (int k = 0; k < count; ++k) out(row + k, pack) = R(z[k % 4][k / 4]);
      }
    } else {
      for (int row = 0; row < out.rows; row += 4) {
        R z[4];
        detail::normals_of_samples(stream, sample, static_cast<std::uint32_t>(row) / 4, z);
        for (int k = 0; k < 4 && row + k < out.rows; ++k) out(row + k, pack) = z[k];
      }
    }
  }
}

/// One number of what `normals` fills.
inline double normal(Stream stream, std::uint64_t sample, std::uint32_t row) {
  // Two lanes where one is wanted: g++ 12 passes one-lane registers on the stack and, in a loop, may never take them off again.
  Lanes<double, 2> z[4];
  detail::normals_of_samples(stream, sample, row / 4, z);
  return z[row % 4][0];
}

/// The k-th uniform number of `index`, in [0, 1), all 53 bits random.
ERG_HD inline double uniform(Stream stream, std::uint64_t index, std::uint32_t k = 0) {
  const auto bits = detail::philox(stream.seed, index, k, detail::philox_domain(stream.name, detail::Draw::uniform));
  return static_cast<double>((std::uint64_t{bits[0]} << 32 | bits[1]) >> 11) * 0x1p-53;
}

/// The k-th integer of `index`, uniform on 0 … n − 1 without bias.
///
/// Errors:  n = 0 is an InputError.
/// Source:  Lemire 2019, doi:10.1145/3230636, with 32-bit words.
inline std::uint32_t integer_below(std::uint32_t n, Stream stream, std::uint64_t index, std::uint32_t k = 0) {
  if (n == 0) throw InputError("number of choices", "integer_below", "0", "at least 1");
  const std::uint32_t reject = (0u - n) % n;
  for (std::uint32_t attempt = 0;; ++attempt) {
    const auto bits = detail::philox(stream.seed, index, k, detail::philox_domain(stream.name, detail::Draw::integer, attempt));
    for (const std::uint32_t word : bits) {
      const std::uint64_t product = std::uint64_t{word} * n;
      if (static_cast<std::uint32_t>(product) >= reject) return static_cast<std::uint32_t>(product >> 32);
    }
  }
}

}  // namespace erg
