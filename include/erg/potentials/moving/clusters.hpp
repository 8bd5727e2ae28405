/// \file
/// One replica's particles in clusters as wide as a register, and which clusters each particle may meet.
#pragma once

#include "erg/potentials/moving/box_tree.hpp"
#include "erg/potentials/moving/cluster_order.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

namespace erg {

/// Particles in a `ClusterOrder`, each near the clusters that it may meet. Places are wrapped into the box when the list is built
/// and go on from there without jumps; an image is a way of its own, so that a box may be smaller than the cutoff.
/// Where `relative`, coordinates are counted from the centre of the cluster: small numbers, which float holds well.
///
/// Shapes:  a slot is cluster · width + lane; coordinates are (cluster, axis, lane). The last cluster of each kind is filled up
///          with particles that are far from everything.
/// Units:   those of the box.
/// Laws:    each pair (and image) nearer than its range when the list was built is found once: inside one cluster, or as a
///          particle and a cluster that comes after its own, or a later image of its own.
class ClusterList {
 public:
  struct Near {
    std::int32_t block;  ///< where the cluster's coordinates begin
    std::int32_t way;    ///< what to add to differences: a number in `ways`
  };

  /// 0 where there is no list.
  int width() const { return width_; }
  int particles() const { return width_ == 0 ? 0 : particles_; }
  int clusters() const { return static_cast<int>(order_.filled.size()); }
  int coordinates() const { return 3 * clusters() * width_; }
  /// How many lanes of a cluster are particles, and which particle a slot is.
  int filled(int cluster) const { return order_.filled[cluster]; }
  int particle(int slot) const { return order_.particle[slot]; }
  int kind(int cluster) const { return order_.kind[cluster]; }
  std::span<const Near> near(int kind, int slot) const {
    const std::size_t at = static_cast<std::size_t>(kind) * clusters() * width_ + slot;
    return {near_.data() + start_[at], near_.data() + start_[at + 1]};
  }
  /// From where the particle's coordinates are counted to where those of the cluster's image are.
  const std::vector<Vec3<double>>& ways() const { return ways_; }
  /// The coordinates that it was built at.
  const std::vector<double>& built_at() const { return built_at_; }
  long builds() const { return builds_; }
  void forget() { width_ = 0; }

  /// put(coordinate, x) of all: where the particles are now. Returns whether the list serves: no two particles can have come
  /// nearer by more than the skin. A position that is not finite is not served.
  template <class Position, class Put>
  bool place(double skin, const Position& position, const Put& put) const {
    double first = 0, second = 0, all = 0;  // squared ways
    for (int c = 0, slot = 0, block = 0; c < clusters(); ++c, slot += width_, block += 3 * width_) {
      for (int s = 0; s < order_.filled[c]; ++s) {
        const Vec3<double> moved = position(order_.particle[slot + s]);
        const int x = block + s, y = x + width_, z = y + width_;
        const Vec3<double> here{origin_[x] + moved.x, origin_[y] + moved.y, origin_[z] + moved.z};
        const Vec3<double> step = here - Vec3<double>{built_at_[x], built_at_[y], built_at_[z]};
        put(x, here.x);
        put(y, here.y);
        put(z, here.z);
        const double way = dot(step, step);
        all += way;
        if (way > second) {
          second = std::min(way, first);
          first = std::max(way, first);
        }
      }
      for (int s = order_.filled[c]; s < width_; ++s) {
        for (int at = block + s; at < block + 3 * width_; at += width_) put(at, origin_[at]);
      }
    }
    return std::sqrt(first) + std::sqrt(second) <= skin && std::isfinite(all);
  }

  /// Makes the list anew for clusters of `width`. Returns false, and leaves no list, where a position is not finite.
  template <int width, bool relative, class Position>
  bool build(const ListSetting& setting, int particles, const Position& position) {
    forget();
    particles_ = particles;
    std::vector<Vec3<double>> x(particles), fraction(particles);
    for (int i = 0; i < particles; ++i) {
      x[i] = position(i);
      fraction[i] = setting.box.to_fractional(x[i]);
      for (int axis = 0; axis < 3; ++axis) fraction[i][axis] -= std::floor(fraction[i][axis]);
      if (!std::isfinite(fraction[i].x + fraction[i].y + fraction[i].z)) return false;
    }
    order_ = ClusterOrder(setting, fraction, width);
    width_ = width;
    ++builds_;
    put_in_order(setting, x, fraction);
    enclose(setting);
    rough_.assign(built_at_.begin(), built_at_.end());
    ways_ = relative ? std::vector<Vec3<double>>{} : shifts_;
    start_.assign(1, 0);
    near_.clear();
    for (int kind = 0; kind < setting.kinds; ++kind) {
      for (int c = 0; c < clusters(); ++c) find_near<width, relative>(setting, kind, c);
    }
    for (int c = 0; relative && c < clusters(); ++c) {
      const Vec3<double> centre = tree_.centre(c);
      for (int k = 0; k < 3 * width; ++k) {
        origin_[3 * width * c + k] -= centre[k / width];
        built_at_[3 * width * c + k] -= centre[k / width];
      }
    }
    return true;
  }

 private:
  struct Candidate {
    int cluster, shift;
  };

  /// Coordinates from the middle of the box, each particle by the first of its cluster, also across the faces.
  void put_in_order(const ListSetting& setting, const std::vector<Vec3<double>>& x, const std::vector<Vec3<double>>& fraction) {
    extent_ = BoxTree::nothing();
    const Mat3<double>& cell = setting.box.cell();
    const double far = 1e3 * (norm(cell.a) + norm(cell.b) + norm(cell.c) + setting.range[0]);
    origin_.assign(coordinates(), 0);
    built_at_.assign(coordinates(), 0);
    for (int slot = 0; slot < clusters() * width_; ++slot) {
      const int i = order_.particle[slot], lane = slot % width_;
      Vec3<double> here{far * (1 + lane), 0, 0};
      if (i >= 0) {
        const Vec3<double>& first = fraction[order_.particle[slot - lane]];
        Vec3<double> at = fraction[i];
        for (int axis = 0; axis < 3; ++axis) {
          at[axis] -= std::nearbyint(at[axis] - first[axis]) + 0.5;
          BoxTree::include(extent_, axis, at[axis], at[axis]);
        }
        here = setting.box.to_cartesian(at);
      }
      for (int axis = 0; axis < 3; ++axis) {
        const int at = (slot / width_ * 3 + axis) * width_ + lane;
        built_at_[at] = here[axis];
        origin_[at] = i < 0 ? here[axis] : here[axis] - x[i][axis];
      }
    }
  }

  /// Where a whole box is moved to by each image that can come near: the box itself, then each image with its opposite after it,
  /// so that later images have odd numbers.
  void find_images(const ListSetting& setting) {
    const double most = *std::max_element(setting.range.begin(), setting.range.end());
    const Vec3<double> heights = setting.box.heights();
    const auto count = [&](int axis) {
      return std::max(1, int(std::ceil(most / heights[axis] + extent_.high[axis] - extent_.low[axis])) - 1);
    };
    const int nx = count(0), ny = count(1), nz = count(2);
    shifts_.assign(1, {0, 0, 0});
    for (int x = 0; x <= nx; ++x) {
      for (int y = x == 0 ? 0 : -ny; y <= ny; ++y) {
        for (int z = x == 0 && y == 0 ? 1 : -nz; z <= nz; ++z) {
          shifts_.push_back(setting.box.to_cartesian({double(x), double(y), double(z)}));
          shifts_.push_back(-shifts_.back());
        }
      }
    }
  }

  void enclose(const ListSetting& setting) {
    find_images(setting);
    std::vector<BoxTree::Extent> boxes(clusters(), BoxTree::nothing()), images(shifts_.size());
    BoxTree::Extent all = BoxTree::nothing();
    for (int c = 0; c < clusters(); ++c) {
      for (int s = 0; s < order_.filled[c]; ++s) {
        for (int axis = 0; axis < 3; ++axis) {
          const double x = built_at_[(3 * c + axis) * width_ + s];
          BoxTree::include(boxes[c], axis, x, x);
          BoxTree::include(all, axis, x, x);
        }
      }
    }
    for (std::size_t k = 0; k < images.size(); ++k) images[k] = {all.low + shifts_[k], all.high + shifts_[k]};
    images_.build(std::move(images));
    tree_.build(std::move(boxes));
  }

  /// The clusters of a kind that particles of cluster c may meet: those that come after c, and later images of itself.
  template <int width, bool relative>
  void find_near(const ListSetting& setting, int kind, int c) {
    const double range = setting.range[kind * setting.kinds + order_.kind[c]];
    const auto begin = order_.kind.begin(), end = order_.kind.end();
    const int first = std::max(c, int(std::lower_bound(begin, end, kind) - begin)),
              last = int(std::upper_bound(begin, end, kind) - begin), ways = int(ways_.size());
    const Vec3<double> centre = tree_.centre(c), half = tree_.half(c);
    candidates_.clear();
    images_.for_near(centre, half, range, 0, int(shifts_.size()), [&](int shift) {
      tree_.for_near(centre - shifts_[shift], half, range, first, last, [&](int other) {
        if (other == c && shift % 2 == 0) return;
        candidates_.push_back({other, shift});
        if (relative) ways_.push_back(tree_.centre(other) + shifts_[shift] - centre);
      });
    });
    meet<width>(c, range);
    std::size_t size = near_.size();
    near_.resize(size + width * candidates_.size());
    for (int s = 0; s < width; ++s) {
      Near* next = near_.data() + size;
      for (int k = 0; s < filled(c) && k < int(candidates_.size()); ++k) {
        *next = {3 * candidates_[k].cluster * width, relative ? ways + k : candidates_[k].shift};
        next += met_[k] >> s & 1;
      }
      size = next - near_.data();
      start_.push_back(static_cast<std::int32_t>(size));
    }
    near_.resize(size);
  }

  /// Which particles of cluster c are near a particle of each candidate: one bit each.
  template <int width>
  void meet(int c, double range) {
    using L = Lanes<float, width>;
    Vec3<L> mine[width];
    const float* at = rough_.data() + 3 * c * width;
    for (int s = 0; s < width; ++s) mine[s] = {L(at[s]), L(at[width + s]), L(at[2 * width + s])};
    const double rounding = 1e-6 * (range + norm(shifts_.back()) + norm(shifts_[1]));
    const L range2(static_cast<float>((range + rounding) * (range + rounding)));
    met_.resize(candidates_.size());
    for (int k = 0; k < int(candidates_.size()); ++k) {
      const Vec3<double>& shift = shifts_[candidates_[k].shift];
      const float* other = rough_.data() + 3 * candidates_[k].cluster * width;
      const L x = L::load(other) + L(float(shift.x)), y = L::load(other + width) + L(float(shift.y)),
              z = L::load(other + 2 * width) + L(float(shift.z));
      unsigned bits = 0;
      for (int s = 0; s < width; ++s) {
        const Vec3<L> d{x - mine[s].x, y - mine[s].y, z - mine[s].z};
        bits |= unsigned(any_below(dot(d, d), range2)) << s;
      }
      met_[k] = static_cast<std::uint16_t>(bits);
    }
  }

  int width_ = 0, particles_ = 0;
  long builds_ = 0;
  ClusterOrder order_;
  std::vector<double> origin_, built_at_;
  std::vector<Vec3<double>> shifts_, ways_;
  BoxTree::Extent extent_{};  // of fractional coordinates
  BoxTree tree_, images_;
  std::vector<Candidate> candidates_;
  std::vector<std::uint16_t> met_;
  std::vector<float> rough_;  // as built_at_, from the middle of the box
  std::vector<Near> near_;
  std::vector<std::int32_t> start_;
};

}  // namespace erg
