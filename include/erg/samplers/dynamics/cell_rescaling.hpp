/// \file
/// Constant pressure: stochastic cell rescaling, each move of the volume tested.
#pragma once

#include "erg/samplers/adapted_step.hpp"
#include "erg/samplers/replica_energy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace erg {

/// How cells move.
struct CellMoves {
  double compressibility;  ///< κ, about that of the system, −d ln V / dP; only κ · fraction counts  [length³/energy]
  double fraction = 0.1;   ///< Δt/τ: the part of its way to the wanted pressure that a move goes on average
  double target = 0.6;     ///< acceptance that `equilibrate` leads `fraction` to
};

/// One step of stochastic cell rescaling in √V, all particles moving with the cell, taken with the probability that makes it
/// exact.
///
/// Leaves exp(−β (U + P V)) V^N dV invariant, x standing still in the coordinates of the energy's box, without error of the step;
/// in floats up to their rounding. Taken in turn (`InTurn`) with a transition that moves x in the same `ScalableEnergy`, the
/// density on x and V is exp(−β (U + P V)) V^N: exact with Hamiltonian Monte Carlo, up to O(step²) with Langevin dynamics.
/// `ReplicaExchange` of temperatures, too, leaves the product of these invariant: what replicas keep as energy is U + P V.
/// Dynamics are those of the box's coordinates, with momenta that the volume does not change: time runs by `scale` faster than in
/// real ones, and no average over places minds. The trial is √V + D g + √(2D) z, D = κ Δt / 4βτ, g = d/d√V of the logarithm of
/// the density, D g at most √V / 10; untested and at small Δt/τ this is the equation of the source, with the kinetic pressure's
/// mean N/βV in its place.
/// Units:   as the energy.
/// Errors:  InputError for a compressibility or fraction that is not positive, for other numbers of particles, and for a start
/// whose energy is not finite. A trial volume beyond twice or half the present is refused, both ways alike.
/// Cost:    energy, gradient and virial where it stands and at the trial; dynamics go on with the gradient of the place taken.
/// Source:  Bernetti and Bussi 2020, doi:10.1063/5.0020514; the test: Roberts and Tweedie 1996, doi:10.2307/3318418.
template <ScalableEnergy Energy>
class CellRescaling {
 public:
  CellRescaling(const Energy& energy, CellMoves moves)
      : energy_(&energy), moves_(moves), fraction_(moves.fraction, moves.target, name) {
    if (!(moves.compressibility > 0) || !std::isfinite(moves.compressibility))
      throw InputError("compressibility", name, to_text(moves.compressibility), "a positive number");
  }

  double fraction() const { return fraction_.size(); }
  /// Accepted per tried since `fraction` was last changed.
  double acceptance() const { return fraction_.acceptance(); }
  std::span<double> state() { return fraction_.state(); }

  template <class R>
  void advance(Replicas<R>& replicas, int steps) {
    move(replicas, steps);
  }
  /// The same, and `fraction` is changed after each move.
  template <class R>
  void equilibrate(Replicas<R>& replicas, int steps) {
    for (int k = 0; k < steps; ++k) fraction_.learn(move(replicas, 1) / replicas.replicas());
  }

 private:
  static constexpr const char* name = "cell rescaling";
  static constexpr double widest = 2;      // a trial volume over the present one
  static constexpr double farthest = 0.1;  // a drift over √V, without which a start far from equilibrium is never left

  /// A volume: its root λ, U + P V, and where the next trial from here is centred.
  struct Place {
    double root, energy, centre;
  };

  /// Returns the sum over moves of the probability to accept them.
  template <class R>
  double move(Replicas<R>& replicas, int steps) {
    if (3 * energy_->particles() != replicas.rows())
      throw InputError("particles", name, std::to_string(energy_->particles()), std::to_string(replicas.particles()));
    detail::PackSums chance(replicas.packs()), accepted(replicas.packs());
    replicas.for_packs([&](int pack, Tape<R>& tape) {
      for (int k = 0; k < steps; ++k) one(replicas, pack, replicas.step() + k, tape, chance[pack], accepted[pack]);
    });
    fraction_.count(double(steps) * replicas.replicas(), accepted.total());
    replicas.count(steps);
    return chance.total();
  }

  template <class R>
  void one(Replicas<R>& replicas, int pack, std::int64_t step, Tape<R>& tape, double& chance, double& accepted) {
    constexpr int width = lanes_of<R>;
    const int first = pack * width;
    const std::uint64_t index = replicas.draw_index(step, pack);
    const double *beta = replicas.beta().data() + first, *scale = replicas.scale().data() + first;
    double trial[width], noise[width];
    Place from[width], to[width];
    const auto mark = tape.mark();
    const Tile<R> gradient = replicas.gradient(pack), there = detail::tile_on(tape, replicas.rows(), 1);
    bool covered = look(replicas, pack, scale, replicas.energy().data() + first, gradient, from, tape);
    detail::require_finite(replicas, pack, step);
    for (int s = 0; s < width; ++s) {
      noise[s] = normal(Stream{replicas.seed(), StreamName::proposal}, index + static_cast<std::uint64_t>(s), 0);
      const double root = from[s].centre + std::sqrt(spread(beta[s])) * noise[s], ratio = root / from[s].root;
      const bool within = ratio > 0 && ratio * ratio < widest && ratio * ratio * widest > 1;
      trial[s] = within ? scale[s] * std::cbrt(ratio * ratio) : std::numeric_limits<double>::quiet_NaN();
    }
    double energy[width], stands[width];
    for (int s = 0; s < width; ++s) stands[s] = std::isfinite(trial[s]) ? trial[s] : scale[s];
    covered &= look(replicas, pack, stands, energy, there, to, tape);
    R taken(scalar_t<R>(0));
    for (int s = 0; s < width; ++s) {
      const double back = from[s].root - to[s].centre, n = replicas.particles();
      const double gain = (2 * n + 1) * std::log(to[s].root / from[s].root) - beta[s] * (to[s].energy - from[s].energy) -
                          back * back / (2 * spread(beta[s])) + noise[s] * noise[s] / 2;
      const double p = !std::isfinite(trial[s]) || std::isnan(gain) ? 0.0 : std::exp(std::min(gain, 0.0));
      const double u = uniform(Stream{replicas.seed(), StreamName::acceptance}, index + static_cast<std::uint64_t>(s));
      chance += p;
      if (!(u < p)) continue;
      accepted += 1;
      replicas.set_scale(first + s, trial[s]);
      replicas.energy()[static_cast<std::size_t>(first + s)] = energy[s];
      set_lane(taken, s, scalar_t<R>(1));
    }
    const auto is_taken = taken > R(scalar_t<R>(0));
    for (int row = 0; row < gradient.rows; ++row) gradient.data[row] = select(is_taken, there.data[row], gradient.data[row]);
    replicas.keep(pack, covered ? Kept::gradient : Kept::energy, energy_);
    tape.release(mark);
  }

  /// Energies, gradients and slopes of a pack at these scales. Whether a list covers them.
  template <class R>
  bool look(const Replicas<R>& replicas, int pack, const double* scale, double* energy, Tile<R> gradient, Place* at,
            Tape<R>& tape) const {
    constexpr int width = lanes_of<R>;
    double slope[width];
    const int missed = energy_->scaled_energy_gradient_and_slope(replicas.positions(pack), scale, energy, gradient, slope, tape);
    for (int s = 0; s < width; ++s) {
      const double beta = replicas.beta()[static_cast<std::size_t>(pack * width + s)], n = replicas.particles();
      const double root = std::sqrt(energy_->volume() * scale[s] * scale[s] * scale[s]);
      const double uphill = (2 * n + 1 - 2 * beta * slope[s]) / root;  // d/dλ of (2N + 1) ln λ − βE
      at[s] = {root, energy[s], root + std::clamp(spread(beta) / 2 * uphill, -farthest * root, farthest * root)};
    }
    return missed == 0;
  }

  /// 2D, the variance of a trial √V.
  double spread(double beta) const { return fraction_.size() * moves_.compressibility / (2 * beta); }

  const Energy* energy_;
  CellMoves moves_;
  AdaptedStep fraction_;
};

}  // namespace erg
