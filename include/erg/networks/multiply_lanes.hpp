/// \file
/// Matrix products in which both factors are registers: lane s of the result is the product for sample s.
///
/// Floor: one fused multiply–add per register. Both factors are first copied into panels, which the kernel reads front to back:
/// 8 × 3 accumulators for 11 loads. Copying costs five cycles per entry; a factor
/// that enters several products is copied once.
#pragma once

#include "erg/base/lanes.hpp"
#include "erg/base/tile.hpp"

#include <algorithm>

namespace erg {

/// A matrix of numbers R wherever they stand: (row, column) at data[row · row_stride + column · column_stride].
/// A view: copying it copies no data.
template <class R>
struct LaneMatrix {
  R* data;
  int rows, columns;
  std::ptrdiff_t row_stride, column_stride;

  R& operator()(int row, int column) const { return data[row * row_stride + column * column_stride]; }
  LaneMatrix transposed() const { return {data, columns, rows, column_stride, row_stride}; }
  /// Rows first … last − 1.
  LaneMatrix some_rows(int first, int last) const {
    return {data + first * row_stride, last - first, columns, row_stride, column_stride};
  }
};

/// The rows of a matrix in groups of Width: (group, column, row in the group), zeros after the last row.
template <int Width, class R>
struct Panels {
  const R* data;
  int rows, columns;

  const R* group(int g) const { return data + static_cast<std::ptrdiff_t>(g) * Width * columns; }
};

/// How many rows the left and the right factor of a product have in a group.
inline constexpr int left_width = 8, right_width = 3;

/// A copy of `a` on the tape.
template <int Width, class R>
Panels<Width, R> panels_of(LaneMatrix<R> a, Tape<R>& tape) {
  const int groups = (a.rows + Width - 1) / Width;
  R* to = tape.push(static_cast<std::size_t>(groups) * Width * a.columns);
  const Panels<Width, R> panels{to, a.rows, a.columns};
  for (int g = 0; g < groups; ++g) {
    const int take = std::min(Width, a.rows - g * Width);
    for (int k = 0; k < a.columns; ++k, to += Width)
      for (int r = 0; r < Width; ++r) to[r] = r < take ? a(g * Width + r, k) : R(scalar_t<R>(0));
  }
  return panels;
}

namespace detail {

/// x, in a register from here on: g++ would read it again for each product it enters, and loads would be the bound.
template <class R>
inline R in_register(R x) {
#if defined(__AVX512F__)
  if constexpr (sizeof(R) == 64) asm("" : "+v"(x.v));
#endif
  return x;
}

/// C (8, 3) = A Bᵀ, or with Add C += A Bᵀ, for one group of each factor. Not inlined, so that the accumulators have the
/// registers.
template <bool Add, class R>
[[gnu::noinline]] void multiply_groups(const R* a, const R* b, int depth, R* c, std::ptrdiff_t row_stride,
                                       std::ptrdiff_t column_stride) {
  R sum[left_width][right_width];
  for (int r = 0; r < left_width; ++r)
    for (int j = 0; j < right_width; ++j) sum[r][j] = R(scalar_t<R>(0));
  for (int k = 0; k < depth; ++k, a += left_width, b += right_width) {
    R x[right_width];
    for (int j = 0; j < right_width; ++j) x[j] = b[j];
    for (int r = 0; r < left_width; ++r) {
      const R y = in_register(a[r]);
      for (int j = 0; j < right_width; ++j) sum[r][j] += y * x[j];
    }
  }
  for (int r = 0; r < left_width; ++r)
    for (int j = 0; j < right_width; ++j) {
      R& entry = c[r * row_stride + j * column_stride];
      entry = Add ? entry + sum[r][j] : sum[r][j];
    }
}

/// The same where C ends within the group.
template <bool Add, class R>
void multiply_last_groups(const R* a, const R* b, int depth, LaneMatrix<R> c) {
  R all[left_width * right_width];
  multiply_groups<false>(a, b, depth, all, right_width, 1);
  for (int r = 0; r < c.rows; ++r)
    for (int j = 0; j < c.columns; ++j) c(r, j) = Add ? c(r, j) + all[r * right_width + j] : all[r * right_width + j];
}

template <bool Add, class R>
void multiply_panels(const Panels<left_width, R>& a, const Panels<right_width, R>& b, LaneMatrix<R> c) {
  for (int j = 0; j < b.rows; j += right_width)
    for (int i = 0; i < a.rows; i += left_width) {
      const LaneMatrix<R> part{&c(i, j), std::min(left_width, a.rows - i), std::min(right_width, b.rows - j), c.row_stride,
                               c.column_stride};
      const R *left = a.group(i / left_width), *right = b.group(j / right_width);
      if (part.rows == left_width && part.columns == right_width)
        multiply_groups<Add>(left, right, a.columns, part.data, part.row_stride, part.column_stride);
      else
        multiply_last_groups<Add>(left, right, a.columns, part);
    }
}

}  // namespace detail

/// C = A Bᵀ, or with `add` C += A Bᵀ, lane by lane.
///
/// Shapes:  A (rows, depth); B (columns, depth); C (rows, columns).
template <class R>
void multiply_lanes(const Panels<left_width, R>& a, const Panels<right_width, R>& b, LaneMatrix<R> c, bool add = false) {
  if (add)
    detail::multiply_panels<true>(a, b, c);
  else
    detail::multiply_panels<false>(a, b, c);
}

/// The same for factors that are used once: their panels are made and let go.
template <class R>
void multiply_lanes(LaneMatrix<R> a, LaneMatrix<R> b, LaneMatrix<R> c, bool add, Tape<R>& tape) {
  const auto mark = tape.mark();
  const auto left = panels_of<left_width>(a, tape);
  multiply_lanes(left, panels_of<right_width>(b, tape), c, add);
  tape.release(mark);
}

}  // namespace erg
