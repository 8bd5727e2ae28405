/// \file
/// Multi-head self-attention over the particles of a sample.
#pragma once

#include "erg/base/native.hpp"
#include "erg/networks/multiply_lanes.hpp"
#include "erg/networks/perceptron.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace erg {

/// y_i = W_o Σ_j softmax_j(q_i · k_j / √d) v_j + b_o, heads side by side; q, k, v are affine in x and d = width / heads.
///
/// Shapes:  x, y (width, particles · packs), column = particle · packs + pack; projections (3 · width) are q, k, v, each (heads,
///          d).
/// Errors:  a number below 1, a width that heads do not divide, columns that particles do not: std::invalid_argument.
/// Source:  Vaswani et al. 2017, arXiv:1706.03762, eq. 1 and section 3.2.2; scores are computed again in `vjp` from the maximum
///          and the sum of each row (Dao et al. 2022, arXiv:2205.14135).
/// Cost:    per sample 4 · particles · width² products and 2 · particles² · width (5 of these in `vjp`). The tape keeps 4 · width
///          numbers per column; while at work it holds some rows of one head's scores (at most 16,384 numbers or 8 rows) and
///          `vjp` 3 copies of one head's columns.
class SelfAttention {
 public:
  template <class R>
  struct Kept {
    const R* x;         ///< (width, columns), the caller's
    R* projections;     ///< (3 · width, columns)
    R* mixed;           ///< (width, columns), before the output projection
    R *most, *inverse;  ///< (heads, columns): the largest score and 1 / Σ_j exp(score − largest)
  };

  SelfAttention(ParameterLayout& layout, const std::string& name, int width, int heads, int particles)
      : heads_(heads),
        particles_(particles),
        projections_(layout, name + ".projections", checked(width, heads, particles), 3 * width),
        output_(layout, name + ".output", width, width) {}

  int inputs() const { return output_.inputs(); }
  int outputs() const { return output_.outputs(); }
  int heads() const { return heads_; }
  int particles() const { return particles_; }
  SelfAttention with_particles(int particles) const {
    SelfAttention other = *this;
    checked(inputs(), heads_, particles);
    other.particles_ = particles;
    return other;
  }

  /// Projections of variance `gain` / width from `draw()` (a standard normal each); the output projection is zero.
  template <class T, class Draw>
  void initialise(T* theta, double gain, Draw&& draw) const {
    projections_.initialise(theta, std::sqrt(gain / inputs()), draw);
    output_.initialise(theta, 0.0, draw);
  }

  /// x must stay where it is until `vjp` has run.
  template <Real R>
  Kept<R> forward(const scalar_t<R>* theta, const R* x, R* y, int columns, Tape<R>& tape) const {
    if (columns % particles_ != 0) throw std::invalid_argument("SelfAttention: columns must be particles · packs");
    const std::size_t n = static_cast<std::size_t>(inputs()) * columns, statistics = static_cast<std::size_t>(heads_) * columns;
    const Kept<R> kept{x, tape.push(3 * n), tape.push(n), tape.push(statistics), tape.push(statistics)};
    projections_.forward(theta, x, kept.projections, columns, tape);
    const int packs = columns / particles_;
    for (int head = 0; head < heads_; ++head)
      for (int pack = 0; pack < packs; ++pack) attend({*this, kept, head, pack, packs}, tape);
    output_.forward(theta, kept.mixed, y, columns, tape);
    return kept;
  }

  /// d_y is left as it is.
  template <Real R>
  void vjp(const scalar_t<R>* theta, const Kept<R>& kept, R* d_y, R* d_x, scalar_t<R>* d_theta, int columns,
           Tape<R>& tape) const {
    const auto mark = tape.mark();
    const std::size_t n = static_cast<std::size_t>(inputs()) * columns;
    R* d_mixed = tape.push(n);
    R* d_projections = tape.push(3 * n);
    output_.vjp(theta, {kept.mixed, nullptr}, d_y, d_mixed, d_theta, columns, tape);
    const int packs = columns / particles_;
    for (int head = 0; head < heads_; ++head)
      for (int pack = 0; pack < packs; ++pack) attend_vjp({*this, kept, head, pack, packs}, d_mixed, d_projections, tape);
    projections_.vjp(theta, {kept.x, nullptr}, d_projections, d_x, d_theta, columns, tape);
    tape.release(mark);
  }

 private:
  static constexpr int most_scores = 1 << 14;

  static int checked(int width, int heads, int particles) {
    if (width < 1 || heads < 1 || particles < 1)
      throw std::invalid_argument("SelfAttention: width, heads, particles must be at least 1");
    if (width % heads != 0) throw std::invalid_argument("SelfAttention: the number of heads must divide the width");
    return width;
  }

  /// One head of one pack, its features seen as matrices (particles, d).
  template <class R>
  struct Head {
    const SelfAttention& net;
    const Kept<R>& kept;
    int head, pack, packs;

    int particles() const { return net.particles_; }
    int features() const { return net.inputs() / net.heads_; }
    R scale() const { return R(scalar_t<R>(1 / std::sqrt(static_cast<double>(features())))); }
    /// `which`: 0, 1, 2 for the queries, keys, values of a block of projections; 0 for a block (width, columns).
    LaneMatrix<R> matrix(R* block, int which = 0) const {
      const std::ptrdiff_t columns = static_cast<std::ptrdiff_t>(particles()) * packs;
      return {block + (which * net.inputs() + head * features()) * columns + pack, particles(), features(), packs, columns};
    }
    std::ptrdiff_t statistics_at(int i) const { return (static_cast<std::ptrdiff_t>(head) * particles() + i) * packs + pack; }
    /// Rows of scores that are worked on at once.
    int rows() const { return std::min(particles(), std::max(most_scores / particles(), left_width) / left_width * left_width); }
  };

  /// exp(scale (score − most)), kept among the normal numbers: what is below e⁻⁸⁰ of the largest counts as that.
  template <class R>
  static R weight(R score, R most, R scale) {
    using T = scalar_t<R>;
    const R least(sizeof(T) == 4 ? T(-80) : T(-700)), exponent = scale * (score - most);
    return exp_normal(select(exponent < least, least, exponent));
  }

  template <class R>
  static void attend(const Head<R>& h, Tape<R>& tape) {
    const auto mark = tape.mark();
    const int n = h.particles();
    const auto keys = panels_of<right_width>(h.matrix(h.kept.projections, 1), tape);
    const auto values = panels_of<left_width>(h.matrix(h.kept.projections, 2).transposed(), tape);
    const LaneMatrix<R> queries = h.matrix(h.kept.projections, 0), mixed = h.matrix(h.kept.mixed);
    R* scores = tape.push(static_cast<std::size_t>(h.rows()) * n);
    for (int first = 0; first < n; first += h.rows()) {
      const auto of_rows = tape.mark();
      const int last = std::min(n, first + h.rows());
      const LaneMatrix<R> block{scores, last - first, n, n, 1};
      multiply_lanes(panels_of<left_width>(queries.some_rows(first, last), tape), keys, block);
      for (int i = first; i < last; ++i) softmax(h, i, scores + static_cast<std::ptrdiff_t>(i - first) * n);
      multiply_lanes(values, panels_of<right_width>(block, tape), mixed.some_rows(first, last).transposed());
      tape.release(of_rows);
    }
    tape.release(mark);
  }

  template <class R>
  static void softmax(const Head<R>& h, int i, R* row) {
    const int n = h.particles();
    const R scale = h.scale();
    R most = row[0], total(scalar_t<R>(0));
    for (int j = 1; j < n; ++j) most = select(row[j] > most, row[j], most);
    for (int j = 0; j < n; ++j) total += row[j] = weight(row[j], most, scale);
    const R inverse = reciprocal(total);
    for (int j = 0; j < n; ++j) row[j] *= inverse;
    h.kept.most[h.statistics_at(i)] = most;
    h.kept.inverse[h.statistics_at(i)] = inverse;
  }

  template <class R>
  static void attend_vjp(const Head<R>& h, R* d_mixed, R* d_projections, Tape<R>& tape) {
    const auto mark = tape.mark();
    const int n = h.particles();
    const LaneMatrix<R> queries = h.matrix(h.kept.projections, 0), keys = h.matrix(h.kept.projections, 1),
                        values = h.matrix(h.kept.projections, 2), mixed = h.matrix(h.kept.mixed), d_out = h.matrix(d_mixed),
                        d_queries = h.matrix(d_projections, 0), d_keys = h.matrix(d_projections, 1),
                        d_values = h.matrix(d_projections, 2);
    const auto right_keys = panels_of<right_width>(keys, tape), right_values = panels_of<right_width>(values, tape);
    const auto left_keys = panels_of<left_width>(keys.transposed(), tape);
    R* scores = tape.push(static_cast<std::size_t>(h.rows()) * n);
    R* d_scores = tape.push(static_cast<std::size_t>(h.rows()) * n);
    for (int first = 0; first < n; first += h.rows()) {
      const auto of_rows = tape.mark();
      const int last = std::min(n, first + h.rows());
      const LaneMatrix<R> block{scores, last - first, n, n, 1}, d_block{d_scores, last - first, n, n, 1};
      const LaneMatrix<R> some_queries = queries.some_rows(first, last), some_d_out = d_out.some_rows(first, last);
      multiply_lanes(panels_of<left_width>(some_queries, tape), right_keys, block);
      multiply_lanes(panels_of<left_width>(some_d_out, tape), right_values, d_block);
      for (int i = first; i < last; ++i)
        softmax_vjp(h, i, mixed, d_out, block.some_rows(i - first, i - first + 1).data,
                    d_block.some_rows(i - first, i - first + 1).data);
      multiply_lanes(left_keys, panels_of<right_width>(d_block, tape), d_queries.some_rows(first, last).transposed());
      multiply_lanes(some_queries.transposed(), d_block.transposed(), d_keys.transposed(), first > 0, tape);
      multiply_lanes(some_d_out.transposed(), block.transposed(), d_values.transposed(), first > 0, tape);
      tape.release(of_rows);
    }
    tape.release(mark);
  }

  /// From scores to weights p, and from d_p to d_score = p (d_p − Σ_j p_j d_p_j) · scale; the sum is mixed_i · d_mixed_i.
  template <class R>
  static void softmax_vjp(const Head<R>& h, int i, const LaneMatrix<R>& mixed, const LaneMatrix<R>& d_out, R* row, R* d_row) {
    const R scale = h.scale(), most = h.kept.most[h.statistics_at(i)], inverse = h.kept.inverse[h.statistics_at(i)];
    R along(scalar_t<R>(0));
    for (int f = 0; f < h.features(); ++f) along += mixed(i, f) * d_out(i, f);
    for (int j = 0; j < h.particles(); ++j) {
      row[j] = weight(row[j], most, scale) * inverse;
      d_row[j] = row[j] * (d_row[j] - along) * scale;
    }
  }

  int heads_, particles_;
  Dense<Identity> projections_, output_;
};

}  // namespace erg
