/// \file
/// The loops over the bonds of a crystal for one pack of samples: energy, and its gradient where asked for.
#pragma once

#include "erg/base/dual.hpp"
#include "erg/base/tile.hpp"
#include "erg/potentials/crystal/crystal_bonds.hpp"
#include "erg/potentials/crystal/moments.hpp"

#include <cstring>
#include <utility>
#include <vector>

namespace erg::detail {

template <std::floating_point T>
T plain(T x) {
  return x;
}
template <Real R>
auto plain(const Dual<R>& x) {
  return plain(x.value);
}

/// Sums per sample, in double.
template <class R>
struct Totals {
  double of[lanes_of<R>] = {};
  void add(R x) {
    for (int s = 0; s < lanes_of<R>; ++s) of[s] += plain(lane(x, s));
  }
};
template <std::floating_point T, int W>
struct Totals<Lanes<T, W>> {
  double of[W] = {};
  void add(Lanes<T, W> x) {
    if constexpr (W > 8) {
      add_part<0>(x, std::make_integer_sequence<int, W / 2>{});
      add_part<W / 2>(x, std::make_integer_sequence<int, W / 2>{});
    } else {
      add_part<0>(x, std::make_integer_sequence<int, W>{});
    }
  }

 private:
  template <int from, int... s>
  void add_part(Lanes<T, W> x, std::integer_sequence<int, s...>) {
    using Long = typename RegisterOf<double, sizeof...(s)>::type;
    Long sum;
    std::memcpy(&sum, of + from, sizeof(sum));
    sum += __builtin_convertvector(__builtin_shufflevector(x.v, x.v, (from + s)...), Long);
    std::memcpy(of + from, &sum, sizeof(sum));
  }
};

template <class R>
Vec3<R> load(const R* u, int particle) {
  return {u[3 * particle], u[3 * particle + 1], u[3 * particle + 2]};
}
template <class R>
void add_to(R* u, int particle, Vec3<R> x) {
  u[3 * particle] += x.x;
  u[3 * particle + 1] += x.y;
  u[3 * particle + 2] += x.z;
}

/// Bound on how much nearer two particles of one sample can have come: the two largest displacements from the mean, added.
template <class R>
R approach(const R* u, int particles) {
  using T = scalar_t<R>;
  Vec3<R> mean{R(T(0)), R(T(0)), R(T(0))};
  for (int i = 0; i < particles; ++i) mean += load(u, i);
  mean = R(T(1) / T(particles)) * mean;
  R first = R(T(0)), second = first;  // squares
  for (int i = 0; i < particles; ++i) {
    const Vec3<R> x = load(u, i) - mean;
    const R d2 = dot(x, x);
    const auto is_first = d2 > first;
    second = select(is_first, first, select(d2 > second, d2, second));
    first = select(is_first, d2, first);
  }
  return sqrt(first) + sqrt(second);
}

/// One pack of samples on the crystal: displacements, what is computed from them, and the bonds worth a look.
template <class R>
struct CrystalPack {
  const CrystalBonds& bonds;
  const std::vector<int>& reached;  ///< per basis site: how many of its bonds a sample could bring inside the cutoff
  const R* u;                       ///< (particles, 3)
  R* gradient;                      ///< (particles, 3), zero on entry
};

/// The vector of a bond of a site displaced by `mine` to its partner displaced by `theirs`. The displacements are
/// subtracted first: a common shift, however large, costs no digits of the bond.
template <class R>
Vec3<R> bond_vector(const Vec3<scalar_t<R>>& at_rest, Vec3<R> mine, Vec3<R> theirs) {
  const Vec3<R> d = theirs - mine;
  return {R(at_rest.x) + d.x, R(at_rest.y) + d.y, R(at_rest.z) + d.z};
}

/// Pair potentials.
template <bool with_gradient, class R, PairPotential P>
Totals<R> pass(const P potential, const CrystalPack<R>& pack, Tape<R>&) {
  using T = scalar_t<R>;
  const R* __restrict u = pack.u;
  R* __restrict gradient = pack.gradient;
  const R cutoff2 = R(T(potential.cutoff() * potential.cutoff()));
  const int cells = pack.bonds.cell_count();
  Totals<R> totals;
  for (int b = 0; b < pack.bonds.basis_size(); ++b) {
    const Vec3<T>* ideal = pack.bonds.template vector<T>(b);
    const int all = pack.bonds.bonds(b), reached = pack.reached[b];
    if (reached == 0) continue;
    for (int cell = 0; cell < cells; ++cell) {
      const int i = b * cells + cell;
      const int* partner = pack.bonds.partner(b) + static_cast<std::ptrdiff_t>(cell) * all;
      const Vec3<R> mine = load(u, i);
      R energy = R(T(0));
      Vec3<R> force{energy, energy, energy};
      for (int k = 0; k < reached; ++k) {
        const int j = partner[k];
        const Vec3<R> d = bond_vector(ideal[k], mine, load(u, j));
        const R r2 = dot(d, d);
        if (!any_below(r2, cutoff2)) continue;
        const PairEnergy<R> p = potential(r2);
        energy += p.energy;
        if constexpr (with_gradient) {
          const Vec3<R> f = p.force_over_r * d;
          add_to(gradient, j, -f);
          force += f;
        }
      }
      if constexpr (with_gradient) add_to(gradient, i, force);
      totals.add(energy);
    }
  }
  return totals;
}

/// Three-body potentials: the first pass over the bonds sums moments, the second turns them into forces.
template <bool with_gradient, class R, AngularPotential P>
Totals<R> pass(const P potential, const CrystalPack<R>& pack, Tape<R>& tape) {
  using T = scalar_t<R>;
  const R reach2 = R(T(potential.template reach<T>() * potential.template reach<T>()));
  const AngularTerm<R> term(potential);
  const R* __restrict u = pack.u;
  const int cells = pack.bonds.cell_count(), particles = cells * pack.bonds.basis_size();
  const auto mark = tape.mark();
  auto* moments = reinterpret_cast<Moments<R>*>(tape.push(std::size_t{9} * particles));
  for (int i = 0; i < particles; ++i) moments[i] = Moments<R>::zero();
  int most = 0;
  for (int b = 0; b < pack.bonds.basis_size(); ++b) most += pack.reached[b] * cells;
  KeptBond<R>* kept = with_gradient ? reinterpret_cast<KeptBond<R>*>(tape.push(std::size_t{6} * most)) : nullptr;
  std::vector<int> partners(with_gradient ? most : 0), ends(with_gradient ? particles : 0);
  int count = 0;
  Totals<R> totals;
  for (int b = 0; b < pack.bonds.basis_size(); ++b) {
    const Vec3<T>* ideal = pack.bonds.template vector<T>(b);
    const int all = pack.bonds.bonds(b), reached = pack.reached[b];
    for (int cell = 0; cell < cells; ++cell) {
      const int i = b * cells + cell;
      const int* partner = pack.bonds.partner(b) + static_cast<std::ptrdiff_t>(cell) * all;
      const Vec3<R> mine = load(u, i);
      R energy = R(T(0));
      Moments<R> sum = Moments<R>::zero();
      for (int k = 0; k < reached; ++k) {
        const int j = partner[k];
        const Vec3<R> d = bond_vector(ideal[k], mine, load(u, j));
        const R r2 = dot(d, d);
        if (!any_below(r2, reach2)) continue;
        const R inverse_r = inverse_root(r2);
        const RadialTerms<R> p = potential.radial(r2 * inverse_r, inverse_r);
        const Vec3<R> e = inverse_r * d;
        energy += term.bond_energy(p);
        sum.add(e, p.weight);
        moments[j].add_opposite(e, p.weight);
        if constexpr (with_gradient) {
          kept[count] = term.keep(e, inverse_r, p);
          partners[count++] = j;
        }
      }
      moments[i] += sum;
      if constexpr (with_gradient) ends[i] = count;
      totals.add(energy);
    }
  }
  R* __restrict gradient = pack.gradient;
  for (int i = 0, n = 0; i < particles; ++i) {
    const Moments<R> mine = moments[i];
    totals.add(term.centre_energy(mine));
    if constexpr (with_gradient) {
      Vec3<R> force{R(T(0)), R(T(0)), R(T(0))};
      for (; n < ends[i]; ++n) {
        const Vec3<R> f = term.bond_gradient(kept[n], mine, moments[partners[n]]);
        add_to(gradient, partners[n], f);
        force -= f;
      }
      add_to(gradient, i, force);
    }
  }
  tape.release(mark);
  return totals;
}

}  // namespace erg::detail
