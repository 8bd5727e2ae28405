/// \file
/// Canonical dynamics without noise: the Nosé–Hoover chain.
#pragma once

#include "erg/samplers/masses.hpp"

#include <array>
#include <cmath>

namespace erg {

/// Velocity Verlet between two half steps of a chain of thermostats, each as heavy as `period` says.
///
/// Leaves exp(−β (U + K)) times the Gaussians of the chain's velocities invariant up to O(step²); `conserved` tells how well the
/// step does. Chains in stiff harmonic systems may not visit all of it: then take `Langevin`. The centre is best held: a free one
/// in a system that no site holds has a momentum of its own that the chain cannot see.
/// Shapes:  the chain's positions and velocities per replica stand in `state()`: (replica; position, velocity; link).
/// Units:   step and period in length √(mass/energy); the chain's masses are f kT period² for the first, kT period² for others.
/// Errors:  as `VelocityVerlet`; InputError for a period that is not positive, fewer than 1 link, other numbers of replicas.
/// Source:  Martyna, Klein and Tuckerman 1992, doi:10.1063/1.463940; Martyna et al. 1996, doi:10.1080/00268979600100761.
template <ReplicaEnergy Energy>
class NoseHooverChain {
 public:
  NoseHooverChain(const Energy& energy, Masses masses, double step, double period, int replicas, int links = 3)
      : energy_(&energy),
        masses_(std::move(masses)),
        step_(detail::checked_step(step, name)),
        period_(period),
        replicas_(replicas),
        links_(links) {
    if (!(period > 0) || !std::isfinite(period)) throw InputError("period", name, to_text(period), "a positive number");
    if (links < 1) throw InputError("links", name, std::to_string(links), "at least 1");
    if (replicas < 1) throw InputError("replicas", name, std::to_string(replicas), "at least 1");
    state_.assign(std::size_t{2} * replicas * links, 0.0);
  }

  const Masses& masses() const { return masses_; }
  double step() const { return step_; }
  std::span<double> state() { return state_; }

  /// Draws momenta and the chain's velocities from their invariant density. Counts as a step.
  template <class R>
  void draw(Replicas<R>& replicas) {
    require_same(replicas);
    const Stream stream = part_of(Stream{replicas.seed(), StreamName::velocity}, 1);  // shares no draws with the momenta
    for (int r = 0; r < replicas_; ++r) {
      for (int k = 0; k < links_; ++k) {
        position(r)[k] = 0;
        velocity(r)[k] = normal(stream, replicas.draw_index(replicas.step(), 0) + static_cast<std::uint64_t>(r),
                                static_cast<std::uint32_t>(k)) /
                         std::sqrt(heaviness(k));
      }
    }
    draw_momenta(masses_, replicas);
  }

  template <class R>
  void advance(Replicas<R>& replicas, int steps) {
    detail::require_particles(*energy_, masses_, replicas, name);
    require_same(replicas);
    const R half(static_cast<scalar_t<R>>(step_ / 2)), whole(static_cast<scalar_t<R>>(step_));
    replicas.for_packs([&](int pack, Tape<R>& tape) {
      detail::require_forces(*energy_, masses_, replicas, pack, tape);
      if (steps > 0) replicas.moved(pack);
      const Tile<R> x = replicas.positions(pack), p = replicas.momenta(pack), gradient = replicas.gradient(pack);
      for (int k = 0; k < steps; ++k) {
        thermostat(replicas, pack);
        Masses::kick<R>(half, gradient, p);
        masses_.drift<R>(whole, p, x);
        detail::compute_forces(*energy_, masses_, replicas, pack, replicas.step() + k + 1, tape);
        Masses::kick<R>(half, gradient, p);
        thermostat(replicas, pack);
      }
      if (steps > 0) detail::keep_forces(*energy_, masses_, replicas, pack);
    });
    replicas.count(steps);
  }

  /// What the exact dynamics conserve: energy of the particles and of the chain, once `advance` has computed it.
  template <class R>
  double conserved(const Replicas<R>& replicas, int r) const {
    double kinetic[lanes_of<R>];
    masses_.kinetic_energy<R>(replicas.momenta(r / lanes_of<R>), kinetic);
    double chain = 0;  // in kT
    for (int k = 0; k < links_; ++k) {
      const double v = velocity(r)[k];
      chain += heaviness(k) * v * v / 2 + (k == 0 ? masses_.degrees_of_freedom() : 1) * position(r)[k];
    }
    const auto s = static_cast<std::size_t>(r);
    return replicas.energy()[s] + kinetic[r % lanes_of<R>] + chain / replicas.beta()[s];
  }

 private:
  static constexpr const char* name = "Nose-Hoover chain";
  double* position(int r) { return state_.data() + std::size_t{2} * r * links_; }
  double* velocity(int r) { return position(r) + links_; }
  const double* position(int r) const { return state_.data() + std::size_t{2} * r * links_; }
  const double* velocity(int r) const { return position(r) + links_; }
  /// Mass of link k in kT.
  double heaviness(int k) const { return (k == 0 ? masses_.degrees_of_freedom() : 1) * period_ * period_; }

  template <class R>
  void require_same(const Replicas<R>& replicas) const {
    if (replicas.replicas() != replicas_)
      throw InputError("replicas", name, std::to_string(replicas.replicas()), std::to_string(replicas_));
  }

  /// Half a step of the chain of every replica of a pack, and of what it does to the momenta.
  template <class R>
  void thermostat(Replicas<R>& replicas, int pack) {
    double kinetic[lanes_of<R>], scale[lanes_of<R>];
    masses_.kinetic_energy<R>(replicas.momenta(pack), kinetic);
    for (int s = 0; s < lanes_of<R>; ++s) {
      const int r = pack * lanes_of<R> + s;
      scale[s] = move_chain(position(r), velocity(r), 2 * kinetic[s] * replicas.beta()[static_cast<std::size_t>(r)]);
    }
    const R by = detail::from_doubles<R>(scale);
    const Tile<R> p = replicas.momenta(pack);
    for (int row = 0; row < p.rows; ++row) p.data[row] *= by;
  }

  /// Half a step of one chain at twice the kinetic energy in kT; returns what momenta are scaled by.
  double move_chain(double* eta, double* v, double twice_kinetic) const {
    static const double outer = 1 / (2 - std::cbrt(2.0));  // Suzuki and Yoshida, fourth order
    const int last = links_ - 1;
    double scale = 1;
    const auto push = [&](int k) {
      if (k == 0) return (twice_kinetic * scale * scale - masses_.degrees_of_freedom()) / heaviness(0);
      return (heaviness(k - 1) * v[k - 1] * v[k - 1] - 1) / heaviness(k);
    };
    const auto turn = [&](int k, double h) {  // h/2 of link k, dragged by the next
      const double drag = k < last ? std::exp(-h / 4 * v[k + 1]) : 1;
      v[k] = (v[k] * drag + push(k) * h / 2) * drag;
    };
    for (const double weight : {outer, 1 - 2 * outer, outer}) {
      const double h = weight * step_ / 2;
      for (int k = last; k >= 0; --k) turn(k, h);
      scale *= std::exp(-h * v[0]);
      for (int k = 0; k <= last; ++k) eta[k] += h * v[k];
      for (int k = 0; k <= last; ++k) turn(k, h);
    }
    return scale;
  }

  const Energy* energy_;
  Masses masses_;
  double step_, period_;
  int replicas_, links_;
  std::vector<double> state_;
};

}  // namespace erg
