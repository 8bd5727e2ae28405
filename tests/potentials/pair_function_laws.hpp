/// \file
/// The laws of pair functions: every functor and every wrapper runs through them.
#pragma once

#include "erg/base/dual.hpp"
#include "erg/potentials/concept.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

namespace erg::tests {

/// Between the radii `low` and `high`, whose scale is 1: the force is the derivative of the energy, the force's own derivative
/// (a Hessian's ingredient) comes out of Dual, every number type agrees, nothing is left at the cutoff, NaN stays no number.
template <class P>
void pair_function_laws(const P& p, double low, double high) {
  for (double r = low; r < high; r += 0.0371) {
    const double r2 = r * r, h = 2e-4 * r2;
    const auto slope = [&](auto&& of) {
      const double wide = (of(r2 + h) - of(r2 - h)) / (2 * h), narrow = (of(r2 + h / 2) - of(r2 - h / 2)) / h;
      return (4 * narrow - wide) / 3;
    };
    CAPTURE(r);
    const PairEnergy<double> here = p(r2);
    const double unit = 1 + std::abs(here.energy) + std::abs(here.force_over_r);
    CHECK(std::abs(here.force_over_r + 2 * slope([&](double x) { return p(x).energy; })) < 1e-6 * unit);
    const PairEnergy<Dual<double>> dual = p(variable(r2));
    CHECK(std::abs(dual.energy.value - here.energy) < 1e-14 * unit);  // other sums may be fused
    CHECK(std::abs(here.force_over_r + 2 * dual.energy.derivative) < 1e-12 * unit);
    const double curvature = slope([&](double x) { return p(x).force_over_r; });
    CHECK(std::abs(dual.force_over_r.derivative - curvature) < 1e-5 * (unit + std::abs(curvature)));
    const auto eight = p(Lanes<double, 8>(r2));
    CHECK(std::abs(eight.energy[5] - here.energy) < 1e-13 * unit);
    CHECK(std::abs(eight.force_over_r[5] - here.force_over_r) < 1e-12 * unit);
    const auto sixteen = p(Lanes<float, 16>(float(r2)));
    CHECK(std::abs(sixteen.energy[11] - p(double(float(r2))).energy) < 1e-5 * unit);
    CHECK(std::abs(sixteen.force_over_r[11] - p(double(float(r2))).force_over_r) < 1e-4 * unit);
  }
  if constexpr (PairPotential<P>) {
    for (double r : {1.0, 1.0 + 1e-9, 1.5, 40.0}) {
      CHECK(p(r * r * p.cutoff() * p.cutoff()).energy == 0);
      CHECK(p(r * r * p.cutoff() * p.cutoff()).force_over_r == 0);
    }
  }
  CHECK(!std::isfinite(p(std::numeric_limits<double>::quiet_NaN()).energy));
  CHECK(!std::isfinite(p(Lanes<float, 16>(std::numeric_limits<float>::quiet_NaN())).energy[3]));
}

/// Energy, force and curvature (as far as `orders`) do not jump at the radius r.
template <class P>
void continuous_at(const P& p, double r, int orders) {
  const double h = 1e-9;
  const auto below = p(variable(r * r * (1 - h))), above = p(variable(r * r * (1 + h)));
  CAPTURE(r);
  CHECK(std::abs(below.energy.value - above.energy.value) < 1e-6);
  if (orders > 0) CHECK(std::abs(below.force_over_r.value - above.force_over_r.value) < 1e-6);
  if (orders > 1) CHECK(std::abs(below.force_over_r.derivative - above.force_over_r.derivative) < 1e-5);
  if (orders == 1) CHECK(std::abs(below.force_over_r.derivative - above.force_over_r.derivative) > 1e-3);
  if (orders == 0) CHECK(std::abs(below.force_over_r.value - above.force_over_r.value) > 1e-3);
}

}  // namespace erg::tests
