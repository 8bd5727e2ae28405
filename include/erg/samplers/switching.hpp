/// \file
/// Switching from one state to another in finite time: annealed importance sampling, and the work of Jarzynski and Crooks.
#pragma once

#include "erg/samplers/ladder.hpp"

#include <cmath>
#include <limits>

namespace erg {

/// Replicas taken along a path of states, each by a path of its own, and the reduced work of each: at every stage the state
/// changes while the configuration stands, which costs β′U′(x) − βU(x), and then a transition moves the configuration.
///
/// Laws:    where replicas begin in equilibrium on the first state, and the transition leaves each state's density invariant,
///          the mean of exp(−work) is Z_last / Z_first = ∫ exp(−β′U′) / ∫ exp(−βU), at any length of the path; −work is the
///          log-weight of the end. The path backwards gives −work by Crooks' theorem, which `bar` of both takes, only where the
///          transition is its own reverse (detailed balance, up to the sign of momenta): Hamiltonian Monte Carlo and independence
///          Metropolis are, Langevin dynamics up to O(step²). Metropolis' sweeps in fixed order and `InTurn` are not.
/// Shapes:  work: one number per replica. A path from a flow to its target is `EnergyPath(DensityEnergy(q, …), energy)`
///          with q a `FlowDensity`.
/// Units:   work in nats. Momenta are scaled with the temperature: they add nothing.
/// Errors:  InputError as `require_ladder`, for paths of fewer than two states, for more stages than are left, and other numbers
///          of replicas. Where an energy becomes infinite the work is; NaN stays NaN.
/// Source:  Jarzynski 1997, doi:10.1103/PhysRevLett.78.2690; Crooks 1999, doi:10.1103/PhysRevE.60.2721; Neal 2001,
///          doi:10.1023/A:1008923215028.
template <ReplicaEnergy Energy>
class Switching {
 public:
  Switching(const Energy& energy, std::vector<Rung> path, int replicas) : energy_(&energy), path_(std::move(path)) {
    require_ladder(path_, name);
    if (path_.size() < 2) throw InputError("states", name, std::to_string(path_.size()), "at least 2");
    if (replicas < 1) throw InputError("replicas", name, std::to_string(replicas), "at least 1");
    state_.assign(1 + static_cast<std::size_t>(replicas), 0.0);
  }

  /// Stages left to go.
  int left() const { return static_cast<int>(path_.size()) - 1 - stage(); }
  int stage() const { return static_cast<int>(state_[0]); }
  /// Reduced work so far, one per replica.
  std::span<const double> work() const { return std::span<const double>(state_).subspan(1); }
  /// The stage, then the work.
  std::span<double> state() { return state_; }

  /// Puts replicas on the first state, the work at nought: where they begin they must be in equilibrium there.
  template <class R>
  void begin(Replicas<R>& replicas) {
    require_same(replicas);
    std::fill(state_.begin(), state_.end(), 0.0);
    for (int r = 0; r < replicas.replicas(); ++r) move_to(replicas, r, path_[0]);
  }

  /// The next `stages` states, `steps` steps of the transition at each.
  template <class R, class K>
  void advance(Replicas<R>& replicas, K& transition, int stages, int steps = 1) {
    static_assert(Transition<K, R>, "Switching: needs a transition of these replicas: advance(replicas, steps) and state()");
    require_same(replicas);
    if (stages > left()) throw InputError("stages", name, std::to_string(stages), "at most " + std::to_string(left()));
    for (int k = 0; k < stages; ++k) {
      change_state(replicas, path_[static_cast<std::size_t>(stage() + 1)]);
      state_[0] += 1;
      transition.advance(replicas, steps);
    }
  }

 private:
  static constexpr const char* name = "switching";

  template <class R>
  void require_same(const Replicas<R>& replicas) const {
    if (replicas.replicas() + std::size_t{1} != state_.size())
      throw InputError("replicas", name, std::to_string(replicas.replicas()), std::to_string(state_.size() - 1));
  }

  template <class R>
  void change_state(Replicas<R>& replicas, const Rung& to) {
    replicas.for_packs([&](int pack, Tape<R>& tape) {
      detail::require_energy(*energy_, replicas, pack, tape);
      const int first = pack * lanes_of<R>;
      for (int r = first; r < first + lanes_of<R>; ++r) {
        state_[static_cast<std::size_t>(r) + 1] -=
            replicas.beta()[static_cast<std::size_t>(r)] * replicas.energy()[static_cast<std::size_t>(r)];
        move_to(replicas, r, to);
      }
      detail::require_energy(*energy_, replicas, pack, tape);
      for (int r = first; r < first + lanes_of<R>; ++r)
        state_[static_cast<std::size_t>(r) + 1] += to.beta * replicas.energy()[static_cast<std::size_t>(r)];
    });
  }

  const Energy* energy_;
  std::vector<Rung> path_;
  std::vector<double> state_;
};

}  // namespace erg
