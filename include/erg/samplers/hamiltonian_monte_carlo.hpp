/// \file
/// Hybrid (Hamiltonian) Monte Carlo: dynamics that propose, and a test that makes them exact.
#pragma once

#include "erg/samplers/ladder_steps.hpp"
#include "erg/samplers/masses.hpp"

#include <cmath>
#include <limits>

namespace erg {

/// How Hamiltonian Monte Carlo moves.
struct HamiltonianMoves {
  double step;          ///< of time, to begin with  [length √(mass/energy)]
  int leaps = 10;       ///< time steps of a trajectory
  double jitter = 0.1;  ///< each replica's step is drawn from step · (1 ± jitter), against resonance with stiff modes
  double target = 0.7;  ///< acceptance that `equilibrate` leads to
};

/// New momenta, a trajectory of velocity Verlet, accepted with probability min(1, exp(−β ΔH)); refused, the momenta are reversed.
///
/// Leaves exp(−β (U + Σ p²/2m)) invariant without error of the time step; with `Centre::fixed` on the displacements that leave
/// the centre where it starts. In floats up to their rounding.
/// Units:   as `VelocityVerlet`.
/// Errors:  InputError as `VelocityVerlet` for options, and for a start whose energy is not finite. A trajectory to an energy
///          that is no number is refused and counted. Beyond what a list covers the trajectory follows the list's gradient, which
///          is a function of the place as good as any to propose by, and energies are exact: the density stays what it is.
/// Source:  Duane et al. 1987, doi:10.1016/0370-2693(87)91197-X; the target: Beskos et al. 2013, doi:10.3150/12-BEJ414.
template <ReplicaEnergy Energy>
class HamiltonianMonteCarlo {
 public:
  /// With a ladder there is a step for each of its rungs.
  HamiltonianMonteCarlo(const Energy& energy, Masses masses, HamiltonianMoves moves, std::vector<Rung> ladder = {})
      : energy_(&energy), masses_(std::move(masses)), moves_(moves), steps_(moves.step, moves.target, std::move(ladder), name) {
    if (moves.leaps < 1) throw InputError("leaps", name, std::to_string(moves.leaps), "at least 1");
    if (!(moves.jitter >= 0 && moves.jitter < 1)) throw InputError("jitter", name, to_text(moves.jitter), "0 to less than 1");
  }

  const Masses& masses() const { return masses_; }
  /// The step as it stands, and the fraction accepted since it was last changed.
  double step(int rung = 0) const { return steps_.size(rung); }
  double acceptance(int rung = 0) const { return steps_.acceptance(rung); }
  std::span<double> state() { return steps_.state(); }

  template <class R>
  void advance(Replicas<R>& replicas, int steps) {
    move(replicas, steps);
  }
  /// The same, and the step is changed after each trajectory.
  template <class R>
  void equilibrate(Replicas<R>& replicas, int steps) {
    for (int k = 0; k < steps; ++k) steps_.learn<R>(replicas, move(replicas, 1));
  }

 private:
  static constexpr const char* name = "Hamiltonian Monte Carlo";

  template <class R>
  struct Trial {
    Tile<R> x, p, gradient;
    double energy[lanes_of<R>];
  };

  /// Returns the sum over each replica's trajectories of the probability to accept them.
  template <class R>
  std::vector<double> move(Replicas<R>& replicas, int steps) {
    detail::require_particles(*energy_, masses_, replicas, name);
    std::vector<double> chance(static_cast<std::size_t>(replicas.replicas()), 0.0), accepted = chance;
    replicas.for_packs([&](int pack, Tape<R>& tape) {
      const auto mark = tape.mark();
      const int n = replicas.rows();
      Trial<R> trial{detail::tile_on(tape, n, 1), detail::tile_on(tape, n, 1), detail::tile_on(tape, n, 1), {}};
      double *chances = chance.data() + pack * lanes_of<R>, *successes = accepted.data() + pack * lanes_of<R>;
      for (int k = 0; k < steps; ++k) one(replicas, pack, replicas.step() + k, trial, tape, chances, successes);
      tape.release(mark);
    });
    steps_.count<R>(replicas, steps, accepted);
    replicas.count(steps);
    return chance;
  }

  template <class R>
  void one(Replicas<R>& replicas, int pack, std::int64_t step, Trial<R>& trial, Tape<R>& tape, double* chance, double* accepted) {
    constexpr int width = lanes_of<R>;
    const std::uint64_t index = replicas.draw_index(step, pack);
    const double* beta = replicas.beta().data() + pack * width;
    double* energy = replicas.energy().data() + pack * width;
    bool covered = start(replicas, pack, step, tape);
    masses_.draw_momenta(Stream{replicas.seed(), StreamName::velocity}, index, beta, replicas.momenta(pack));
    double before[width], after[width];
    masses_.kinetic_energy<R>(replicas.momenta(pack), before);
    covered &= travel(replicas, pack, index, trial, tape);
    masses_.kinetic_energy<R>(trial.p, after);
    R taken(scalar_t<R>(0));
    bool any_taken = false;
    for (int s = 0; s < width; ++s) {
      const double work = beta[s] * (trial.energy[s] - energy[s] + after[s] - before[s]);
      const double u = uniform(Stream{replicas.seed(), StreamName::acceptance}, index + static_cast<std::uint64_t>(s));
      const double p = work > 0 ? std::exp(-work) : work <= 0 ? 1.0 : 0.0;  // NaN: 0
      chance[s] += p;
      if (!(u < p) || !std::isfinite(trial.energy[s])) continue;
      accepted[s] += 1;
      any_taken = true;
      energy[s] = trial.energy[s];
      set_lane(taken, s, scalar_t<R>(1));
    }
    const auto is_taken = taken > R(scalar_t<R>(0));
    // Who stays turns round: with p as it was drawn, who is refused would be found running uphill.
    const Tile<R> p = replicas.momenta(pack);
    for (int row = 0; row < p.rows; ++row) p.data[row] = select(is_taken, trial.p.data[row], -p.data[row]);
    if (!any_taken) return;
    replicas.moved(pack);
    const auto take = [&](Tile<R> mine, Tile<R> theirs) {
      for (int row = 0; row < mine.rows; ++row) mine.data[row] = select(is_taken, theirs.data[row], mine.data[row]);
    };
    take(replicas.positions(pack), trial.x);
    take(replicas.gradient(pack), trial.gradient);
    if (covered) {
      detail::keep_forces(*energy_, masses_, replicas, pack);
    } else {
      replicas.keep(pack, Kept::energy, energy_);
    }
  }

  /// Energy and gradient where the pack stands. Whether the list covers it.
  template <class R>
  bool start(Replicas<R>& replicas, int pack, std::int64_t step, Tape<R>& tape) {
    if (detail::knows_forces(*energy_, masses_, replicas, pack)) return true;
    const bool covered = look<R>(replicas, pack, replicas.positions(pack), replicas.energy().data() + pack * lanes_of<R>,
                                 replicas.gradient(pack), tape);
    detail::require_finite(replicas, pack, step);
    if (covered) {
      detail::keep_forces(*energy_, masses_, replicas, pack);
    } else {
      replicas.keep(pack, Kept::energy, energy_);
    }
    return covered;
  }

  template <class R>
  bool look(const Replicas<R>& replicas, int pack, Tile<const R> x, double* energy, Tile<R> gradient, Tape<R>& tape) {
    const Conditions at = replicas.conditions(pack);
    const bool covered = whole_energy_and_gradient<Energy, R>(*energy_, x, at, energy, gradient, tape) == 0;
    if (!covered) whole_energy<Energy, R>(*energy_, x, at, energy, tape);
    if (masses_.holds_centre()) masses_.remove_uniform(gradient);
    return covered;
  }

  /// The trajectory, each lane with a time step of its own. Whether the list covers its end.
  template <class R>
  bool travel(Replicas<R>& replicas, int pack, std::uint64_t index, Trial<R>& trial, Tape<R>& tape) {
    double steps[lanes_of<R>];
    steps_.sizes(replicas, pack, steps);
    for (int s = 0; s < lanes_of<R>; ++s) {
      const double u = uniform(Stream{replicas.seed(), StreamName::proposal}, index + static_cast<std::uint64_t>(s));
      steps[s] *= (1 + moves_.jitter * (2 * u - 1));
    }
    const R whole = detail::from_doubles<R>(steps), half = R(scalar_t<R>(0.5)) * whole;
    const Tile<R> x = replicas.positions(pack), p = replicas.momenta(pack), gradient = replicas.gradient(pack);
    std::copy_n(x.data, x.rows, trial.x.data);
    std::copy_n(p.data, p.rows, trial.p.data);
    Masses::kick<R>(half, gradient, trial.p);
    bool covered = true;
    for (int leap = 0; leap < moves_.leaps; ++leap) {
      masses_.drift<R>(whole, trial.p, trial.x);
      covered = look<R>(replicas, pack, trial.x, trial.energy, trial.gradient, tape);
      Masses::kick<R>(leap + 1 < moves_.leaps ? whole : half, trial.gradient, trial.p);
    }
    return covered;
  }

  const Energy* energy_;
  Masses masses_;
  HamiltonianMoves moves_;
  LadderSteps steps_;
};

}  // namespace erg
