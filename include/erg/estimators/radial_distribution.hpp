/// \file
/// The radial distribution function g(r) from weighted samples in a periodic box, of all pairs and of pairs of kinds.
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
#include <utility>
#include <vector>

namespace erg {

/// g(r): how many pairs are r apart, over how many there would be if the particles were spread at random. Of several kinds also
/// the partial g_ab(r): of pairs of one particle of kind a and one of kind b alone.
///
/// Shapes:  positions (particles) of each sample; the box may change from sample to sample. kind_of (particles), numbered from 0;
///          empty where all are alike.
/// Units:   those of the box; g has none.
/// Errors:  InputError for an r_max beyond half the shortest box height, fewer than two particles, positions that are not
///          finite, a kind that is no number from 0 on below that of particles, and another number of particles than of kinds.
/// Cost:    particles² / 2 distances a sample, shared by the threads there are.
/// Laws:    N (N − 1) / 2 pairs count, N_a (N_a − 1) / 2 of one kind and N_a N_b of two, so that an ideal gas gives exactly 1;
///          g is the mean of the g_ab, each weighted by its number of pairs.
/// Source:  Allen and Tildesley 2017, "Computer simulation of liquids", section 8.2.
class RadialDistribution {
 public:
  RadialDistribution(double r_max, int bins, std::vector<int> kind_of = {})
      : edges_(even_edges(0, r_max, bins)),
        g_(static_cast<std::size_t>(bins)),
        one_(static_cast<std::size_t>(bins)),
        kind_of_(std::move(kind_of)) {
    for (const int kind : kind_of_) {
      if (kind < 0 || static_cast<std::size_t>(kind) >= kind_of_.size())
        throw InputError("kind of particle", "radial distribution", std::to_string(kind),
                         "numbers from 0 on, fewer than particles");
      if (kind >= kinds()) of_kind_.resize(static_cast<std::size_t>(kind) + 1, 0);
      ++of_kind_[static_cast<std::size_t>(kind)];
    }
    if (kinds() > 1) partial_.assign(table(kinds() - 1, kinds() - 1) + 1, g_);
  }

  void add(const Box& box, std::span<const Vec3<double>> positions, double log_weight = 0) {
    box.require_cutoff(edges_.back());
    require(positions);
    const std::vector<long long> counts = count_pairs(box, positions);
    const auto n = static_cast<double>(positions.size());
    std::vector<long long> all(one_.size(), 0);
    for (std::size_t t = 0; t < tables(); ++t)
      for (std::size_t b = 0; b < all.size(); ++b) all[b] += counts[t * (all.size() + 1) + b];
    add_counts(g_, all.data(), 0.5 * n * (n - 1) / box.volume(), log_weight);
    for (int a = 0; a < kinds() && !partial_.empty(); ++a)
      for (int b = a; b < kinds(); ++b)
        add_counts(partial_[table(a, b)], &counts[table(a, b) * (all.size() + 1)], pairs(a, b) / box.volume(), log_weight);
  }
  /// Errors:  InputError for another number of particles of a kind.
  void merge(const RadialDistribution& other) {
    if (of_kind_ != other.of_kind_)
      throw InputError("radial distribution", "merge", "particles of other kinds", "as many of each kind in both");
    g_.merge(other.g_);
    for (std::size_t t = 0; t < partial_.size(); ++t) partial_[t].merge(other.partial_[t]);
  }

  /// g(r) of all pairs, and its error in each shell.
  Profile profile() const { return g_.profile(edges_, 1); }
  /// g_ab(r); which of the two is called a makes no difference.
  ///
  /// Errors:  InputError for a kind that is none of the particles', and where there is no such pair: one particle is alone.
  Profile profile(int a, int b) const {
    if (std::min(a, b) < 0 || std::max(a, b) >= kinds() || pairs(a, b) == 0)
      throw InputError("radial distribution", "kinds " + std::to_string(a) + " and " + std::to_string(b), "no pair",
                       "kinds of the " + std::to_string(kinds()) + " that were given, two particles where they are one kind");
    return partial_.empty() ? profile() : partial_[table(a, b)].profile(edges_, 1);
  }
  /// 0 where none were given.
  int kinds() const { return static_cast<int>(of_kind_.size()); }
  /// How many pairs are of one particle of kind a and one of kind b.
  double pairs(int a, int b) const {
    const double first = of_kind_[static_cast<std::size_t>(a)], second = of_kind_[static_cast<std::size_t>(b)];
    return a == b ? first * (first - 1) / 2 : first * second;
  }

 private:
  std::size_t tables() const { return std::max<std::size_t>(1, partial_.size()); }
  /// (0, 0), (0, 1), …, (1, 1), …
  std::size_t table(int a, int b) const {
    const int low = std::min(a, b), high = std::max(a, b);
    return static_cast<std::size_t>(low * (2 * kinds() - low - 1) / 2 + high);
  }

  void require(std::span<const Vec3<double>> positions) const {
    const std::string sample = "sample " + std::to_string(g_.samples());
    if (positions.size() < 2 || (!kind_of_.empty() && positions.size() != kind_of_.size()))
      throw InputError(
          "radial distribution", sample, std::to_string(positions.size()) + " particles",
          kind_of_.empty() ? "at least 2" : std::to_string(kind_of_.size()) + ", one for each kind given, at least 2");
    for (std::size_t i = 0; i < positions.size(); ++i)
      if (!std::isfinite(positions[i].x + positions[i].y + positions[i].z))
        throw InputError("position", sample + ", particle " + std::to_string(i), "a number that is not finite",
                         "finite coordinates");
  }

  void add_counts(WeightedBins& g, const long long* count, double pair_density, double log_weight) {
    for (std::size_t b = 0; b < one_.size(); ++b) {
      const double shell = 4 * std::numbers::pi / 3 * (std::pow(edges_[b + 1], 3) - std::pow(edges_[b], 3));
      one_[b] = count[b] == 0 ? 0 : static_cast<double>(count[b]) / (pair_density * shell);
    }
    g.add(one_, log_weight);
  }

  /// How many pairs of each table are in each shell, and one number more for all that are too far.
  std::vector<long long> count_pairs(const Box& box, std::span<const Vec3<double>> positions) const {
    const auto bins = static_cast<int>(one_.size()), particles = static_cast<int>(positions.size());
    const double per_length = bins / edges_.back();
    std::array<std::vector<double>, 3> along;  // coordinates axis by axis, for the vector unit
    for (int axis = 0; axis < 3; ++axis)
      for (const Vec3<double>& x : positions) along[static_cast<std::size_t>(axis)].push_back(x[axis]);
    const int K = std::max(1, kinds()), size = static_cast<int>(tables()) * (bins + 1);
    const std::vector<int> kind = kind_of_.empty() ? std::vector<int>(positions.size(), 0) : kind_of_;
    std::vector<int> begin;  // of a pair of kinds' table
    for (int a = 0; a < K; ++a)
      for (int b = 0; b < K; ++b) begin.push_back(partial_.empty() ? 0 : static_cast<int>(table(a, b)) * (bins + 1));
    std::vector<long long> counts(static_cast<std::size_t>(size), 0);
    long long* count = counts.data();
#pragma omp parallel num_threads(thread_count()) if (particles > 1000) reduction(+ : count[:size])
    {
      std::vector<double> squares(positions.size());
      std::vector<int> bin(positions.size());
#pragma omp for schedule(dynamic, 16)
      for (int i = 0; i < particles; ++i) {
        squared_distances(box, along, i, squares);
        const auto after = static_cast<std::size_t>(i) + 1;
        const int* of_kind = begin.data() + kind[static_cast<std::size_t>(i)] * K;
        for (std::size_t j = after; j < squares.size(); ++j)
          bin[j] = static_cast<int>(std::min<double>(bins, std::sqrt(squares[j]) * per_length));
        for (std::size_t j = after; j < squares.size(); ++j) ++count[of_kind[kind[j]] + bin[j]];
      }
    }
    return counts;
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
  std::vector<int> kind_of_;
  std::vector<int> of_kind_;           // (kinds): particles of each
  std::vector<WeightedBins> partial_;  // (tables); none where all are alike
};

}  // namespace erg
