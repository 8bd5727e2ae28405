/// \file
/// The real Fourier transform of a field on the cells of a crystal, and the plane waves in it.
#pragma once

#include "erg/base/tile.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <tuple>
#include <type_traits>
#include <vector>

namespace erg {

/// Plane waves cos(k·m), sin(k·m) over the cells m that are sums of the same products of cosines and sines along the axes.
///
/// Shapes:  1, 2 or 4 wave vectors (members), k and −k counting as one; k = 2π wave / cells per axis. As many products that are
///          even under m → −m, and, unless the wave is its own reverse, as many odd ones: where they are in the grid.
struct WaveGroup {
  int members = 1;
  bool self_conjugate = true;
  std::array<std::array<int, 3>, 4> wave{};
  std::array<std::ptrdiff_t, 4> even{}, odd{};
};

namespace detail {

/// Sign of product `product` in the even (odd) wave of member `member`; the members differ in the signs of k along the second
/// and third axis. Rows are cos cos cos, sin sin cos, sin cos sin, cos sin sin (odd: sin cos cos, cos sin cos, cos cos sin, sin
/// sin sin).
constexpr int even_sign(int product, int member) {
  const int s = member & 1 ? -1 : 1, t = member & 2 ? -1 : 1;
  return product == 0 ? 1 : product == 1 ? -s : product == 2 ? -t : -s * t;
}
constexpr int odd_sign(int product, int member) {
  const int s = member & 1 ? -1 : 1, t = member & 2 ? -1 : 1;
  return product == 0 ? 1 : product == 1 ? s : product == 2 ? t : -s * t;
}
/// Which of the (up to three) true waves along the axes enter as sines; bit 0 is the first such axis.
constexpr std::array<int, 4> even_sines{0, 3, 5, 6}, odd_sines{1, 2, 4, 7};

/// The orthonormal real Fourier transform of n numbers: cosine k at place k, sine k at place n − k.
template <class T>
class AxisFourier {
 public:
  explicit AxisFourier(int n) : n_(n), half_(n / 2), pairs_((n - 1) / 2) {
    for (int m = 0; m <= half_; ++m) {
      for (int k = 0; k <= half_; ++k) {
        const double weight = std::sqrt((k == 0 || 2 * k == n ? 1.0 : 2.0) / n);
        const double angle = 2 * std::numbers::pi * ((k * m) % n) / n;
        cosine_.push_back(static_cast<T>(weight * std::cos(angle)));
        sine_.push_back(static_cast<T>(weight * std::sin(angle)));
      }
    }
  }
  int size() const { return n_; }

  /// From waves to places, for B lines at once: element m of line l is at line[m · stride + l].
  template <int B, class R>
  void synthesise(R* line, std::ptrdiff_t stride, R* work) const {
    gather<B>(line, stride, work);
    for (int m = 0; m <= half_; ++m) {
      R even[B], odd[B];
      dot_with<B>(&cosine_[m * (half_ + 1)], 1, work, B, half_ + 1, even);
      dot_with<B>(&sine_[m * (half_ + 1) + 1], 1, work + (n_ - 1) * B, -B, pairs_, odd);
      for (int l = 0; l < B; ++l) {
        line[m * stride + l] = even[l] + odd[l];
        if (m > 0) line[(n_ - m) * stride + l] = even[l] - odd[l];
      }
    }
  }

  /// From places to waves: the transpose of `synthesise`.
  template <int B, class R>
  void analyse(R* line, std::ptrdiff_t stride, R* work) const {
    gather<B>(line, stride, work);
    for (int m = 1; m <= pairs_; ++m) {
      for (int l = 0; l < B; ++l) {
        const R here = work[m * B + l], there = work[(n_ - m) * B + l];
        work[m * B + l] = here + there;
        work[(n_ - m) * B + l] = here - there;
      }
    }
    for (int k = 0; k <= half_; ++k) {
      R even[B], odd[B];
      dot_with<B>(&cosine_[k], half_ + 1, work, B, half_ + 1, even);
      dot_with<B>(&sine_[half_ + 1 + k], half_ + 1, work + (n_ - 1) * B, -B, pairs_, odd);
      for (int l = 0; l < B; ++l) {
        line[k * stride + l] = even[l];
        if (k > 0 && k <= pairs_) line[(n_ - k) * stride + l] = odd[l];
      }
    }
  }

 private:
  template <int B, class R>
  void gather(const R* line, std::ptrdiff_t stride, R* work) const {
    for (int m = 0; m < n_; ++m) {
      for (int l = 0; l < B; ++l) work[m * B + l] = line[m * stride + l];
    }
  }
  template <int B, class R>
  static void dot_with(const T* table, int table_step, const R* x, int x_step, int terms, R (&out)[B]) {
    for (int l = 0; l < B; ++l) out[l] = R(T(0));
    for (int i = 0; i < terms; ++i) {
      const R c(table[i * table_step]);
      for (int l = 0; l < B; ++l) out[l] += c * x[i * x_step + l];
    }
  }

  int n_, half_, pairs_;
  std::vector<T> cosine_, sine_;  // (place, wave) up to half
};

}  // namespace detail

/// The orthonormal real Fourier transform over the cells of a crystal, one axis after the other, of several fields at once.
///
/// Shapes:  a grid of `grid_size()` numbers: cells[0] × cells[1] × cells[2] entries at `offset`, each `components` numbers in a
///          row; between them gaps that keep the entries of a line off one cache set. In wave space entry (p, q, r) is the
///          product of one function per axis: the cosine of wave p for p ≤ n/2, the sine of wave n − p beyond.
/// `groups` lists all wave vectors, the zero one first; `synthesise` is orthonormal and `analyse` its transpose and inverse.
class LatticeFourier {
 public:
  LatticeFourier(std::array<int, 3> cells, int components)
      : cells_(cells),
        components_(components),
        row_((cells[2] * components) | 1),
        slab_((cells[1] * row_) | 1),
        axes_(build<double>(cells), build<float>(cells)) {
    for (int x = 0; x <= cells[0] / 2; ++x) {
      for (int y = 0; y <= cells[1] / 2; ++y) {
        for (int z = 0; z <= cells[2] / 2; ++z) groups_.push_back(group_of({x, y, z}));
      }
    }
  }

  const std::array<int, 3>& cells() const { return cells_; }
  std::size_t grid_size() const { return static_cast<std::size_t>(cells_[0]) * slab_; }
  std::ptrdiff_t offset(const std::array<int, 3>& p) const { return p[0] * slab_ + p[1] * row_ + p[2] * components_; }
  const std::vector<WaveGroup>& groups() const { return groups_; }

  /// From waves to cells, in place; calls done(x) when the cells of that x are complete.
  template <Real R, class Done>
  void synthesise(R* grid, Tape<R>& tape, Done&& done) const {
    const auto mark = tape.mark();
    R* work = tape.push(work_size());
    along_x<R, true>(grid, work);
    for (int x = 0; x < cells_[0]; ++x) {
      along_y<R, true>(grid + x * slab_, work);
      along_z<R, true>(grid + x * slab_, work);
      done(x);
    }
    tape.release(mark);
  }

  /// From cells to waves, in place; calls fill(x) when the cells of that x must be there.
  template <Real R, class Fill>
  void analyse(R* grid, Tape<R>& tape, Fill&& fill) const {
    const auto mark = tape.mark();
    R* work = tape.push(work_size());
    for (int x = 0; x < cells_[0]; ++x) {
      fill(x);
      along_z<R, false>(grid + x * slab_, work);
      along_y<R, false>(grid + x * slab_, work);
    }
    along_x<R, false>(grid, work);
    tape.release(mark);
  }

 private:
  template <class T>
  using Axes = std::array<detail::AxisFourier<T>, 3>;
  template <class T>
  static Axes<T> build(const std::array<int, 3>& n) {
    return {detail::AxisFourier<T>(n[0]), detail::AxisFourier<T>(n[1]), detail::AxisFourier<T>(n[2])};
  }

  WaveGroup group_of(const std::array<int, 3>& k) const {
    std::vector<int> true_waves;  // axes along which cos and sin differ
    for (int axis = 0; axis < 3; ++axis) {
      if (k[axis] != 0 && 2 * k[axis] != cells_[axis]) true_waves.push_back(axis);
    }
    WaveGroup group;
    group.self_conjugate = true_waves.empty();
    group.members = true_waves.size() < 2 ? 1 : 1 << (true_waves.size() - 1);
    const auto place = [&](int sines) {
      std::array<int, 3> p = k;
      for (std::size_t w = 0; w < true_waves.size(); ++w) {
        if (sines >> w & 1) p[true_waves[w]] = cells_[true_waves[w]] - k[true_waves[w]];
      }
      return offset(p);
    };
    for (int i = 0; i < group.members; ++i) {
      group.wave[i] = k;
      for (std::size_t w = 1; w < true_waves.size(); ++w) {
        if (i >> (w - 1) & 1) group.wave[i][true_waves[w]] = -k[true_waves[w]];
      }
      group.even[i] = place(detail::even_sines[i]);
      group.odd[i] = group.self_conjugate ? 0 : place(detail::odd_sines[i]);
    }
    return group;
  }

  std::size_t work_size() const { return 4 * static_cast<std::size_t>(std::max({cells_[0], cells_[1], cells_[2]})); }

  template <class R, bool Synthesise>
  void along_x(R* grid, R* work) const {
    for (int y = 0; y < cells_[1]; ++y) lines<R, Synthesise>(0, grid + y * row_, slab_, cells_[2] * components_, work);
  }
  template <class R, bool Synthesise>
  void along_y(R* slab, R* work) const {
    lines<R, Synthesise>(1, slab, row_, cells_[2] * components_, work);
  }
  template <class R, bool Synthesise>
  void along_z(R* slab, R* work) const {
    for (int y = 0; y < cells_[1]; ++y) lines<R, Synthesise>(2, slab + y * row_, components_, components_, work);
  }

  /// Transforms `count` lines side by side, four at a time.
  template <class R, bool Synthesise>
  void lines(int axis, R* first, std::ptrdiff_t stride, int count, R* work) const {
    const auto& along = std::get<Axes<scalar_t<R>>>(axes_)[axis];
    if (along.size() == 1) return;
    const auto transform = [&]<int B>(R* line, std::integral_constant<int, B>) {
      if constexpr (Synthesise) {
        along.template synthesise<B>(line, stride, work);
      } else {
        along.template analyse<B>(line, stride, work);
      }
    };
    int l = 0;
    for (; l + 4 <= count; l += 4) transform(first + l, std::integral_constant<int, 4>{});
    for (; l < count; ++l) transform(first + l, std::integral_constant<int, 1>{});
  }

  std::array<int, 3> cells_;
  int components_;
  std::ptrdiff_t row_, slab_;
  std::tuple<Axes<double>, Axes<float>> axes_;
  std::vector<WaveGroup> groups_;
};

}  // namespace erg
