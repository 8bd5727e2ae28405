/// \file
/// Message passing: particles told what their neighbours are like, and where.
#pragma once

#include "erg/networks/graph/particle_graph.hpp"
#include "erg/networks/graph/radial_basis.hpp"
#include "erg/networks/perceptron.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace erg {

/// The extents of a message-passing network.
struct MessagePassingShape {
  int features = 0;  ///< numbers of each particle besides its coordinates
  int outputs;
  int width = 64, layers = 2;
  int radial = 8;          ///< functions of the distance
  bool directions = true;  ///< whether messages also know the direction they came from
};

/// h_i ← h_i + W_o Σ_j c_ij · activation(P h_i + Q h_j + C e_ij) + b, `layers` times, from h = W features + b; then a perceptron
/// with one hidden layer of each particle. e_ij and the envelope c_ij are those of `RadialBasis`, the sum is over the graph's
/// edges.
///
/// Laws:    those of a ParticleNetwork: relabelling, where the graph allows it (`ParticleGraph::within`). A uniform shift of the
///          coordinates changes nothing; without directions, nor does a rotation. With `within`, outputs and products are
///          continuous where particles enter or leave the cutoff.
/// Shapes:  x (3 + features, particles · packs), its first three rows the coordinates; y (outputs, particles · packs), column =
///          particle · packs + pack.
/// Errors:  a number below 1 (features: below 0), columns that particles do not divide: std::invalid_argument.
/// Cost:    per sample, layer and edge width · (radial + 3 if directions) products and width activations, three to four times
///          that in `vjp`; per particle 3 · width² products. All pairs cost particles² · 30 operations a layer besides, edges
///          beyond the cutoff in every lane no more than that: right up to some 200 particles. The tape keeps 4 · width numbers
///          per column and layer; edges are computed again, not kept.
/// Source:  Gilmer et al. 2017, arXiv:1704.01212; Schütt et al. 2017, arXiv:1706.08566.
/// After `initialise` the outputs are zero and every layer adds nothing.
template <class Activation>
class MessagePassing {
 public:
  template <class R>
  struct Kept {
    struct Layer {
      const R* h;      ///< (width, columns), what enters
      R* projections;  ///< (2 · width, columns): P h, Q h
      R* sums;         ///< (width, columns)
    };
    const R* x;  ///< (inputs, columns), the caller's
    std::vector<Layer> layers;
    typename Perceptron<Activation>::template Kept<R> readout;
  };

  MessagePassing(ParameterLayout& layout, const std::string& name, ParticleGraph graph, const MessagePassingShape& shape)
      : graph_(std::move(graph)),
        basis_{graph_.cutoff(), checked(shape).radial, shape.directions},
        features_(shape.features),
        width_(shape.width),
        start_(layout.add(name + ".start.bias", {shape.width})),
        start_weight_(shape.features > 0 ? layout.add(name + ".start.weight", {shape.width, shape.features}) : 0),
        readout_(layout, name + ".readout", {shape.width, shape.width, shape.outputs}) {
    for (int l = 0; l < shape.layers; ++l) {
      const std::string layer = name + ".layer." + std::to_string(l);
      layers_.push_back({Dense<Identity>(layout, layer + ".projections", width_, 2 * width_),
                         layout.add(layer + ".edges.weight", {width_, basis_.count()}),
                         Dense<Identity>(layout, layer + ".output", width_, width_)});
    }
  }

  int inputs() const { return 3 + features_; }
  int outputs() const { return readout_.outputs(); }
  int particles() const { return graph_.particles(); }
  const ParticleGraph& graph() const { return graph_; }
  /// The same weights on another graph, as of a larger crystal; its cutoff must be the same.
  MessagePassing with_graph(const ParticleGraph& graph) const {
    if (graph.cutoff() != graph_.cutoff()) throw std::invalid_argument("MessagePassing: another graph must have the same cutoff");
    MessagePassing other = *this;
    other.graph_ = graph;
    return other;
  }
  MessagePassing with_particles(int particles) const { return with_graph(graph_.with_particles(particles)); }

  /// Normal weights from `draw()` (a standard normal each), scaled by what each sum adds up; the last layers are zero.
  template <class T, class Draw>
  void initialise(T* theta, Draw&& draw) const {
    const auto normal_weights = [&](std::size_t from, int count, double variance) {
      for (int i = 0; i < count; ++i) theta[from + static_cast<std::size_t>(i)] = static_cast<T>(std::sqrt(variance) * draw());
    };
    normal_weights(start_, width_, 1);
    if (features_ > 0) normal_weights(start_weight_, width_ * features_, 1.0 / features_);
    for (const Layer& layer : layers_) {
      layer.projections.initialise(theta, std::sqrt(0.5 / width_), draw);
      normal_weights(layer.edges, width_ * basis_.count(), 1.0 / basis_.count());
      layer.output.initialise(theta, 0.0, draw);
    }
    readout_.initialise(theta, draw);
  }

  /// x must stay where it is until `vjp` has run.
  template <Real R>
  Kept<R> forward(const scalar_t<R>* theta, const R* x, R* y, int columns, Tape<R>& tape) const {
    if (columns % particles() != 0) throw std::invalid_argument("MessagePassing: columns must be particles · packs");
    const std::size_t n = extent(columns);
    Kept<R> kept{x, {}, {}};
    R* h = tape.push(n);
    multiply<R>(theta + start_weight_, features_, 1, width_, features_, x + 3 * static_cast<std::ptrdiff_t>(columns), h, columns,
                theta + start_);
    for (const Layer& layer : layers_) {
      const typename Kept<R>::Layer part{h, tape.push(2 * n), tape.push(n)};
      layer.projections.forward(theta, h, part.projections, columns, tape);
      std::fill_n(part.sums, n, R(scalar_t<R>(0)));
      send(theta, layer, part, x, columns, tape);
      R* next = tape.push(n);
      layer.output.forward(theta, part.sums, next, columns, tape);
      for (std::size_t i = 0; i < n; ++i) next[i] += h[i];
      kept.layers.push_back(part);
      h = next;
    }
    kept.readout = readout_.forward(theta, h, y, columns, tape);
    return kept;
  }

  /// d_y is left as it is.
  template <Real R>
  void vjp(const scalar_t<R>* theta, const Kept<R>& kept, R* d_y, R* d_x, scalar_t<R>* d_theta, int columns,
           Tape<R>& tape) const {
    const auto mark = tape.mark();
    const std::size_t n = extent(columns);
    R *d_h = tape.push(n), *d_sums = tape.push(n), *d_branch = tape.push(n), *d_projections = tape.push(2 * n);
    if (d_x) std::fill_n(d_x, 3 * static_cast<std::size_t>(columns), R(scalar_t<R>(0)));
    readout_.vjp(theta, kept.readout, d_y, d_h, d_theta, columns, tape);
    for (std::size_t l = layers_.size(); l-- > 0;) {
      const Layer& layer = layers_[l];
      const auto& part = kept.layers[l];
      layer.output.vjp(theta, {part.sums, nullptr}, d_h, d_sums, d_theta, columns, tape);
      std::fill_n(d_projections, 2 * n, R(scalar_t<R>(0)));
      send_vjp(theta, layer, part, kept.x, d_sums, d_projections, d_x, d_theta, columns, tape);
      layer.projections.vjp(theta, {part.h, nullptr}, d_projections, d_branch, d_theta, columns, tape);
      for (std::size_t i = 0; i < n; ++i) d_h[i] += d_branch[i];
    }
    start_vjp(theta, kept.x, d_h, d_x, d_theta, columns, tape);
    tape.release(mark);
  }

 private:
  struct Layer {
    Dense<Identity> projections;
    std::size_t edges;
    Dense<Identity> output;
  };
  /// The edges into one particle of one pack that are within the cutoff in some lane.
  template <class R>
  struct Incoming {
    int count = 0;
    int* sender;
    Vec3<R>* way;
    R *envelope, *features, *messages;  ///< (count), (basis, count), (width, count): before the activation
  };

  static const MessagePassingShape& checked(const MessagePassingShape& s) {
    for (const int n : {s.features + 1, s.outputs, s.width, s.layers, s.radial})
      if (n < 1) throw std::invalid_argument("MessagePassing: every extent must be at least 1, features at least 0");
    return s;
  }
  std::size_t extent(int columns) const { return static_cast<std::size_t>(width_) * static_cast<std::size_t>(columns); }

  /// visit(particle, pack, incoming) for every particle that has some; pre-activations are ready.
  template <class R, class Visit>
  void for_incoming(const scalar_t<R>* theta, const Layer& layer, const R* projections, const R* x, int columns, Tape<R>& tape,
                    Visit&& visit) const {
    const auto mark = tape.mark();
    const int packs = columns / particles(), most = graph_.most_edges();
    const auto room = static_cast<std::size_t>(most);
    std::vector<int> sender(room);
    std::vector<Vec3<R>> way(room);
    Incoming<R> in{0,
                   sender.data(),
                   way.data(),
                   tape.push(room),
                   tape.push(room * static_cast<std::size_t>(basis_.count())),
                   tape.push(room * static_cast<std::size_t>(width_))};
    for (int pack = 0; pack < packs; ++pack)
      for (int i = 0; i < particles(); ++i) {
        look(x, i, pack, columns, in);
        if (in.count == 0) continue;
        multiply<R>(theta + layer.edges, basis_.count(), 1, width_, basis_.count(), in.features, in.messages, in.count);
        for (int w = 0; w < width_; ++w) {
          const R *of = projections + static_cast<std::ptrdiff_t>(w) * columns + pack,
                  *to = of + static_cast<std::ptrdiff_t>(width_) * columns;
          R* message = in.messages + static_cast<std::ptrdiff_t>(w) * in.count;
          for (int k = 0; k < in.count; ++k) message[k] += of[i * packs] + to[in.sender[k] * packs];
        }
        visit(i, pack, in);
      }
    tape.release(mark);
  }

  template <class R>
  static Vec3<R> point(const R* x, int columns) {
    return {x[0], x[columns], x[2 * static_cast<std::ptrdiff_t>(columns)]};
  }
  template <class R>
  void look(const R* x, int i, int pack, int columns, Incoming<R>& in) const {
    const int packs = columns / particles();
    in.count = 0;
    for (int k = graph_.first_edge(i); k < graph_.first_edge(i + 1); ++k) {
      const GraphEdge& edge = graph_.edge(k);
      const R *from = x + i * packs + pack, *to = x + edge.sender * packs + pack;
      const Vec3<R> d = graph_.along(edge, point(from, columns), point(to, columns));
      if (!any(basis_.squared(d) < R(scalar_t<R>(1)))) continue;
      in.sender[in.count] = edge.sender;
      in.way[in.count++] = d;
    }
    for (int k = 0; k < in.count; ++k) in.envelope[k] = basis_(in.way[k], in.features + k, in.count);
  }

  template <class R>
  void send(const scalar_t<R>* theta, const Layer& layer, const typename Kept<R>::Layer& part, const R* x, int columns,
            Tape<R>& tape) const {
    const int packs = columns / particles();
    for_incoming(theta, layer, part.projections, x, columns, tape, [&](int i, int pack, const Incoming<R>& in) {
      for (int w = 0; w < width_; ++w) {
        const R* message = in.messages + static_cast<std::ptrdiff_t>(w) * in.count;
        R total(scalar_t<R>(0));
        for (int k = 0; k < in.count; ++k) total += in.envelope[k] * Activation::at(message[k]).value;
        part.sums[static_cast<std::ptrdiff_t>(w) * columns + i * packs + pack] = total;
      }
    });
  }

  template <class R>
  void send_vjp(const scalar_t<R>* theta, const Layer& layer, const typename Kept<R>::Layer& part, const R* x, const R* d_sums,
                R* d_projections, R* d_x, scalar_t<R>* d_theta, int columns, Tape<R>& tape) const {
    using T = scalar_t<R>;
    const int packs = columns / particles();
    const auto mark = tape.mark();
    const auto room = static_cast<std::size_t>(graph_.most_edges());
    R *d_envelope = tape.push(room), *d_features = tape.push(room * static_cast<std::size_t>(basis_.count()));
    for_incoming(theta, layer, part.projections, x, columns, tape, [&](int i, int pack, const Incoming<R>& in) {
      std::fill_n(d_envelope, in.count, R(T(0)));
      for (int w = 0; w < width_; ++w) {
        R* message = in.messages + static_cast<std::ptrdiff_t>(w) * in.count;
        R *of = d_projections + static_cast<std::ptrdiff_t>(w) * columns + pack,
          *to = of + static_cast<std::ptrdiff_t>(width_) * columns;
        const R d_sum = d_sums[static_cast<std::ptrdiff_t>(w) * columns + i * packs + pack];
        for (int k = 0; k < in.count; ++k) {
          const Slope<R> s = Activation::at(message[k]);
          d_envelope[k] += d_sum * s.value;
          message[k] = d_sum * in.envelope[k] * s.derivative;
          of[i * packs] += message[k];
          to[in.sender[k] * packs] += message[k];
        }
      }
      if (d_theta) add_outer_product<R>(in.messages, in.features, width_, basis_.count(), in.count, d_theta + layer.edges, tape);
      if (!d_x) return;
      multiply<R>(theta + layer.edges, 1, basis_.count(), basis_.count(), width_, in.messages, d_features, in.count);
      for (int k = 0; k < in.count; ++k) {
        const Vec3<R> d = basis_.vjp(in.way[k], d_envelope[k], d_features + k, in.count);
        for (int a = 0; a < 3; ++a) {
          R* row = d_x + static_cast<std::ptrdiff_t>(a) * columns + pack;
          row[in.sender[k] * packs] += d[a];
          row[i * packs] -= d[a];
        }
      }
    });
    tape.release(mark);
  }

  template <class R>
  void start_vjp(const scalar_t<R>* theta, const R* x, const R* d_h, R* d_x, scalar_t<R>* d_theta, int columns,
                 Tape<R>& tape) const {
    const std::ptrdiff_t coordinates = 3 * static_cast<std::ptrdiff_t>(columns);
    if (d_theta) {
      if (features_ > 0) add_outer_product<R>(d_h, x + coordinates, width_, features_, columns, d_theta + start_weight_, tape);
      for (int w = 0; w < width_; ++w) {
        R total(scalar_t<R>(0));
        for (int c = 0; c < columns; ++c) total += d_h[static_cast<std::ptrdiff_t>(w) * columns + c];
        d_theta[start_ + static_cast<std::size_t>(w)] += sum(total);
      }
    }
    if (d_x && features_ > 0)
      multiply<R>(theta + start_weight_, 1, features_, features_, width_, d_h, d_x + coordinates, columns);
  }

  ParticleGraph graph_;
  RadialBasis basis_;
  int features_, width_;
  std::size_t start_, start_weight_;
  Perceptron<Activation> readout_;
  std::vector<Layer> layers_;
};

}  // namespace erg
