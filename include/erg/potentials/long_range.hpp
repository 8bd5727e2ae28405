/// \file
/// What a cutoff leaves out of a uniform fluid's energy and pressure.
#pragma once

#include "erg/base/error.hpp"
#include "erg/potentials/wrappers.hpp"

#include <cmath>

namespace erg {

/// To be added to what the truncated potential gives, as if the fluid beyond the cutoff were even (g(r) = 1).
struct LongRangeCorrection {
  double energy;          ///< per particle  [energy]
  double pressure;        ///< [energy/length³]
  bool converged = true;  ///< of the quadrature
  int iterations = 0;     ///< how often its step was halved
  double residual = 0;    ///< its last change, relative
};

namespace detail {
inline void check_density(double number_density) {
  if (!(number_density >= 0) || !std::isfinite(number_density))
    throw InputError("number density", "long-range correction", to_text(number_density), "a number that is not negative");
}
}  // namespace detail

/// Of Lennard-Jones, in closed form: U/N = (8/3) π ρ ε σ³ (s⁹/3 − s³), P = (16/3) π ρ² ε σ³ (2 s⁹/3 − s³), s = σ/cutoff.
///
/// Units:   number_density in 1 / length³ of the potential.
/// Errors:  InputError for a density that is negative or no number.
/// Source:  Allen and Tildesley 2017, Computer Simulation of Liquids, section 2.8.
template <std::floating_point T>
LongRangeCorrection long_range_correction(const Truncated<LennardJones<T>>& potential, double number_density) {
  detail::check_density(number_density);
  const double pi = 3.14159265358979323846, sigma = potential.inner().sigma, s = sigma / potential.cutoff(), s3 = s * s * s;
  const double unit = 8 * pi / 3 * number_density * potential.inner().epsilon * sigma * sigma * sigma, s9 = s3 * s3 * s3;
  return {unit * (s9 / 3 - s3), 2 * unit * number_density * (2 * s9 / 3 - s3)};
}

/// Of any pair function P: U/N = 2πρ ∫ U(r) r² dr and P = −(2/3) πρ² ∫ r³ (dU/dr) dr from the cutoff to infinity, by the
/// double-exponential rule in x = cutoff/r. A potential that falls as r⁻³ or slower has no such correction: the rule, cut off
/// where x < 10⁻²⁷, sees that the integrand has not died down there, and does not converge.
///
/// Units:   number_density in 1 / length³ of the potential.
/// Errors:  InputError as above; `converged` is false where the residual stays above 10⁻¹⁰.
/// Source:  Takahasi and Mori 1974, doi:10.2977/prims/1195192451.
template <class P>
LongRangeCorrection long_range_by_quadrature(const Truncated<P>& potential, double number_density) {
  detail::check_density(number_density);
  const double pi = 3.14159265358979323846, cutoff = potential.cutoff(), last = 3.7;
  double energy = 0, pressure = 0, sizes[2] = {0, 0};
  const auto add = [&](double t) {  // x = 1 / (1 + e^{−π sinh t})
    const double x = 1 / (1 + std::exp(-pi * std::sinh(t))), weight = pi * std::cosh(t) * x / (1 + std::exp(pi * std::sinh(t)));
    const double r = cutoff / x, measure = weight * r * r * (r / x);
    const auto p = potential.inner()(r * r);
    const double terms[2] = {p.energy * measure, p.force_over_r * measure * r * r};
    energy += terms[0];
    pressure += terms[1];
    for (int k : {0, 1}) sizes[k] += std::abs(terms[k]);
  };
  LongRangeCorrection found{0, 0, false, 0, 0};
  int count = 8;
  for (int k = -count; k <= count; ++k) add(last * k / count);
  for (double before[2]; !found.converged && found.iterations < 9; ++found.iterations, count *= 2) {
    const double step = last / count;
    before[0] = energy * step;
    before[1] = pressure * step;
    for (int k = -count; k < count; ++k) add(step * (k + 0.5));
    found.residual = 0;
    for (int k : {0, 1}) {
      const double change = std::abs((k ? pressure : energy) * step / 2 - before[k]);
      const double relative = sizes[k] == 0 ? 0 : change / (sizes[k] * step / 2);
      if (!(relative <= found.residual)) found.residual = relative;
    }
    found.converged = found.residual < 1e-10;
  }
  found.energy = 2 * pi * number_density * energy * last / count;
  found.pressure = 2 * pi / 3 * number_density * number_density * pressure * last / count;
  return found;
}

}  // namespace erg
