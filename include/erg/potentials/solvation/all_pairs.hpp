/// \file
/// Few particles at any positions in a periodic box: every pair is tried, and a lane is a sample.
#pragma once

#include "erg/base/error.hpp"
#include "erg/geometry/box.hpp"
#include "erg/potentials/concept.hpp"
#include "erg/potentials/crystal/crystal_pass.hpp"

#include <algorithm>
#include <string>

namespace erg {

/// A pair potential of particles that may be anywhere in an orthorhombic box of at least twice the cutoff: an energy as
/// `ListedParticles` is one, without lists.
///
/// Shapes:  u and gradient (3 · particles, packs): positions, which need not be in the box; excess: one number per sample, the
///          whole energy: rest_energy() is 0.
/// Units:   those of the potential and the box.
/// Range:   positions within 2²¹ edges (float), 2⁵⁰ (double) of each other.
/// Errors:  InputError for a triclinic box, a cutoff beyond half its shortest height, and fewer than one particle. A position
/// that
///          is not finite, and two particles at one place, make the energy of that sample no number or infinite and touch no
///          other.
/// Cost:    particles² / 2 pairs, none of them left out: less than lists where most pairs are inside the cutoff.
template <PairPotential P>
class AllPairs {
 public:
  AllPairs(P potential, const Box& box, int particles) : potential_(potential), particles_(particles), box_(box) {
    if (particles < 1) throw InputError("particles", "all pairs", std::to_string(particles), "at least one");
    if (!box.is_orthorhombic()) throw InputError("box", "all pairs", "a triclinic one", "an orthorhombic one");
    box.require_cutoff(potential.cutoff());
  }

  const P& potential() const { return potential_; }
  const Box& box() const { return box_; }
  int particles() const { return particles_; }
  double rest_energy() const { return 0; }

  /// excess[sample] = U(u). Returns 0: no sample is beyond any list.
  template <class R>
  int energy(Tile<const R> u, double* excess, Tape<R>& tape) const {
    return evaluate<false>(u, excess, Tile<R>{}, tape);
  }
  template <class R>
  int exact_energy(Tile<const R> u, double* excess, Tape<R>& tape) const {
    return evaluate<false>(u, excess, Tile<R>{}, tape);
  }
  /// Also gradient = dU/du.
  template <class R>
  int energy_and_gradient(Tile<const R> u, double* excess, Tile<R> gradient, Tape<R>& tape) const {
    return evaluate<true>(u, excess, gradient, tape);
  }

 private:
  template <bool with_gradient, class R>
  int evaluate(Tile<const R> u, double* excess, Tile<R> gradient, Tape<R>& tape) const {
    const auto mark = tape.mark();
    R* const x = tape.push(static_cast<std::size_t>(u.rows));
    R* const slope = with_gradient ? tape.push(static_cast<std::size_t>(u.rows)) : nullptr;
    for (int pack = 0; pack < u.packs; ++pack) {
      for (int row = 0; row < u.rows; ++row) x[row] = u(row, pack);
      detail::Totals<R> totals;
      if constexpr (with_gradient) std::fill_n(slope, u.rows, R(scalar_t<R>(0)));
      for (int i = 0; i < particles_; ++i) totals.add(pairs_of<with_gradient>(i, x, slope));
      for (int s = 0; s < lanes_of<R>; ++s) excess[pack * lanes_of<R> + s] = totals.of[s];
      if constexpr (with_gradient)
        for (int row = 0; row < u.rows; ++row) gradient(row, pack) = slope[row];
    }
    tape.release(mark);
    return 0;
  }

  /// The pairs of particle i with those after it.
  template <bool with_gradient, class R>
  R pairs_of(int i, const R* x, R* slope) const {
    using T = scalar_t<R>;
    const R zero(T(0)), shift(sizeof(T) == 4 ? T(12582912.0) : T(6755399441055744.0));  // 1.5 · 2²³, 1.5 · 2⁵²: rounds
    const Mat3<double>& cell = box_.cell();
    const Vec3<R> edge{R(T(cell.a.x)), R(T(cell.b.y)), R(T(cell.c.z))};
    const Vec3<R> per_edge{R(T(1 / cell.a.x)), R(T(1 / cell.b.y)), R(T(1 / cell.c.z))};
    const Vec3<R> here = detail::load(x, i);
    Vec3<R> mine{zero, zero, zero};
    R sum = zero;
    for (int j = i + 1; j < particles_; ++j) {
      Vec3<R> d = detail::load(x, j) - here;
      for (int axis = 0; axis < 3; ++axis) {
        const R moved = d[axis] * per_edge[axis] + shift;
        d[axis] -= edge[axis] * (moved - shift);
      }
      const PairEnergy<R> p = potential_(dot(d, d));
      sum += p.energy;
      if constexpr (with_gradient) {
        const Vec3<R> push = p.force_over_r * d;  // on j
        mine += push;
        for (int axis = 0; axis < 3; ++axis) slope[3 * j + axis] -= push[axis];
      }
    }
    if constexpr (with_gradient) detail::add_to(slope, i, mine);
    return sum;
  }

  P potential_;
  int particles_;
  Box box_;
};

}  // namespace erg
