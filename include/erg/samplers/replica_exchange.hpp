/// \file
/// Replica exchange in temperature and in Hamiltonian.
#pragma once

#include "erg/samplers/ladder.hpp"

#include <cmath>

namespace erg {

/// Neighbours on a ladder trade places: replicas keep their configurations, and swap beta and coupling with probability
/// min(1, exp(Δ)), Δ = β_a U_a(x_a) + β_b U_b(x_b) − β_a U_a(x_b) − β_b U_b(x_a). Momenta are scaled to the new temperature.
///
/// One step tries the pairs of even rungs with the next, the next step those of odd ones.
/// Leaves Π exp(−β_k (U_k + K)) of each whole ladder invariant, and with it the canonical density of every rung.
/// Shapes:  replicas are a multiple of the rungs: replica r begins on rung r mod rungs of ladder r / rungs.
/// Errors:  InputError as `require_ladder`; for fewer than two rungs, and replicas that are no multiple of the rungs. A swap
///          whose Δ is no number is refused. And for replicas whose beta or coupling is not their rung's: `place` puts them
///          there.
/// Cost:    in temperature alone nothing, where energies are known; else one energy of each replica.
/// Source:  Sugita and Okamoto 1999, doi:10.1016/S0009-2614(99)01123-9; Fukunishi et al. 2002, doi:10.1063/1.1472510; the order:
///          Syed et al. 2022, arXiv:1905.02939.
template <ReplicaEnergy Energy>
class ReplicaExchange {
 public:
  ReplicaExchange(const Energy& energy, std::vector<Rung> ladder, int replicas)
      : energy_(&energy), ladder_(std::move(ladder)), replicas_(replicas) {
    require_ladder(ladder_, name);
    if (rungs() < 2) throw InputError("rungs", name, std::to_string(rungs()), "at least 2");
    if (replicas < 1 || replicas % rungs() != 0)
      throw InputError("replicas", name, std::to_string(replicas), "a multiple of the rungs, " + std::to_string(rungs()));
    state_.assign(1 + 2 * static_cast<std::size_t>(rungs() - 1) + static_cast<std::size_t>(replicas), 0.0);
    for (int r = 0; r < replicas; ++r) rung(r) = r % rungs();
    for (const Rung& one : ladder_) couplings_differ_ |= one.coupling != ladder_[0].coupling;
  }

  int rungs() const { return static_cast<int>(ladder_.size()); }
  const std::vector<Rung>& ladder() const { return ladder_; }
  int rung_of(int replica) const { return static_cast<int>(state_[first_rung() + static_cast<std::size_t>(replica)]); }
  /// Swaps made per swap tried between rungs k and k + 1; NaN before the first try.
  double acceptance(int k) const { return state_[entry(k) + 1] / state_[entry(k)]; }
  /// Number of steps, then tries and swaps of each gap, then the rung of each replica.
  std::span<double> state() { return state_; }

  /// Puts every replica on its rung.
  template <class R>
  void place(Replicas<R>& replicas) const {
    require_same(replicas);
    for (int r = 0; r < replicas_; ++r) move_to(replicas, r, ladder_[static_cast<std::size_t>(rung_of(r))]);
  }

  template <class R>
  void advance(Replicas<R>& replicas, int steps) {
    require_same(replicas);
    require_placed(replicas);
    for (int k = 0; k < steps; ++k) {
      exchange(replicas);
      replicas.count(1);
      state_[0] += 1;
    }
  }

 private:
  static constexpr const char* name = "replica exchange";
  static std::size_t entry(int k) { return 1 + 2 * static_cast<std::size_t>(k); }
  std::size_t first_rung() const { return entry(rungs() - 1); }
  double& rung(int replica) { return state_[first_rung() + static_cast<std::size_t>(replica)]; }

  template <class R>
  void require_same(const Replicas<R>& replicas) const {
    if (replicas.replicas() != replicas_)
      throw InputError("replicas", name, std::to_string(replicas.replicas()), std::to_string(replicas_));
  }

  template <class R>
  void require_placed(const Replicas<R>& replicas) const {
    for (int r = 0; r < replicas_; ++r) {
      const auto s = static_cast<std::size_t>(r);
      const Rung& expected = ladder_[static_cast<std::size_t>(rung_of(r))];
      if (replicas.beta()[s] == expected.beta && replicas.coupling()[s] == expected.coupling) continue;
      const auto said = [](double beta, double coupling) { return "beta " + to_text(beta) + ", coupling " + to_text(coupling); };
      throw InputError("replica " + std::to_string(r), name, said(replicas.beta()[s], replicas.coupling()[s]),
                       said(expected.beta, expected.coupling) + " of rung " + std::to_string(rung_of(r)) + ": place it first");
    }
  }

  template <class R>
  void exchange(Replicas<R>& replicas) {
    replicas.for_packs([&](int pack, Tape<R>& tape) { detail::require_energy(*energy_, replicas, pack, tape); });
    const int n = rungs(), parity = static_cast<int>(static_cast<std::int64_t>(state_[0]) % 2);
    std::vector<int> holder(static_cast<std::size_t>(replicas_));  // of each rung of each ladder
    for (int r = 0; r < replicas_; ++r) holder[static_cast<std::size_t>(r / n * n + rung_of(r))] = r;
    const std::vector<double> swapped = energies_on_partners_rungs(replicas, holder, parity);
    const auto energy = replicas.energy();
    for (int low = 0; low < replicas_; ++low) {
      const int k = low % n;
      if (k % 2 != parity || k + 1 == n) continue;
      const auto a = static_cast<std::size_t>(holder[static_cast<std::size_t>(low)]);
      const auto b = static_cast<std::size_t>(holder[static_cast<std::size_t>(low) + 1]);
      const Rung &mine = ladder_[static_cast<std::size_t>(k)], &theirs = ladder_[static_cast<std::size_t>(k) + 1];
      // swapped[a] is the energy of what a holds on b's rung.
      const double gain = mine.beta * (energy[a] - swapped[b]) + theirs.beta * (energy[b] - swapped[a]);
      const double u = uniform(Stream{replicas.seed(), StreamName::exchange},
                               replicas.draw_index(replicas.step(), 0) + static_cast<std::uint64_t>(low));
      state_[entry(k)] += 1;
      if (!(u < std::exp(std::min(gain, 0.0))) || std::isnan(gain)) continue;
      state_[entry(k) + 1] += 1;
      trade(replicas, static_cast<int>(a), k + 1, swapped[a]);
      trade(replicas, static_cast<int>(b), k, swapped[b]);
    }
  }

  template <class R>
  void trade(Replicas<R>& replicas, int r, int to, double energy) {
    rung(r) = to;
    move_to(replicas, r, ladder_[static_cast<std::size_t>(to)]);
    replicas.energy()[static_cast<std::size_t>(r)] = energy;
    if (couplings_differ_) replicas.keep(r / lanes_of<R>, Kept::energy, energy_);
  }

  /// Of each replica that has a partner in this step: its energy at the partner's coupling.
  template <class R>
  std::vector<double> energies_on_partners_rungs(Replicas<R>& replicas, const std::vector<int>& holder, int parity) {
    std::vector<double> energies(replicas.energy().begin(), replicas.energy().end());
    if (!couplings_differ_) return energies;
    std::vector<double> coupling(replicas.coupling().begin(), replicas.coupling().end());
    const int n = rungs();
    for (int low = 0; low < replicas_; ++low) {
      const int k = low % n;
      if (k % 2 != parity || k + 1 == n) continue;
      coupling[static_cast<std::size_t>(holder[static_cast<std::size_t>(low)])] =
          ladder_[static_cast<std::size_t>(k) + 1].coupling;
      coupling[static_cast<std::size_t>(holder[static_cast<std::size_t>(low) + 1])] =
          ladder_[static_cast<std::size_t>(k)].coupling;
    }
    replicas.for_packs([&](int pack, Tape<R>& tape) {
      const auto first = static_cast<std::size_t>(pack) * lanes_of<R>;
      const Conditions at{coupling.data() + first, replicas.conditions(pack).scale};
      whole_energy<Energy, R>(*energy_, replicas.positions(pack), at, energies.data() + first, tape);
    });
    return energies;
  }

  const Energy* energy_;
  std::vector<Rung> ladder_;
  int replicas_;
  bool couplings_differ_ = false;
  std::vector<double> state_;
};

}  // namespace erg
