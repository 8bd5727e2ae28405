/// \file
/// Errors of the multistate estimate by resampling: right also where first-order errors are not.
#pragma once

#include "erg/estimators/bootstrap.hpp"
#include "erg/estimators/multistate/mbar.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace erg {

/// Free energies of all states over resampled data.
///
/// Shapes:  free_energy (rounds, states); a state that shares no samples with state 0 has NaN.
struct MultistateSpread {
  std::vector<std::vector<double>> free_energy;

  /// The error of f_to − f_from, and the rounds behind it.
  BootstrapSpread difference(std::size_t from, std::size_t to) const {
    std::vector<double> finite;
    for (const auto& f : free_energy)
      if (std::isfinite(f[to] - f[from])) finite.push_back(f[to] - f[from]);
    const double error = finite.size() < 2 ? std::numeric_limits<double>::infinity() : std::sqrt(moments(finite).variance);
    return {error, static_cast<int>(finite.size())};
  }
};

/// Draws the samples of each state again with replacement and solves anew, from the estimate. No energy is copied: each sample
/// counts as often as it was drawn.
///
/// Shapes:  energies: those of the estimate, the samples of state 0 first, and so on.
/// Errors:  InputError as `bootstrap_spreads`. A round that does not converge counts as NaN.
/// Cost:    some four passes over all samples a round, one number a sample beside.
/// Source:  Efron 1979, doi:10.1214/aos/1176344552.
inline MultistateSpread mbar_bootstrap(const ReducedEnergies& energies, const MultistateEstimate& estimate,
                                       const Bootstrap& how = {}, double tolerance = 1e-4) {
  if (how.rounds < 2) throw InputError("bootstrap", "mbar", std::to_string(how.rounds) + " rounds", "at least 2");
  if (energies.samples() > std::numeric_limits<std::uint32_t>::max())
    throw InputError("bootstrap", "mbar", std::to_string(energies.samples()) + " samples", "fewer than 2^32");
  const Stream stream{how.seed, StreamName::bootstrap};
  std::vector<double> times(energies.samples()), room(energies.samples());
  std::vector<std::size_t> others;
  for (std::size_t k = 0; k < energies.states(); ++k)
    if (energies.counts[k] == 0) others.push_back(k);
  MultistateSpread spread;
  for (int round = 0; round < how.rounds; ++round) {
    std::fill(times.begin(), times.end(), 0.0);
    std::size_t first = 0;
    for (const std::int64_t count : energies.counts) {
      for (std::size_t n = first; n < first + static_cast<std::size_t>(count); ++n)
        times[first + integer_below(static_cast<std::uint32_t>(count), stream, static_cast<std::uint64_t>(round),
                                    static_cast<std::uint32_t>(n))] += 1;
      first += static_cast<std::size_t>(count);
    }
    std::vector<double> f, all(energies.states(), std::numeric_limits<double>::quiet_NaN());
    for (const std::size_t k : estimate.sampled) f.push_back(estimate.normaliser[k]);
    const auto outcome = MixtureDescent(energies, estimate.sampled, times)(f, room, tolerance, 200);
    if (outcome.converged) {
      for (std::size_t s = 0; s < f.size(); ++s) all[estimate.sampled[s]] = f[s];
      if (!others.empty()) {
        const auto sums = WeightPass(energies, others, 0, times).log_sums(room);
        for (std::size_t r = 0; r < others.size(); ++r) all[others[r]] = -sums[r];
      }
      const double zero = all[0];
      for (std::size_t k = 0; k < all.size(); ++k)
        all[k] = estimate.group[k] == estimate.group[0] ? all[k] - zero : std::numeric_limits<double>::quiet_NaN();
    }
    spread.free_energy.push_back(std::move(all));
  }
  return spread;
}

}  // namespace erg
