/// \file
/// What moving one particle of a crystal changes in its energy, without the energy of all the others.
#pragma once

#include "erg/potentials/crystal/crystal_potential.hpp"
#include "erg/potentials/crystal/site_neighbours.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace erg {

template <ParticlePotential P, class R>
class CrystalMoves;

/// A `CrystalPotential` that can also move its particles one by one, along the fixed table of each site's neighbours. A pair
/// potential then costs two looks at a particle's neighbours per move; a three-body one as well, because the moments of all
/// centres are kept.
///
/// Shapes, units, errors: as `CrystalPotential`. The tables hold each bond twice more.
template <ParticlePotential P>
class LocalCrystalPotential : public CrystalPotential<P> {
 public:
  template <class... Arguments>
  explicit LocalCrystalPotential(P potential, const Crystal& crystal, Arguments... skin)
      : CrystalPotential<P>(potential, crystal, skin...) {
    for (const CrystalBonds& half : detail::bonds_of_parts(potential, crystal, this->skin())) neighbours_.emplace_back(half);
  }

  /// The particles of one pack, to be moved one at a time. u (3 · particles, 1) is changed by what is accepted; the tape keeps
  /// what this needs until the caller releases it.
  template <class R>
  CrystalMoves<P, R> local_moves(Tile<R> u, Tape<R>& tape) const {
    return {*this, u, tape};
  }

  /// One list for each part (see `detail::for_parts`).
  const std::vector<SiteNeighbours>& neighbours() const { return neighbours_; }

 private:
  std::vector<SiteNeighbours> neighbours_;
};

/// Moves of single particles of one pack of samples.
///
/// Laws:    after change(i, to, d) the energy with particle i at `to` is d[lane] more, exactly so at any displacement: a lane
///          that the list does not cover is computed from all pairs, at the cost of a whole energy, and so until the next
///          `local_moves`. accept(i, to, mask) puts i there where the mask is set; it belongs to the last `change`.
/// Errors:  a `to` that is no number makes its change no number, and two particles at one place make it infinite or no number.
template <ParticlePotential P, class R>
class CrystalMoves {
  using T = scalar_t<R>;
  static constexpr int width = lanes_of<R>;
  static constexpr bool angular = AngularPotential<P>;

 public:
  CrystalMoves(const LocalCrystalPotential<P>& energy, Tile<R> u, Tape<R>& tape)
      : energy_(&energy), tape_(&tape), u_(u.data), particles_(energy.particles()) {
    survey();
    if constexpr (angular) count_moments();
  }

  void change(int i, Vec3<R> to, double* out) {
    const Crystal& crystal = energy_->crystal();
    const int basis = crystal.basis_of(i);
    const R bound = nearness(i, to);
    double most = 0;
    bool all_covered = true;
    for (int s = 0; s < width; ++s) {
      const double near = lane(bound, s);
      covered_[s] = !lost_[s] && near <= energy_->skin();
      all_covered &= covered_[s];
      most = std::max(most, near * (1 + 1e-4));
    }
    detail::Totals<R> totals;
    detail::for_parts(energy_->potential(), [&](int part, const auto& potential) {
      const SiteNeighbours& near = energy_->neighbours()[static_cast<std::size_t>(part)];
      totals.add(change_of(potential, near, i, basis, near.bonds_within(basis, potential.cutoff() + most), to));
    });
    std::copy_n(totals.of, width, out);
    if (all_covered) return;
    for (int s = 0; s < width; ++s) {
      if (!covered_[s]) out[s] = exact_change(i, to, s);
    }
  }

  template <class Mask>
  void accept(int i, Vec3<R> to, Mask mask) {
    const Vec3<R> at = to - centre_;
    const R far = select(mask, dot(at, at), R(T(0)));
    // Bounds only grow: where the farthest particle comes back, the bound stays.
    const auto is_first = !(mine_ < first_), above = far > first_;
    second_ = select(is_first, second_, select(above, first_, select(far > second_, far, second_)));
    first_ = select(above, far, first_);
    for (int axis = 0; axis < 3; ++axis) u_[3 * i + axis] = select(mask, to[axis], u_[3 * i + axis]);
    if constexpr (angular) {
      for (const int j : touched_) add_where(mask, moments_[j], change_[j]);
      add_where(mask, moments_[i], change_[i]);
    }
    R is_taken = select(mask, R(T(1)), R(T(0)));
    for (int s = 0; s < width; ++s) lost_[s] |= !covered_[s] && lane(is_taken, s) > T(0);
  }

 private:
  /// The mean of each sample, its two largest squared distances from it, and which samples the list does not cover.
  void survey() {
    const R zero(T(0));
    centre_ = {zero, zero, zero};
    for (int i = 0; i < particles_; ++i) centre_ += detail::load(u_, i);
    centre_ = R(T(1) / T(particles_)) * centre_;
    first_ = second_ = zero;
    R defect = zero;
    for (int i = 0; i < particles_; ++i) {
      const Vec3<R> x = detail::load(u_, i) - centre_;
      const R d2 = dot(x, x);
      defect += zero * d2;
      const auto is_first = d2 > first_;
      second_ = select(is_first, first_, select(d2 > second_, d2, second_));
      first_ = select(is_first, d2, first_);
    }
    const R approach = sqrt(first_) + sqrt(second_) + defect;
    for (int s = 0; s < width; ++s) lost_[s] = !(lane(approach, s) <= energy_->skin());
  }

  /// Bound on how much nearer i, where it is or at `to`, can have come to any other particle.
  R nearness(int i, Vec3<R> to) {
    const Vec3<R> here = detail::load(u_, i) - centre_, there = to - centre_;
    const R d2 = dot(here, here), t2 = dot(there, there);
    mine_ = R(T(1.00001)) * d2;
    const R other = select(mine_ < first_, first_, second_);
    return R(T(1.0001)) * (sqrt(other) + sqrt(select(t2 > d2, t2, d2)) + R(T(0)) * t2);
  }

  template <PairPotential Pair>
  R change_of(const Pair& potential, const SiteNeighbours& near, int i, int basis, int reached, Vec3<R> to) {
    const Vec3<T>* ideal = near.template vector<T>(basis);
    const int cell = i % energy_->crystal().cell_count();
    const int* partner = near.partner(basis) + static_cast<std::ptrdiff_t>(cell) * near.bonds(basis);
    const R cutoff2 = R(T(potential.cutoff() * potential.cutoff()));
    const Vec3<R> here = detail::load(u_, i);
    R sum(T(0));
    for (int k = 0; k < reached; ++k) {
      if (partner[k] == i) continue;  // an image of its own moves with it
      const Vec3<R> other = detail::load(u_, partner[k]);
      const Vec3<R> was = detail::bond_vector(ideal[k], here, other), is = detail::bond_vector(ideal[k], to, other);
      const R was2 = dot(was, was), is2 = dot(is, is);
      if (!any_below(select(was2 < is2, was2, is2), cutoff2)) continue;
      sum += potential(is2).energy - potential(was2).energy;
    }
    return sum;
  }

  /// Also leaves in `change_` what the moments of i and of all that it touches change by.
  template <AngularPotential Angular>
  R change_of(const Angular& potential, const SiteNeighbours& near, int i, int basis, int reached, Vec3<R> to) {
    const AngularTerm<R> term(potential);
    const Vec3<T>* ideal = near.template vector<T>(basis);
    const int cell = i % energy_->crystal().cell_count();
    const int* partner = near.partner(basis) + static_cast<std::ptrdiff_t>(cell) * near.bonds(basis);
    const R reach2 = R(T(potential.template reach<T>() * potential.template reach<T>()));
    const Vec3<R> here = detail::load(u_, i);
    R sum(T(0));
    touched_.clear();
    change_[i] = Moments<R>::zero();
    for (int k = 0; k < reached; ++k) {
      const int j = partner[k];
      if (j == i) continue;
      const Vec3<R> other = detail::load(u_, j);
      const Vec3<R> was = detail::bond_vector(ideal[k], here, other), is = detail::bond_vector(ideal[k], to, other);
      const R was2 = dot(was, was), is2 = dot(is, is);
      if (!any_below(select(was2 < is2, was2, is2), reach2)) continue;
      if (std::find(touched_.begin(), touched_.end(), j) == touched_.end()) {  // an image of it may have come before
        touched_.push_back(j);
        change_[j] = Moments<R>::zero();
      }
      const R was_inverse = inverse_root(was2), is_inverse = inverse_root(is2);
      const RadialTerms<R> before = potential.radial(was2 * was_inverse, was_inverse);
      const RadialTerms<R> after = potential.radial(is2 * is_inverse, is_inverse);
      sum += term.bond_energy(after) - term.bond_energy(before);
      const Vec3<R> e = is_inverse * is, f = was_inverse * was;
      change_[i].add(e, after.weight);
      change_[i].add(f, -before.weight);
      change_[j].add_opposite(e, after.weight);
      change_[j].add_opposite(f, -before.weight);
    }
    const auto centre = [&](int j) {
      Moments<R> moved = moments_[j];
      moved += change_[j];
      return term.centre_energy(moved) - term.centre_energy(moments_[j]);
    };
    sum += centre(i);
    for (const int j : touched_) sum += centre(j);
    return sum;
  }

  /// Moments of every centre where the particles stand.
  void count_moments() {
    const P& potential = energy_->potential();
    const SiteNeighbours& near = energy_->neighbours()[0];
    moments_ = reinterpret_cast<Moments<R>*>(tape_->push(std::size_t{9} * particles_));
    change_ = reinterpret_cast<Moments<R>*>(tape_->push(std::size_t{9} * particles_));
    const R reach2 = R(T(potential.template reach<T>() * potential.template reach<T>()));
    const int cells = energy_->crystal().cell_count();
    double most = 0;
    for (int s = 0; s < width; ++s) most = std::max(most, double(std::sqrt(lane(first_, s)) + std::sqrt(lane(second_, s))));
    for (int i = 0; i < particles_; ++i) {
      const int basis = i / cells, reached = near.bonds_within(basis, potential.cutoff() + most * (1 + 1e-4));
      const int* partner = near.partner(basis) + static_cast<std::ptrdiff_t>(i % cells) * near.bonds(basis);
      const Vec3<R> mine = detail::load(u_, i);
      moments_[i] = Moments<R>::zero();
      for (int k = 0; k < reached; ++k) {
        const Vec3<R> d = detail::bond_vector(near.template vector<T>(basis)[k], mine, detail::load(u_, partner[k]));
        const R r2 = dot(d, d);
        if (!any_below(r2, reach2)) continue;
        const R inverse_r = inverse_root(r2);
        moments_[i].add(inverse_r * d, potential.radial(r2 * inverse_r, inverse_r).weight);
      }
    }
  }

  template <class Mask>
  static void add_where(Mask mask, Moments<R>& to, const Moments<R>& what) {
    Moments<R> moved = to;
    moved += what;
    R *a = &to.first.x, *b = &moved.first.x;
    static_assert(sizeof(Moments<R>) == 9 * sizeof(R));
    for (int k = 0; k < 9; ++k) a[k] = select(mask, b[k], a[k]);
  }

  /// From all pairs, for one sample.
  double exact_change(int i, Vec3<R> to, int s) const {
    std::vector<double> at(static_cast<std::size_t>(3 * particles_));
    for (int row = 0; row < 3 * particles_; ++row) at[static_cast<std::size_t>(row)] = lane(u_[row], s);
    Tape<double> tape;
    double before, after;
    const Tile<const double> tile{at.data(), 3 * particles_, 1};
    energy_->exact_energy(tile, &before, tape);
    for (int axis = 0; axis < 3; ++axis) at[static_cast<std::size_t>(3 * i + axis)] = lane(to[axis], s);
    energy_->exact_energy(tile, &after, tape);
    return after - before;
  }

  const LocalCrystalPotential<P>* energy_;
  Tape<R>* tape_;
  R* u_;
  int particles_;
  Vec3<R> centre_;
  R first_, second_, mine_;  // squared distances from the centre: bounds on the two largest; of the particle last tried
  bool covered_[width] = {}, lost_[width] = {};
  std::vector<int> touched_;
  Moments<R>*moments_ = nullptr, *change_ = nullptr;
};

}  // namespace erg
