/// \file
/// How far to step on each rung of a ladder: one size learned for each.
#pragma once

#include "erg/samplers/adapted_step.hpp"
#include "erg/samplers/ladder.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace erg {

/// An `AdaptedStep` for each rung; a replica steps by that of the rung it is on, which β and λ tell. Transitions change neither,
/// and so leave invariant what they do with one size. Without a ladder there is one size, for all replicas whatever their β and
/// λ.
///
/// Errors:  as AdaptedStep and require_ladder; InputError for a replica that is on no rung. Of equal rungs the first counts.
class LadderSteps {
 public:
  LadderSteps(double size, double target, std::vector<Rung> ladder, std::string where)
      : ladder_(std::move(ladder)), target_(target), where_(std::move(where)) {
    if (!ladder_.empty()) require_ladder(ladder_, where_);
    AdaptedStep one(size, target, where_);
    for (std::size_t k = 0; k < std::max<std::size_t>(1, ladder_.size()); ++k)
      state_.insert(state_.end(), one.state().begin(), one.state().end());
  }

  int rungs() const { return static_cast<int>(state_.size() / AdaptedStep::entries); }
  double size(int rung) const { return state_[first(rung) + AdaptedStep::current]; }
  /// Accepted per tried since the last lesson; NaN before the first try.
  double acceptance(int rung) const {
    return state_[first(rung) + AdaptedStep::accepted] / state_[first(rung) + AdaptedStep::tried];
  }
  std::span<double> state() { return state_; }

  template <class R>
  int rung_of(const Replicas<R>& replicas, int replica) const {
    if (ladder_.empty()) return 0;
    const double beta = replicas.beta()[static_cast<std::size_t>(replica)];
    const double coupling = replicas.coupling()[static_cast<std::size_t>(replica)];
    for (std::size_t k = 0; k < ladder_.size(); ++k) {
      if (ladder_[k].beta == beta && ladder_[k].coupling == coupling) return static_cast<int>(k);
    }
    throw InputError("replica " + std::to_string(replica), where_, "beta " + to_text(beta) + ", coupling " + to_text(coupling),
                     "those of a rung of the ladder that steps were given for");
  }
  /// The sizes of a pack, one per lane.
  template <class R>
  void sizes(const Replicas<R>& replicas, int pack, double* out) const {
    for (int s = 0; s < lanes_of<R>; ++s) out[s] = size(rung_of(replicas, pack * lanes_of<R> + s));
  }

  /// A lesson for each rung that holds replicas: `acceptance` has one mean acceptance per replica.
  template <class R>
  void learn(const Replicas<R>& replicas, std::span<const double> acceptance) {
    std::vector<double> sum(static_cast<std::size_t>(rungs()), 0.0), count = sum;
    for (int r = 0; r < replicas.replicas(); ++r) {
      const auto k = static_cast<std::size_t>(rung_of(replicas, r));
      sum[k] += acceptance[static_cast<std::size_t>(r)];
      count[k] += 1;
    }
    for (int k = 0; k < rungs(); ++k) {
      const auto at = static_cast<std::size_t>(k);
      if (count[at] > 0) AdaptedStep::teach(std::span(state_).subspan(first(k)), target_, sum[at] / count[at]);
    }
  }
  /// Each replica tried so often, and accepted as many as `accepted` says.
  template <class R>
  void count(const Replicas<R>& replicas, double tries, std::span<const double> accepted) {
    for (int r = 0; r < replicas.replicas(); ++r) {
      const std::size_t at = first(rung_of(replicas, r));
      state_[at + AdaptedStep::tried] += tries;
      state_[at + AdaptedStep::accepted] += accepted[static_cast<std::size_t>(r)];
    }
  }

 private:
  static std::size_t first(int rung) { return static_cast<std::size_t>(rung) * AdaptedStep::entries; }

  std::vector<Rung> ladder_;
  double target_;
  std::string where_;
  std::vector<double> state_;  // (rung, entry)
};

}  // namespace erg
