/// \file
/// Works of switching between two states, and free energy differences from those of one direction.
#pragma once

#include "erg/estimators/two_states/free_energy_perturbation.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace erg {

/// Which way a set of works was done. Forward: from samples of state 0 towards state 1; reverse: from 1 towards 0.
/// An instantaneous switch does the work u₁(x) − u₀(x) forward, u₀(x) − u₁(x) in reverse.
enum class Direction { forward, reverse };

/// Refuses works that no estimator can use.
///
/// Errors:  InputError for fewer than two, for NaN and −∞; +∞ is a switch that the end state forbids.
inline void require_works(std::span<const double> works, const char* name) {
  if (works.size() < 2) throw InputError(name, "estimator", std::to_string(works.size()) + " works", "at least 2");
  for (std::size_t k = 0; k < works.size(); ++k)
    if (!(works[k] > -std::numeric_limits<double>::infinity()))
      throw InputError(name, "switch " + std::to_string(k), to_text(works[k]), "a finite number, or inf for a forbidden end");
}

/// ΔF = F₁ − F₀ from the exponential average of works: ∓ln⟨exp(−w)⟩. Of instantaneous switches this is free energy perturbation
/// (Zwanzig), of slow ones Jarzynski's equality; of a trained flow's works, learned free energy perturbation.
///
/// Units:   k_B T.
/// Errors:  InputError as `require_works`, or when every work is +∞.
/// Source:  Zwanzig 1954, doi:10.1063/1.1740409; Jarzynski 1997, doi:10.1103/PhysRevLett.78.2690.
/// The forward estimate lies above the truth on average, the reverse one below, each by about half its squared error.
inline FreeEnergyEstimate exponential_average(std::span<const double> works, Direction direction = Direction::forward,
                                              const Bootstrap& bootstrap = {}) {
  require_works(works, "works");
  std::vector<double> log_weights(works.begin(), works.end());
  for (double& w : log_weights) w = -w;
  FreeEnergyEstimate found = free_energy_perturbation(log_weights, bootstrap);
  if (direction == Direction::reverse) found.delta_f = -found.delta_f;
  return found;
}

/// Jarzynski's estimate from works of switching, of any speed.
inline FreeEnergyEstimate jarzynski(std::span<const double> works, Direction direction = Direction::forward,
                                    const Bootstrap& bootstrap = {}) {
  return exponential_average(works, direction, bootstrap);
}

/// ΔF from the first cumulants of the works, with both errors.
struct CumulantEstimate {
  double delta_f;
  double standard_error;  ///< by bootstrap
  double analytic_error;  ///< first order in the influence of each work on the sample's cumulants
  int order;
};

namespace detail {

/// κ₁ − κ₂/2 + κ₃/6 − κ₄/24 up to `order`, of works get(0) … get(n − 1); unbiased κ₂, plain higher ones.
template <class Get>
std::array<double, 4> cumulants(std::size_t n, const Get& get) {
  const auto count = static_cast<double>(n);
  double mean = 0, second = 0, third = 0, fourth = 0;
  for (std::size_t k = 0; k < n; ++k) mean += get(k) / count;
  for (std::size_t k = 0; k < n; ++k) {
    const double x = get(k) - mean, square = x * x;
    second += square / count;
    third += square * x / count;
    fourth += square * square / count;
  }
  return {mean, second * count / (count - 1), third, fourth - 3 * second * second};
}

inline double cumulant_sum(const std::array<double, 4>& kappa, int order) {
  constexpr double factor[] = {1, -0.5, 1. / 6, -1. / 24};
  double sum = 0;
  for (int k = 0; k < order; ++k) sum += factor[k] * kappa[static_cast<std::size_t>(k)];
  return sum;
}

}  // namespace detail

/// ΔF from the cumulant expansion of ln⟨exp(−w)⟩, cut off: exact in order 2 for Gaussian works (which those of slow switches tend
/// to).
///
/// Units:   k_B T.
/// Errors:  InputError as `require_works`, for a work that is not finite, or an order outside 1 … 4.
/// Source:  Zwanzig 1954, doi:10.1063/1.1740409, eq. 19; Park and Schulten 2004, doi:10.1063/1.1651473.
inline CumulantEstimate cumulant_expansion(std::span<const double> works, int order = 2, Direction direction = Direction::forward,
                                           const Bootstrap& bootstrap = {}) {
  require_works(works, "works");
  if (order < 1 || order > 4) throw InputError("order", "cumulant expansion", std::to_string(order), "1 to 4");
  for (std::size_t k = 0; k < works.size(); ++k)
    if (!std::isfinite(works[k])) throw InputError("works", "switch " + std::to_string(k), "inf", "a finite number");
  const std::size_t n = works.size();
  const auto kappa = detail::cumulants(n, [&](std::size_t k) { return works[k]; });
  const double sign = direction == Direction::forward ? 1 : -1;
  const auto spread = bootstrap_spread(n, bootstrap, [&](const auto& draw) {
    return detail::cumulant_sum(detail::cumulants(n, [&](std::size_t k) { return works[draw(k)]; }), order);
  });
  const double second = kappa[1] * static_cast<double>(n - 1) / static_cast<double>(n);
  double squares = 0;
  for (const double w : works) {
    const double x = w - kappa[0], d2 = x * x - second;
    const std::array<double, 4> influence{x, d2, x * x * x - kappa[2] - 3 * second * x,
                                          x * x * x * x - (kappa[3] + 3 * second * second) - 4 * kappa[2] * x - 6 * second * d2};
    const double of_work = detail::cumulant_sum(influence, order);
    squares += of_work * of_work;
  }
  const auto count = static_cast<double>(n);
  return {sign * detail::cumulant_sum(kappa, order), spread.standard_error, std::sqrt(squares / (count * (count - 1))), order};
}

}  // namespace erg
