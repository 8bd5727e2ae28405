/// \file
/// A batch of samples as one thread sees it: rows of coordinates, the sample index fastest.
#pragma once

#include "erg/base/concept.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <vector>

namespace erg {

/// A matrix of numbers R, `rows` × `packs`; row = 3 · particle + axis, and pack p of `Lanes<T, W>` holds samples
/// p · W … p · W + W − 1. With R = double it is one sample (packs = 1): the same code runs the laws and the fast path.
///
/// Shapes:  at(row, pack); a view: copying it copies no data. Tile<const R> reads.
template <class R>
struct Tile {
  R* data = nullptr;
  int rows = 0;
  int packs = 0;

  R& operator()(int row, int pack) const { return data[static_cast<std::ptrdiff_t>(row) * packs + pack]; }
  R* row(int r) const { return data + static_cast<std::ptrdiff_t>(r) * packs; }
  std::size_t size() const { return static_cast<std::size_t>(rows) * packs; }
  operator Tile<const R>() const { return {data, rows, packs}; }
};

/// Storage for a Tile, aligned to the register, zero at first.
template <class R>
class TileBuffer {
 public:
  TileBuffer() = default;
  TileBuffer(int rows, int packs)
      : data_(static_cast<std::size_t>(rows) * packs, R(scalar_t<R>(0))), rows_(rows), packs_(packs) {}
  Tile<R> view() { return {data_.data(), rows_, packs_}; }
  Tile<const R> view() const { return {data_.data(), rows_, packs_}; }
  void fill(R x) { std::fill(data_.begin(), data_.end(), x); }

 private:
  std::vector<R> data_;
  int rows_ = 0, packs_ = 0;
};

/// Scratch memory of one thread, handed out and taken back like a stack: what `forward` keeps, `vjp` pops.
/// A pointer stays valid until `release` goes below it.
template <class R>
class Tape {
 public:
  /// n numbers, not initialised.
  R* push(std::size_t n) {
    while (block_ < blocks_.size() && used_ + n > blocks_[block_].size()) {
      ++block_;
      used_ = 0;
    }
    if (block_ == blocks_.size()) {
      blocks_.emplace_back(std::max(n, std::size_t{1} << 14));
      used_ = 0;
    }
    R* p = blocks_[block_].data() + used_;
    used_ += n;
    return p;
  }
  struct Mark {
    std::size_t block, used;
  };
  Mark mark() const { return {block_, used_}; }
  void release(Mark m) {
    block_ = m.block;
    used_ = m.used;
  }
  std::size_t bytes() const {
    std::size_t n = 0;
    for (const auto& b : blocks_) n += b.size() * sizeof(R);
    return n;
  }

 private:
  std::vector<std::vector<R>> blocks_;
  std::size_t block_ = 0, used_ = 0;
};

}  // namespace erg
