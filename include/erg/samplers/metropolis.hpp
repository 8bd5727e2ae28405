/// \file
/// Metropolis Monte Carlo: particles moved one at a time, by the energy that each move changes.
#pragma once

#include "erg/potentials/crystal/crystal_pass.hpp"
#include "erg/samplers/ladder_steps.hpp"

#include <cmath>

namespace erg {

/// A `ConfigurationEnergy` that tells what moving one particle changes: e.local_moves(u, tape) takes a pack (rows, 1), and
///
///   change(i, to, difference)   difference[lane] = U with particle i at `to` less U as it is
///   accept(i, to, mask)         puts i there where the mask is set; belongs to the last change
///
/// Laws:  the difference is that of whole energies, exact at any displacement; accept changes u, change does not.
/// `LocalCrystalPotential` is one.
template <class E, class R = double>
concept LocalEnergy = ConfigurationEnergy<E> && requires(const E e, Tile<R> u, Tape<R>& tape, Vec3<R> to, double* difference) {
  e.local_moves(u, tape).change(0, to, difference);
  e.local_moves(u, tape).accept(0, to, R(to.x) < R(to.y));
};

/// A `CoupledEnergy` that does, each lane at a coupling of its own: e.local_moves(u, coupling, tape). `EnergyPath` is one where
/// both of its ends are local.
template <class E, class R = double>
concept LocalCoupledEnergy = CoupledEnergy<E> &&
    requires(const E e, Tile<R> u, const double* coupling, Tape<R>& tape, Vec3<R> to, double* difference) {
  e.local_moves(u, coupling, tape).change(0, to, difference);
  e.local_moves(u, coupling, tape).accept(0, to, R(to.x) < R(to.y));
};

/// How single particles are moved.
struct MetropolisMoves {
  double size;          ///< standard deviation of a move along each axis, to begin with  [length]
  double target = 0.4;  ///< acceptance that `equilibrate` leads to
};

/// One step is a sweep: each particle in turn is moved by a Gaussian and stays there with probability min(1, exp(−β ΔU)).
///
/// Leaves exp(−βU) invariant, at each replica's beta: each move does by detailed balance, and so does the sweep, whose order is
/// fixed. The centre of mass is free: it goes where the moves carry it. Momenta are left alone.
/// Units:   size in length.
/// Errors:  InputError for a size that is not positive, a target outside 0 … 1, other numbers of particles, and a start whose
///          energy is not finite. A move to an energy that is no number or infinite is refused.
/// Energies are kept by adding up changes; every 8th step, by the replicas' count, they are computed anew.
/// Source:  Metropolis et al. 1953, doi:10.1063/1.1699114; sweeps in order: Manousiouthakis and Deem 1999.
template <class Energy>
class Metropolis {
  static_assert(LocalEnergy<Energy> || LocalCoupledEnergy<Energy>,
                "Metropolis: needs an energy with local_moves, such as LocalCrystalPotential");

 public:
  /// With a ladder there is a size for each of its rungs.
  Metropolis(const Energy& energy, MetropolisMoves moves, std::vector<Rung> ladder = {})
      : energy_(&energy), steps_(moves.size, moves.target, std::move(ladder), name) {}

  /// The size of a move as it stands, and the fraction accepted since it was last changed.
  double size(int rung = 0) const { return steps_.size(rung); }
  double acceptance(int rung = 0) const { return steps_.acceptance(rung); }
  std::span<double> state() { return steps_.state(); }

  template <class R>
  void advance(Replicas<R>& replicas, int steps) {
    sweep(replicas, steps);
  }
  /// The same, and the size is changed after each sweep.
  template <class R>
  void equilibrate(Replicas<R>& replicas, int steps) {
    for (int k = 0; k < steps; ++k) {
      std::vector<double> accepted = sweep(replicas, 1);
      for (double& one : accepted) one /= energy_->particles();
      steps_.learn<R>(replicas, accepted);
    }
  }

 private:
  static constexpr const char* name = "Metropolis";
  static constexpr int renewal = 8;

  /// Returns how many moves of each replica were accepted.
  template <class R>
  std::vector<double> sweep(Replicas<R>& replicas, int steps) {
    if (3 * energy_->particles() != replicas.rows())
      throw InputError("particles", name, std::to_string(energy_->particles()), std::to_string(replicas.rows() / 3));
    std::vector<double> accepted(static_cast<std::size_t>(replicas.replicas()), 0.0);
    replicas.for_packs([&](int pack, Tape<R>& tape) {
      detail::require_energy(*energy_, replicas, pack, tape);
      detail::require_finite(replicas, pack, replicas.step());
      const auto mark = tape.mark();
      for (int k = 0; k < steps; ++k) {
        one(replicas, pack, replicas.step() + k, accepted.data() + pack * lanes_of<R>, tape);
        tape.release(mark);
      }
    });
    steps_.count<R>(replicas, double(steps) * energy_->particles(), accepted);
    replicas.count(steps);
    return accepted;
  }

  template <class R>
  void one(Replicas<R>& replicas, int pack, std::int64_t step, double* accepted, Tape<R>& tape) {
    const int particles = energy_->particles();
    const std::uint64_t index = replicas.draw_index(step, pack);
    const Tile<R> shift = detail::tile_on(tape, 3 * particles, 1), patience = detail::tile_on(tape, 2 * particles, 1);
    normals(Stream{replicas.seed(), StreamName::proposal}, index, shift);
    normals(Stream{replicas.seed(), StreamName::acceptance}, index, patience);
    const double* beta = replicas.beta().data() + pack * lanes_of<R>;
    double* energy = replicas.energy().data() + pack * lanes_of<R>;
    const Tile<R> u = replicas.positions(pack);
    double sizes[lanes_of<R>], change[lanes_of<R>];
    steps_.sizes(replicas, pack, sizes);
    const R size = detail::from_doubles<R>(sizes), zero(scalar_t<R>(0));
    replicas.moved(pack);
    auto moves = moves_of(u, replicas.conditions(pack), tape);
    for (int i = 0; i < particles; ++i) {
      const Vec3<R> to = detail::load(u.data, i) + size * detail::load(shift.data, i);
      moves.change(i, to, change);
      // −ln of a uniform number is half the sum of two squared normal ones: ΔU goes by where β ΔU is less.
      const R a = patience.data[2 * i], b = patience.data[2 * i + 1], limit = R(scalar_t<R>(0.5)) * (a * a + b * b);
      R taken = zero;
      for (int s = 0; s < lanes_of<R>; ++s) {
        if (!(beta[s] * change[s] <= lane(limit, s)) || !std::isfinite(change[s])) continue;
        set_lane(taken, s, scalar_t<R>(1));
        energy[s] += change[s];
        accepted[s] += 1;
      }
      moves.accept(i, to, taken > zero);
    }
    if ((step + 1) % renewal != 0) {
      replicas.keep(pack, Kept::energy, energy_);
    } else {
      detail::require_energy(*energy_, replicas, pack, tape);
    }
  }

  template <class R>
  auto moves_of(Tile<R> u, [[maybe_unused]] Conditions at, Tape<R>& tape) const {
    if constexpr (LocalCoupledEnergy<Energy>) {
      return energy_->local_moves(u, at.coupling, tape);
    } else {
      return energy_->local_moves(u, tape);
    }
  }

  const Energy* energy_;
  LadderSteps steps_;
};

}  // namespace erg
