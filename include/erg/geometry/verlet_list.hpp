/// \file
/// Neighbours of moving particles, kept until somebody has moved too far.
#pragma once

#include "erg/geometry/cell_list.hpp"

#include <span>
#include <string>
#include <vector>

namespace erg {

/// For each particle, all others nearer than cutoff + skin when the list was built; each pair stands under both its particles.
///
/// Shapes:  at most `capacity` neighbours per particle, so that the table is one block of memory.
/// Units:   cutoff and skin as the box.
/// Errors:  InputError when a particle has more neighbours than the capacity: it names the particle and what is needed, and the
///          list is empty afterwards. InputError for a cutoff + skin beyond half the shortest height of the box, a skin that is
///          negative, a capacity below 1, positions that are not finite, and a number of positions other than the list was built
///          for.
/// Laws:    until `is_stale(x)`, every pair nearer than the cutoff is in the list: no particle has moved skin / 2 or more.
class VerletList {
 public:
  VerletList(const Box& box, double cutoff, double skin, int capacity)
      : box_(box), skin_(checked(skin)), capacity_(capacity), cells_(box, cutoff + skin) {
    if (capacity < 1) throw InputError("capacity", "Verlet list", std::to_string(capacity), "at least 1 neighbour");
  }

  int particles() const { return static_cast<int>(count_.size()); }
  int capacity() const { return capacity_; }
  /// The largest number of neighbours that the last `build` found.
  int needed() const { return needed_; }
  std::span<const int> neighbours(int particle) const {
    return {table_.data() + static_cast<std::size_t>(particle) * capacity_, static_cast<std::size_t>(count_[particle])};
  }

  /// Makes the list anew.
  void build(std::span<const Vec3<double>> x) {
    count_.clear();  // should anything below throw, nobody reads half a list
    cells_.assign(x);
    table_.resize(x.size() * capacity_);
    std::vector<int> count(x.size(), 0);
    const auto append = [&](int i, int j) {
      if (count[i] < capacity_) table_[static_cast<std::size_t>(i) * capacity_ + count[i]] = j;
      ++count[i];
    };
    cells_.for_pairs([&](int i, int j, Vec3<double>) {
      append(i, j);
      append(j, i);
    });
    const auto most = std::max_element(count.begin(), count.end());
    needed_ = count.empty() ? 0 : *most;
    if (needed_ > capacity_) {
      throw InputError("neighbours", "particle " + std::to_string(most - count.begin()) + " of a Verlet list",
                       std::to_string(needed_), "at most its capacity, " + std::to_string(capacity_));
    }
    built_at_.assign(x.begin(), x.end());
    count_ = std::move(count);
  }

  /// Whether a particle has moved skin / 2 or more since the list was built (or there is no list), so that a pair could be
  /// missing.
  bool is_stale(std::span<const Vec3<double>> x) const {
    if (count_.empty()) return true;
    if (x.size() != count_.size()) {
      throw InputError("positions", "Verlet list", std::to_string(x.size()),
                       std::to_string(count_.size()) + ", as when it was built");
    }
    const double most = 0.25 * skin_ * skin_;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const Vec3<double> moved = box_.minimum_image(x[i] - built_at_[i]);
      if (!(dot(moved, moved) < most)) return true;  // also where x is not a number: `build` says so
    }
    return false;
  }

  /// Builds the list anew if it is stale; says whether it did.
  bool update(std::span<const Vec3<double>> x) {
    if (!is_stale(x)) return false;
    build(x);
    return true;
  }

 private:
  static double checked(double skin) {
    if (!(skin >= 0) || !std::isfinite(skin)) throw InputError("skin", "Verlet list", to_text(skin), "a length of at least 0");
    return skin;
  }

  Box box_;
  double skin_;
  int capacity_, needed_ = 0;
  CellList cells_;
  std::vector<int> count_, table_;
  std::vector<Vec3<double>> built_at_;
};

}  // namespace erg
