/// \file
/// The radial distribution function g(r) from weighted samples in a periodic box.
#pragma once

#include "erg/base/parallel.hpp"
#include "erg/estimators/histogram.hpp"
#include "erg/geometry/box.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <string>
#include <vector>

namespace erg {

/// g(r): how many pairs are r apart, over how many there would be if the particles were spread at random.
///
/// Shapes:  positions (particles) of each sample; the box may change from sample to sample.
/// Units:   those of the box; g has none.
/// Errors:  InputError for an r_max beyond half the shortest box height, fewer than two particles, or positions that are not
/// finite. Cost:    particles² / 2 distances a sample, shared by the threads there are. Source:  Allen and Tildesley 2017,
/// "Computer simulation of liquids", section 8.2. N (N − 1) / 2 pairs count, so that an ideal
///          gas gives exactly 1.
class RadialDistribution {
 public:
  RadialDistribution(double r_max, int bins)
      : edges_(even_edges(0, r_max, bins)), g_(static_cast<std::size_t>(bins)), one_(static_cast<std::size_t>(bins)) {}

  void add(const Box& box, std::span<const Vec3<double>> positions, double log_weight = 0) {
    box.require_cutoff(edges_.back());
    if (positions.size() < 2)
      throw InputError("radial distribution", "sample " + std::to_string(g_.samples()),
                       std::to_string(positions.size()) + " particles", "at least 2");
    for (std::size_t i = 0; i < positions.size(); ++i)
      if (!std::isfinite(positions[i].x + positions[i].y + positions[i].z))
        throw InputError("position", "sample " + std::to_string(g_.samples()) + ", particle " + std::to_string(i),
                         "a number that is not finite", "finite coordinates");
    const std::vector<long long> pairs = count_pairs(box, positions);
    const auto n = static_cast<double>(positions.size());
    const double pair_density = 0.5 * n * (n - 1) / box.volume();
    for (std::size_t b = 0; b < one_.size(); ++b) {
      const double shell = 4 * std::numbers::pi / 3 * (std::pow(edges_[b + 1], 3) - std::pow(edges_[b], 3));
      one_[b] = static_cast<double>(pairs[b]) / (pair_density * shell);
    }
    g_.add(one_, log_weight);
  }
  void merge(const RadialDistribution& other) { g_.merge(other.g_); }

  /// g(r) and its error in each shell.
  Profile profile() const { return g_.profile(edges_, 1); }

 private:
  std::vector<long long> count_pairs(const Box& box, std::span<const Vec3<double>> positions) const {
    const auto bins = static_cast<int>(one_.size()), particles = static_cast<int>(positions.size());
    const double per_length = bins / edges_.back();
    std::array<std::vector<double>, 3> along;  // coordinates axis by axis, for the vector unit
    for (int axis = 0; axis < 3; ++axis)
      for (const Vec3<double>& x : positions) along[static_cast<std::size_t>(axis)].push_back(x[axis]);
    std::vector<long long> pairs(one_.size() + 1, 0);  // the last one for all that are too far
    long long* count = pairs.data();
#pragma omp parallel num_threads(thread_count()) if (particles > 1000) reduction(+ : count[:bins + 1])
    {
      std::vector<double> squares(positions.size());
      std::vector<int> bin(positions.size());
#pragma omp for schedule(dynamic, 16)
      for (int i = 0; i < particles; ++i) {
        squared_distances(box, along, i, squares);
        const auto after = static_cast<std::size_t>(i) + 1;
        for (std::size_t j = after; j < squares.size(); ++j)
          bin[j] = static_cast<int>(std::min<double>(bins, std::sqrt(squares[j]) * per_length));
        for (std::size_t j = after; j < squares.size(); ++j) ++count[bin[j]];
      }
    }
    return pairs;
  }

  /// Squared distances from particle i to those after it.
  static void squared_distances(const Box& box, const std::array<std::vector<double>, 3>& along, int first,
                                std::vector<double>& squares) {
    const auto i = static_cast<std::size_t>(first);
    const double *x = along[0].data(), *y = along[1].data(), *z = along[2].data();
    double* to = squares.data();
    if (!box.is_orthorhombic()) {
      for (std::size_t j = i + 1; j < squares.size(); ++j) {
        const Vec3<double> d = box.minimum_image({x[j] - x[i], y[j] - y[i], z[j] - z[i]});
        to[j] = dot(d, d);
      }
      return;
    }
    const Vec3<double> edge{box.cell().a.x, box.cell().b.y, box.cell().c.z};
    for (std::size_t j = i + 1; j < squares.size(); ++j) {
      const double dx = x[j] - x[i], dy = y[j] - y[i], dz = z[j] - z[i];
      const double nx = dx - edge.x * std::rint(dx / edge.x), ny = dy - edge.y * std::rint(dy / edge.y),
                   nz = dz - edge.z * std::rint(dz / edge.z);
      to[j] = nx * nx + ny * ny + nz * nz;
    }
  }

  std::vector<double> edges_;
  WeightedBins g_;
  std::vector<double> one_;
};

}  // namespace erg
