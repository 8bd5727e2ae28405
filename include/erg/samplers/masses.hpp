/// \file
/// Masses of particles, the momenta they have at a temperature, and whether their centre moves.
#pragma once

#include "erg/densities/crystal/einstein_crystal.hpp"
#include "erg/potentials/crystal/crystal_pass.hpp"
#include "erg/samplers/replica_energy.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace erg {

/// Masses and the centre of mass. With `Centre::fixed` the total momentum is 0 and the centre stays where it starts: 3N − 3
/// degrees of freedom move, and dynamics sample exp(−βU) on the displacements that leave the centre there. With `Centre::free`
/// all 3N move, and the centre of a system that no site holds diffuses.
///
/// Shapes:  one mass per particle; momenta and gradients (3 · particles, 1 pack).
/// Units:   masses in any unit; with energies and lengths they make time: length √(mass/energy). Default: every mass 1.
/// Errors:  InputError for masses that are not positive numbers, for none, and for a fixed centre of a single particle.
class Masses {
 public:
  explicit Masses(int particles, Centre centre = Centre::fixed)
      : Masses(std::vector<double>(static_cast<std::size_t>(std::max(particles, 0)), 1.0), centre) {}
  explicit Masses(std::vector<double> masses, Centre centre = Centre::fixed) : mass_(std::move(masses)), centre_(centre) {
    const std::size_t least = centre == Centre::fixed ? 2 : 1;
    if (mass_.size() < least)
      throw InputError("number of particles", "masses", std::to_string(mass_.size()), "at least " + std::to_string(least));
    double total = 0;
    for (const double m : mass_) {
      if (!(m > 0) || !std::isfinite(m)) throw InputError("mass", "masses", to_text(m), "a positive number");
      total += m;
    }
    for (const double m : mass_) {
      inverse_.push_back(1 / m);
      root_.push_back(std::sqrt(m));
      share_.push_back(m / total);
    }
  }

  int particles() const { return static_cast<int>(mass_.size()); }
  Centre centre() const { return centre_; }
  bool holds_centre() const { return centre_ == Centre::fixed; }
  int degrees_of_freedom() const { return 3 * particles() - (holds_centre() ? 3 : 0); }

  /// 1/m, √m and m/Σm of particle i.
  template <class R>
  R inverse(int i) const {
    return R(static_cast<scalar_t<R>>(inverse_[i]));
  }
  template <class R>
  R root(int i) const {
    return R(static_cast<scalar_t<R>>(root_[i]));
  }
  template <class R>
  R share(int i) const {
    return R(static_cast<scalar_t<R>>(share_[i]));
  }

  /// Momenta at inverse temperatures `beta`, one per lane: rows of the stream's draws from `first`.
  template <class R>
  void draw_momenta(Stream stream, std::uint64_t first, const double* beta, Tile<R> p) const {
    normals(stream, first, p);
    double roots[lanes_of<R>];
    for (int s = 0; s < lanes_of<R>; ++s) roots[s] = 1 / std::sqrt(beta[s]);
    const R thermal = detail::from_doubles<R>(roots);
    for (int i = 0; i < particles(); ++i) {
      const R scale = thermal * root<R>(i);
      for (int row = 3 * i; row < 3 * i + 3; ++row) p.data[row] *= scale;
    }
    if (holds_centre()) remove_uniform(p);
  }

  /// Takes the part along uniform motion off momenta or gradients: p_i − (m_i / Σm) Σp.
  template <class R>
  void remove_uniform(Tile<R> p) const {
    const R zero(scalar_t<R>(0));
    Vec3<R> all{zero, zero, zero};
    for (int i = 0; i < particles(); ++i) all += detail::load(p.data, i);
    remove_uniform(p, all);
  }
  /// The same where Σp is known.
  template <class R>
  void remove_uniform(Tile<R> p, Vec3<R> all) const {
    for (int i = 0; i < particles(); ++i) {
      const Vec3<R> part = share<R>(i) * all;
      p.data[3 * i] -= part.x;
      p.data[3 * i + 1] -= part.y;
      p.data[3 * i + 2] -= part.z;
    }
  }

  /// out[lane] = Σ p² / 2m.
  template <class R>
  void kinetic_energy(Tile<const R> p, double* out) const {
    detail::Totals<R> totals;
    for (int first = 0; first < particles(); first += 8) {
      R part(scalar_t<R>(0));
      for (int i = first; i < std::min(first + 8, particles()); ++i) {
        const Vec3<R> q = detail::load(p.data, i);
        part += inverse<R>(i) * dot(q, q);
      }
      totals.add(part);
    }
    for (int s = 0; s < lanes_of<R>; ++s) out[s] = totals.of[s] / 2;
  }

  /// p −= h g and x += h p / m.
  template <class R>
  static void kick(R h, Tile<const R> gradient, Tile<R> p) {
    for (int row = 0; row < p.rows; ++row) p.data[row] -= h * gradient.data[row];
  }
  template <class R>
  void drift(R h, Tile<const R> p, Tile<R> x) const {
    for (int i = 0; i < particles(); ++i) {
      const R by = h * inverse<R>(i);
      for (int row = 3 * i; row < 3 * i + 3; ++row) x.data[row] += by * p.data[row];
    }
  }

 private:
  std::vector<double> mass_, inverse_, root_, share_;
  Centre centre_;
};

/// Gives every replica momenta at its temperature: a start of dynamics. Counts as a step, whose draws are used up.
template <class R>
void draw_momenta(const Masses& masses, Replicas<R>& replicas) {
  replicas.for_packs([&](int pack, Tape<R>&) {
    masses.draw_momenta(Stream{replicas.seed(), StreamName::velocity}, replicas.draw_index(replicas.step(), pack),
                        replicas.beta().data() + pack * lanes_of<R>, replicas.momenta(pack));
  });
  replicas.count(1);
}

namespace detail {

/// Errors:  InputError where energy, masses and replicas are not of one number of particles.
template <ReplicaEnergy E, class R>
void require_particles(const E& energy, const Masses& masses, const Replicas<R>& replicas, const char* where) {
  for (const int n : {masses.particles(), energy.particles()}) {
    if (3 * n != replicas.rows())
      throw InputError("particles", where, std::to_string(n), std::to_string(replicas.rows() / 3) + ", as the replicas have");
  }
}

/// Computes what dynamics need at the place where the pack stands: energy, and the gradient that moves these masses.
template <ReplicaEnergy E, class R>
void compute_forces(const E& energy, const Masses& masses, Replicas<R>& replicas, int pack, std::int64_t step, Tape<R>& tape) {
  compute_gradient(energy, replicas, pack, step, tape);
  if (masses.holds_centre()) masses.remove_uniform(replicas.gradient(pack));
}

/// Marks that energy and gradient belong to where the pack stands.
template <ReplicaEnergy E, class R>
void keep_forces(const E& energy, const Masses& masses, Replicas<R>& replicas, int pack) {
  replicas.keep(pack, masses.holds_centre() ? Kept::held_gradient : Kept::gradient, &energy);
}

/// Whether energy and forces are known from the last step.
template <ReplicaEnergy E, class R>
bool knows_forces(const E& energy, const Masses& masses, Replicas<R>& replicas, int pack) {
  const Kept kept = replicas.kept(pack, &energy);
  if (kept == Kept::gradient && masses.holds_centre()) {
    masses.remove_uniform(replicas.gradient(pack));
    keep_forces(energy, masses, replicas, pack);
    return true;
  }
  return kept == (masses.holds_centre() ? Kept::held_gradient : Kept::gradient);
}

/// Computes them where they are not.
template <ReplicaEnergy E, class R>
void require_forces(const E& energy, const Masses& masses, Replicas<R>& replicas, int pack, Tape<R>& tape) {
  if (knows_forces(energy, masses, replicas, pack)) return;
  compute_forces(energy, masses, replicas, pack, replicas.step(), tape);
  keep_forces(energy, masses, replicas, pack);
}

/// Errors:  InputError for a step that is no positive number.
inline double checked_step(double step, const char* where) {
  if (!(step > 0) || !std::isfinite(step)) throw InputError("time step", where, to_text(step), "a positive number");
  return step;
}

}  // namespace detail

}  // namespace erg
