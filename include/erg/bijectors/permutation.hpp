/// \file
/// Permutations of the axes and of the particles.
#pragma once

#include "erg/base/error.hpp"
#include "erg/bijectors/concept.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace erg {

/// v(axis) = u(from[axis]) for every particle; no weights, log_det 0.
///
/// Errors:  InputError when `from` is no permutation of 0, 1, 2.
class AxisPermutation {
 public:
  template <class R>
  struct Kept {};

  explicit AxisPermutation(std::array<int, 3> from) : from_(from) {
    for (int axis = 0; axis < 3; ++axis)
      if (std::count(from.begin(), from.end(), axis) != 1)
        throw InputError("axes", "AxisPermutation",
                         std::to_string(from[0]) + ", " + std::to_string(from[1]) + ", " + std::to_string(from[2]),
                         "a permutation of 0, 1, 2");
    for (int axis = 0; axis < 3; ++axis) back_[from[axis]] = axis;
  }
  /// (x, y, z) → (z, x, y).
  static AxisPermutation roll() { return AxisPermutation({2, 0, 1}); }

  template <class T, class Draw>
  void initialise(T*, Draw&&) const {}
  template <class R>
  void forward(const scalar_t<R>*, Tile<R> u, double*, Tape<R>&) const {
    permute(u, from_);
  }
  template <class R>
  void forward(const scalar_t<R>*, Tile<R> u, double*, Kept<R>&, Tape<R>&) const {
    permute(u, from_);
  }
  template <class R>
  void inverse(const scalar_t<R>*, Tile<R> v, double*, Tape<R>&) const {
    permute(v, back_);
  }
  template <class R>
  void vjp(const scalar_t<R>*, Tile<R> u, Kept<R>&, Tile<R> d_u, scalar_t<R>, scalar_t<R>*, Tape<R>&) const {
    permute(u, back_);
    permute(d_u, back_);
  }
  template <class R>
  void carry_score(const scalar_t<R>*, Tile<R> u, double*, Tile<R> score, Kept<R>&, Tape<R>&) const {
    permute(u, from_);
    permute(score, from_);
  }

 private:
  template <class R>
  static void permute(Tile<R> u, const std::array<int, 3>& from) {
    for (int particle = 0; particle < u.rows / 3; ++particle)
      for (int pack = 0; pack < u.packs; ++pack) {
        std::array<R, 3> old;
        for (int axis = 0; axis < 3; ++axis) old[axis] = u(3 * particle + axis, pack);
        for (int axis = 0; axis < 3; ++axis) u(3 * particle + axis, pack) = old[from[axis]];
      }
  }

  std::array<int, 3> from_, back_;
};

/// v(particle) = u(from[particle]); no weights, log_det 0.
///
/// Errors:  InputError when `from` is no permutation of 0 … particles − 1.
class ParticlePermutation {
 public:
  template <class R>
  struct Kept {};

  explicit ParticlePermutation(std::vector<int> from) : from_(std::move(from)), back_(from_.size(), -1) {
    for (std::size_t i = 0; i < from_.size(); ++i) {
      const int j = from_[i];
      if (j < 0 || j >= static_cast<int>(from_.size()) || back_[static_cast<std::size_t>(j)] != -1)
        throw InputError("particles", "ParticlePermutation", std::to_string(j) + " at " + std::to_string(i),
                         "each number below " + std::to_string(from_.size()) + " once");
      back_[static_cast<std::size_t>(j)] = static_cast<int>(i);
    }
  }

  template <class T, class Draw>
  void initialise(T*, Draw&&) const {}
  template <class R>
  void forward(const scalar_t<R>*, Tile<R> u, double*, Tape<R>& tape) const {
    permute(u, from_, tape);
  }
  template <class R>
  void forward(const scalar_t<R>*, Tile<R> u, double*, Kept<R>&, Tape<R>& tape) const {
    permute(u, from_, tape);
  }
  template <class R>
  void inverse(const scalar_t<R>*, Tile<R> v, double*, Tape<R>& tape) const {
    permute(v, back_, tape);
  }
  template <class R>
  void vjp(const scalar_t<R>*, Tile<R> u, Kept<R>&, Tile<R> d_u, scalar_t<R>, scalar_t<R>*, Tape<R>& tape) const {
    permute(u, back_, tape);
    permute(d_u, back_, tape);
  }
  template <class R>
  void carry_score(const scalar_t<R>*, Tile<R> u, double*, Tile<R> score, Kept<R>&, Tape<R>& tape) const {
    permute(u, from_, tape);
    permute(score, from_, tape);
  }

 private:
  template <class R>
  static void permute(Tile<R> u, const std::vector<int>& from, Tape<R>& tape) {
    const auto mark = tape.mark();
    R* old = tape.push(u.size());
    std::copy_n(u.data, u.size(), old);
    const std::ptrdiff_t particle = 3 * static_cast<std::ptrdiff_t>(u.packs);
    for (std::size_t i = 0; i < from.size(); ++i)
      std::copy_n(old + from[i] * particle, particle, u.data + static_cast<std::ptrdiff_t>(i) * particle);
    tape.release(mark);
  }

  std::vector<int> from_, back_;
};

}  // namespace erg
