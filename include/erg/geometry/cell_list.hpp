/// \file
/// Particles sorted into the cells of a grid, so that near pairs are found in time proportional to their number.
#pragma once

#include "erg/geometry/box.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>
#include <vector>

namespace erg {

/// Finds all pairs nearer than a cutoff among particles anywhere (inside the box or not).
///
/// Units:   cutoff as the box.
/// Errors:  InputError for a cutoff beyond half the shortest height, and for a position that is not finite, by its number.
/// Memory and time are O(N); the number of cells never exceeds the number of particles. Cells have no capacity to overflow.
class CellList {
 public:
  CellList(const Box& box, double cutoff) : box_(box), cutoff_(cutoff) { box.require_cutoff(cutoff); }

  double cutoff() const { return cutoff_; }
  const std::array<int, 3>& cells() const { return cells_; }

  /// Sorts the particles into their cells.
  void assign(std::span<const Vec3<double>> x) {
    choose_cells(static_cast<int>(x.size()));
    std::vector<int> cell_of(x.size());
    start_.assign(static_cast<std::size_t>(cells_[0]) * cells_[1] * cells_[2] + 1, 0);
    for (std::size_t i = 0; i < x.size(); ++i) {
      cell_of[i] = cell_at(x[i], i);
      ++start_[cell_of[i] + 1];
    }
    for (std::size_t c = 1; c < start_.size(); ++c) start_[c] += start_[c - 1];
    std::vector<int> next(start_.begin(), start_.end() - 1);
    particle_.resize(x.size());
    position_.resize(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const int slot = next[cell_of[i]]++;
      particle_[slot] = static_cast<int>(i);
      position_[slot] = x[i];
    }
  }

  /// Calls f(i, j, d) once for each pair of assigned particles with |d| < cutoff; d points from i to the nearest image of j.
  template <class F>
  void for_pairs(F&& f) const {
    std::vector<int> near;
    for (int x = 0, cell = 0; x < cells_[0]; ++x) {
      for (int y = 0; y < cells_[1]; ++y) {
        for (int z = 0; z < cells_[2]; ++z, ++cell) {
          if (start_[cell] == start_[cell + 1]) continue;
          cells_after(x, y, z, cell, near);
          for (int a = start_[cell]; a < start_[cell + 1]; ++a) {
            pairs_of(a, a + 1, start_[cell + 1], f);
            for (const int other : near) pairs_of(a, start_[other], start_[other + 1], f);
          }
        }
      }
    }
  }

 private:
  /// As many cells as fit with faces at least a cutoff apart, but no more than particles.
  void choose_cells(int particles) {
    const Vec3<double> heights = box_.heights();
    for (int axis = 0; axis < 3; ++axis)
      cells_[axis] = std::max(1, static_cast<int>(std::min(heights[axis] / (cutoff_ * (1 + 1e-9)), 1e6)));
    while (static_cast<double>(cells_[0]) * cells_[1] * cells_[2] > std::max(particles, 1)) {
      int& most = *std::max_element(cells_.begin(), cells_.end());
      most = (most + 1) / 2;
    }
  }

  int cell_at(Vec3<double> x, std::size_t particle) const {
    Vec3<double> s = box_.to_fractional(x);
    std::array<int, 3> c;
    for (int axis = 0; axis < 3; ++axis) {
      if (!std::isfinite(s[axis])) {
        throw InputError("position", "particle " + std::to_string(particle), to_text(x[axis]), "a finite number");
      }
      c[axis] = std::min(static_cast<int>((s[axis] - std::floor(s[axis])) * cells_[axis]), cells_[axis] - 1);
    }
    return (c[0] * cells_[1] + c[1]) * cells_[2] + c[2];
  }

  /// The cells around this one that come after it in number, each once even where the grid is one or two cells wide.
  void cells_after(int x, int y, int z, int cell, std::vector<int>& near) const {
    near.clear();
    const auto first = [&](int axis) { return cells_[axis] > 2 ? -1 : 0; };
    const auto last = [&](int axis) { return cells_[axis] > 1 ? 1 : 0; };
    const auto around = [&](int at, int step, int axis) { return (at + step + cells_[axis]) % cells_[axis]; };
    for (int i = first(0); i <= last(0); ++i) {
      for (int j = first(1); j <= last(1); ++j) {
        for (int k = first(2); k <= last(2); ++k) {
          const int other = (around(x, i, 0) * cells_[1] + around(y, j, 1)) * cells_[2] + around(z, k, 2);
          if (other > cell) near.push_back(other);
        }
      }
    }
  }

  template <class F>
  void pairs_of(int a, int from, int to, F& f) const {
    for (int b = from; b < to; ++b) {
      const Vec3<double> d = box_.short_image(position_[b] - position_[a]);
      if (dot(d, d) < cutoff_ * cutoff_) f(particle_[a], particle_[b], d);
    }
  }

  Box box_;
  double cutoff_;
  std::array<int, 3> cells_{1, 1, 1};
  std::vector<int> start_{0, 0};        // where each cell's particles begin
  std::vector<int> particle_;           // sorted by cell
  std::vector<Vec3<double>> position_;  // in that order
};

}  // namespace erg
