/// \file
/// One scalar bijector for each axis, the same for all particles.
#pragma once

#include "erg/base/lanes.hpp"
#include "erg/bijectors/concept.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace erg {

/// v = f(u; p) for every coordinate, p the weights of its axis: a learned shift of the whole crystal, for instance, with
/// `PerAxis<CircularShift>`.
///
/// Laws:    equivariant to relabelling; zero weights give the identity.
/// Shapes:  u (3 · particles, packs); weights (3, Transform::parameters).
template <ScalarBijector Transform>
class PerAxis {
 public:
  static constexpr int parameters = Transform::parameters;

  template <class R>
  struct Kept {
    R* before = nullptr;  ///< (3 · particles, packs): u
  };

  PerAxis(ParameterLayout& layout, const std::string& name) : weights_(layout.add(name, {3, parameters})) {}

  /// The identity.
  template <class T, class Draw>
  void initialise(T* theta, Draw&&) const {
    std::fill_n(theta + weights_, 3 * parameters, T(0));
  }

  template <class R>
  void forward(const scalar_t<R>* theta, Tile<R> u, double* log_det, Tape<R>&) const {
    for (int row = 0; row < u.rows; ++row) {
      const auto p = of_axis<R>(theta, row % 3);
      for (int pack = 0; pack < u.packs; ++pack) {
        const auto image = Transform::forward(p.data(), u(row, pack));
        u(row, pack) = image.point;
        add_to_samples(log_det, image.log_det, pack);
      }
    }
  }
  template <class R>
  void forward(const scalar_t<R>* theta, Tile<R> u, double* log_det, Kept<R>& kept, Tape<R>& tape) const {
    kept.before = tape.push(u.size());
    std::copy_n(u.data, u.size(), kept.before);
    forward(theta, u, log_det, tape);
  }
  template <class R>
  void inverse(const scalar_t<R>* theta, Tile<R> v, double* log_det, Tape<R>&) const {
    for (int row = 0; row < v.rows; ++row) {
      const auto p = of_axis<R>(theta, row % 3);
      for (int pack = 0; pack < v.packs; ++pack) {
        const auto image = Transform::inverse(p.data(), v(row, pack));
        v(row, pack) = image.point;
        add_to_samples(log_det, image.log_det, pack);
      }
    }
  }
  template <class R>
  void vjp(const scalar_t<R>* theta, Tile<R> u, Kept<R>& kept, Tile<R> d_u, scalar_t<R> d_log_det, scalar_t<R>* d_theta,
           Tape<R>&) const {
    std::copy_n(kept.before, u.size(), u.data);
    for (int row = 0; row < u.rows; ++row) {
      const auto p = of_axis<R>(theta, row % 3);
      for (int pack = 0; pack < u.packs; ++pack) {
        std::array<R, parameters> d_p;
        d_u(row, pack) = Transform::vjp(p.data(), u(row, pack), d_u(row, pack), R(d_log_det), d_p.data());
        if (!d_theta) continue;
        for (int k = 0; k < parameters; ++k) d_theta[weights_ + (row % 3) * parameters + k] += sum(d_p[k]);
      }
    }
  }
  template <class R>
  void carry_score(const scalar_t<R>* theta, Tile<R> u, double* log_det, Tile<R> score, Kept<R>& kept, Tape<R>& tape) const {
    for (int row = 0; row < u.rows; ++row) {
      const auto p = of_axis<R>(theta, row % 3);
      for (int pack = 0; pack < u.packs; ++pack)
        score(row, pack) = Transform::inverse_vjp(p.data(), u(row, pack), score(row, pack), R(scalar_t<R>(1)));
    }
    forward(theta, u, log_det, kept, tape);
  }

 private:
  template <class R>
  std::array<R, parameters> of_axis(const scalar_t<R>* theta, int axis) const {
    std::array<R, parameters> p;
    for (int k = 0; k < parameters; ++k) p[k] = R(theta[weights_ + axis * parameters + k]);
    return p;
  }

  std::size_t weights_;
};

}  // namespace erg
