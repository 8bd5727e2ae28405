/// \file
/// What moving one particle of a fluid changes in its energy, without the energy of all the others.
#pragma once

#include "erg/potentials/moving/listed_particles.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace erg {

namespace detail {

/// One replica whose particles are moved one at a time, in double.
template <ParticlePotential P>
class MovedReplica {
  using L = native_lanes<double>;
  static constexpr int width = cluster_width<double>;

 public:
  /// Makes lists where the particles stand: position(i) of each. Returns false where one is not finite.
  template <class Position>
  bool build(const ListedParticles<P>& energies, const Position& position) {
    moved_ = 0;
    if (!clusters_.template build<width, false>(energies.setting(), energies.particles(), position)) return false;
    near_.build(energies.setting(), clusters_);
    x_ = clusters_.built_at();
    at_.resize(energies.particles());
    for (int slot = 0; slot < clusters_.clusters() * width; ++slot) {
      if (const int i = clusters_.particle(slot); i >= 0) at_[i] = slot;
    }
    around_ = Surroundings<L>(near_.most());
    touched_.clear();
    if constexpr (AngularPotential<P>) {
      moments_.assign(x_.size() / 3, Moments<double>::zero());
      for (int slot = 0; slot < int(moments_.size()); ++slot) {
        if (clusters_.particle(slot) >= 0) look(energies.potential(), slot, here(slot), 0, moments_[slot]);
      }
      change_.assign(moments_.size(), Moments<double>::zero());
    }
    return true;
  }
  bool is_fresh() const { return moved_ == 0; }
  /// Whether the list holds all that particle i could meet after a step.
  bool covers(const ListedParticles<P>& energies, int i, const Vec3<double>& step) const {
    const Vec3<double> d = here(at_[i]) + step - built(at_[i]);
    return norm(d) + moved_ <= energies.skin();
  }

  /// The energy with particle i a step away, less that of now.
  double change(const P& potential, int i, const Vec3<double>& step) {
    const int slot = at_[i];
    if constexpr (AngularPotential<P>) {
      const AngularTerm<double> term(potential);
      for (const int other : touched_) change_[other] = Moments<double>::zero();
      touched_.clear();
      Moments<double> now = Moments<double>::zero();
      after_ = now;
      double sum = look(potential, slot, here(slot) + step, 1, after_) - look(potential, slot, here(slot), -1, now);
      for (const int other : touched_) {
        Moments<double> then = moments_[other];
        then += change_[other];
        sum += term.centre_energy(then) - term.centre_energy(moments_[other]);
      }
      return sum + term.centre_energy(after_) - term.centre_energy(now);
    } else {
      return pairs(potential, slot, here(slot) + step) - pairs(potential, slot, here(slot));
    }
  }
  /// Makes the last change.
  void accept(int i, const Vec3<double>& step) {
    const int slot = at_[i];
    const Vec3<double> there = here(slot) + step;
    for (int axis = 0; axis < 3; ++axis) x_[CentreList::coordinate(slot, width) + axis * width] = there[axis];
    moved_ = std::max(moved_, norm(there - built(slot)));
    if constexpr (AngularPotential<P>) {
      for (const int other : touched_) moments_[other] += change_[other];
      moments_[slot] = after_;
    }
  }

 private:
  static Vec3<double> of(const std::vector<double>& x, int slot) {
    const double* at = x.data() + CentreList::coordinate(slot, width);
    return {at[0], at[width], at[2 * width]};
  }
  Vec3<double> here(int slot) const { return of(x_, slot); }
  Vec3<double> built(int slot) const { return of(clusters_.built_at(), slot); }

  double pairs(const P& potential, int slot, const Vec3<double>& place) {
    if constexpr (MixturePotential<P>) {
      double sum = 0;
      for (int kind = 0; kind < P::kinds; ++kind) {
        sum += pairs_of(potential.between(clusters_.kind(slot / width), kind), slot, place, kind);
      }
      return sum;
    } else {
      return pairs_of(potential, slot, place, 0);
    }
  }
  template <PairPotential Pair>
  double pairs_of(const Pair& potential, int slot, const Vec3<double>& place, int kind) {
    gather(slot, place, double(potential.cutoff()), kind);
    L sum(0);
    for (int k = 0; k < around_.count; k += L::width) sum += potential(L::load(around_.r2.data() + k)).energy;
    return erg::sum(sum);
  }

  /// The moments of a centre at a place and what its bonds have alone; adds `sign` times what it does to its neighbours' moments.
  double look(const P& potential, int slot, const Vec3<double>& place, int sign, Moments<double>& mine) {
    const AngularTerm<L> term(potential);
    gather(slot, place, double(potential.template reach<double>()), 0);
    L alone(0);
    for (int k = 0; k < around_.count; k += L::width) {
      const L r2 = L::load(around_.r2.data() + k), inverse_r = inverse_root(r2);
      const RadialTerms<L> p = potential.radial(r2 * inverse_r, inverse_r);
      const Vec3<L> e = inverse_r * around_.vector(k);
      alone += term.bond_energy(p);
      for (int s = 0; s < L::width && k + s < around_.count; ++s) {
        const Vec3<double> direction{e.x[s], e.y[s], e.z[s]};
        mine.add(direction, p.weight[s]);
        const int other = around_.at[k + s] / (3 * width) * width + around_.at[k + s] % width;
        if (sign == 0 || other == slot) continue;
        change_[other].add_opposite(direction, sign * p.weight[s]);
        touched_.push_back(other);
      }
    }
    std::sort(touched_.begin(), touched_.end());
    touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
    return erg::sum(alone);
  }

  /// Neighbours of a kind inside a distance of a place where the particle of a slot is put; its own images keep their ways.
  void gather(int slot, const Vec3<double>& place, double reach, int kind) {
    around_.count = 0;
    const int own = CentreList::coordinate(slot, width);
    for (const CentreList::Near other : near_.near(slot)) {
      if (MixturePotential<P> && clusters_.kind(other.at / (3 * width)) != kind) continue;
      if (other.at == own && !AngularPotential<P>) continue;  // as far as before
      const Vec3<double> way = near_.ways()[other.way];
      const Vec3<double> from = other.at == own
                                    ? Vec3<double>{0, 0, 0}
                                    : Vec3<double>{x_[other.at], x_[other.at + width], x_[other.at + 2 * width]} - place;
      around_.offer(from + way, other.at, reach);
    }
    around_.fill_up(reach);
  }

  ClusterList clusters_;
  CentreList near_;
  std::vector<double> x_;
  std::vector<int> at_, touched_;  // slots: of particles; of centres that the last change touches
  double moved_ = 0;               // the farthest that a particle has gone from where the list was built
  Surroundings<L> around_{0};
  std::vector<Moments<double>> moments_, change_;
  Moments<double> after_{};
};

}  // namespace detail

/// Moves of single particles of one pack of replicas of a `ListedParticles`, each replica with lists of its own that are made
/// anew as particles go astray.
///
/// Laws:    after change(i, to, d) the energy with particle i at `to` is d[lane] more, exactly so at any displacement: a step
///          longer than the skin costs two whole energies, and the lists afterwards where it is accepted. accept(i, to, mask)
///          puts i there where the mask is set; it belongs to the last `change`.
/// Errors:  a `to` that is no number makes its change no number, as does a replica with a position that is none; two particles at
///          one place make it infinite or no number.
/// Changes are computed in double, of float replicas too.
template <ParticlePotential P, class R>
class ListedMoves {
  static constexpr int width = lanes_of<R>;

 public:
  /// u (3 · particles, 1) is changed by what is accepted.
  ListedMoves(const ListedParticles<P>& energies, Tile<R> u) : energies_(&energies), u_(u) {
    for (int s = 0; s < width; ++s) fine_[s] = build(s);
  }

  void change(int i, Vec3<R> to, double* out) {
    for (int s = 0; s < width; ++s) {
      const Vec3<double> step = this->step(i, to, s);
      out[s] = std::numeric_limits<double>::quiet_NaN();
      far_[s] = false;
      if (!fine_[s] || !std::isfinite(step.x + step.y + step.z)) continue;
      detail::MovedReplica<P>& replica = replicas_[s];
      if (!replica.covers(*energies_, i, step) && !replica.is_fresh()) build(s);
      far_[s] = !replica.covers(*energies_, i, step);
      out[s] = far_[s] ? whole_change(i, step, s) : replica.change(energies_->potential(), i, step);
    }
  }
  template <class Mask>
  void accept(int i, Vec3<R> to, Mask mask) {
    const R taken = select(mask, R(scalar_t<R>(1)), R(scalar_t<R>(0)));
    for (int s = 0; s < width; ++s) {
      if (!(lane(taken, s) > 0)) continue;
      const Vec3<double> step = this->step(i, to, s);
      for (int axis = 0; axis < 3; ++axis) set_lane(u_(3 * i + axis, 0), s, lane(to[axis], s));
      if (fine_[s] && !far_[s]) replicas_[s].accept(i, step);
      if (!fine_[s] || far_[s]) fine_[s] = build(s);
    }
  }

 private:
  Vec3<double> at(int i, int s) const {
    return {double(lane(u_(3 * i, 0), s)), double(lane(u_(3 * i + 1, 0), s)), double(lane(u_(3 * i + 2, 0), s))};
  }
  Vec3<double> step(int i, const Vec3<R>& to, int s) const {
    return Vec3<double>{double(lane(to.x, s)), double(lane(to.y, s)), double(lane(to.z, s))} - at(i, s);
  }
  bool build(int s) {
    return replicas_[s].build(*energies_, [&](int i) { return energies_->origins()[i] + at(i, s); });
  }
  double whole_change(int i, const Vec3<double>& step, int s) const {
    std::vector<double> x(3 * energies_->particles());
    for (int row = 0; row < int(x.size()); ++row) x[row] = lane(u_(row, 0), s);
    Tape<double> tape;
    double before = 0, after = 0;
    const Tile<const double> u{x.data(), int(x.size()), 1};
    energies_->template energy<double>(u, &before, tape);
    for (int axis = 0; axis < 3; ++axis) x[3 * i + axis] += step[axis];
    energies_->template energy<double>(u, &after, tape);
    return after - before;
  }

  const ListedParticles<P>* energies_;
  Tile<R> u_;
  std::array<detail::MovedReplica<P>, width> replicas_;
  std::array<bool, width> fine_{}, far_{};
};

}  // namespace erg
