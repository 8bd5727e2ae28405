/// \file
/// Averages and free energies of any state, from the samples of all: reweighting by the multistate estimate.
#pragma once

#include "erg/base/statistics.hpp"
#include "erg/estimators/multistate/mbar.hpp"
#include "erg/estimators/weights.hpp"

#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace erg {

namespace detail {

inline void require_estimate_of(const MultistateEstimate& estimate, const ReducedEnergies& energies) {
  if (estimate.states() != energies.states() || estimate.log_denominator.size() != energies.samples())
    throw InputError(
        "reduced energies", "multistate average",
        std::to_string(energies.states()) + " states, " + std::to_string(energies.samples()) + " samples",
        "those of the estimate: " + std::to_string(estimate.states()) + ", " + std::to_string(estimate.log_denominator.size()));
}
inline void require_per_sample(std::size_t got, std::size_t samples, const char* what) {
  if (got != samples)
    throw InputError(what, "multistate average", std::to_string(got) + " numbers", std::to_string(samples) + ", one per sample");
}

/// Σ_n v_n N_j W_nj over the samples of each bin, for each state j with samples: how sums of v move with the free energies.
///
/// Shapes:  values (samples); bin (samples), entries outside 0 … bins − 1 are left out; result (sampled, bins).
template <class Bin>
Eigen::MatrixXd linked_sums(const MultistateEstimate& estimate, const ReducedEnergies& energies, std::span<const double> values,
                            const Bin& bin, int bins) {
  using R = native_lanes<double>;
  constexpr std::size_t width = lanes_of<R>;
  const std::size_t samples = energies.samples();
  Eigen::MatrixXd sums = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(estimate.sampled.size()), bins);
  parallel_for(static_cast<int>(estimate.sampled.size()), [&](int s, int) {
    const std::size_t k = estimate.sampled[static_cast<std::size_t>(s)];
    const auto u = energies.of_state(k);
    const double offset = estimate.normaliser[k] + std::log(static_cast<double>(energies.counts[k]));
    for (std::size_t n = 0; n < samples; n += width) {
      double weight[width];
      if (n + width <= samples) {
        exp(R(offset) - R::load(u.data() + n) - R::load(estimate.log_denominator.data() + n)).store(weight);
      } else {
        for (std::size_t i = n; i < samples; ++i) weight[i - n] = std::exp(offset - u[i] - estimate.log_denominator[i]);
      }
      for (std::size_t i = n; i < std::min(n + width, samples); ++i)
        if (const int b = bin(i); b >= 0 && b < bins) sums(s, b) += weight[i - n] * values[i];
    }
  });
  return sums;
}

/// The group of states that a set of weights draws on, by the shares of its sum that the states with samples have; nothing where
/// it draws on disjoint ones.
inline bool of_one_group(const MultistateEstimate& estimate, const Eigen::VectorXd& shares) {
  Eigen::Index most = 0;
  shares.maxCoeff(&most);
  const auto group = [&](Eigen::Index s) { return estimate.group[estimate.sampled[static_cast<std::size_t>(s)]]; };
  double elsewhere = 0;
  for (Eigen::Index s = 0; s < shares.size(); ++s)
    if (group(s) != group(most)) elsewhere += shares(s);
  return elsewhere <= 1e-9;
}

}  // namespace detail

/// ln W_n of all samples in a state of reduced energies u_n, one of the estimate's or another: Σ_n W_n = 1. What takes
/// log-weights (histograms, radial distributions) takes these; its own errors do not know of the free energies'.
///
/// Shapes:  u_n, result (samples).
/// Errors:  InputError for another number of samples, NaN or −∞, or +∞ for all.
inline std::vector<double> multistate_log_weights(const MultistateEstimate& estimate, std::span<const double> u_n) {
  detail::require_per_sample(u_n.size(), estimate.log_denominator.size(), "reduced energies");
  std::vector<double> log_weight(u_n.size());
  for (std::size_t n = 0; n < u_n.size(); ++n) {
    log_weight[n] = -u_n[n] - estimate.log_denominator[n];
    require_log_weight(log_weight[n], n);
  }
  const double normaliser = log_sum_exp(log_weight);
  if (std::isinf(normaliser))
    throw InputError("reduced energies", "multistate average", "inf for every sample", "some that are finite");
  for (double& w : log_weight) w -= normaliser;
  return log_weight;
}

/// Averages of several observables in one state, with the covariance of their errors.
///
/// Shapes:  value (observables); covariance (observables, observables).
struct MultistateAverages {
  std::vector<double> value;
  Eigen::MatrixXd covariance;
  bool connected;  ///< false when the state draws on disjoint groups of states: the averages then mean nothing

  Estimate operator[](std::size_t i) const {
    const auto k = static_cast<Eigen::Index>(i);
    return {value[i], std::sqrt(std::max(0.0, covariance(k, k)))};
  }
};

/// ⟨A⟩ = Σ_n W_n A_n in the state of reduced energies u_n, for each observable A.
///
/// Shapes:  energies: those of the estimate; u_n (samples), of a state of the estimate (`energies.of_state(k)`) or any other;
///          observables: (samples) each.
/// Errors:  InputError as `multistate_log_weights`, for other shapes, and for observables that are not finite.
/// Source:  Shirts and Chodera 2008, doi:10.1063/1.2978177, eq. 15; the variance Σ v² + bᵀ H⁺ b with v_n = W_n (A_n − ⟨A⟩),
///          b_j = Σ_n v_n N_j W_nj and H the Hessian of the objective is that of their eq. D8, first order in all weights.
inline MultistateAverages multistate_averages(const MultistateEstimate& estimate, const ReducedEnergies& energies,
                                              std::span<const double> u_n, std::span<const std::vector<double>> observables) {
  detail::require_estimate_of(estimate, energies);
  const auto log_weight = multistate_log_weights(estimate, u_n);
  const std::size_t samples = u_n.size();
  std::vector<double> weight(samples);
  for (std::size_t n = 0; n < samples; ++n) weight[n] = std::exp(log_weight[n]);
  const auto whole = [](std::size_t) { return 0; };
  const auto count = static_cast<Eigen::Index>(observables.size());
  MultistateAverages found{{}, Eigen::MatrixXd::Zero(count, count), false};
  found.connected = detail::of_one_group(estimate, detail::linked_sums(estimate, energies, weight, whole, 1).col(0));
  std::vector<std::vector<double>> deviation;
  Eigen::MatrixXd linked(static_cast<Eigen::Index>(estimate.sampled.size()), count);
  for (const std::vector<double>& observable : observables) {
    detail::require_per_sample(observable.size(), samples, "observable");
    double mean = 0;
    for (std::size_t n = 0; n < samples; ++n) {
      if (!std::isfinite(observable[n]))
        throw InputError("observable", "sample " + std::to_string(n), to_text(observable[n]), "a finite number");
      mean += weight[n] * observable[n];
    }
    found.value.push_back(mean);
    std::vector<double> v(samples);
    for (std::size_t n = 0; n < samples; ++n) v[n] = weight[n] * (observable[n] - mean);
    linked.col(static_cast<Eigen::Index>(deviation.size())) = detail::linked_sums(estimate, energies, v, whole, 1);
    deviation.push_back(std::move(v));
  }
  found.covariance = linked.transpose().lazyProduct(estimate.resistance.lazyProduct(linked).eval());
  for (std::size_t a = 0; a < deviation.size(); ++a)
    for (std::size_t b = 0; b < deviation.size(); ++b) {
      double own = 0;
      for (std::size_t n = 0; n < samples; ++n) own += deviation[a][n] * deviation[b][n];
      found.covariance(static_cast<Eigen::Index>(a), static_cast<Eigen::Index>(b)) += own;
    }
  return found;
}

/// The same for one observable.
inline Estimate multistate_average(const MultistateEstimate& estimate, const ReducedEnergies& energies,
                                   std::span<const double> u_n, std::vector<double> observable) {
  const std::vector<std::vector<double>> one{std::move(observable)};
  return multistate_averages(estimate, energies, u_n, one)[0];
}

/// Free energies −ln p of bins of a coordinate in the state of reduced energies u_n, less that of the lowest bin; p is the
/// probability per unit of the coordinate. A potential of mean force, from biased samples or not.
///
/// Shapes:  coordinate (samples); edges (bins + 1), ascending. Samples outside the edges count in no bin.
/// Units:   k_B T. A bin without samples has +∞ ± ∞; the lowest bin has error 0: errors are of differences from it.
/// Errors:  InputError as `multistate_averages`; for edges that do not ascend, a coordinate that is NaN, or no sample inside.
/// Source:  Shirts and Ferguson 2020, doi:10.1021/acs.jctc.0c00077 (the histogram estimate).
inline Profile multistate_profile(const MultistateEstimate& estimate, const ReducedEnergies& energies,
                                  std::span<const double> u_n, std::span<const double> coordinate, std::vector<double> edges) {
  detail::require_estimate_of(estimate, energies);
  detail::require_per_sample(coordinate.size(), energies.samples(), "coordinate");
  if (edges.size() < 2 ||
      std::adjacent_find(edges.begin(), edges.end(), [](double a, double b) { return !(a < b); }) != edges.end())
    throw InputError("edges", "free energy profile", std::to_string(edges.size()) + " numbers", "at least 2, ascending");
  const auto log_weight = multistate_log_weights(estimate, u_n);
  const std::size_t samples = u_n.size();
  const int bins = static_cast<int>(edges.size()) - 1;
  std::vector<int> bin(samples);
  std::vector<double> weight(samples), inside(static_cast<std::size_t>(bins)), squares(static_cast<std::size_t>(bins));
  for (std::size_t n = 0; n < samples; ++n) {
    if (std::isnan(coordinate[n])) throw InputError("coordinate", "sample " + std::to_string(n), "nan", "a number");
    bin[n] = static_cast<int>(std::upper_bound(edges.begin(), edges.end(), coordinate[n]) - edges.begin()) - 1;
    weight[n] = std::exp(log_weight[n]);
    if (bin[n] < 0 || bin[n] >= bins) continue;
    inside[static_cast<std::size_t>(bin[n])] += weight[n];
    squares[static_cast<std::size_t>(bin[n])] += weight[n] * weight[n];
  }
  // of each bin's ln p the part that free energies move, up to what all bins have in common
  Eigen::MatrixXd linked = detail::linked_sums(
      estimate, energies, weight, [&](std::size_t n) { return bin[n]; }, bins);
  std::size_t lowest = 0;
  Profile profile{std::move(edges), {}, {}};
  for (std::size_t b = 0; b < inside.size(); ++b) {
    profile.value.push_back(-std::log(inside[b] / (profile.edges[b + 1] - profile.edges[b])));
    if (inside[b] > 0) linked.col(static_cast<Eigen::Index>(b)) = linked.col(static_cast<Eigen::Index>(b)) / inside[b];
    if (profile.value[b] < profile.value[lowest]) lowest = b;
  }
  if (!(inside[lowest] > 0)) throw InputError("coordinate", "free energy profile", "no sample inside the edges", "some");
  const double zero = profile.value[lowest];
  for (std::size_t b = 0; b < inside.size(); ++b) {
    profile.value[b] -= zero;
    if (!(inside[b] > 0)) {
      profile.standard_error.push_back(std::numeric_limits<double>::infinity());
      continue;
    }
    const Eigen::VectorXd apart = linked.col(static_cast<Eigen::Index>(b)) - linked.col(static_cast<Eigen::Index>(lowest));
    const double own =
        b == lowest ? 0 : squares[b] / (inside[b] * inside[b]) + squares[lowest] / (inside[lowest] * inside[lowest]);
    profile.standard_error.push_back(std::sqrt(std::max(0.0, own + apart.dot(estimate.resistance.lazyProduct(apart)))));
  }
  return profile;
}

}  // namespace erg
