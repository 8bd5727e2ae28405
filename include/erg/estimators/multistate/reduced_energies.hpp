/// \file
/// The energies of every sample in every state: what estimates of several states start from.
#pragma once

#include "erg/base/error.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace erg {

/// Reduced energies u = βU (+ βpV …) of all samples of all states, evaluated in each state. The array `u_kn` of pymbar.
///
/// Shapes:  u_kn (states, samples), samples fastest; counts (states), summing to samples.
/// Units:   k_B T of each state.
/// A state may have no samples of its own: its count is 0, and its free energy follows from the samples of the others.
/// +∞ is an energy that forbids the sample in that state. Samples are independent, and where errors are resampled those of
/// state 0 stand first, then those of state 1 …
struct ReducedEnergies {
  std::span<const double> u_kn;
  std::span<const std::int64_t> counts;

  std::size_t states() const { return counts.size(); }
  std::size_t samples() const { return counts.empty() ? 0 : u_kn.size() / counts.size(); }
  std::span<const double> of_state(std::size_t k) const { return u_kn.subspan(k * samples(), samples()); }
};

/// Refuses what no estimator can use.
///
/// Errors:  InputError for no states, a negative count, no samples, or an array whose length is not states × samples.
inline void require_whole(const ReducedEnergies& energies) {
  if (energies.counts.empty()) throw InputError("reduced energies", "estimator", "no states", "at least 1");
  std::int64_t total = 0;
  for (std::size_t k = 0; k < energies.states(); ++k) {
    const std::int64_t count = energies.counts[k];
    if (count < 0) throw InputError("number of samples", "state " + std::to_string(k), std::to_string(count), "0 or more");
    if (__builtin_add_overflow(total, count, &total))
      throw InputError("number of samples", "state " + std::to_string(k), std::to_string(count), "a sum below 2^63");
  }
  if (total == 0) throw InputError("reduced energies", "estimator", "no samples in any state", "at least 1");
  std::size_t expected = 0;
  if (__builtin_mul_overflow(static_cast<std::size_t>(total), energies.states(), &expected) || energies.u_kn.size() != expected)
    throw InputError("reduced energies", "estimator", std::to_string(energies.u_kn.size()) + " numbers",
                     std::to_string(energies.states()) + " states × " + std::to_string(total) + " samples");
}

/// Says which energy is to blame when weights came out as no numbers.
///
/// Errors:  InputError for the first NaN or −∞, and for a sample of energy +∞ in every state that has samples.
inline void require_usable(const ReducedEnergies& energies) {
  for (std::size_t k = 0; k < energies.states(); ++k) {
    bool allows = false;
    for (std::size_t n = 0; n < energies.samples(); ++n) {
      const double u = energies.of_state(k)[n];
      allows = allows || std::isfinite(u);
      if (std::isnan(u) || (std::isinf(u) && u < 0))
        throw InputError("reduced energy", "state " + std::to_string(k) + ", sample " + std::to_string(n), to_text(u),
                         "a finite number, or inf for what the state forbids");
    }
    if (!allows)
      throw InputError("reduced energies", "state " + std::to_string(k), "inf for every sample", "some that it allows");
  }
  for (std::size_t n = 0; n < energies.samples(); ++n) {
    bool allowed = false;
    for (std::size_t k = 0; k < energies.states() && !allowed; ++k)
      allowed = energies.counts[k] > 0 && std::isfinite(energies.of_state(k)[n]);
    if (!allowed)
      throw InputError("reduced energies", "sample " + std::to_string(n), "inf in every state that has samples",
                       "a state that could have drawn it");
  }
}

/// Reduced energies with memory of their own.
struct ReducedEnergyTable {
  std::vector<double> u_kn;
  std::vector<std::int64_t> counts;

  operator ReducedEnergies() const { return {u_kn, counts}; }
};

/// Some of the samples, in the same states.
///
/// Shapes:  chosen (states): of each state, which of its own samples, counted from 0; those of state 0 stand first in u_kn.
/// Errors:  InputError for lists of another number of states, or a sample that is not there.
inline ReducedEnergyTable take_samples(const ReducedEnergies& energies, std::span<const std::vector<std::size_t>> chosen) {
  require_whole(energies);
  if (chosen.size() != energies.states())
    throw InputError("chosen samples", "reduced energies", std::to_string(chosen.size()) + " lists",
                     std::to_string(energies.states()) + ", one for each state");
  std::vector<std::size_t> taken;
  ReducedEnergyTable table;
  std::size_t first = 0;
  for (std::size_t k = 0; k < energies.states(); ++k) {
    const auto count = static_cast<std::size_t>(energies.counts[k]);
    for (const std::size_t n : chosen[k]) {
      if (n >= count)
        throw InputError("chosen sample", "state " + std::to_string(k), std::to_string(n), "less than " + std::to_string(count));
      taken.push_back(first + n);
    }
    table.counts.push_back(static_cast<std::int64_t>(chosen[k].size()));
    first += count;
  }
  table.u_kn.reserve(taken.size() * energies.states());
  for (std::size_t k = 0; k < energies.states(); ++k)
    for (const std::size_t n : taken) table.u_kn.push_back(energies.of_state(k)[n]);
  return table;
}

}  // namespace erg
