/// \file
/// Weights that a symmetry makes equal up to their sign.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
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
/// Shapes:  buffers as long as the layout, less than 2³¹ numbers; weights that were never tied are left alone.
/// Laws:    both verbs are idempotent; `average` is the orthogonal projection onto tied weights. Where a loss does not change
///          under the group, its mean gradient at tied weights is tied: averaging takes noise away and nothing else.
class TiedWeights {
 public:
  bool empty() const { return sets_.empty(); }

  /// Ties the (rows, columns) numbers from `offset`, none of which is tied yet.
  void tie(std::size_t offset, int rows, int columns, const Representation& out, const Representation& in) {
    std::vector<bool> seen(static_cast<std::size_t>(rows) * columns);
    std::vector<Member> orbit;
    const std::size_t first = sets_.size();
    for (int r = 0; r < rows; ++r) {
      for (int c = 0; c < columns; ++c) {
        if (seen[static_cast<std::size_t>(r) * columns + c]) continue;
        find_orbit(orbit, r, c, columns, out, in);
        for (const Member& m : orbit) seen[m.place] = true;
        if (orbit.size() > 1 || orbit.front().sign == 0) add(orbit, offset, first);
      }
    }
  }

  /// Every number becomes the signed mean of those it is tied to: for gradients.
  template <class T>
  void average(std::span<T> values) const {
    for_sets([x = values.data()](const std::uint32_t* place, const double* sign, const auto size) {
      double mean = 0;
      for (std::size_t k = 0; k < size; ++k) mean += sign[k] * static_cast<double>(x[place[k]]);
      mean /= static_cast<double>(std::size_t{size});
      for (std::size_t k = 0; k < size; ++k) x[place[k]] = static_cast<T>(sign[k] * mean);
    });
  }

  /// Every number becomes the first of those it is tied to: for random weights, whose spread stays as it was.
  template <class T>
  void make_equal(std::span<T> values) const {
    for_sets([x = values.data()](const std::uint32_t* place, const double* sign, const auto size) {
      const T first = x[place[0]];
      for (std::size_t k = 0; k < size; ++k) x[place[k]] = static_cast<T>(sign[k]) * first;
    });
  }

 private:
  struct Member {
    std::uint32_t place;
    int sign;  ///< against the first of its set; 0: an operation turns the number into its opposite, so that it can only be zero
  };
  /// Sets of one block whose signs are alike.
  struct Sets {
    std::vector<double> sign;          ///< (size)
    std::vector<std::uint32_t> place;  ///< (sets, size), each set in the buffer's order
  };

  /// The numbers that (row, column) is carried into, in their order.
  static void find_orbit(std::vector<Member>& orbit, int row, int column, int columns, const Representation& out,
                         const Representation& in) {
    orbit.clear();
    bool opposite = false;
    for (std::size_t g = 0; g < out.size(); ++g) {
      const auto place = static_cast<std::uint32_t>(out[g].to[static_cast<std::size_t>(row)] * columns +
                                                    in[g].to[static_cast<std::size_t>(column)]);
      const int sign = out[g].sign[static_cast<std::size_t>(row)] * in[g].sign[static_cast<std::size_t>(column)];
      const auto known = std::find_if(orbit.begin(), orbit.end(), [&](const Member& m) { return m.place == place; });
      if (known == orbit.end()) {
        orbit.push_back({place, sign});
      } else {
        opposite = opposite || known->sign != sign;
      }
    }
    std::sort(orbit.begin(), orbit.end(), [](const Member& a, const Member& b) { return a.place < b.place; });
    const int first = opposite ? 0 : orbit.front().sign;
    for (Member& m : orbit) m.sign *= first;
  }

  /// `first`: where the block's own sets begin.
  void add(const std::vector<Member>& orbit, std::size_t offset, std::size_t first) {
    const auto same = [](double sign, const Member& m) { return sign == m.sign; };
    auto sets = std::find_if(sets_.begin() + static_cast<std::ptrdiff_t>(first), sets_.end(), [&](const Sets& s) {
      return std::equal(s.sign.begin(), s.sign.end(), orbit.begin(), orbit.end(), same);
    });
    if (sets == sets_.end()) {
      sets = sets_.emplace(sets_.end());
      for (const Member& m : orbit) sets->sign.push_back(m.sign);
    }
    for (const Member& m : orbit) sets->place.push_back(static_cast<std::uint32_t>(offset) + m.place);
  }

  /// work(place, sign, size) for each set. Where a number has four images, which are most, the loops over them unroll.
  template <class Work>
  void for_sets(const Work& work) const {
    for (const Sets& sets : sets_) {
      const auto pass = [&](const auto size) {
        for (std::size_t s = 0; s < sets.place.size(); s += size) work(sets.place.data() + s, sets.sign.data(), size);
      };
      if (sets.sign.size() == 4) {
        pass(std::integral_constant<std::size_t, 4>{});
      } else {
        pass(sets.sign.size());
      }
    }
  }

  std::vector<Sets> sets_;
};

}  // namespace erg
