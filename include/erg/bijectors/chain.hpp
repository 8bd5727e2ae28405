/// \file
/// Composition and inversion of point bijectors.
#pragma once

#include "erg/bijectors/affine.hpp"
#include "erg/bijectors/concept.hpp"

namespace erg {

/// The parities of a chain's parameters: those of its parts, where all of them have some; else nothing.
template <class First, class Rest>
struct ChainedParity {};
template <AxisSymmetricBijector First, AxisSymmetricBijector Rest>
struct ChainedParity<First, Rest> {
  static constexpr std::array<AxisParity, First::parameters + Rest::parameters> parity = [] {
    std::array<AxisParity, First::parameters + Rest::parameters> all{};
    for (int i = 0; i < First::parameters; ++i) all[static_cast<std::size_t>(i)] = First::parity[static_cast<std::size_t>(i)];
    for (int i = 0; i < Rest::parameters; ++i)
      all[static_cast<std::size_t>(First::parameters + i)] = Rest::parity[static_cast<std::size_t>(i)];
    return all;
  }();
};

/// `First`, then `Then…`: forward(x) = then(first(x)); log_det adds; parameters stand in the same order.
template <class First, class... Then>
struct Chain : ChainedParity<First, Chain<Then...>> {
  static_assert(PointBijector<First> && (PointBijector<Then> && ...),
                "Chain: every part must be a point bijector (forward, inverse, vjp, inverse_vjp, parameters)");
  using Rest = Chain<Then...>;
  static constexpr int parameters = First::parameters + Rest::parameters;

  template <class R>
  ERG_HD static Image<Vec3<R>, R> forward(const R* p, Vec3<R> x) {
    const auto first = First::forward(p, x);
    const auto rest = Rest::forward(p + First::parameters, first.point);
    return {rest.point, first.log_det + rest.log_det};
  }
  template <class R>
  ERG_HD static Image<Vec3<R>, R> inverse(const R* p, Vec3<R> y) {
    const auto rest = Rest::inverse(p + First::parameters, y);
    const auto first = First::inverse(p, rest.point);
    return {first.point, first.log_det + rest.log_det};
  }
  template <class R>
  ERG_HD static Vec3<R> vjp(const R* p, Vec3<R> x, Vec3<R> d_y, R d_log_det, R* d_p) {
    const Vec3<R> middle = First::forward(p, x).point;
    return First::vjp(p, x, Rest::vjp(p + First::parameters, middle, d_y, d_log_det, d_p + First::parameters), d_log_det, d_p);
  }
  template <class R>
  ERG_HD static Vec3<R> inverse_vjp(const R* p, Vec3<R> x, Vec3<R> d_x, R d_log_det) {
    const Vec3<R> middle = First::forward(p, x).point;
    return Rest::inverse_vjp(p + First::parameters, middle, First::inverse_vjp(p, x, d_x, d_log_det), d_log_det);
  }
};

template <class Last>
struct Chain<Last> : Last {};

/// y = L x with scales and a shift: nine parameters that make any triangular affine map.
using TriangularAffine = Chain<UnitTriangular, Affine>;

/// `Forward` run backwards: its forward is the other's inverse.
template <class Forward>
struct Inverse {
  static_assert(PointBijector<Forward>, "Inverse: the part must be a point bijector");
  static constexpr int parameters = Forward::parameters;

  template <class R>
  ERG_HD static Image<Vec3<R>, R> forward(const R* p, Vec3<R> x) {
    return Forward::inverse(p, x);
  }
  template <class R>
  ERG_HD static Image<Vec3<R>, R> inverse(const R* p, Vec3<R> y) {
    return Forward::forward(p, y);
  }
  template <class R>
  ERG_HD static Vec3<R> vjp(const R* p, Vec3<R> x, Vec3<R> d_y, R d_log_det, R* d_p) {
    const Vec3<R> y = Forward::inverse(p, x).point;
    const Vec3<R> d_x = Forward::inverse_vjp(p, y, d_y, d_log_det);
    Forward::vjp(p, y, -d_x, -d_log_det, d_p);
    return d_x;
  }
  template <class R>
  ERG_HD static Vec3<R> inverse_vjp(const R* p, Vec3<R> x, Vec3<R> d_x, R d_log_det) {
    R unused[parameters];
    return Forward::vjp(p, Forward::inverse(p, x).point, d_x, d_log_det, unused);
  }
};

}  // namespace erg
