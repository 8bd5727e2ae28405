/// \file
/// Crooks' relation between works of both directions: a test of the works, and the crossing of their distributions.
#pragma once

#include "erg/estimators/two_states/bennett.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

namespace erg {

/// ln P_F(w) / P_R(−w) = slope (w − crossing), fitted to works of both directions. Crooks' relation says slope = 1, and then the
/// crossing is ΔF.
///
/// Units:   crossing in k_B T.
struct CrooksFit {
  Estimate slope, crossing;
  bool converged;
  int iterations;
};

/// Fits slope and crossing by maximum likelihood (a logistic regression). A slope away from 1 by several errors says that the
/// works are not what they should be: unequilibrated starts, a wrong temperature or sign, correlated samples.
///
/// Errors:  InputError as `require_works`, for works that are not finite; `converged` is false where the distributions do not
///          overlap or do not differ.
/// Source:  Crooks 1999, doi:10.1103/PhysRevE.60.2721; Shirts et al. 2003, doi:10.1103/PhysRevLett.91.140601, eq. 8.
inline CrooksFit crooks_fit(std::span<const double> forward, std::span<const double> reverse) {
  require_works(forward, "forward works");
  require_works(reverse, "reverse works");
  std::vector<double> w(forward.begin(), forward.end());
  for (const double r : reverse) w.push_back(-r);
  for (std::size_t k = 0; k < w.size(); ++k)
    if (!std::isfinite(w[k])) throw InputError("works", "switch " + std::to_string(k), "inf", "finite numbers");
  const auto of_all = moments(w);
  const double m = std::log(static_cast<double>(forward.size()) / static_cast<double>(reverse.size()));
  const double centre = of_all.mean, width = std::sqrt(of_all.variance);
  // ln odds of "forward" at w: m + a + b z with z = (w − centre) / width
  double a = 0, b = 0, haa = 0, hab = 0, hbb = 0;
  CrooksFit fit{{}, {}, false, 0};
  double before = std::numeric_limits<double>::infinity();
  while (fit.iterations < 100) {
    ++fit.iterations;
    double ga = 0, gb = 0;
    haa = hab = hbb = 0;
    for (std::size_t k = 0; k < w.size(); ++k) {
      const double z = (w[k] - centre) / width, odds = m + a + b * z, small = std::exp(-std::abs(odds)),
                   p = (odds < 0 ? small : 1) / (1 + small), variance = small / ((1 + small) * (1 + small)),
                   miss = (k < forward.size() ? 1 : 0) - p;
      ga += miss, gb += miss * z;
      haa += variance, hab += variance * z, hbb += variance * z * z;
    }
    const double determinant = haa * hbb - hab * hab;
    if (!(determinant > 1e-12 * haa * hbb)) break;
    double da = (hbb * ga - hab * gb) / determinant, db = (haa * gb - hab * ga) / determinant;
    const double size = std::abs(da) + std::abs(db), fraction = size > 1 ? std::log1p(size) / size : 1;
    a += fraction * da;
    b += fraction * db;
    fit.converged = size < 1e-10 || (size < 1e-6 && size >= before);
    if (fit.converged) break;
    before = size;
  }
  // odds = m + slope (w − crossing): slope = b / width, crossing = centre − a width / b
  const double determinant = haa * hbb - hab * hab;
  const double vaa = hbb / determinant, vbb = haa / determinant, vab = -hab / determinant;
  const double n_f = static_cast<double>(forward.size()), n_r = static_cast<double>(reverse.size());
  const double va = vaa - 1 / n_f - 1 / n_r;  // the numbers of works in each direction are given, not drawn
  fit.slope = {b / width, std::sqrt(vbb) / width};
  const double dca = -width / b, dcb = a * width / (b * b);
  fit.crossing = {centre - a * width / b, std::sqrt(std::max(0.0, dca * dca * va + 2 * dca * dcb * vab + dcb * dcb * vbb))};
  return fit;
}

/// ΔF where Gaussians fitted to P_F(w) and P_R(−w) cross: for works of slow switches whose distributions hardly meet.
///
/// Units:   k_B T; the error is by bootstrap.
/// Errors:  InputError as `crooks_fit`, and where a direction's works are all equal.
/// Source:  Goette and Grubmüller 2009, doi:10.1002/jcc.21073.
/// Exact for Gaussian works alone, which by Crooks' relation have one variance in both directions.
inline Estimate crooks_gaussian_crossing(std::span<const double> forward, std::span<const double> reverse,
                                         const Bootstrap& bootstrap = {}) {
  require_works(forward, "forward works");
  require_works(reverse, "reverse works");
  const auto crossing = [](std::span<const double> f, std::span<const double> r) {
    const auto up = moments(f), down = moments(r);
    // from the middle between the means, ± half apart: A x² − 2 B x + C = 0, and of its roots the nearer one without cancellation
    const double half = 0.5 * (up.mean + down.mean), s = up.variance, t = down.variance;
    const double b = half * (1 / s + 1 / t), c = half * half * (1 / s - 1 / t) - std::log(t / s);
    const double root = std::sqrt(std::max(0.0, b * b - (1 / s - 1 / t) * c));
    return 0.5 * (up.mean - down.mean) + (c == 0 ? 0 : c / (b + std::copysign(root, b)));
  };
  const double value = crossing(forward, reverse);
  if (!std::isfinite(value))
    throw InputError("works", "Gaussian crossing", "a direction without spread, or works of inf", "finite works that differ");
  const std::array<std::size_t, 2> sizes{forward.size(), reverse.size()};
  const auto spread = bootstrap_spreads<1>(std::span<const std::size_t>(sizes), bootstrap, [&](const auto& draw) {
    std::vector<double> f(forward.size()), r(reverse.size());
    for (std::size_t k = 0; k < f.size(); ++k) f[k] = forward[draw(0, k)];
    for (std::size_t k = 0; k < r.size(); ++k) r[k] = reverse[draw(1, k)];
    return std::array<double, 1>{crossing(f, r)};
  });
  return {value, spread[0].standard_error};
}

}  // namespace erg
