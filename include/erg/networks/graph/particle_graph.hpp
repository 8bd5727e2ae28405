/// \file
/// Who sends messages to whom: a fixed table of neighbours, or all pairs within a cutoff.
#pragma once

#include "erg/base/error.hpp"
#include "erg/base/vector.hpp"
#include "erg/networks/fourier_embedding.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace erg {

/// A message goes from `sender` to `receiver` along r_sender − r_receiver + offset.
struct GraphEdge {
  int receiver, sender;
  Vec3<double> offset{0, 0, 0};
};

/// The edges of N particles, the same for every sample of a batch; with `within`, those longer than the cutoff carry nothing, so
/// that the graph follows the particles.
///
/// Units:   cutoff, cell and offsets in the coordinates' unit.
/// Errors:  InputError for a cutoff that is not a positive number, for edges to nobody or to oneself without an offset, for a
///          cell that spans no volume, and for a cutoff beyond half its shortest height.
class ParticleGraph {
 public:
  /// A fixed table: of a crystal's neighbours, say, with coordinates that are displacements about sites and offsets from site to
  /// site (`crystal_graph`). The cutoff is where messages fade out; give it room for the displacements.
  static ParticleGraph fixed(int particles, const std::vector<GraphEdge>& edges, double cutoff) {
    ParticleGraph graph(particles, cutoff);
    graph.all_pairs_ = false;
    for (const GraphEdge& e : edges) {
      const bool inside = e.receiver >= 0 && e.receiver < particles && e.sender >= 0 && e.sender < particles;
      if (!inside || (e.receiver == e.sender && dot(e.offset, e.offset) == 0) || !std::isfinite(dot(e.offset, e.offset)))
        throw InputError("edge", "particle graph", "from " + std::to_string(e.sender) + " to " + std::to_string(e.receiver),
                         "two of " + std::to_string(particles) + " particles, or a particle and its image, a finite offset");
    }
    graph.take(edges);
    return graph;
  }
  /// All pairs in open space.
  static ParticleGraph within(double cutoff, int particles) {
    ParticleGraph graph(particles, cutoff);
    graph.connect_all({});
    return graph;
  }
  /// All pairs in a periodic cell (rows are its edges), each by its nearest image. Without sites, coordinates are positions; with
  /// them, displacements about the sites.
  static ParticleGraph within(double cutoff, int particles, const Mat3<double>& cell,
                              const std::vector<Vec3<double>>& sites = {}) {
    ParticleGraph graph(particles, cutoff);
    const double volume = std::abs(determinant(cell));
    const double half =
        0.5 * volume / std::max({norm(cross(cell.b, cell.c)), norm(cross(cell.c, cell.a)), norm(cross(cell.a, cell.b))});
    if (!(volume > 0) || !std::isfinite(volume) || !(cutoff <= half))
      throw InputError("cutoff", "particle graph in a periodic cell", std::to_string(cutoff),
                       "at most half the cell's shortest height, " + std::to_string(half));
    if (!sites.empty() && sites.size() != static_cast<std::size_t>(particles))
      throw InputError("sites", "particle graph", std::to_string(sites.size()), std::to_string(particles));
    graph.cell_ = cell;
    graph.fractions_ = inverse(cell);
    graph.connect_all(sites);
    return graph;
  }

  int particles() const { return particles_; }
  double cutoff() const { return cutoff_; }
  /// Edges into a particle: numbers first_edge(i) … first_edge(i + 1) − 1.
  int first_edge(int receiver) const { return first_[static_cast<std::size_t>(receiver)]; }
  const GraphEdge& edge(int k) const { return edges_[static_cast<std::size_t>(k)]; }
  int most_edges() const {
    int most = 0;
    for (int i = 0; i < particles_; ++i) most = std::max(most, first_edge(i + 1) - first_edge(i));
    return most;
  }

  /// The way of a message along an edge: in a cell to the image within the cutoff, if there is one.
  template <class R>
  Vec3<R> along(const GraphEdge& edge, const Vec3<R>& receiver, const Vec3<R>& sender) const {
    using T = scalar_t<R>;
    Vec3<R> d = sender - receiver, turns;
    for (int a = 0; a < 3; ++a) d[a] += R(static_cast<T>(edge.offset[a]));
    if (!cell_) return d;
    for (int a = 0; a < 3; ++a) {
      R fraction(T(0));
      for (int b = 0; b < 3; ++b) fraction += d[b] * R(static_cast<T>(fractions_[b][a]));
      turns[a] = detail::nearest_integer(fraction);
    }
    for (int a = 0; a < 3; ++a)
      for (int b = 0; b < 3; ++b) d[b] -= turns[a] * R(static_cast<T>((*cell_)[a][b]));
    return d;
  }

  /// All pairs of another number of particles, in the same cell. A table, or pairs about sites, have no other size:
  /// std::invalid_argument.
  ParticleGraph with_particles(int particles) const {
    if (particles == particles_) return *this;
    if (!all_pairs_) throw std::invalid_argument("ParticleGraph: a graph of sites serves one number of particles; build another");
    return cell_ ? within(cutoff_, particles, *cell_) : within(cutoff_, particles);
  }

 private:
  ParticleGraph(int particles, double cutoff) : particles_(particles), cutoff_(cutoff) {
    if (particles < 1) throw InputError("number of particles", "particle graph", std::to_string(particles), "at least 1");
    if (!(cutoff > 0) || !std::isfinite(cutoff))
      throw InputError("cutoff", "particle graph", std::to_string(cutoff), "a positive number");
  }
  void connect_all(const std::vector<Vec3<double>>& sites) {
    all_pairs_ = sites.empty();
    std::vector<GraphEdge> edges;
    for (int i = 0; i < particles_; ++i)
      for (int j = 0; j < particles_; ++j) {
        if (i == j) continue;
        Vec3<double> offset{0, 0, 0};
        if (!sites.empty()) offset = sites[static_cast<std::size_t>(j)] - sites[static_cast<std::size_t>(i)];
        edges.push_back({i, j, offset});
      }
    take(edges);
  }
  /// In the order of receivers; those of one receiver keep theirs.
  void take(std::vector<GraphEdge> edges) {
    std::stable_sort(edges.begin(), edges.end(), [](const auto& a, const auto& b) { return a.receiver < b.receiver; });
    first_.assign(static_cast<std::size_t>(particles_) + 1, 0);
    for (const GraphEdge& e : edges) ++first_[static_cast<std::size_t>(e.receiver) + 1];
    for (std::size_t i = 1; i < first_.size(); ++i) first_[i] += first_[i - 1];
    edges_ = std::move(edges);
  }

  int particles_;
  double cutoff_;
  bool all_pairs_ = false;
  std::optional<Mat3<double>> cell_;
  Mat3<double> fractions_{};
  std::vector<GraphEdge> edges_;
  std::vector<int> first_;
};

}  // namespace erg
