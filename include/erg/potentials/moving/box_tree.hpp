/// \file
/// Boxes around groups of particles, boxes around eight of these, and so on up: which groups are near a place.
#pragma once

#include "erg/base/native.hpp"
#include "erg/base/vector.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

namespace erg {

/// A tree over boxes with edges along the axes, eight to a node in the order they are given: near ones should follow each other.
///
/// Units:   one length.
/// Laws:    `for_near` visits each box of its range whose distance from the given one is below `distance`, in order, and none
///          that is farther by more than a float's rounding.
class BoxTree {
 public:
  struct Extent {
    Vec3<double> low, high;
  };

  /// At least one box.
  void build(std::vector<Extent> boxes) {
    levels_.clear();
    for (bool more = true; more;) {
      more = boxes.size() > fan;
      levels_.emplace_back((boxes.size() + fan - 1) / fan);
      std::vector<Extent> around(levels_.back().size(), nothing());
      for (std::size_t n = 0; n < around.size() * fan; ++n) {
        Node& node = levels_.back()[n / fan];
        const bool real = n < boxes.size();
        for (int axis = 0; axis < 3; ++axis) {
          const double low = real ? boxes[n].low[axis] : 0, high = real ? boxes[n].high[axis] : 0;
          const float centre = static_cast<float>(0.5 * (low + high));
          node.centre[axis].set(n % fan, real ? centre : std::numeric_limits<float>::infinity());
          node.half[axis].set(n % fan, static_cast<float>(std::max(high - centre, centre - low) * (1 + 1e-6)));
          if (real) include(around[n / fan], axis, low, high);
        }
      }
      boxes = std::move(around);
    }
  }

  Vec3<double> centre(int box) const { return column(levels_[0][box / fan].centre, box % fan); }
  Vec3<double> half(int box) const { return column(levels_[0][box / fan].half, box % fan); }

  /// visit(box) of those of [first, last) nearer than `distance` to the box with this centre and half its edges.
  template <class Visit>
  void for_near(const Vec3<double>& centre, const Vec3<double>& half, double distance, int first, int last,
                const Visit& visit) const {
    Search search{{}, {}, L(0), L(static_cast<float>(distance * distance * (1 + 1e-5))), first, last};
    for (int axis = 0; axis < 3; ++axis) {
      search.centre[axis] = L(static_cast<float>(centre[axis]));
      search.half[axis] = L(static_cast<float>(half[axis] + 2e-7 * std::abs(centre[axis])));
    }
    descend(int(levels_.size()) - 1, 0, search, visit);
  }

  static Extent nothing() {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    return {{infinity, infinity, infinity}, {-infinity, -infinity, -infinity}};
  }
  static void include(Extent& extent, int axis, double low, double high) {
    extent.low[axis] = std::min(extent.low[axis], low);
    extent.high[axis] = std::max(extent.high[axis], high);
  }

 private:
  static constexpr int fan = 8;
  using L = Lanes<float, fan>;
  struct Node {
    L centre[3], half[3];
  };
  struct Search {
    L centre[3], half[3], zero, limit;
    int first, last;
  };

  static Vec3<double> column(const L (&of)[3], int s) { return {of[0][s], of[1][s], of[2][s]}; }

  template <class Visit>
  void descend(int level, int n, const Search& search, const Visit& visit) const {
    const Node& node = levels_[level][n];
    L gap2 = search.zero;
    for (int axis = 0; axis < 3; ++axis) {
      const L gap = abs(node.centre[axis] - search.centre[axis]) - (node.half[axis] + search.half[axis]);
      const L beyond = select(gap > search.zero, gap, search.zero);
      gap2 += beyond * beyond;
    }
    const int span = 1 << (3 * level);
    for (unsigned inside = lanes_below(gap2, search.limit); inside != 0; inside &= inside - 1) {
      const int child = n * fan + std::countr_zero(inside);
      if (child * span >= search.last || (child + 1) * span <= search.first) continue;
      if (level == 0) {
        visit(child);
      } else {
        descend(level - 1, child, search, visit);
      }
    }
  }

  std::vector<std::vector<Node>> levels_;
};

}  // namespace erg
