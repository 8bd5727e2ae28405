/// \file
/// A map made by following a velocity: the flow of a differential equation, in steps of Runge and Kutta.
#pragma once

#include "erg/bijectors/concept.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <stdexcept>
#include <utility>

namespace erg {

/// A velocity of all coordinates, with its divergence, at a time in 0 … 1 and weights `theta`.
///
/// `evaluate` adds to velocity and divergence, `pull` adds to d_x and d_theta (which may be null) what the cotangents d_v and
/// d_divergence come to there.
///
/// Laws:    divergence is the trace of ∂v/∂x; pull is the transposed Jacobian of both; zero weights give zeros.
/// Shapes:  x, v, d_v, d_x (rows) of one pack.
template <class F, class R = double>
concept VelocityField = requires(const F f, const scalar_t<R>* theta, double time, const R* x, R* v, R& divergence,
                                 R d_divergence, scalar_t<R>* d_theta, Tape<R>& tape) {
  f.evaluate(theta, time, x, v, divergence, tape);
  f.pull(theta, time, x, x, d_divergence, v, d_theta, tape);
};

/// u → u(1), where du/dt = v(u, t) and u(0) = u; log_det = ∫ div v dt. The inverse goes back from 1 to 0.
///
/// Both are taken in `steps` equal steps of the classical Runge–Kutta method, fourth order in their length: so inverse and
/// log_det are those of forward up to an error ∝ steps⁻⁴, the only place where a bijector here is not exact to rounding. Twice
/// the steps show how large it is.
///
/// Laws:    those of Bijector in this sense; but vjp is the product of the discrete steps, to rounding. The symmetries of the
///          field. The identity for zero weights.
/// Shapes:  u (rows, packs).
/// Errors:  no steps: std::invalid_argument. A field that diverges gives numbers that are not finite.
/// Source:  continuous normalizing flows: Chen, Rubanova, Bettencourt and Duvenaud 2018, arXiv:1806.07366; steps differentiated
///          as they are: Gholami, Keutzer and Biros 2019, arXiv:1902.10298.
template <class Field>
class ContinuousFlow {
 public:
  static_assert(VelocityField<Field, double> || VelocityField<Field, float>,
                "ContinuousFlow: the field must have `evaluate` and `pull`");

  /// The point before each step: (steps, rows) of each pack.
  template <class R>
  struct Kept {
    R* points = nullptr;
  };

  ContinuousFlow(Field field, int steps) : field_(std::move(field)), steps_(steps) {
    if (steps < 1) throw std::invalid_argument("ContinuousFlow: at least one step");
  }

  const Field& field() const { return field_; }
  int steps() const { return steps_; }
  /// The same flow, to another accuracy: few steps to train with, more to rely on.
  ContinuousFlow with_steps(int steps) const { return {field_, steps}; }
  template <class T, class Draw>
  void initialise(T* theta, Draw&& draw) const {
    field_.initialise(theta, draw);
  }

  template <class R>
  void forward(const scalar_t<R>* theta, Tile<R> u, double* log_det, Tape<R>& tape) const {
    const auto mark = tape.mark();
    Kept<R> kept;
    forward(theta, u, log_det, kept, tape);
    tape.release(mark);
  }
  template <class R>
  void forward(const scalar_t<R>* theta, Tile<R> u, double* log_det, Kept<R>& kept, Tape<R>& tape) const {
    kept.points = tape.push(static_cast<std::size_t>(steps_) * u.size());
    Keeper<R> keeper(u, kept);
    walk<R>(theta, u, log_det, tape, false, keeper);
  }
  template <class R>
  void inverse(const scalar_t<R>* theta, Tile<R> v, double* log_det, Tape<R>& tape) const {
    Watch<R> nothing;
    walk<R>(theta, v, log_det, tape, true, nothing);
  }

  template <class R>
  void vjp(const scalar_t<R>* theta, Tile<R> u, Kept<R>& kept, Tile<R> d_u, scalar_t<R> d_log_det, scalar_t<R>* d_theta,
           Tape<R>& tape) const {
    const auto rows = static_cast<std::size_t>(u.rows);
    const auto mark = tape.mark();
    R* const d_x = tape.push(rows);
    for (int pack = 0; pack < u.packs; ++pack) {
      gather(Tile<const R>(d_u), pack, d_x);
      for (int step = steps_; step-- > 0;)
        pull_step(theta, step, point(u, kept, step, pack), d_x, R(d_log_det), d_theta, rows, tape);
      scatter(d_x, d_u, pack);
      scatter(point(u, kept, 0, pack), u, pack);
    }
    tape.release(mark);
  }

  /// ds/dt = −(∂v/∂u)ᵀ s − ∇ div v, in the steps of u.
  template <class R>
  void carry_score(const scalar_t<R>* theta, Tile<R> u, double* log_det, Tile<R> score, Kept<R>& kept, Tape<R>& tape) const {
    kept.points = tape.push(static_cast<std::size_t>(steps_) * u.size());
    const auto mark = tape.mark();
    ScoreCarrier<R> carrier(*this, theta, u, score, kept, tape);
    walk<R>(theta, u, log_det, tape, false, carrier);
    carrier.finish();
    tape.release(mark);
  }

 private:
  double length() const { return 1.0 / steps_; }

  template <class R>
  static R* point(Tile<R> u, const Kept<R>& kept, int step, int pack) {
    return kept.points +
           (static_cast<std::size_t>(step) * u.packs + static_cast<std::size_t>(pack)) * static_cast<std::size_t>(u.rows);
  }
  template <class R>
  static void gather(Tile<const R> u, int pack, R* x) {
    for (int row = 0; row < u.rows; ++row) x[row] = u(row, pack);
  }
  template <class R>
  static void scatter(const R* x, Tile<R> u, int pack) {
    for (int row = 0; row < u.rows; ++row) u(row, pack) = x[row];
  }

  /// Who looks on at a walk: at the beginning of each step, and at each of its four stages. (A class with virtual functions, so
  /// that there is one walk, and one rounding, for all.)
  template <class R>
  struct Watch {
    virtual ~Watch() = default;
    virtual void step(int, int, const R*) {}
    virtual void stage(int, double, const R*) {}
  };
  template <class R>
  struct Keeper : Watch<R> {
    Tile<R> u;
    Kept<R> kept;
    Keeper(Tile<R> of, const Kept<R>& in) : u(of), kept(in) {}
    void step(int step, int pack, const R* x) override { std::copy_n(x, u.rows, point(u, kept, step, pack)); }
  };
  /// Integrates the score beside the points.
  template <class R>
  struct ScoreCarrier : Keeper<R> {
    using T = scalar_t<R>;
    const ContinuousFlow& flow;
    const T* theta;
    Tile<R> score;
    Tape<R>& tape;
    std::size_t rows;
    R *s, *at, *total, *slope;
    int pack = -1;

    ScoreCarrier(const ContinuousFlow& of, const T* weights, Tile<R> u, Tile<R> scores, const Kept<R>& kept, Tape<R>& on)
        : Keeper<R>(u, kept),
          flow(of),
          theta(weights),
          score(scores),
          tape(on),
          rows(static_cast<std::size_t>(u.rows)),
          s(on.push(rows)),
          at(on.push(rows)),
          total(on.push(rows)),
          slope(on.push(rows)) {}
    void step(int step, int of_pack, const R* x) override {
      Keeper<R>::step(step, of_pack, x);
      if (step > 0) return;
      finish();
      pack = of_pack;
      gather(Tile<const R>(score), pack, s);
    }
    void stage(int stage, double time, const R* x) override {
      const R ahead(static_cast<T>(reach[stage] * flow.length())), by(static_cast<T>(weight[stage]));
      for (std::size_t row = 0; row < rows; ++row) at[row] = stage == 0 ? s[row] : s[row] - ahead * slope[row];
      std::fill_n(slope, rows, R(T(0)));
      flow.field_.pull(theta, time, x, at, R(T(1)), slope, static_cast<T*>(nullptr), tape);
      for (std::size_t row = 0; row < rows; ++row) total[row] = stage == 0 ? slope[row] : total[row] + by * slope[row];
      const R sixth(static_cast<T>(flow.length() / 6));
      if (stage == 3)
        for (std::size_t row = 0; row < rows; ++row) s[row] -= sixth * total[row];
    }
    void finish() {
      if (pack >= 0) scatter(s, score, pack);
    }
  };

  // Of Runge and Kutta's four stages: how far ahead, and six times the share in the step.
  static constexpr double reach[4] = {0, 0.5, 0.5, 1}, weight[4] = {1, 2, 2, 1};

  /// All steps of all packs, there or back.
  template <class R>
  void walk(const scalar_t<R>* theta, Tile<R> u, double* log_det, Tape<R>& tape, bool back, Watch<R>& watch) const {
    using T = scalar_t<R>;
    const auto rows = static_cast<std::size_t>(u.rows);
    const auto mark = tape.mark();
    R* const x = tape.push(rows);
    R* const at = tape.push(rows);
    R* const v = tape.push(rows);
    R* const total = tape.push(rows);
    const double h = back ? -length() : length();
    for (int pack = 0; pack < u.packs; ++pack) {
      gather(Tile<const R>(u), pack, x);
      for (int step = 0; step < steps_; ++step) {
        watch.step(step, pack, x);
        const double begin = back ? 1 - step * length() : step * length();
        R grown(T(0));
        for (int stage = 0; stage < 4; ++stage) {
          const R ahead(static_cast<T>(reach[stage] * h)), by(static_cast<T>(weight[stage]));
          for (std::size_t row = 0; row < rows; ++row) at[row] = stage == 0 ? x[row] : x[row] + ahead * v[row];
          std::fill_n(v, rows, R(T(0)));
          R divergence(T(0));
          field_.evaluate(theta, begin + reach[stage] * h, at, v, divergence, tape);
          watch.stage(stage, begin + reach[stage] * h, at);
          grown += by * divergence;
          for (std::size_t row = 0; row < rows; ++row) total[row] = stage == 0 ? v[row] : total[row] + by * v[row];
        }
        const R sixth(static_cast<T>(h / 6));
        for (std::size_t row = 0; row < rows; ++row) x[row] += sixth * total[row];
        add_to_samples(log_det, sixth * grown, pack);
      }
      scatter(x, u, pack);
    }
    tape.release(mark);
  }

  /// d_x: from cotangents after the step to those before it.
  template <class R>
  void pull_step(const scalar_t<R>* theta, int step, const R* x, R* d_x, R d_log_det, scalar_t<R>* d_theta, std::size_t rows,
                 Tape<R>& tape) const {
    using T = scalar_t<R>;
    const auto mark = tape.mark();
    R* at[4];
    R* const v = tape.push(rows);
    const double h = length(), begin = step * h;
    for (int stage = 0; stage < 4; ++stage) {
      at[stage] = tape.push(rows);
      const R ahead(static_cast<T>(reach[stage] * h));
      for (std::size_t row = 0; row < rows; ++row) at[stage][row] = stage == 0 ? x[row] : x[row] + ahead * v[row];
      if (stage == 3) break;
      std::fill_n(v, rows, R(T(0)));
      R unused(T(0));
      field_.evaluate(theta, begin + reach[stage] * h, at[stage], v, unused, tape);
    }
    R* const d_v = tape.push(rows);
    R* const d_at = tape.push(rows);
    R* const sum = tape.push(rows);
    std::fill_n(sum, rows, R(T(0)));
    for (int stage = 3; stage >= 0; --stage) {
      const R by(static_cast<T>(weight[stage] / 6 * h)), ahead(static_cast<T>(stage == 3 ? 0 : reach[stage + 1] * h));
      for (std::size_t row = 0; row < rows; ++row) d_v[row] = stage == 3 ? by * d_x[row] : by * d_x[row] + ahead * d_at[row];
      std::fill_n(d_at, rows, R(T(0)));
      field_.pull(theta, begin + reach[stage] * h, at[stage], d_v, by * d_log_det, d_at, d_theta, tape);
      for (std::size_t row = 0; row < rows; ++row) sum[row] += d_at[row];
    }
    for (std::size_t row = 0; row < rows; ++row) d_x[row] += sum[row];
    tape.release(mark);
  }

  Field field_;
  int steps_;
};

}  // namespace erg
