/// \file
/// The three small matrix products of a dense layer, on blocks whose columns are vector registers.
///
/// Floor: one fused multiply–add per weight and column; the register tile of 8 rows × 3 columns keeps 24 accumulators and
/// re-reads each weight once per three columns, so that arithmetic, not loads, is the bound (bench/networks_bench.cpp sets it
/// beside Eigen's product on the same data).
#pragma once

#include "erg/base/lanes.hpp"
#include "erg/base/tile.hpp"

#include <algorithm>

namespace erg {

namespace detail {

/// Rows × Columns entries of C = init + A B, A(r, k) = a[r·row_stride + k·depth_stride].
/// Not inlined: amid a caller's own variables the accumulators no longer fit the registers, at a cost of 30%.
template <int Rows, int Columns, class R>
[[gnu::noinline]] void multiply_block(const scalar_t<R>* a, int row_stride, int depth_stride, int depth, const R* b, int columns,
                                      const R* init, R* c) {
  R sum[Rows][Columns];
  for (int r = 0; r < Rows; ++r)
    for (int j = 0; j < Columns; ++j) sum[r][j] = init[r];
  for (int k = 0; k < depth; ++k) {
    R x[Columns];
    for (int j = 0; j < Columns; ++j) x[j] = b[static_cast<std::ptrdiff_t>(k) * columns + j];
    for (int r = 0; r < Rows; ++r) {
      const R w(a[r * row_stride + k * depth_stride]);
      for (int j = 0; j < Columns; ++j) sum[r][j] += w * x[j];
    }
  }
  for (int r = 0; r < Rows; ++r)
    for (int j = 0; j < Columns; ++j) c[static_cast<std::ptrdiff_t>(r) * columns + j] = sum[r][j];
}

template <int Rows, class R>
inline void multiply_rows(const scalar_t<R>* a, int row_stride, int depth_stride, int depth, const R* b, int columns,
                          const R* init, R* c, int first, int last) {
  int j = first;
  for (; j + 3 <= last; j += 3) multiply_block<Rows, 3>(a, row_stride, depth_stride, depth, b + j, columns, init, c + j);
  if (last - j == 2) multiply_block<Rows, 2>(a, row_stride, depth_stride, depth, b + j, columns, init, c + j);
  if (last - j == 1) multiply_block<Rows, 1>(a, row_stride, depth_stride, depth, b + j, columns, init, c + j);
}

/// Eight rows of a matrix whose columns are contiguous, put side by side; at most `most_packed` deep. Read where they stand, each
/// step of a wide matrix would touch another page of memory.
inline constexpr int most_packed = 1024;
template <class T>
const T* eight_rows(const T* a, int depth_stride, int depth, T* packed) {
  for (int k = 0; k < depth; ++k)
    for (int i = 0; i < 8; ++i) packed[8 * k + i] = a[static_cast<std::ptrdiff_t>(k) * depth_stride + i];
  return packed;
}

}  // namespace detail

/// C = A B + bias, A given by its strides; bias (rows) may be null.
///
/// Shapes:  A (rows, depth); B (depth, columns); C (rows, columns); columns fastest in B and C.
template <class R>
void multiply(const scalar_t<R>* a, int row_stride, int depth_stride, int rows, int depth, const R* b, R* c, int columns,
              const scalar_t<R>* bias = nullptr) {
  using T = scalar_t<R>;
  constexpr int chunk = 24;  // columns whose operands stay in the first-level cache while all rows pass over them
  const bool pack = row_stride == 1 && depth_stride >= 128 && depth <= detail::most_packed && columns >= 12;
  alignas(64) T packed[8 * detail::most_packed];
  for (int first = 0; first < columns; first += chunk) {
    const int last = std::min(columns, first + chunk);
    for (int r = 0; r < rows;) {
      const int left = rows - r, take = left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
      R init[8];
      for (int i = 0; i < take; ++i) init[i] = R(bias ? bias[r + i] : T(0));
      const T* block = a + static_cast<std::ptrdiff_t>(r) * row_stride;
      R* out = c + static_cast<std::ptrdiff_t>(r) * columns;
      switch (take) {
        case 8:
          if (pack)
            detail::multiply_rows<8>(detail::eight_rows(block, depth_stride, depth, packed), 1, 8, depth, b, columns, init, out,
                                     first, last);
          else
            detail::multiply_rows<8>(block, row_stride, depth_stride, depth, b, columns, init, out, first, last);
          break;
        case 4:
          detail::multiply_rows<4>(block, row_stride, depth_stride, depth, b, columns, init, out, first, last);
          break;
        case 2:
          detail::multiply_rows<2>(block, row_stride, depth_stride, depth, b, columns, init, out, first, last);
          break;
        default:
          detail::multiply_rows<1>(block, row_stride, depth_stride, depth, b, columns, init, out, first, last);
      }
      r += take;
    }
  }
}

namespace detail {

/// B (rows, length) of registers turned into (length · lanes, ⌈rows / lanes⌉): numbers of one sample stand side by side.
template <class R>
inline void samples_first(const R* b, int rows, int length, R* out) {
  constexpr int lanes = lanes_of<R>;
  const int registers = (rows + lanes - 1) / lanes;
  for (int block = 0; block < registers; ++block)
    for (int k = 0; k < length; ++k) {
      R part[lanes];
      for (int i = 0; i < lanes; ++i) {
        const int row = block * lanes + i;
        part[i] = row < rows ? b[static_cast<std::ptrdiff_t>(row) * length + k] : R(scalar_t<R>(0));
      }
      if constexpr (lanes > 1) transpose(part);
      for (int i = 0; i < lanes; ++i) out[(static_cast<std::ptrdiff_t>(k) * lanes + i) * registers + block] = part[i];
    }
}

}  // namespace detail

/// C += A Bᵀ, summed over block columns and over the lanes in them.
///
/// Shapes:  A (rows, length); B (columns, length); C (rows, columns), scalars, row-major.
/// B is turned so that its features fill the lanes; the sum is then a product like `multiply`, and no sum runs across a register.
template <class R>
void add_outer_product(const R* a, const R* b, int rows, int columns, int length, scalar_t<R>* c, Tape<R>& tape) {
  using T = scalar_t<R>;
  constexpr int lanes = lanes_of<R>;
  const int registers = (columns + lanes - 1) / lanes, samples = length * lanes;
  const auto mark = tape.mark();
  R* turned = tape.push(static_cast<std::size_t>(samples) * registers);
  R* sums = tape.push(static_cast<std::size_t>(rows) * registers);
  detail::samples_first(b, columns, length, turned);
  multiply<R>(reinterpret_cast<const T*>(a), samples, 1, rows, samples, turned, sums, registers);
  const T* sum = reinterpret_cast<const T*>(sums);
  for (int r = 0; r < rows; ++r)
    for (int j = 0; j < columns; ++j)
      c[static_cast<std::ptrdiff_t>(r) * columns + j] += sum[static_cast<std::ptrdiff_t>(r) * registers * lanes + j];
  tape.release(mark);
}

}  // namespace erg
