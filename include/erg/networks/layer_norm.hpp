/// \file
/// Layer normalisation.
#pragma once

#include "erg/base/native.hpp"
#include "erg/networks/concept.hpp"

#include <algorithm>
#include <string>

namespace erg {

/// y = scale · (x − mean) / √(variance + 10⁻⁵) + offset, mean and variance over the features of each column.
///
/// Shapes:  x, y (features, columns); scale, offset (features) in the parameter buffer.
/// Source:  Ba, Kiros and Hinton 2016, arXiv:1607.06450, eq. 4.
class LayerNorm {
 public:
  template <class R>
  struct Kept {
    const R* x;                   ///< (features, columns), the caller's
    R *mean, *inverse_deviation;  ///< (columns)
  };
  static constexpr double least_variance = 1e-5;

  LayerNorm(ParameterLayout& layout, const std::string& name, int features)
      : features_(features), scale_(layout.add(name + ".scale", {features})), offset_(layout.add(name + ".offset", {features})) {}

  int inputs() const { return features_; }
  int outputs() const { return features_; }

  /// Scale 1, offset 0.
  template <class T>
  void initialise(T* theta) const {
    std::fill_n(theta + scale_, features_, T(1));
    std::fill_n(theta + offset_, features_, T(0));
  }

  /// x must stay where it is until `vjp` has run.
  template <Real R>
  Kept<R> forward(const scalar_t<R>* theta, const R* x, R* y, int columns, Tape<R>& tape) const {
    using T = scalar_t<R>;
    const Kept<R> kept{x, tape.push(static_cast<std::size_t>(columns)), tape.push(static_cast<std::size_t>(columns))};
    const R share(T(1) / T(features_));
    std::fill_n(kept.mean, columns, R(T(0)));
    std::fill_n(kept.inverse_deviation, columns, R(T(0)));
    for (int f = 0; f < features_; ++f)
      for (int c = 0; c < columns; ++c) kept.mean[c] += x[at(f, c, columns)] * share;
    for (int f = 0; f < features_; ++f)
      for (int c = 0; c < columns; ++c) {
        const R d = x[at(f, c, columns)] - kept.mean[c];
        kept.inverse_deviation[c] += d * d * share;
      }
    for (int c = 0; c < columns; ++c) kept.inverse_deviation[c] = inverse_root(kept.inverse_deviation[c] + R(T(least_variance)));
    for (int f = 0; f < features_; ++f) {
      const R scale(theta[scale_ + f]), offset(theta[offset_ + f]);
      for (int c = 0; c < columns; ++c) y[at(f, c, columns)] = scale * normalised(kept, f, c, columns) + offset;
    }
    return kept;
  }

  /// d_x may be d_y.
  template <Real R>
  void vjp(const scalar_t<R>* theta, const Kept<R>& kept, R* d_y, R* d_x, scalar_t<R>* d_theta, int columns,
           Tape<R>& tape) const {
    using T = scalar_t<R>;
    if (d_theta)
      for (int f = 0; f < features_; ++f) {
        R scale(T(0)), offset(T(0));
        for (int c = 0; c < columns; ++c) {
          scale += d_y[at(f, c, columns)] * normalised(kept, f, c, columns);
          offset += d_y[at(f, c, columns)];
        }
        d_theta[scale_ + f] += sum(scale);
        d_theta[offset_ + f] += sum(offset);
      }
    if (!d_x) return;
    // With g = scale · d_y and n the normalised x: d_x = (g − ⟨g⟩ − n ⟨g n⟩) / deviation, means over features.
    const auto mark = tape.mark();
    R* mean = tape.push(static_cast<std::size_t>(columns));
    R* along = tape.push(static_cast<std::size_t>(columns));
    std::fill_n(mean, columns, R(T(0)));
    std::fill_n(along, columns, R(T(0)));
    for (int f = 0; f < features_; ++f) {
      const R weight(theta[scale_ + f] / T(features_));
      for (int c = 0; c < columns; ++c) {
        const R g = weight * d_y[at(f, c, columns)];
        mean[c] += g;
        along[c] += g * normalised(kept, f, c, columns);
      }
    }
    for (int f = 0; f < features_; ++f) {
      const R scale(theta[scale_ + f]);
      for (int c = 0; c < columns; ++c) {
        const R g = scale * d_y[at(f, c, columns)] - mean[c] - normalised(kept, f, c, columns) * along[c];
        d_x[at(f, c, columns)] = g * kept.inverse_deviation[c];
      }
    }
    tape.release(mark);
  }

 private:
  static std::ptrdiff_t at(int feature, int column, int columns) {
    return static_cast<std::ptrdiff_t>(feature) * columns + column;
  }
  template <class R>
  static R normalised(const Kept<R>& kept, int feature, int column, int columns) {
    return (kept.x[at(feature, column, columns)] - kept.mean[column]) * kept.inverse_deviation[column];
  }

  int features_;
  std::size_t scale_, offset_;
};

}  // namespace erg
