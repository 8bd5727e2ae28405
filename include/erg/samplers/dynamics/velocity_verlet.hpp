/// \file
/// Newton's equations by velocity Verlet.
#pragma once

#include "erg/samplers/masses.hpp"

namespace erg {

/// Half a kick, a drift, half a kick: reversible, symplectic, energy conserved to second order in the time step.
///
/// Leaves the uniform density on (x, p) invariant, and so any function of the energy it conserves up to O(step²).
/// Units:   step in length √(mass/energy).
/// Errors:  InputError for a step that is not positive, other numbers of particles, a replica that leaves what a list of the
///          energy covers, and an energy that is not finite: the replicas stand within a step then, go back to a saved state.
/// Source:  Swope et al. 1982, doi:10.1063/1.442716.
template <ReplicaEnergy Energy>
class VelocityVerlet {
 public:
  VelocityVerlet(const Energy& energy, Masses masses, double step)
      : energy_(&energy), masses_(std::move(masses)), step_(detail::checked_step(step, "velocity Verlet")) {}

  const Masses& masses() const { return masses_; }
  double step() const { return step_; }
  std::span<double> state() { return {}; }

  template <class R>
  void advance(Replicas<R>& replicas, int steps) {
    detail::require_particles(*energy_, masses_, replicas, "velocity Verlet");
    using T = scalar_t<R>;
    const R half(static_cast<T>(step_ / 2)), whole(static_cast<T>(step_));
    replicas.for_packs([&](int pack, Tape<R>& tape) {
      detail::require_forces(*energy_, masses_, replicas, pack, tape);
      if (steps > 0) replicas.moved(pack);
      const Tile<R> x = replicas.positions(pack), p = replicas.momenta(pack), gradient = replicas.gradient(pack);
      for (int k = 0; k < steps; ++k) {
        for (int i = 0; i < masses_.particles(); ++i) {
          const R by = whole * masses_.inverse<R>(i);
          for (int row = 3 * i; row < 3 * i + 3; ++row) {
            p.data[row] -= half * gradient.data[row];
            x.data[row] += by * p.data[row];
          }
        }
        detail::compute_forces(*energy_, masses_, replicas, pack, replicas.step() + k + 1, tape);
        Masses::kick<R>(half, gradient, p);
      }
      if (steps > 0) detail::keep_forces(*energy_, masses_, replicas, pack);
    });
    replicas.count(steps);
  }

 private:
  const Energy* energy_;
  Masses masses_;
  double step_;
};

}  // namespace erg
