/// \file
/// Langevin dynamics by the BAOAB splitting.
#pragma once

#include "erg/samplers/masses.hpp"

namespace erg {

/// dx = p/m dt, dp = −∇U dt − γ p dt + √(2γ m/β) dW in the order kick, drift, thermostat, drift, kick.
///
/// Leaves exp(−β (U + Σ p²/2m)) invariant up to O(step²), and up to O(step⁴) in x at high friction; for harmonic U the
/// positions are exact at any stable step. With `Centre::fixed` noise and momenta have no part along uniform motion.
/// Units:   step in length √(mass/energy), friction γ in 1/time.
/// Errors:  as `VelocityVerlet`; InputError for a friction that is negative or no number. Friction 0 is velocity Verlet.
/// Source:  Leimkuhler and Matthews 2013, doi:10.1093/amrx/abs010.
template <ReplicaEnergy Energy>
class Langevin {
 public:
  Langevin(const Energy& energy, Masses masses, double step, double friction)
      : energy_(&energy),
        masses_(std::move(masses)),
        step_(detail::checked_step(step, "Langevin dynamics")),
        friction_(friction) {
    if (!(friction >= 0) || !std::isfinite(friction))
      throw InputError("friction", "Langevin dynamics", to_text(friction), "a number that is not negative");
  }

  const Masses& masses() const { return masses_; }
  double step() const { return step_; }
  double friction() const { return friction_; }
  std::span<double> state() { return {}; }

  template <class R>
  void advance(Replicas<R>& replicas, int steps) {
    detail::require_particles(*energy_, masses_, replicas, "Langevin dynamics");
    const R half(static_cast<scalar_t<R>>(step_ / 2));
    replicas.for_packs([&](int pack, Tape<R>& tape) {
      detail::require_forces(*energy_, masses_, replicas, pack, tape);
      if (steps > 0) replicas.moved(pack);
      const auto mark = tape.mark();
      const Tile<R> noise = detail::tile_on(tape, replicas.rows(), 1);
      const R strength = noise_strength(replicas, pack);
      for (int k = 0; k < steps; ++k) {
        normals(Stream{replicas.seed(), StreamName::velocity}, replicas.draw_index(replicas.step() + k, pack), noise);
        move<R>(replicas.positions(pack), replicas.momenta(pack), replicas.gradient(pack), noise, half, strength);
        detail::compute_forces(*energy_, masses_, replicas, pack, replicas.step() + k + 1, tape);
        Masses::kick<R>(half, replicas.gradient(pack), replicas.momenta(pack));
      }
      if (steps > 0) detail::keep_forces(*energy_, masses_, replicas, pack);
      tape.release(mark);
    });
    replicas.count(steps);
  }

 private:
  /// √((1 − e^{−2γh}) / β) of each lane.
  template <class R>
  R noise_strength(const Replicas<R>& replicas, int pack) const {
    double strength[lanes_of<R>];
    for (int s = 0; s < lanes_of<R>; ++s)
      strength[s] = std::sqrt(-std::expm1(-2 * friction_ * step_) / replicas.beta()[pack * lanes_of<R> + s]);
    return detail::from_doubles<R>(strength);
  }

  /// Kick, drift, thermostat, drift. The total momentum that noise brings is known after the first pass over the particles and
  /// taken off in the second.
  template <class R>
  void move(Tile<R> x, Tile<R> p, Tile<const R> gradient, Tile<const R> noise, R half, R strength) const {
    using T = scalar_t<R>;
    const R remains(static_cast<T>(std::exp(-friction_ * step_))), zero(T(0));
    Vec3<R> all{zero, zero, zero};
    for (int i = 0; i < masses_.particles(); ++i) {
      const R by = half * masses_.inverse<R>(i), kick = strength * masses_.root<R>(i);
      Vec3<R> q = detail::load(p.data, i) - half * detail::load(gradient.data, i);
      detail::add_to(x.data, i, by * q);
      q = remains * q + kick * detail::load(noise.data, i);
      all += q;
      for (int axis = 0; axis < 3; ++axis) p.data[3 * i + axis] = q[axis];
    }
    if (!masses_.holds_centre()) return masses_.drift<R>(half, p, x);
    for (int i = 0; i < masses_.particles(); ++i) {
      const R by = half * masses_.inverse<R>(i);
      const Vec3<R> q = detail::load(p.data, i) - masses_.share<R>(i) * all;
      detail::add_to(x.data, i, by * q);
      for (int axis = 0; axis < 3; ++axis) p.data[3 * i + axis] = q[axis];
    }
  }

  const Energy* energy_;
  Masses masses_;
  double step_, friction_;
};

}  // namespace erg
