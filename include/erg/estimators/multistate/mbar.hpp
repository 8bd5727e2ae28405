/// \file
/// The multistate Bennett acceptance ratio: free energies of many states from the samples of all of them.
#pragma once

#include "erg/estimators/concept.hpp"
#include "erg/estimators/multistate/mixture_descent.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace erg {

/// Free energies of all states, and what is needed to judge and to use them.
///
/// Shapes:  free_energy, normaliser, group (states); covariance, overlap (states, states); log_denominator (samples);
///          sampled (states with samples), link (states, sampled), resistance (sampled, sampled).
/// Units:   k_B T.
struct MultistateEstimate {
  std::vector<double> free_energy;      ///< f_k − f_0; NaN for states that are disjoint from state 0
  std::vector<double> normaliser;       ///< f_k as it enters the weights: ln W_nk = normaliser_k − u_kn − log_denominator_n
  std::vector<double> log_denominator;  ///< ln Σ_k N_k exp(normaliser_k − u_kn)
  Eigen::MatrixXd covariance;           ///< of the f_k, up to what cancels in differences
  Eigen::MatrixXd overlap;              ///< O_ij = N_j Σ_n W_ni W_nj: how likely a sample of i is one of j; rows sum to 1
  std::vector<std::size_t> group;       ///< of each state, the first one that it shares samples with, by way of others
  std::vector<std::size_t> sampled;     ///< the states with samples
  Eigen::MatrixXd resistance;           ///< a generalised inverse of the objective's Hessian over these
  bool converged = false;
  int iterations = 0;   ///< passes over all samples
  double residual = 0;  ///< the largest |Σ_n W_nk − 1| of a state with samples

  std::size_t states() const { return free_energy.size(); }
  /// Whether all states are joined by shared samples: then every difference is known.
  bool connected() const {
    return std::all_of(group.begin(), group.end(), [](std::size_t g) { return g == 0; });
  }
  /// f_to − f_from with its first-order error. NaN ± ∞ for disjoint states.
  ///
  /// Errors:  InputError for a state that is not there.
  Estimate difference(std::size_t from, std::size_t to) const {
    if (from >= states() || to >= states())
      throw InputError("state", "multistate estimate", std::to_string(std::max(from, to)),
                       "less than " + std::to_string(states()));
    if (group[from] != group[to]) return {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()};
    const auto i = static_cast<Eigen::Index>(from), j = static_cast<Eigen::Index>(to);
    const double variance = covariance(i, i) + covariance(j, j) - 2 * covariance(i, j);
    return {normaliser[to] - normaliser[from], std::sqrt(std::max(0.0, variance))};
  }
};

namespace detail {

/// Every eighth sample of each state.
inline ReducedEnergyTable few_samples(const ReducedEnergies& energies) {
  std::vector<std::vector<std::size_t>> chosen(energies.states());
  for (std::size_t k = 0; k < energies.states(); ++k)
    for (std::size_t n = 0; n < static_cast<std::size_t>(energies.counts[k]); n += 8) chosen[k].push_back(n);
  return take_samples(energies, chosen);
}

/// The lowest of what is at hand: zeros, each state's mean energy over its own samples, the user's start; then down by a few
/// self-consistent steps.
inline std::vector<double> simple_start(const ReducedEnergies& energies, std::span<const std::size_t> sampled,
                                        const MixtureDescent& descent, std::span<const double> given, std::span<double> room) {
  std::vector<std::vector<double>> candidates(2, std::vector<double>(sampled.size()));
  std::size_t first = 0;
  for (std::size_t s = 0; s < sampled.size(); ++s) {
    const auto count = static_cast<std::size_t>(energies.counts[sampled[s]]);
    for (const double u : energies.of_state(sampled[s]).subspan(first, count)) candidates[1][s] += u / static_cast<double>(count);
    first += count;
  }
  if (!given.empty()) {
    candidates.emplace_back();
    for (const std::size_t k : sampled) candidates.back().push_back(given[k]);
  }
  double lowest = std::numeric_limits<double>::infinity();
  std::vector<double> best = candidates[0];
  for (const auto& f : candidates) {
    const double at = descent.objective(f, room);
    if (at < lowest) lowest = at, best = f;
  }
  for (int k = 0; k < 3; ++k) descent.self_consistent_step(best, room);
  return best;
}

/// The free energies of the states with samples. Where samples are many, those that an eighth of them give are the start.
inline MixtureDescent::Outcome solve_mixture(const ReducedEnergies& energies, const std::vector<std::size_t>& sampled,
                                             const MbarOptions& options, std::vector<double>& f, std::span<double> room) {
  std::int64_t fewest = std::numeric_limits<std::int64_t>::max();
  for (const std::size_t k : sampled) fewest = std::min(fewest, energies.counts[k]);
  const MixtureDescent descent(energies, sampled);
  f.clear();
  if (options.few_samples_first && energies.samples() * sampled.size() > 500'000 && fewest >= 128) {
    const ReducedEnergyTable few = few_samples(energies);
    const MbarOptions roughly{.tolerance = 1e-3, .iterations = 50, .start = options.start};
    solve_mixture(few, sampled, roughly, f, room.first(few.u_kn.size() / few.counts.size()));
  }
  if (f.empty() || !std::all_of(f.begin(), f.end(), [](double x) { return std::isfinite(x); }))
    f = simple_start(energies, sampled, descent, options.start, room);
  return descent(f, room, options.tolerance, options.iterations);
}

/// What follows from the products of the weights: overlap, groups and covariance.
///
/// Shapes:  products (states, states), lower half: of N_k W_nk, and of W_nk for states without samples.
/// The free energies of states with samples vary as resistance − 1/N; each other one follows theirs by its overlap, and adds its
/// own noise.
/// Source:  the same covariance as Shirts and Chodera 2008, eq. D6, without its differences of nearly equal matrices.
inline void judge(MultistateEstimate& found, const ReducedEnergies& energies, Eigen::MatrixXd products,
                  const OverlapNetwork& network) {
  const auto states = static_cast<Eigen::Index>(energies.states()), sampled = static_cast<Eigen::Index>(found.sampled.size());
  for (Eigen::Index j = 0; j < states; ++j) products.col(j).head(j) = products.row(j).head(j).transpose();
  Eigen::VectorXd counts(states), divisor(states);
  for (Eigen::Index k = 0; k < states; ++k) {
    counts(k) = static_cast<double>(energies.counts[static_cast<std::size_t>(k)]);
    divisor(k) = std::max(1.0, counts(k));
  }
  const Eigen::MatrixXd per_sample = divisor.cwiseInverse().asDiagonal() * products * divisor.cwiseInverse().asDiagonal();
  found.overlap = per_sample * counts.asDiagonal();
  found.resistance = network.inverse();
  // how each free energy moves with those of states with samples, and what that makes of their resistance
  Eigen::MatrixXd follows(states, sampled), carried(states, sampled);
  Eigen::Index next = 0;
  for (Eigen::Index k = 0; k < states; ++k) {
    for (Eigen::Index s = 0; s < sampled; ++s) {
      const auto state = static_cast<Eigen::Index>(found.sampled[static_cast<std::size_t>(s)]);
      follows(k, s) = counts(k) > 0 ? (s == next ? 1.0 : 0.0) : found.overlap(k, state);
    }
    if (counts(k) > 0) {
      carried.row(k) = found.resistance.row(next++);
    } else {
      carried.row(k) = follows.row(k).lazyProduct(found.resistance);
    }
  }
  found.covariance.resize(states, states);
  for (Eigen::Index j = 0; j < states; ++j) {
    const bool drawn = counts(j) > 0;
    const auto own =
        drawn ? std::find(found.sampled.begin(), found.sampled.end(), static_cast<std::size_t>(j)) : found.sampled.end();
    for (Eigen::Index k = 0; k < states; ++k) {
      found.covariance(k, j) = drawn ? carried(k, own - found.sampled.begin()) : carried.row(k).dot(follows.row(j));
      if (drawn && j == k) found.covariance(k, k) -= 1 / counts(k);
      if (!drawn && counts(k) == 0) found.covariance(k, j) += per_sample(k, j);
    }
  }
  for (std::size_t k = 0, s = 0; k < energies.states(); ++k) {
    const auto row = static_cast<Eigen::Index>(k);
    if (counts(row) > 0) {
      found.group[k] = found.sampled[network.groups()[s++]];
      continue;
    }
    Eigen::Index nearest = 0;
    follows.row(row).maxCoeff(&nearest);
    const std::size_t home = network.groups()[static_cast<std::size_t>(nearest)];
    double elsewhere = 0;
    for (Eigen::Index j = 0; j < sampled; ++j)
      if (network.groups()[static_cast<std::size_t>(j)] != home) elsewhere += follows(row, j);
    found.group[k] = elsewhere > 1e-9 ? k : found.sampled[home];  // between disjoint states it belongs to none
  }
  for (std::size_t k = 0; k < energies.states(); ++k)  // groups are named by their first state, with or without samples
    if (const std::size_t name = found.group[k]; k < name)
      for (std::size_t j = k; j < energies.states(); ++j)
        if (found.group[j] == name) found.group[j] = k;
}

/// A product matrix of the states with samples, taken out of that of all.
inline Eigen::MatrixXd of_sampled(const Eigen::MatrixXd& products, std::span<const std::size_t> sampled) {
  const auto n = static_cast<Eigen::Index>(sampled.size());
  Eigen::MatrixXd part(n, n);
  for (Eigen::Index i = 0; i < n; ++i)
    for (Eigen::Index j = 0; j < n; ++j)
      part(i, j) = products(static_cast<Eigen::Index>(sampled[static_cast<std::size_t>(i)]),
                            static_cast<Eigen::Index>(sampled[static_cast<std::size_t>(j)]));
  return part;
}

}  // namespace detail

/// The multistate Bennett acceptance ratio: the free energies f for which Σ_n W_nk = 1 in every state, with
/// W_nk = exp(f_k − u_kn) / Σ_j N_j exp(f_j − u_jn). Of all estimates from these samples it has the least variance.
///
/// Shapes:  as ReducedEnergies; options.start (states), or empty.
/// Units:   k_B T.
/// Errors:  InputError as `require_whole` and `require_usable`; for a start of another length, or one that is not finite where
///          there are samples; for a tolerance that is not above 0, or no passes.
/// Cost:    memory beyond u_kn: one number a sample, at most 18 matrices of states², and while it starts an eighth of u_kn.
/// Source:  Shirts and Chodera 2008, doi:10.1063/1.2978177.
/// Disjoint states are reported, not guessed: `connected` is false, `group` says who is with whom, differences are NaN ± ∞.
/// `converged` is about the equations alone; whether the samples suffice, the errors and the overlap say.
inline MultistateEstimate mbar(const ReducedEnergies& energies, const MbarOptions& options = {}) {
  require_whole(energies);
  if (!(options.tolerance > 0) || options.iterations < 1)
    throw InputError("tolerance and iterations", "mbar",
                     to_text(options.tolerance) + " and " + std::to_string(options.iterations), "both above 0");
  if (!options.start.empty() && options.start.size() != energies.states())
    throw InputError("start", "mbar", std::to_string(options.start.size()) + " free energies",
                     std::to_string(energies.states()) + ", one for each state");
  for (std::size_t k = 0; k < options.start.size(); ++k)
    if (energies.counts[k] > 0 && !std::isfinite(options.start[k]))
      throw InputError("start", "mbar, state " + std::to_string(k), to_text(options.start[k]), "a finite number");
  MultistateEstimate found;
  for (std::size_t k = 0; k < energies.states(); ++k)
    if (energies.counts[k] > 0) found.sampled.push_back(k);
  found.log_denominator.resize(energies.samples());
  std::vector<double> f;
  auto outcome = detail::solve_mixture(energies, found.sampled, options, f, found.log_denominator);
  found.converged = outcome.converged;
  found.iterations = outcome.passes;
  found.residual = outcome.residual;

  found.normaliser.resize(energies.states());
  for (std::size_t s = 0; s < f.size(); ++s) found.normaliser[found.sampled[s]] = f[s];
  Eigen::MatrixXd products = std::move(outcome.products);
  if (found.sampled.size() < energies.states()) {
    std::vector<std::size_t> others, rows = found.sampled;
    for (std::size_t k = 0; k < energies.states(); ++k)
      if (energies.counts[k] == 0) others.push_back(k);
    const auto sums = WeightPass(energies, others, 0).log_sums(found.log_denominator);
    for (std::size_t r = 0; r < others.size(); ++r) found.normaliser[others[r]] = -sums[r];
    rows.insert(rows.end(), others.begin(), others.end());
    std::vector<double> offset;
    for (const std::size_t k : rows)
      offset.push_back(found.normaliser[k] + std::log(std::max(1.0, static_cast<double>(energies.counts[k]))));
    const WeightSums all = WeightPass(energies, rows, found.sampled.size())(offset, true);
    if (!all.products.allFinite()) require_usable(energies);
    products.resize(all.products.rows(), all.products.cols());
    for (std::size_t i = 0; i < rows.size(); ++i)
      for (std::size_t j = 0; j <= i; ++j) {
        const auto a = static_cast<Eigen::Index>(std::max(rows[i], rows[j])),
                   b = static_cast<Eigen::Index>(std::min(rows[i], rows[j]));
        products(a, b) = all.products(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j));
      }
  }
  found.group.resize(energies.states());
  const Eigen::MatrixXd shared = detail::of_sampled(products, found.sampled);
  const OverlapNetwork network(shared, std::vector<double>(f.size()), 1);  // nothing pulls any more: weak links are cut
  detail::judge(found, energies, std::move(products), network);
  for (std::size_t k = 0; k < energies.states(); ++k)
    found.free_energy.push_back(found.group[k] == found.group[0] ? found.normaliser[k] - found.normaliser[0]
                                                                 : std::numeric_limits<double>::quiet_NaN());
  return found;
}

/// A sentence for the reader when some differences are unknown or the equations unsolved, empty when all is well.
inline std::string multistate_note(const MultistateEstimate& found) {
  char text[240] = "";
  if (!found.converged) {
    std::snprintf(text, sizeof(text), "not solved after %d passes: a state's weights sum to 1 only within %.2g", found.iterations,
                  found.residual);
  } else if (!found.connected()) {
    std::size_t groups = 0, apart = 0;
    for (std::size_t k = 0; k < found.states(); ++k) {
      groups += found.group[k] == k;
      if (found.group[k] != 0 && apart == 0) apart = k;
    }
    std::snprintf(text, sizeof(text),
                  "the states fall into %zu groups that share no samples (state %zu with none of state 0): differences between "
                  "groups are unknown; sample states between them",
                  groups, apart);
  }
  return text;
}

}  // namespace erg
