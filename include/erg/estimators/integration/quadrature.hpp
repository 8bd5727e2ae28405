/// \file
/// Quadrature on given points and on the best ones: every rule is a weight for each point.
#pragma once

#include "erg/base/error.hpp"

#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace erg {

/// ∫ f ≈ Σ weight · f(point).
///
/// Shapes:  point, weight (points).
struct Quadrature {
  std::vector<double> point, weight;
};

namespace detail {
inline void require_ascending(std::span<const double> points) {
  if (points.size() < 2) throw InputError("points", "quadrature", std::to_string(points.size()), "at least 2");
  for (std::size_t k = 0; k < points.size(); ++k)
    if (!std::isfinite(points[k]) || (k > 0 && !(points[k - 1] < points[k])))
      throw InputError("point " + std::to_string(k), "quadrature", to_text(points[k]), "finite points, ascending");
}
}  // namespace detail

/// Straight lines between the points: exact for them, error of second order in the spacing.
///
/// Errors:  InputError for fewer than two points, or points that do not ascend.
inline Quadrature trapezoid(std::span<const double> points) {
  detail::require_ascending(points);
  Quadrature rule{{points.begin(), points.end()}, std::vector<double>(points.size())};
  for (std::size_t k = 0; k + 1 < points.size(); ++k) {
    const double half = 0.5 * (points[k + 1] - points[k]);
    rule.weight[k] += half;
    rule.weight[k + 1] += half;
  }
  return rule;
}

/// The natural cubic spline through the points: fourth order inside; the ends, where its second derivative is zero and the
/// function's may not be, keep it to third order.
///
/// Errors:  as `trapezoid`.
/// The integral is the trapezoid's less Σ h³ (M_k + M_k+1) / 24, M the spline's second derivatives: A M = B f with A symmetric
/// and tridiagonal, so that the weights are the trapezoid's less Bᵀ A⁻¹ q.
inline Quadrature natural_spline(std::span<const double> points) {
  Quadrature rule = trapezoid(points);
  const std::size_t inner = points.size() - 2;
  const auto h = [&](std::size_t k) { return points[k + 1] - points[k]; };
  std::vector<double> diagonal(inner), q(inner);
  for (std::size_t k = 0; k < inner; ++k) {
    diagonal[k] = (h(k) + h(k + 1)) / 3;
    q[k] = (h(k) * h(k) * h(k) + h(k + 1) * h(k + 1) * h(k + 1)) / 24;
    if (k == 0) continue;
    const double ratio = h(k) / 6 / diagonal[k - 1];
    diagonal[k] -= ratio * h(k) / 6;
    q[k] -= ratio * q[k - 1];
  }
  for (std::size_t k = inner; k-- > 0;) {
    if (k + 1 < inner) q[k] -= h(k + 1) / 6 * q[k + 1];
    q[k] /= diagonal[k];
  }
  for (std::size_t k = 0; k < inner; ++k) {
    rule.weight[k] -= q[k] / h(k);
    rule.weight[k + 1] += q[k] * (1 / h(k) + 1 / h(k + 1));
    rule.weight[k + 2] -= q[k] / h(k + 1);
  }
  return rule;
}

/// The n points, and their weights, that integrate polynomials of degree 2n − 1 exactly: where mean forces are to be sampled.
///
/// Accuracy: 10⁻¹⁵ of the interval's length up to 200 points, held by a test.
/// Errors:  InputError for no points, or an interval that is empty or not finite.
/// Source:  Abramowitz and Stegun 1972, 25.4.29; Newton's steps on the Legendre polynomial from the cosines of Tricomi.
inline Quadrature gauss_legendre(int points, double lower = 0, double upper = 1) {
  if (points < 1) throw InputError("points", "Gauss-Legendre", std::to_string(points), "at least 1");
  if (!(lower < upper) || !std::isfinite(upper - lower))
    throw InputError("interval", "Gauss-Legendre", to_text(lower) + " to " + to_text(upper), "an interval of finite length");
  Quadrature rule;
  const double middle = 0.5 * (lower + upper), half = 0.5 * (upper - lower);
  for (int k = points; k >= 1; --k) {
    double x = std::cos(std::numbers::pi * (k - 0.25) / (points + 0.5)), slope = 1;
    for (int turn = 0; turn < 10; ++turn) {
      double before = 1, p = x;
      for (int n = 2; n <= points; ++n) before = std::exchange(p, ((2 * n - 1) * x * p - (n - 1) * before) / n);
      slope = points * (x * p - before) / (x * x - 1);
      const double step = p / slope;
      x -= step;
      if (std::abs(step) < 1e-16) break;
    }
    rule.point.push_back(middle + half * x);
    rule.weight.push_back(2 * half / ((1 - x * x) * slope * slope));
  }
  return rule;
}

}  // namespace erg
