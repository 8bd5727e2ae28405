/// \file
/// The energy of a crystal's displacements, a batch at a time.
#pragma once

#include "erg/potentials/crystal/crystal_pass.hpp"
#include "erg/potentials/moving_particles.hpp"
#include "erg/potentials/wrappers.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

namespace erg {

/// A potential on a crystal: energies are counted from the crystal at rest, and each pair of sites is looked up in a list
/// made once. The list serves all displacements that keep within `skin`; `covers` tells, `exact_energy` serves the others too.
///
/// Shapes:  u and gradient (3 · particles, packs): displacements about the sites; excess: one number per sample.
/// Units:   those of the potential and the crystal.
/// Errors:  InputError where the skin is not a positive number; a NaN or infinite displacement, or two particles at one
///          place, make the energy of that sample non-finite and touch no other sample.
/// Any number of threads may use one object, each with its own tape.
template <ParticlePotential P>
class CrystalPotential {
 public:
  /// `skin` is what two particles together may be displaced, from their mean, before the list could miss their meeting.
  CrystalPotential(P potential, const Crystal& crystal, double skin)
      : potential_(potential), crystal_(crystal), skin_(checked(skin)), bonds_(crystal, potential.cutoff() + skin) {
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
    const MovingParticles<P> anywhere(potential_);
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
    for (int b = 0; b < crystal_.basis_size(); ++b) {
      for (int cell = 0; cell < crystal_.cell_count(); ++cell) {
        const int i = b * crystal_.cell_count() + cell, count = bonds_.bonds(b);
        for (int k = 0; k < count; ++k) {
          const int j = bonds_.partner(b)[cell * count + k];
          bonds.push_back(
              {i, j, detail::bond_vector(bonds_.vector<double>(b)[k], detail::load(u.data(), i), detail::load(u.data(), j))});
        }
      }
    }
    return sum_over_bonds(potential_, bonds, particles()).virial;
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
      beyond += count_reached(detail::approach(x, particles()), reached);
      auto totals = detail::pass<with_gradient>(potential_, detail::CrystalPack<R>{bonds_, reached, x, slope}, tape);
      totals.add(defect);
      for (int s = 0; s < width; ++s) excess[pack * width + s] = totals.of[s] - rest_energy_;
      if constexpr (with_gradient) {
        for (int row = 0; row < rows; ++row) gradient(row, pack) = slope[row];
      }
    }
    tape.release(mark);
    return beyond;
  }

  /// Per basis site, the bonds that the least still of the samples could bring inside the cutoff; and how many samples
  /// could reach beyond the list.
  template <class R>
  int count_reached(R approach, std::vector<int>& reached) const {
    double most = 0;
    int beyond = 0;
    for (int s = 0; s < lanes_of<R>; ++s) {
      const double distance = detail::plain(lane(approach, s));
      if (distance > skin_) ++beyond;
      most = std::max(most, distance * (1 + 1e-5));
    }
    for (std::size_t b = 0; b < reached.size(); ++b) reached[b] = bonds_.bonds_within(int(b), potential_.cutoff() + most);
    return beyond;
  }

  P potential_;
  Crystal crystal_;
  double skin_, rest_energy_ = 0;
  CrystalBonds bonds_;
};

}  // namespace erg
