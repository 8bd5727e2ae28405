/// \file
/// A velocity of each particle away from a solute at the origin, by its distance alone.
#pragma once

#include "erg/base/parameters.hpp"
#include "erg/base/tile.hpp"
#include "erg/bijectors/continuous/chebyshev.hpp"
#include "erg/bijectors/continuous/solute_distance.hpp"

#include <algorithm>
#include <string>

namespace erg {

/// v_i = P(s_i, t) ∇s_i, where s is the squared distance of `SoluteDistance` and P a Chebyshev series in s with `Terms`
/// coefficients, each of them one in time with `Times`: shells about the solute grow.
///
/// Laws:    those of VelocityField; a whole edge, relabelling, and the 48 operations of the cube change nothing.
/// Shapes:  x (3 · particles); weights (Times, Terms).
/// Units:   edges of the cube, whose centre is the solute; time 0 … 1. `range`: resolution is finest at its closest distance.
template <int Terms = 16, int Times = 3>
class SolventShells {
 public:
  SolventShells(ParameterLayout& layout, const std::string& name, int particles, SoluteRange range)
      : offset_(layout.add(name, {Times, Terms})), particles_(particles), range_(range) {}

  int particles() const { return particles_; }
  template <class T, class Draw>
  void initialise(T* theta, Draw&&) const {
    std::fill_n(theta + offset_, Times * Terms, T(0));
  }

  template <class R>
  void evaluate(const scalar_t<R>* theta, double time, const R* x, R* v, R& divergence, Tape<R>&) const {
    const Coefficients<scalar_t<R>> c(theta + offset_, time, scale);
    for (int i = 0; i < particles_; ++i) {
      const SoluteDistance<R> s(Vec3<R>{x[3 * i], x[3 * i + 1], x[3 * i + 2]});
      const Series<R> p(c, range_, s.squared);
      for (int axis = 0; axis < 3; ++axis) v[3 * i + axis] += p.value * s.first[axis];
      divergence += p.first * dot(s.first, s.first) + p.value * s.laplacian();
    }
  }

  template <class R>
  void pull(const scalar_t<R>* theta, double time, const R* x, const R* d_v, R d_divergence, R* d_x, scalar_t<R>* d_theta,
            Tape<R>&) const {
    using T = scalar_t<R>;
    const Coefficients<T> c(theta + offset_, time, scale);
    R gathered[Terms];
    std::fill_n(gathered, Terms, R(T(0)));
    for (int i = 0; i < particles_; ++i) {
      const SoluteDistance<R> s(Vec3<R>{x[3 * i], x[3 * i + 1], x[3 * i + 2]});
      const Vec3<R> d{d_v[3 * i], d_v[3 * i + 1], d_v[3 * i + 2]};
      const Series<R> p(c, range_, s.squared);
      const R d_value = dot(d, s.first) + d_divergence * s.laplacian(), d_first = d_divergence * dot(s.first, s.first);
      const R d_squared = p.first * d_value + p.second * d_first, twice = d_divergence * (p.first + p.first);
      for (int axis = 0; axis < 3; ++axis)
        d_x[3 * i + axis] += d_squared * s.first[axis] + s.second[axis] * (p.value * d[axis] + twice * s.first[axis]) +
                             s.third[axis] * (p.value * d_divergence);
      if (!d_theta) continue;
      for (int k = 0; k < Terms; ++k) gathered[k] += d_value * p.basis.value[k] + (d_first * p.slope) * p.basis.first[k];
    }
    if (d_theta) c.pull(gathered, d_theta + offset_);
  }

 private:
  static constexpr double scale = 0.05;
  template <class T>
  using Coefficients = detail::CoefficientsAt<Times, 1, Terms, T>;

  /// P and its derivatives by s.
  template <class R>
  struct Series {
    R slope;  ///< of the basis' variable
    detail::Chebyshev<Terms, R> basis;
    R value, first, second;

    Series(const Coefficients<scalar_t<R>>& c, const SoluteRange& range, R squared)
        : slope(static_cast<scalar_t<R>>(range.slope())), basis(range.variable(squared)) {
      value = first = second = R(scalar_t<R>(0));
      for (int k = 0; k < Terms; ++k) {
        value += R(c.value[k]) * basis.value[k];
        first += R(c.value[k]) * basis.first[k];
        second += R(c.value[k]) * basis.second[k];
      }
      first *= slope;
      second *= slope * slope;
    }
  };

  std::size_t offset_;
  int particles_;
  SoluteRange range_;
};

}  // namespace erg
