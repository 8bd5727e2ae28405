/// \file
/// Transformers over the particles of a sample, and the two-layer network that they apply to each particle.
#pragma once

#include "erg/networks/attention.hpp"
#include "erg/networks/layer_norm.hpp"
#include "erg/networks/perceptron.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

namespace erg {

/// y = W₂ activation(W₁ x + b₁) + b₂. Columns are worked on a few at a time, so that what is at work stays in the cache; of the
/// hidden layer the numbers before the activation are kept, not its derivative, which costs less than memory does.
///
/// Shapes:  x, y (width, columns); hidden layer (hidden).
template <class Activation>
class FeedForward {
 public:
  template <class R>
  struct Kept {
    const R* x;       ///< (width, columns), the caller's
    const R* hidden;  ///< before the activation: chunks of columns one after the other, each (hidden, its columns)
  };

  FeedForward(ParameterLayout& layout, const std::string& name, int width, int hidden)
      : widen_(layout, name + ".widen", width, hidden), narrow_(layout, name + ".narrow", hidden, width) {}

  int inputs() const { return widen_.inputs(); }
  int outputs() const { return narrow_.outputs(); }

  /// Hidden weights of variance `gain` / width from `draw()` (a standard normal each); the last layer is zero.
  template <class T, class Draw>
  void initialise(T* theta, double gain, Draw&& draw) const {
    widen_.initialise(theta, std::sqrt(gain / inputs()), draw);
    narrow_.initialise(theta, 0.0, draw);
  }

  /// x must stay where it is until `vjp` has run.
  template <Real R>
  Kept<R> forward(const scalar_t<R>* theta, const R* x, R* y, int columns, Tape<R>& tape) const {
    const int most = chunk(columns), width = narrow_.inputs();
    R* const kept = tape.push(static_cast<std::size_t>(width) * columns);
    const auto mark = tape.mark();
    R* some_x = tape.push(static_cast<std::size_t>(inputs()) * most);
    R* some_y = tape.push(static_cast<std::size_t>(inputs()) * most);
    R* hidden = tape.push(static_cast<std::size_t>(width) * most);
    for (int first = 0; first < columns; first += most) {
      const int count = std::min(most, columns - first);
      copy(x + first, columns, some_x, count, count);
      R* const before = kept + static_cast<std::ptrdiff_t>(width) * first;
      widen_.forward(theta, some_x, before, count, tape);
      for (std::size_t i = 0, n = static_cast<std::size_t>(width) * count; i < n; ++i)
        hidden[i] = Activation::at(before[i]).value;
      narrow_.forward(theta, hidden, some_y, count, tape);
      copy(some_y, count, y + first, columns, count);
    }
    tape.release(mark);
    return {x, kept};
  }

  /// d_y is left as it is.
  template <Real R>
  void vjp(const scalar_t<R>* theta, const Kept<R>& kept, R* d_y, R* d_x, scalar_t<R>* d_theta, int columns,
           Tape<R>& tape) const {
    const auto mark = tape.mark();
    const int most = chunk(columns);
    const std::size_t outside = static_cast<std::size_t>(inputs()) * most,
                      inside = static_cast<std::size_t>(narrow_.inputs()) * most;
    R *some_x = tape.push(outside), *some_d = tape.push(outside);
    R *hidden = tape.push(inside), *derivative = tape.push(inside), *d_hidden = tape.push(inside);
    for (int first = 0; first < columns; first += most) {
      const int count = std::min(most, columns - first);
      copy(kept.x + first, columns, some_x, count, count);
      copy(d_y + first, columns, some_d, count, count);
      const R* const before = kept.hidden + static_cast<std::ptrdiff_t>(narrow_.inputs()) * first;
      const std::size_t n = static_cast<std::size_t>(narrow_.inputs()) * count;
      for (std::size_t i = 0; i < n; ++i) {
        const Slope<R> s = Activation::at(before[i]);
        hidden[i] = s.value;
        derivative[i] = s.derivative;
      }
      narrow_.vjp(theta, {hidden, nullptr}, some_d, d_hidden, d_theta, count, tape);
      for (std::size_t i = 0; i < n; ++i) d_hidden[i] *= derivative[i];
      widen_.vjp(theta, {some_x, nullptr}, d_hidden, d_x ? some_d : nullptr, d_theta, count, tape);
      if (d_x) copy(some_d, count, d_x + first, columns, count);
    }
    tape.release(mark);
  }

 private:
  /// Columns at a time: at most 12, evenly, whole groups of three as `multiply` takes them.
  static int chunk(int columns) {
    const int chunks = std::max(1, (columns + 11) / 12);
    return ((columns + chunks - 1) / chunks + 2) / 3 * 3;
  }
  template <class R>
  void copy(const R* from, int from_columns, R* to, int to_columns, int count) const {
    for (int f = 0; f < inputs(); ++f)
      std::copy_n(from + static_cast<std::ptrdiff_t>(f) * from_columns, count, to + static_cast<std::ptrdiff_t>(f) * to_columns);
  }

  Dense<Identity> widen_, narrow_;
};

/// Whether a transformer normalises what enters each of its branches and its last layer.
enum class Normalisation { none, before_each_branch };

/// The extents of a transformer; the defaults are those of Wirnsberger et al. 2022.
struct TransformerShape {
  int inputs, outputs, particles;
  int width = 256, blocks = 2, heads = 2, widening = 4;
};

/// Particles' features → Dense(width) → blocks of h + SelfAttention(h), h + FeedForward(h) → Dense(outputs).
///
/// Shapes:  x (inputs, particles · packs), y (outputs, particles · packs), column = particle · packs + pack.
/// Errors:  a number below 1, or a width that heads do not divide: std::invalid_argument.
/// Source:  Vaswani et al. 2017, arXiv:1706.03762; Wirnsberger et al. 2022, arXiv:2111.08696, whose public code draws its weights
///          from normals cut at two deviations where ours are whole, with the same variances.
/// Relabelled particles give relabelled outputs. After `initialise` the outputs are zero and every branch adds nothing.
/// The tape keeps 6 + widening times width numbers per column and block (two more with normalisation).
template <class Activation, Normalisation normalisation = Normalisation::none>
class Transformer {
  static constexpr bool normalised = normalisation == Normalisation::before_each_branch;

 public:
  template <class R>
  struct Kept {
    struct Block {
      SelfAttention::Kept<R> attention;
      typename FeedForward<Activation>::template Kept<R> feed_forward;
    };
    const R* x;     ///< (inputs, columns), the caller's
    const R* last;  ///< (width, columns), what enters the last layer
    std::vector<Block> blocks;
    std::vector<LayerNorm::Kept<R>> norms;  ///< two per block and the last, or none
  };

  Transformer(ParameterLayout& layout, const std::string& name, const TransformerShape& shape)
      : particles_(shape.particles),
        first_(layout, name + ".first", checked(shape).inputs, shape.width),
        last_(layout, name + ".last", shape.width, shape.outputs) {
    for (int b = 0; b < shape.blocks; ++b) {
      const std::string block = name + ".block." + std::to_string(b);
      blocks_.push_back({SelfAttention(layout, block + ".attention", shape.width, shape.heads, shape.particles),
                         FeedForward<Activation>(layout, block + ".feed_forward", shape.width, shape.widening * shape.width)});
      if constexpr (normalised)
        for (const char* branch : {".before_attention", ".before_feed_forward"})
          norms_.emplace_back(layout, block + branch, shape.width);
    }
    if constexpr (normalised) norms_.emplace_back(layout, name + ".before_last", shape.width);
  }

  int inputs() const { return first_.inputs(); }
  int outputs() const { return last_.outputs(); }
  int width() const { return first_.outputs(); }
  int particles() const { return particles_; }
  Transformer with_particles(int particles) const {
    Transformer other = *this;
    other.particles_ = particles;
    for (Block& b : other.blocks_) b.attention = b.attention.with_particles(particles);
    return other;
  }

  /// Normal weights from `draw()`, of variance 1 / inputs in the first layer and 2 / (√blocks · width) in the branches.
  template <class T, class Draw>
  void initialise(T* theta, Draw&& draw) const {
    const double gain = 2 / std::sqrt(std::max(1.0, static_cast<double>(blocks_.size())));
    first_.initialise(theta, std::sqrt(1.0 / inputs()), draw);
    for (const Block& b : blocks_) {
      b.attention.initialise(theta, gain, draw);
      b.feed_forward.initialise(theta, gain, draw);
    }
    for (const LayerNorm& norm : norms_) norm.initialise(theta);
    last_.initialise(theta, 0.0, draw);
  }

  /// x must stay where it is until `vjp` has run.
  template <Real R>
  Kept<R> forward(const scalar_t<R>* theta, const R* x, R* y, int columns, Tape<R>& tape) const {
    Kept<R> kept{x, nullptr, {}, {}};
    R* h = tape.push(extent(columns));
    first_.forward(theta, x, h, columns, tape);
    for (const Block& b : blocks_) {
      R* between = tape.push(extent(columns));
      const auto attention = b.attention.forward(theta, normalise(theta, h, columns, kept, tape), between, columns, tape);
      add(h, between, columns);
      R* after = tape.push(extent(columns));
      const auto feed_forward =
          b.feed_forward.forward(theta, normalise(theta, between, columns, kept, tape), after, columns, tape);
      add(between, after, columns);
      kept.blocks.push_back({attention, feed_forward});
      h = after;
    }
    kept.last = normalise(theta, h, columns, kept, tape);
    last_.forward(theta, kept.last, y, columns, tape);
    return kept;
  }

  /// d_y is left as it is.
  template <Real R>
  void vjp(const scalar_t<R>* theta, const Kept<R>& kept, R* d_y, R* d_x, scalar_t<R>* d_theta, int columns,
           Tape<R>& tape) const {
    const auto mark = tape.mark();
    R* d_h = tape.push(extent(columns));
    R* d_branch = tape.push(extent(columns));
    std::size_t norm = norms_.size();
    last_.vjp(theta, {kept.last, nullptr}, d_y, d_h, d_theta, columns, tape);
    normalise_vjp(theta, kept, norm, d_h, d_theta, columns, tape);
    for (std::size_t b = blocks_.size(); b-- > 0;) {
      blocks_[b].feed_forward.vjp(theta, kept.blocks[b].feed_forward, d_h, d_branch, d_theta, columns, tape);
      normalise_vjp(theta, kept, norm, d_branch, d_theta, columns, tape);
      add(d_branch, d_h, columns);
      blocks_[b].attention.vjp(theta, kept.blocks[b].attention, d_h, d_branch, d_theta, columns, tape);
      normalise_vjp(theta, kept, norm, d_branch, d_theta, columns, tape);
      add(d_branch, d_h, columns);
    }
    first_.vjp(theta, {kept.x, nullptr}, d_h, d_x, d_theta, columns, tape);
    tape.release(mark);
  }

 private:
  struct Block {
    SelfAttention attention;
    FeedForward<Activation> feed_forward;
  };

  static const TransformerShape& checked(const TransformerShape& s) {
    for (const int n : {s.inputs, s.outputs, s.particles, s.width, s.blocks, s.heads, s.widening})
      if (n < 1) throw std::invalid_argument("Transformer: every extent must be at least 1");
    return s;
  }
  std::size_t extent(int columns) const { return static_cast<std::size_t>(width()) * columns; }

  template <class R>
  void add(const R* what, R* to, int columns) const {
    for (std::size_t i = 0; i < extent(columns); ++i) to[i] += what[i];
  }
  /// What the next branch reads: h itself, or its normalised copy.
  template <class R>
  const R* normalise(const scalar_t<R>* theta, const R* h, int columns, Kept<R>& kept, Tape<R>& tape) const {
    if constexpr (normalised) {
      R* y = tape.push(extent(columns));
      kept.norms.push_back(norms_[kept.norms.size()].forward(theta, h, y, columns, tape));
      return y;
    } else {
      return h;
    }
  }
  /// Turns the cotangent of what the branch read into that of h, in place; norms are taken from the end.
  template <class R>
  void normalise_vjp(const scalar_t<R>* theta, const Kept<R>& kept, std::size_t& norm, R* d, scalar_t<R>* d_theta, int columns,
                     Tape<R>& tape) const {
    if constexpr (normalised) {
      --norm;
      norms_[norm].vjp(theta, kept.norms[norm], d, d, d_theta, columns, tape);
    }
  }

  int particles_;
  Dense<Identity> first_, last_;
  std::vector<Block> blocks_;
  std::vector<LayerNorm> norms_;
};

}  // namespace erg
