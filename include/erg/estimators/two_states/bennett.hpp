/// \file
/// The Bennett acceptance ratio: a free energy difference from works of both directions.
#pragma once

#include "erg/estimators/multistate/overlap_network.hpp"
#include "erg/estimators/two_states/works.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace erg {

/// ΔF = F₁ − F₀ from works of both directions, and what is needed to judge it.
///
/// Units:   k_B T.
struct TwoSidedEstimate {
  double delta_f;         ///< NaN when disjoint
  double standard_error;  ///< by bootstrap, each direction within itself; ∞ when disjoint
  double analytic_error;  ///< first order; ∞ when disjoint
  double overlap;         ///< 0 … 1: the part of either state's samples that could as well be the other's; 1 for equal states
  bool disjoint;          ///< the directions share less than `fewest_shared_samples`: ΔF lies anywhere between them
  bool converged;
  int iterations;
  double residual;  ///< the imbalance of the two sums, as a part of the smaller number of works
  std::int64_t forward, reverse;
  int bootstrap_rounds;
};

namespace detail {

/// The works of both directions as samples of a logistic function of ΔF − w.
template <class Forward, class Reverse>
struct BennettBalance {
  Forward forward;  ///< forward(k), k = 0 … forwards − 1
  Reverse reverse;
  std::size_t forwards, reverses;

  /// Σ_F 1 / (1 + exp(M + w − x)) − Σ_R 1 / (1 + exp(w − M + x)), and its slope: the samples that are shared.
  struct At {
    double imbalance, shared;
  };
  At operator()(double x) const {
    const double m = std::log(static_cast<double>(forwards) / static_cast<double>(reverses));
    At at{0, 0};
    const auto add = [&](double exponent, double sign) {
      const double small = std::exp(-std::abs(exponent)), p = (exponent > 0 ? small : 1) / (1 + small);
      at.imbalance += sign * p;
      at.shared += small / ((1 + small) * (1 + small));
    };
    for (std::size_t k = 0; k < forwards; ++k) add(m + forward(k) - x, 1);
    for (std::size_t k = 0; k < reverses; ++k) add(reverse(k) - m + x, -1);
    return at;
  }
};

struct BennettRoot {
  double delta_f, shared, imbalance;
  int iterations;
  bool converged;
};

/// The root of the balance, which rises with x: Newton's steps, halved intervals where they leave the bracket.
template <class Balance>
BennettRoot bennett_root(const Balance& balance, double x, double low, double high) {
  BennettRoot root{x, 0, 0, 0, false};
  while (root.iterations < 200) {
    const auto at = balance(root.delta_f);
    ++root.iterations;
    root.shared = at.shared;
    root.imbalance = at.imbalance;
    (at.imbalance > 0 ? high : low) = root.delta_f;
    const double step = -at.imbalance / at.shared, next = root.delta_f + step;
    const bool inside = next > low && next < high;
    root.converged = at.imbalance == 0 || (inside && std::abs(step) < 1e-12 * (1 + std::abs(next))) ||
                     high - low < 1e-14 * (1 + std::abs(high));
    if (root.converged) break;
    root.delta_f = inside ? next : 0.5 * (low + high);
  }
  return root;
}

}  // namespace detail

/// The Bennett acceptance ratio. Of instantaneous switches between two equilibria, or of slower ones (Crooks): the estimate of
/// least variance from these works, and the same number as `mbar` of two states.
///
/// Shapes:  forward, reverse: works of each direction (see `Direction`), independent.
/// Units:   k_B T.
/// Errors:  InputError as `require_works`, or when all works of a direction are +∞.
/// Source:  Bennett 1976, doi:10.1016/0021-9991(76)90078-4; Crooks 2000, doi:10.1103/PhysRevE.61.2361; Shirts et al. 2003,
///          doi:10.1103/PhysRevLett.91.140601.
inline TwoSidedEstimate bennett_acceptance_ratio(std::span<const double> forward, std::span<const double> reverse,
                                                 const Bootstrap& bootstrap = {}) {
  require_works(forward, "forward works");
  require_works(reverse, "reverse works");
  double low = std::numeric_limits<double>::infinity(), high = -low;
  const auto reach = [&](std::span<const double> works, double sign, const char* name) {
    bool any = false;
    for (const double w : works) {
      if (std::isinf(w)) continue;
      any = true;
      low = std::min(low, sign * w);
      high = std::max(high, sign * w);
    }
    if (!any) throw InputError(name, "Bennett acceptance ratio", "inf for every work", "some that are finite");
  };
  reach(forward, 1, "forward works");
  reach(reverse, -1, "reverse works");
  const auto n_f = static_cast<double>(forward.size()), n_r = static_cast<double>(reverse.size());
  const double room = 40 + 2 * std::log(n_f + n_r);  // beyond all works by this much, one sum is nothing beside the other
  low -= room, high += room;

  const auto plain = [](std::span<const double> works) { return [works](std::size_t k) { return works[k]; }; };
  const auto solve = [&](const auto& get_forward, const auto& get_reverse, double start) {
    return detail::bennett_root(
        detail::BennettBalance<std::decay_t<decltype(get_forward)>, std::decay_t<decltype(get_reverse)>>{
            get_forward, get_reverse, forward.size(), reverse.size()},
        start, low, high);
  };
  const auto root = solve(plain(forward), plain(reverse), 0.5 * (low + high));
  TwoSidedEstimate found{.delta_f = root.delta_f,
                         .standard_error = std::numeric_limits<double>::infinity(),
                         .analytic_error = std::numeric_limits<double>::infinity(),
                         .overlap = std::min(1.0, root.shared * (1 / n_f + 1 / n_r)),
                         .disjoint = root.shared < fewest_shared_samples,
                         .converged = root.converged,
                         .iterations = root.iterations,
                         .residual = std::abs(root.imbalance) / std::min(n_f, n_r),
                         .forward = static_cast<std::int64_t>(forward.size()),
                         .reverse = static_cast<std::int64_t>(reverse.size()),
                         .bootstrap_rounds = 0};
  if (found.disjoint) {
    found.delta_f = std::numeric_limits<double>::quiet_NaN();
    return found;
  }
  found.analytic_error = std::sqrt(std::max(0.0, 1 / root.shared - 1 / n_f - 1 / n_r));
  const std::array<std::size_t, 2> sizes{forward.size(), reverse.size()};
  const auto spread = bootstrap_spreads<1>(std::span<const std::size_t>(sizes), bootstrap, [&](const auto& draw) {
    std::vector<double> f(forward.size()), r(reverse.size());
    for (std::size_t k = 0; k < f.size(); ++k) f[k] = forward[draw(0, k)];
    for (std::size_t k = 0; k < r.size(); ++k) r[k] = reverse[draw(1, k)];
    return std::array<double, 1>{solve(plain(f), plain(r), root.delta_f).delta_f};
  });
  found.standard_error = spread[0].standard_error;
  found.bootstrap_rounds = spread[0].rounds;
  return found;
}

/// Bennett's estimate from works of switching in both directions, of any speed.
inline TwoSidedEstimate crooks_bennett(std::span<const double> forward, std::span<const double> reverse,
                                       const Bootstrap& bootstrap = {}) {
  return bennett_acceptance_ratio(forward, reverse, bootstrap);
}

}  // namespace erg
