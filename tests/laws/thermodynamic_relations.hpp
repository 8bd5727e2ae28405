/// \file
/// The relations that tie free energies, energies, entropies and heat capacities of neighbouring temperatures, with k_B = 1.
#pragma once

#include "erg/estimators/thermodynamics.hpp"

#include <cmath>

namespace erg::tests {

/// A state at a temperature; as `Thermodynamics` but in energies: F, U; S and C_v pure numbers.
struct State {
  double temperature;
  Thermodynamics::Quantity free_energy, energy, entropy, heat_capacity;

  State(double t, const Thermodynamics& of)
      : temperature(t),
        free_energy{t * of.free_energy.value, t * of.free_energy.standard_error},
        energy{t * of.energy.value, t * of.energy.standard_error},
        entropy(of.entropy),
        heat_capacity(of.heat_capacity) {}
};

/// What should be zero, and a standard error that it stays below: errors of one state are added, as if they always conspired; two
/// states are independent.
struct Gap {
  double value, error;

  double sigmas() const { return std::abs(value) / error; }
};

/// Δ(βF) − ∫ U dβ. By the trapezium with slopes dU/dβ = −C_v T² at the ends: off by the fifth power of the step alone.
inline Gap energy_gap(const State& a, const State& b) {
  const double h = 1 / b.temperature - 1 / a.temperature;
  const auto end = [h](const State& s, double sign) {
    const double t = s.temperature, beta = 1 / t;
    return Gap{sign * beta * s.free_energy.value - h / 2 * s.energy.value + sign * h * h / 12 * -s.heat_capacity.value * t * t,
               beta * s.free_energy.standard_error + std::abs(h) / 2 * s.energy.standard_error +
                   h * h / 12 * s.heat_capacity.standard_error * t * t};
  };
  const Gap first = end(a, -1), second = end(b, 1);
  return {first.value + second.value, std::hypot(first.error, second.error)};
}

/// ΔU − ∫ C_v dT, by the trapezium.
inline Gap heat_gap(const State& a, const State& b) {
  const double h = b.temperature - a.temperature;
  const auto error = [h](const State& s) { return s.energy.standard_error + h / 2 * s.heat_capacity.standard_error; };
  return {b.energy.value - a.energy.value - h / 2 * (a.heat_capacity.value + b.heat_capacity.value),
          std::hypot(error(a), error(b))};
}

/// ΔF + ∫ S dT, by the trapezium with slopes dS/dT = C_v / T at the ends.
inline Gap entropy_gap(const State& a, const State& b) {
  const double h = b.temperature - a.temperature;
  const auto end = [h](const State& s, double sign) {
    const double slope = 1 / s.temperature;
    return Gap{
        sign * s.free_energy.value + h / 2 * s.entropy.value - sign * h * h / 12 * slope * s.heat_capacity.value,
        s.free_energy.standard_error + h / 2 * s.entropy.standard_error + h * h / 12 * slope * s.heat_capacity.standard_error};
  };
  const Gap first = end(a, -1), second = end(b, 1);
  return {first.value + second.value, std::hypot(first.error, second.error)};
}

}  // namespace erg::tests
