/// \file
/// The energy of a crystal's displacements, a batch at a time.
#pragma once

#include "erg/potentials/crystal/crystal_pass.hpp"
#include "erg/potentials/moving/moving_particles.hpp"
#include "erg/potentials/wrappers.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

namespace erg {

namespace detail {

/// visit(k, part) of the potentials that are each summed over a list of bonds of their own: of a mixture one for each pair of
/// kinds, in the order (0, 0), (0, 1), …, else the potential itself.
template <ParticlePotential P, class Visit>
void for_parts(const P& potential, const Visit& visit) {
  if constexpr (MixturePotential<P>) {
    for (int a = 0, k = 0; a < P::kinds; ++a) {
      for (int b = a; b < P::kinds; ++b) visit(k++, potential.between(a, b));
    }
  } else {
    visit(0, potential);
  }
}

/// The bonds of each part that are shorter than its cutoff + skin.
template <ParticlePotential P>
std::vector<CrystalBonds> bonds_of_parts(const P& potential, const Crystal& crystal, double skin) {
  std::vector<CrystalBonds> lists;
  if constexpr (MixturePotential<P>) {
    const std::vector<int>& kind = crystal.unit.species;
    require_kinds(potential, kind, crystal.unit.name);
    for (int a = 0; a < P::kinds; ++a) {
      for (int b = a; b < P::kinds; ++b) {
        const auto counts = [&](int one, int other) {
          return (kind[one] == a && kind[other] == b) || (kind[one] == b && kind[other] == a);
        };
        lists.emplace_back(crystal, potential.between(a, b).cutoff() + skin, counts);
      }
    }
  } else {
    lists.emplace_back(crystal, potential.cutoff() + skin);
  }
  return lists;
}

}  // namespace detail

/// A potential on a crystal: energies are counted from the crystal at rest, and each pair of sites is looked up in a list
/// made once. The list serves all displacements that keep within `skin`; `covers` tells, `exact_energy` serves the others too.
/// In a mixture the kinds of particles are the species of the crystal's sites, and each pair of kinds has a list of its own, so
/// that the loop over bonds is the one of a single kind; a potential of one kind takes all species alike.
///
/// Shapes:  u and gradient (3 · particles, packs): displacements about the sites; excess: one number per sample.
/// Units:   those of the potential and the crystal.
/// Errors:  InputError where the skin is not a positive number, or a species is none of the mixture's; a NaN or infinite
///          displacement, or two particles at one place, make the energy of that sample non-finite and touch no other sample.
/// Any number of threads may use one object, each with its own tape.
template <ParticlePotential P>
class CrystalPotential {
 public:
  /// `skin` is what two particles together may be displaced, from their mean, before the list could miss their meeting.
  CrystalPotential(P potential, const Crystal& crystal, double skin)
      : potential_(potential), crystal_(crystal), skin_(checked(skin)), bonds_(detail::bonds_of_parts(potential, crystal, skin)) {
    const TileBuffer<double> rest(3 * particles(), 1);
    double energy_on_sites = 0;
    energy<double>(rest.view(), &energy_on_sites);  // counted from zero so far
    rest_energy_ = energy_on_sites;
  }
  /// The skin is then 0.65 (volume per particle)^⅓, more than a solid's thermal motion; it costs memory, not time.
  CrystalPotential(P potential, const Crystal& crystal)
      : CrystalPotential(potential, crystal, 0.65 * std::cbrt(1 / crystal.number_density())) {}

  const P& potential() const { return potential_; }
  const Crystal& crystal() const { return crystal_; }
  int particles() const { return crystal_.particles(); }
  double skin() const { return skin_; }
  /// Energy of the whole crystal with every particle on its site.
  double rest_energy() const { return rest_energy_; }

  /// excess[sample] = U(u) − rest_energy(). Returns how many samples go beyond what the list covers.
  template <class R>
  int energy(Tile<const R> u, double* excess, Tape<R>& tape) const {
    return evaluate<false>(u, excess, Tile<R>{}, tape);
  }
  template <class R>
  int energy(Tile<const R> u, double* excess) const {
    Tape<R> tape;
    return energy(u, excess, tape);
  }

  /// Also gradient = dU/du.
  template <class R>
  int energy_and_gradient(Tile<const R> u, double* excess, Tile<R> gradient, Tape<R>& tape) const {
    return evaluate<true>(u, excess, gradient, tape);
  }

  /// As energy, and samples that the list does not cover are computed again from all pairs: right at any displacement.
  /// Returns how many those were.
  template <class R>
  int exact_energy(Tile<const R> u, double* excess, Tape<R>& tape) const {
    const int missed = energy(u, excess, tape);
    if (missed == 0) return 0;
    const MovingParticles<P> anywhere = moving_particles();
    for (int sample = 0; sample < u.packs * lanes_of<R>; ++sample) {
      if (covers(u, sample)) continue;
      std::vector<Vec3<double>> x(crystal_.sites);
      for (int row = 0; row < u.rows; ++row) x[row / 3][row % 3] += coordinate(u, row, sample);
      excess[sample] = anywhere.energy(x, crystal_.box) - rest_energy_;
    }
    return missed;
  }

  /// Whether the list holds every pair that this sample could bring inside the cutoff.
  template <class R>
  bool covers(Tile<const R> u, int sample) const {
    std::vector<double> one(u.rows);
    for (int row = 0; row < u.rows; ++row) one[row] = coordinate(u, row, sample);
    return detail::approach(one.data(), particles()) <= skin_;
  }

  /// Σ_bonds d ⊗ (force on its far end) at the displacements u of one sample: its trace is −3V dU/dV at even strain.
  /// Right where the list covers u.
  Mat3<double> virial(std::span<const double> u) const {
    std::vector<ParticleBond> bonds;
    for (const CrystalBonds& list : bonds_) {
      for (int i = 0; i < particles(); ++i) {
        const int b = crystal_.basis_of(i), cell = i % crystal_.cell_count(), count = list.bonds(b);
        for (int k = 0; k < count; ++k) {
          const int j = list.partner(b)[cell * count + k];
          bonds.push_back(
              {i, j, detail::bond_vector(list.vector<double>(b)[k], detail::load(u.data(), i), detail::load(u.data(), j))});
        }
      }
    }
    return moving_particles().over(bonds, particles()).virial;
  }

  /// d²U/du² at the displacements u, dense: (3N, 3N), symmetric.
  std::vector<double> hessian(std::span<const double> u) const {
    std::vector<int> all(3 * particles());
    std::iota(all.begin(), all.end(), 0);
    return hessian_columns(u, all);
  }

  /// Columns of the Hessian at rest for the coordinates of the sites in cell 0: element [(3 b + axis) · 3N + row].
  /// By translation they say all.
  std::vector<double> rest_hessian_columns() const {
    std::vector<int> columns;
    for (int b = 0; b < crystal_.basis_size(); ++b) {
      for (int axis = 0; axis < 3; ++axis) columns.push_back(3 * b * crystal_.cell_count() + axis);
    }
    return hessian_columns(std::vector<double>(3 * particles(), 0.0), columns);
  }

  /// The chosen columns of the Hessian at u, one after the other, each 3N long: the derivative of the gradient along one
  /// coordinate, eight coordinates at a time.
  std::vector<double> hessian_columns(std::span<const double> u, const std::vector<int>& columns) const {
    using R = Dual<Lanes<double, 8>>;
    const int rows = 3 * particles(), total = static_cast<int>(columns.size());
    TileBuffer<R> at(rows, 1), slope(rows, 1);
    Tape<R> tape;
    std::vector<double> out(static_cast<std::size_t>(rows) * total), unused(8);
    for (int first = 0; first < total; first += 8) {
      const int width = std::min(8, total - first);
      for (int row = 0; row < rows; ++row) at.view()(row, 0) = R(u[row]);
      for (int s = 0; s < width; ++s) set_lane(at.view()(columns[first + s], 0).derivative, s, 1.0);
      energy_and_gradient<R>(at.view(), unused.data(), slope.view(), tape);
      for (int s = 0; s < width; ++s) {
        double* column = out.data() + static_cast<std::size_t>(first + s) * rows;
        for (int row = 0; row < rows; ++row) column[row] = lane(slope.view()(row, 0).derivative, s);
      }
    }
    return out;
  }

 private:
  MovingParticles<P> moving_particles() const {
    if constexpr (MixturePotential<P>) {
      return {potential_, crystal_.species()};
    } else {
      return MovingParticles<P>(potential_);
    }
  }
  static double checked(double skin) {
    if (!(skin > 0) || !std::isfinite(skin)) throw InputError("skin", "crystal potential", to_text(skin), "a positive length");
    return skin;
  }
  template <class R>
  static double coordinate(Tile<const R> u, int row, int sample) {
    return detail::plain(lane(u(row, sample / lanes_of<R>), sample % lanes_of<R>));
  }

  /// One pack of samples after the other: gathered into contiguous memory, so that a row's length is no cache trap.
  template <bool with_gradient, class R>
  int evaluate(Tile<const R> u, double* excess, Tile<R> gradient, Tape<R>& tape) const {
    using T = scalar_t<R>;
    constexpr int width = lanes_of<R>;
    const int rows = 3 * particles();
    const auto mark = tape.mark();
    R *x = tape.push(rows), *slope = with_gradient ? tape.push(rows) : nullptr;
    std::vector<int> reached(crystal_.basis_size());
    int beyond = 0;
    for (int pack = 0; pack < u.packs; ++pack) {
      R defect = R(T(0));  // stays zero while all coordinates are finite
      for (int row = 0; row < rows; ++row) {
        x[row] = u(row, pack);
        defect += R(T(0)) * x[row];
        if constexpr (with_gradient) slope[row] = R(T(0));
      }
      const double approach = nearest_approach(detail::approach(x, particles()), beyond);
      detail::Totals<R> defects;
      defects.add(defect);
      for (int s = 0; s < width; ++s) excess[pack * width + s] = defects.of[s] - rest_energy_;
      detail::for_parts(potential_, [&](int part, const auto& potential) {
        const CrystalBonds& bonds = bonds_[part];
        for (std::size_t b = 0; b < reached.size(); ++b) reached[b] = bonds.bonds_within(int(b), potential.cutoff() + approach);
        const auto totals = detail::pass<with_gradient>(potential, detail::CrystalPack<R>{bonds, reached, x, slope}, tape);
        for (int s = 0; s < width; ++s) excess[pack * width + s] += totals.of[s];
      });
      if constexpr (with_gradient) {
        for (int row = 0; row < rows; ++row) gradient(row, pack) = slope[row];
      }
    }
    tape.release(mark);
    return beyond;
  }

  /// How much nearer the least still of the samples could bring two particles; and counts the samples beyond the list.
  template <class R>
  double nearest_approach(R approach, int& beyond) const {
    double most = 0;
    for (int s = 0; s < lanes_of<R>; ++s) {
      const double distance = detail::plain(lane(approach, s));
      if (distance > skin_) ++beyond;
      most = std::max(most, distance * (1 + 1e-5));
    }
    return most;
  }

  P potential_;
  Crystal crystal_;
  double skin_, rest_energy_ = 0;
  std::vector<CrystalBonds> bonds_;  // one list for each part
};

}  // namespace erg
