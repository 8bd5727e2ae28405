/// \file
/// Harmonic oscillators in one dimension: their free energies are known, f_k = ½ ln κ_k up to a constant.
#pragma once

#include "erg/base/random.hpp"
#include "erg/estimators/multistate/reduced_energies.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <vector>

namespace erg::tests {

/// pymbar's test system: u_k(x) = ½ κ_k (x − x_k)².
struct Oscillators {
  std::vector<double> centre, stiffness;
  std::vector<std::int64_t> counts;

  double truth(std::size_t from, std::size_t to) const { return 0.5 * std::log(stiffness[to] / stiffness[from]); }
  double energy(std::size_t k, double x) const { return 0.5 * stiffness[k] * (x - centre[k]) * (x - centre[k]); }

  /// Positions of all samples, those of state 0 first; unit(n) gives standard normal numbers.
  template <class Unit>
  std::vector<double> positions(const Unit& unit) const {
    std::vector<double> x;
    for (std::size_t k = 0; k < counts.size(); ++k)
      for (std::int64_t n = 0; n < counts[k]; ++n) x.push_back(centre[k] + unit(x.size()) / std::sqrt(stiffness[k]));
    return x;
  }
  ReducedEnergyTable energies(const std::vector<double>& x) const {
    ReducedEnergyTable table{{}, counts};
    for (std::size_t k = 0; k < counts.size(); ++k)
      for (const double at : x) table.u_kn.push_back(energy(k, at));
    return table;
  }
  ReducedEnergyTable sample(std::uint64_t seed) const {
    return energies(positions([&](std::size_t n) { return normal({seed, StreamName::test}, n, 0); }));
  }
};

/// Numbers that look normal and that tests/reference/mbar_golden.py makes the same: Box and Muller on multiples of two
/// irrationals.
inline double formula_normal(std::size_t n) {
  const double a = static_cast<double>(n + 1) * 0.6180339887498949, b = static_cast<double>(n + 1) * 0.4142135623730951;
  return std::sqrt(-2 * std::log(1 - (a - std::floor(a)))) * std::cos(2 * std::numbers::pi * (b - std::floor(b)));
}

}  // namespace erg::tests
