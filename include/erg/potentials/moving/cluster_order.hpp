/// \file
/// Particles in an order in which near ones follow each other, cut into clusters.
#pragma once

#include "erg/geometry/box.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace erg {

/// What lists are made for: the box, how far each pair of kinds reaches, and the kinds.
struct ListSetting {
  Box box;
  double skin = 0;
  int kinds = 1;
  std::vector<double> range;  ///< (kinds, kinds): cutoff + skin
  std::vector<int> kind;      ///< per particle; empty where all are alike
};

/// Particles sorted into columns of the box, along them to and fro, and cut into clusters of `width`; each kind apart.
///
/// Shapes:  a slot is cluster · width + lane. The last cluster of each kind is not full: its lanes beyond `filled` have particle
///          −1.
/// Laws:    each particle has one slot; clusters of equal kinds stand together, in the order of kinds.
struct ClusterOrder {
  std::vector<int> particle;  ///< per slot
  std::vector<int> filled;    ///< per cluster
  std::vector<int> kind;      ///< per cluster

  ClusterOrder() = default;
  /// Of fractional coordinates in 0 … 1.
  ClusterOrder(const ListSetting& setting, const std::vector<Vec3<double>>& fraction, int width) {
    const int particles = static_cast<int>(fraction.size());
    std::vector<int> order, depth(particles), column(particles);
    const Vec3<double> heights = setting.box.heights();
    for (int of = 0; of < setting.kinds; ++of) {
      order.clear();
      for (int i = 0; i < particles; ++i) {
        if (setting.kind.empty() || setting.kind[i] == of) order.push_back(i);
      }
      if (order.empty()) continue;
      const double edge = std::cbrt(setting.box.volume() * width / double(order.size()));  // of a cluster
      const int most = 1 + int(std::sqrt(double(order.size())));
      const auto columns = [&](double height) { return int(std::clamp(height / edge + 0.5, 1.0, double(most))); };
      const int nx = columns(heights.x), ny = columns(heights.y);
      const auto bin = [](double s, int bins) { return std::min(int(s * bins), bins - 1); };
      for (const int i : order) {
        const int a = bin(fraction[i].x, nx), b = bin(fraction[i].y, ny), c = bin(fraction[i].z, depths);
        column[i] = a * ny + (a % 2 ? ny - 1 - b : b);
        depth[i] = column[i] % 2 ? depths - 1 - c : c;
      }
      sort_by(depth, depths, order);
      sort_by(column, nx * ny, order);
      for (std::size_t at = 0; at < order.size(); at += width) {
        filled.push_back(std::min(width, int(order.size() - at)));
        kind.push_back(of);
        for (int s = 0; s < width; ++s) particle.push_back(s < filled.back() ? order[at + s] : -1);
      }
    }
  }

 private:
  static constexpr int depths = 1024;

  /// `order` by `key`; those of equal keys as they were.
  static void sort_by(const std::vector<int>& key, int keys, std::vector<int>& order) {
    std::vector<int> next(keys + 1, 0), sorted(order.size());
    for (const int i : order) ++next[key[i] + 1];
    for (int k = 1; k <= keys; ++k) next[k] += next[k - 1];
    for (const int i : order) sorted[next[key[i]]++] = i;
    order.swap(sorted);
  }
};

}  // namespace erg
