/// \file
/// What a bijector is: of a number, at a point, and on a batch of configurations.
#pragma once

#include "erg/base/parameters.hpp"
#include "erg/base/tile.hpp"
#include "erg/base/vector.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <type_traits>

namespace erg {

/// Where a map sends a point, and log |det J| there (nats).
template <class Point, class R>
struct Image {
  Point point;
  R log_det;
};

/// A smooth invertible map of three-dimensional space, steered by `B::parameters` numbers; zeros give the identity.
///
/// `vjp` takes the cotangents of the image, writes those of the parameters and returns that of the point.
/// `inverse_vjp` is the product of the inverse map, taken at the same x = inverse(y): with cotangents of inverse(y) and its
/// log_det it returns that of y. It also carries ∇ log q from x to y = forward(x) when d_log_det = 1.
///
/// Laws: inverse(p, forward(p, x).point).point == x, and the two log_det sum to zero; vjp and inverse_vjp are the transposed
/// Jacobians; forward(0, x) == {x, 0}.
template <class B, class R = double>
concept PointBijector = requires(const R* p, Vec3<R> x, Vec3<R> d_y, R d_log_det, R* d_p) {
  { B::parameters } -> std::convertible_to<int>;
  { B::forward(p, x) } -> std::same_as<Image<Vec3<R>, R>>;
  { B::inverse(p, x) } -> std::same_as<Image<Vec3<R>, R>>;
  { B::vjp(p, x, d_y, d_log_det, d_p) } -> std::same_as<Vec3<R>>;
  { B::inverse_vjp(p, x, d_y, d_log_det) } -> std::same_as<Vec3<R>>;
};

/// Along which axes a parameter of a point bijector changes its sign, a set of bits.
using AxisParity = unsigned;
inline constexpr AxisParity even = 0, odd_in_x = 1, odd_in_y = 2, odd_in_z = 4;

/// One for each parameter of the point bijector B.
template <class B>
using AxisParities = std::array<AxisParity, static_cast<std::size_t>(B::parameters)>;

/// A point bijector that a change of the axes' signs turns into itself, with parameters p_i that change theirs.
/// Laws: forward(g p, g x).point == g forward(p, x).point with equal log_det, where g is such a change, g x = (±x, ±y, ±z) and
/// (g p)_i = p_i times the signs of the axes in parity[i].
template <class B>
concept AxisSymmetricBijector = PointBijector<B> && std::same_as<std::remove_cvref_t<decltype(B::parity)>, AxisParities<B>>;

/// A monotone map of one number (of the line, an interval or the circle onto itself), steered by `B::parameters` numbers; zeros
/// give the identity. The verbs and their laws are those of `PointBijector`; `AlongAxes` makes one of those of it.
///
/// Laws: inverse(p, forward(p, x).point).point == x, and the two log_det sum to zero; vjp and inverse_vjp are the transposed
/// Jacobians; forward(0, x) == {x, 0}; forward rises with x.
template <class B, class R = double>
concept ScalarBijector = requires(const R* p, R x, R d_y, R d_log_det, R* d_p) {
  { B::parameters } -> std::convertible_to<int>;
  { B::forward(p, x) } -> std::same_as<Image<R, R>>;
  { B::inverse(p, x) } -> std::same_as<Image<R, R>>;
  { B::vjp(p, x, d_y, d_log_det, d_p) } -> std::same_as<R>;
  { B::inverse_vjp(p, x, d_y, d_log_det) } -> std::same_as<R>;
};

/// A smooth invertible map of whole configurations, in place on a Tile (rows = 3 · particle + axis), with its weights in the
/// flat parameter buffer `theta`. log_det (one double per sample) is added to.
///
/// `vjp` undoes the map on `u` (from the image back to the point), turns d_u from cotangents of the image into those of the point
/// and adds to d_theta; `d_log_det` is the cotangent of log_det, the same for every sample. `carry_score` is `forward` that also
/// carries score = ∇_u log q(u) along.
///
/// Laws: those of PointBijector, and the symmetries that the type names.
template <class B, class R = double>
concept Bijector = requires(const B f, const scalar_t<R>* theta, Tile<R> u, double* log_det, typename B::template Kept<R>& kept,
                            Tape<R>& tape, Tile<R> d_u, scalar_t<R> d_log_det, scalar_t<R>* d_theta) {
  f.forward(theta, u, log_det, tape);
  f.forward(theta, u, log_det, kept, tape);
  f.inverse(theta, u, log_det, tape);
  f.vjp(theta, u, kept, d_u, d_log_det, d_theta, tape);
  f.carry_score(theta, u, log_det, d_u, kept, tape);
};

}  // namespace erg
