/// \file
/// Weights that a symmetry makes equal up to their sign.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace erg {

/// What one operation of a group does to a list of numbers: entry i goes to place to[i], times sign[i] = ±1.
struct SignedPermutation {
  std::vector<int> to;
  std::vector<int> sign;
};

/// What every operation of a group does to a list of numbers, in the group's order.
using Representation = std::vector<SignedPermutation>;

/// A group of sign changes of the axes, as a set closed under products; the order of its elements is that of representations.
using SignGroup = std::vector<std::array<int, 3>>;

/// How `width` hidden numbers are turned: in sets of one number per operation, which a product of operations permutes; what is
/// left over stays as it is.
inline Representation regular_representation(const SignGroup& group, int width) {
  const int order = static_cast<int>(group.size()), moved = width / order * order;
  const auto place_of = [&](const std::array<int, 3>& a, const std::array<int, 3>& b) {
    const std::array<int, 3> product{a[0] * b[0], a[1] * b[1], a[2] * b[2]};
    int at = 0;
    while (group[static_cast<std::size_t>(at)] != product) ++at;
    return at;
  };
  Representation all;
  for (const auto& g : group) {
    SignedPermutation one{{}, std::vector<int>(static_cast<std::size_t>(width), 1)};
    for (int i = 0; i < width; ++i) {
      const int set = i / order * order;
      one.to.push_back(i < moved ? set + place_of(g, group[static_cast<std::size_t>(i - set)]) : i);
    }
    all.push_back(std::move(one));
  }
  return all;
}

/// Which weights of a flat buffer a symmetry ties: a layer y = W x commutes with the group when W out(g) = in(g) W, that is when
/// the entries of W that operations carry into one another are equal up to sign. Biases likewise.
///
/// Shapes:  buffers as long as the layout; weights that were never tied are left alone.
/// Laws:    both verbs are idempotent; `average` is the orthogonal projection onto tied weights. Where a loss does not change
///          under the group, its mean gradient at tied weights is tied: averaging takes noise away and nothing else.
class TiedWeights {
 public:
  bool empty() const { return blocks_.empty(); }

  /// Ties the (rows, columns) numbers from `offset`.
  void tie(std::size_t offset, int rows, int columns, const Representation& out, const Representation& in) {
    Block block{offset, std::vector<Entry>(static_cast<std::size_t>(rows) * columns, Entry{unseen, 1}), {}};
    for (int r = 0; r < rows; ++r) {
      for (int c = 0; c < columns; ++c) {
        if (block.entries[static_cast<std::size_t>(r) * columns + c].set == unseen) add_set(block, r, c, columns, out, in);
      }
    }
    blocks_.push_back(std::move(block));
  }

  /// Every number becomes the signed mean of those it is tied to: for gradients.
  template <class T>
  void average(std::span<T> values) const {
    std::vector<double> mean;
    for (const Block& b : blocks_) {
      mean.assign(b.sizes.size(), 0.0);
      T* const x = values.data() + b.offset;
      for (std::size_t i = 0; i < b.entries.size(); ++i) mean[b.entries[i].set] += b.entries[i].sign * static_cast<double>(x[i]);
      for (std::size_t s = 0; s < mean.size(); ++s) mean[s] /= b.sizes[s];
      for (std::size_t i = 0; i < b.entries.size(); ++i) x[i] = static_cast<T>(b.entries[i].sign * mean[b.entries[i].set]);
    }
  }

  /// Every number becomes the first of those it is tied to: for random weights, whose spread stays as it was.
  template <class T>
  void make_equal(std::span<T> values) const {
    std::vector<T> first;
    for (const Block& b : blocks_) {
      first.assign(b.sizes.size(), T(0));
      T* const x = values.data() + b.offset;
      for (std::size_t i = b.entries.size(); i-- > 0;) first[b.entries[i].set] = static_cast<T>(b.entries[i].sign) * x[i];
      for (std::size_t i = 0; i < b.entries.size(); ++i) x[i] = static_cast<T>(b.entries[i].sign) * first[b.entries[i].set];
    }
  }

 private:
  static constexpr std::uint32_t unseen = ~std::uint32_t{0};
  struct Entry {
    std::uint32_t set;
    std::int32_t sign;  ///< 0: an operation turns the number into its opposite, so that it can only be zero
  };
  struct Block {
    std::size_t offset;
    std::vector<Entry> entries;
    std::vector<int> sizes;  ///< of each set
  };

  static void add_set(Block& block, int row, int column, int columns, const Representation& out, const Representation& in) {
    const auto set = static_cast<std::uint32_t>(block.sizes.size());
    std::vector<Entry*> members;
    bool opposite = false;
    for (std::size_t g = 0; g < out.size(); ++g) {
      const auto place = static_cast<std::size_t>(out[g].to[static_cast<std::size_t>(row)]) * columns +
                         in[g].to[static_cast<std::size_t>(column)];
      const int sign = out[g].sign[static_cast<std::size_t>(row)] * in[g].sign[static_cast<std::size_t>(column)];
      Entry& e = block.entries[place];
      if (e.set == unseen) {
        e = {set, sign};
        members.push_back(&e);
      }
      opposite = opposite || e.sign != sign;
    }
    if (opposite)
      for (Entry* e : members) e->sign = 0;
    block.sizes.push_back(static_cast<int>(members.size()));
  }

  std::vector<Block> blocks_;
};

}  // namespace erg
