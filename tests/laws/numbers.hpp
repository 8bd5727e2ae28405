/// \file
/// What the laws share: numbers to try a piece with, derivatives by differences, and samples taken out of a tile.
#pragma once

#include "erg/base/random.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <vector>

namespace erg::tests {

/// n normal numbers of standard deviation `scale`, always the same for one `set`.
inline std::vector<double> some_numbers(std::size_t n, std::uint64_t set, double scale = 1) {
  std::vector<double> x(n);
  for (std::size_t i = 0; i < n; ++i) x[i] = scale * normal({set, StreamName::test}, i, 0);
  return x;
}

/// df/dh at h = 0: central differences at two widths, their error cancelled to fourth order. f smooth on the scale of 1 gives
/// ten digits.
template <class F>
double slope(F&& f, double h = 1e-3) {
  const double wide = (f(h) - f(-h)) / (2 * h), narrow = (f(h / 2) - f(-h / 2)) / h;
  return (4 * narrow - wide) / 3;
}

/// df/dx of f(x), coordinate by coordinate.
template <class F>
std::vector<double> gradient(F&& f, std::vector<double> x) {
  std::vector<double> g(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double at = x[i];
    g[i] = slope([&](double h) {
      x[i] = at + h;
      return f(x);
    });
    x[i] = at;
  }
  return g;
}

/// x + h · direction.
inline std::vector<double> moved(std::vector<double> x, const std::vector<double>& direction, double h) {
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += h * direction[i];
  return x;
}

inline double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// The largest |a − b| / (1 + |b|); infinite when one of them is no number, or the lengths differ.
template <class A, class B>
double worst(const A& a, const B& b) {
  if (a.size() != b.size()) return INFINITY;
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double d = std::abs(static_cast<double>(a[i]) - b[i]) / (1 + std::abs(static_cast<double>(b[i])));
    if (!(d <= most)) most = std::isnan(d) ? INFINITY : d;
  }
  return most;
}

/// One sample of a block (rows, columns), columns fastest; lane `lane_` of column c.
template <class R>
std::vector<double> sample_of(const R* block, int rows, int columns, int c, int lane_) {
  std::vector<double> x(static_cast<std::size_t>(rows));
  for (int r = 0; r < rows; ++r) x[static_cast<std::size_t>(r)] = lane(block[r * columns + c], lane_);
  return x;
}

/// A block filled with numbers of `set`: in every number type the same sample has the same numbers (to its rounding).
template <class R>
std::vector<R> some_block(int rows, int columns, std::uint64_t set, double scale = 1) {
  std::vector<R> block(static_cast<std::size_t>(rows) * columns, R(scalar_t<R>(0)));
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c)
      for (int s = 0; s < lanes_of<R>; ++s)
        set_lane(block[static_cast<std::size_t>(r) * columns + c], s,
                 static_cast<scalar_t<R>>(scale * normal({set, StreamName::test}, static_cast<std::uint64_t>(c * lanes_of<R> + s),
                                                         static_cast<std::uint32_t>(r))));
  return block;
}

}  // namespace erg::tests
