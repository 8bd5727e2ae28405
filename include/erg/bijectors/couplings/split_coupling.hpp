/// \file
/// The coupling layer that moves some axes of every particle, given the others.
#pragma once

#include "erg/base/lanes.hpp"
#include "erg/bijectors/concept.hpp"

#include <array>
#include <stdexcept>
#include <utility>
#include <vector>

namespace erg {

/// v = Transform(u) along the moved axes of all particles at once, steered by `Conditioner` of the other axes.
///
/// Laws:    equivariant to whatever the conditioner is equivariant to (relabelling, for a transformer); the identity where the
///          conditioner gives zeros.
/// Shapes:  u (3 · particles, packs). A conditioner C(given) → raw has `outputs()` = moved · Transform::parameters,
///          `forward(theta, given, raw, particles, packs, tape) → Kept<R>` and `vjp(theta, kept, d_raw, d_given, d_theta,
///          particles, packs, tape)`; given (axes not moved, particles · packs), raw (outputs, particles · packs), a column is
///          particle · packs + pack.
/// Errors:  an `outputs()` that does not fit: std::invalid_argument.
/// Source:  Dinh et al. 2017, arXiv:1605.08803; the split along axes: Wirnsberger et al. 2022, arXiv:2111.08696.
template <ScalarBijector Transform, class Conditioner>
class SplitCoupling {
 public:
  static constexpr int parameters = Transform::parameters;

  template <class R>
  struct Kept {
    R* given = nullptr;   ///< (axes not moved, columns)
    R* before = nullptr;  ///< (moved axes, columns): u
    R* raw = nullptr;     ///< (moved axes · parameters, columns)
    typename Conditioner::template Kept<R> net;
  };

  SplitCoupling(std::array<bool, 3> moved, Conditioner conditioner) : conditioner_(std::move(conditioner)) {
    for (int axis = 0; axis < 3; ++axis) (moved[axis] ? moved_ : given_).push_back(axis);
    if (moved_.empty() || given_.empty() || conditioner_.inputs() != static_cast<int>(given_.size()) ||
        conditioner_.outputs() != static_cast<int>(moved_.size()) * parameters)
      throw std::invalid_argument(
          "SplitCoupling: the conditioner has an input for each given axis, `parameters` outputs for each moved");
  }

  const Conditioner& conditioner() const { return conditioner_; }
  template <class T, class Draw>
  void initialise(T* theta, Draw&& draw) const {
    conditioner_.initialise(theta, draw);
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
    look(theta, u, kept, tape);
    for_moved(u, [&](int entry, int c, int pack, R& x) {
      kept.before[entry] = x;
      const auto image = Transform::forward(raw_at(kept.raw, entry, c, columns(u)).data(), x);
      x = image.point;
      add_to_samples(log_det, image.log_det, pack);
    });
  }
  template <class R>
  void inverse(const scalar_t<R>* theta, Tile<R> v, double* log_det, Tape<R>& tape) const {
    const auto mark = tape.mark();
    Kept<R> kept;
    look(theta, v, kept, tape);
    for_moved(v, [&](int entry, int c, int pack, R& y) {
      const auto image = Transform::inverse(raw_at(kept.raw, entry, c, columns(v)).data(), y);
      y = image.point;
      add_to_samples(log_det, image.log_det, pack);
    });
    tape.release(mark);
  }
  template <class R>
  void vjp(const scalar_t<R>* theta, Tile<R> u, Kept<R>& kept, Tile<R> d_u, scalar_t<R> d_log_det, scalar_t<R>* d_theta,
           Tape<R>& tape) const {
    const auto mark = tape.mark();
    R* d_raw = tape.push(moved_.size() * parameters * columns(u));
    for_moved(u, [&](int entry, int, int, R& x) { x = kept.before[entry]; });
    for_moved(d_u, [&](int entry, int c, int, R& d) { d = pull(kept, entry, c, columns(u), d, R(d_log_det), d_raw); });
    add_to_given(theta, kept, d_raw, scalar_t<R>(1), d_theta, d_u, tape);
    tape.release(mark);
  }
  template <class R>
  void carry_score(const scalar_t<R>* theta, Tile<R> u, double* log_det, Tile<R> score, Kept<R>& kept, Tape<R>& tape) const {
    forward(theta, u, log_det, kept, tape);
    const auto mark = tape.mark();
    const R one(scalar_t<R>(1));
    R* d_raw = tape.push(moved_.size() * parameters * columns(u));
    for_moved(score, [&](int entry, int c, int, R& s) {
      s = Transform::inverse_vjp(raw_at(kept.raw, entry, c, columns(u)).data(), kept.before[entry], s, one);
      pull(kept, entry, c, columns(u), s, one, d_raw);
    });
    add_to_given(theta, kept, d_raw, scalar_t<R>(-1), static_cast<scalar_t<R>*>(nullptr), score, tape);
    tape.release(mark);
  }

 private:
  template <class R>
  static int columns(Tile<R> u) {
    return u.rows / 3 * u.packs;
  }
  template <class R>
  static std::array<R, parameters> raw_at(const R* raw, int entry, int c, int columns) {
    const R* mine = raw + static_cast<std::ptrdiff_t>(entry / columns) * parameters * columns + c;
    std::array<R, parameters> p;
    for (int k = 0; k < parameters; ++k) p[k] = mine[static_cast<std::ptrdiff_t>(k) * columns];
    return p;
  }

  /// visit(entry = moved axis · columns + column, column, pack, the coordinate).
  template <class R, class Visit>
  void for_moved(Tile<R> u, Visit&& visit) const {
    const int all = columns(u);
    for (std::size_t m = 0; m < moved_.size(); ++m)
      for (int c = 0; c < all; ++c)
        visit(static_cast<int>(m) * all + c, c, c % u.packs, u(3 * (c / u.packs) + moved_[m], c % u.packs));
  }

  /// What steers the moved axes: given and raw.
  template <class R>
  void look(const scalar_t<R>* theta, Tile<R> u, Kept<R>& kept, Tape<R>& tape) const {
    const auto all = static_cast<std::size_t>(columns(u));
    kept.given = tape.push(given_.size() * all);
    kept.before = tape.push(moved_.size() * all);
    kept.raw = tape.push(moved_.size() * parameters * all);
    for (std::size_t g = 0; g < given_.size(); ++g)
      for (std::size_t c = 0; c < all; ++c)
        kept.given[g * all + c] = u(3 * (static_cast<int>(c) / u.packs) + given_[g], static_cast<int>(c) % u.packs);
    kept.net = conditioner_.forward(theta, kept.given, kept.raw, columns(u), tape);
  }

  /// Through Transform at one coordinate: its d_u; writes its column of d_raw.
  template <class R>
  static R pull(const Kept<R>& kept, int entry, int c, int columns, R d, R d_log_det, R* d_raw) {
    std::array<R, parameters> d_p;
    const R d_x = Transform::vjp(raw_at(kept.raw, entry, c, columns).data(), kept.before[entry], d, d_log_det, d_p.data());
    R* mine = d_raw + static_cast<std::ptrdiff_t>(entry / columns) * parameters * columns + c;
    for (int k = 0; k < parameters; ++k) mine[static_cast<std::ptrdiff_t>(k) * columns] = d_p[k];
    return d_x;
  }

  /// d_u of the given axes += weight · (conditioner's product with d_raw).
  template <class R>
  void add_to_given(const scalar_t<R>* theta, const Kept<R>& kept, R* d_raw, scalar_t<R> weight, scalar_t<R>* d_theta,
                    Tile<R> d_u, Tape<R>& tape) const {
    const auto all = static_cast<std::size_t>(columns(d_u));
    R* d_given = tape.push(given_.size() * all);
    conditioner_.vjp(theta, kept.net, d_raw, d_given, d_theta, columns(d_u), tape);
    for (std::size_t g = 0; g < given_.size(); ++g)
      for (std::size_t c = 0; c < all; ++c)
        d_u(3 * (static_cast<int>(c) / d_u.packs) + given_[g], static_cast<int>(c) % d_u.packs) +=
            R(weight) * d_given[g * all + c];
  }

  std::vector<int> moved_, given_;
  Conditioner conditioner_;
};

}  // namespace erg
