/// \file
/// How far a place is from the nearest image of the origin, as a smooth function on the torus.
#pragma once

#include "erg/base/math.hpp"
#include "erg/base/vector.hpp"
#include "erg/bijectors/circular_shift.hpp"

#include <stdexcept>

namespace erg {

/// s(x) = Σ_axis h(x_axis), h(x) = −2 w² ln Σ_n exp(−(x − n)² / 2w²): the squared distance from the nearest image of the origin,
/// rounded off over w² about the faces of the cell, where two images are as near.
///
/// Shapes:  of one particle; derivatives along each axis, the mixed ones are zero.
/// Units:   edges of the cube; w = 0.18.
/// Laws:    a whole edge changes nothing; s ≤ |x|² in the cell, and within 2w² ln 2 per axis of it.
template <class R>
struct SoluteDistance {
  R squared;
  Vec3<R> first, second, third;  ///< dh/dx, d²h/dx², d³h/dx³

  static constexpr double width2 = 0.18 * 0.18;

  explicit SoluteDistance(const Vec3<R>& x) : squared(scalar_t<R>(0)) {
    using T = scalar_t<R>;
    const R one(T(1)), two(T(2)), half(T(0.5)), by(T(0.5 / width2));
    for (int axis = 0; axis < 3; ++axis) {
      const R at = x[axis] - whole_turns(x[axis] + half);
      const R up = exp(by * (at + at - one)), down = exp(-by * (at + at + one));  // of the images at 1 and −1, beside that at 0
      const R all = one + up + down, per_all = one / all;
      const R mean = (up - down) * per_all, square = (up + down) * per_all;                                 // of n
      const R variance = square - mean * mean, skew = mean * (one - R(T(3)) * square + two * mean * mean);  // third cumulant
      squared += at * at - R(T(2 * width2)) * log(all);
      first[axis] = two * (at - mean);
      second[axis] = two - R(T(2 / width2)) * variance;
      third[axis] = R(T(-2 / (width2 * width2))) * skew;
    }
  }
  R laplacian() const { return second.x + second.y + second.z; }
};

/// Squared distances from the solute as the variable −1 … 1 of Chebyshev series: from `closest` squared, where the first
/// particles are, to the cell's corner. In edges.
///
/// Errors:  not 0 ≤ closest < ½: std::invalid_argument.
class SoluteRange {
 public:
  explicit SoluteRange(double closest) : from_(closest * closest) {
    if (!(closest >= 0 && closest < 0.5)) throw std::invalid_argument("SoluteRange: 0 <= closest < half an edge");
  }
  double slope() const { return 2 / (corner - from_); }
  template <class R>
  R variable(R squared) const {
    using T = scalar_t<R>;
    return R(static_cast<T>(slope())) * (squared - R(static_cast<T>(from_))) - R(T(1));
  }

 private:
  static constexpr double corner = 0.72;  // the rounded distance there: ¾ − 6 w² ln 2 is less
  double from_;
};

}  // namespace erg
