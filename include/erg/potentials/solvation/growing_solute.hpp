/// \file
/// One particle held at the origin of a periodic box, whose size is the coupling, in a solvent that it repels.
#pragma once

#include "erg/geometry/box.hpp"
#include "erg/potentials/crystal/crystal_pass.hpp"
#include "erg/potentials/energy_sum.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

namespace erg {

/// A coupled energy at one coupling, the same for all samples: a `ConfigurationEnergy`. It refers to the coupled one.
template <class E>
class AtCoupling {
 public:
  AtCoupling(const E& energy, double coupling) : energy_(&energy), coupling_(coupling) {}
  double coupling() const { return coupling_; }
  const auto& potential() const { return energy_->potential(); }
  int particles() const { return energy_->particles(); }
  double rest_energy() const { return 0; }

  template <class R>
  int energy(Tile<const R> u, double* excess, Tape<R>& tape) const {
    return energy_->coupled_energy(u, everywhere(u).data(), excess, tape);
  }
  template <class R>
  int exact_energy(Tile<const R> u, double* excess, Tape<R>& tape) const {
    return energy<R>(u, excess, tape);
  }
  template <class R>
  int energy_and_gradient(Tile<const R> u, double* excess, Tile<R> gradient, Tape<R>& tape) const {
    return energy_->coupled_energy_and_gradient(u, everywhere(u).data(), excess, gradient, tape);
  }

 private:
  template <class R>
  std::vector<double> everywhere(Tile<const R> u) const {
    return std::vector<double>(static_cast<std::size_t>(u.packs) * lanes_of<R>, coupling_);
  }
  const E* energy_;
  double coupling_;
};

/// U_λ(x) = U_solvent(x) + Σ_i Σ_images w(|x_i|; R), R = R_A + λ (R_B − R_A), w the repulsive half of Lennard-Jones of the solute
/// and a solvent particle (`WeeksChandlerAndersen` with σ = R): zero from 2^⅙ R on. A `CoupledEnergy`: each sample has a λ of its
/// own; `at(λ)` is the `ConfigurationEnergy` of one.
///
/// Shapes:  u and gradient (3 · particles, packs): positions, anywhere; the solute stands at the origin. coupling, energy, slope:
///          one double per sample.
/// Units:   those of the solvent; epsilon in its energy, radii in its length; λ is a pure number.
/// Errors:  InputError for a triclinic box, an epsilon or radii that are not positive numbers, and radii that reach beyond the
///          shortest edge. A particle at the origin makes the energy of its sample no finite number.
/// The repulsion may reach beyond half an edge: every image of the solute counts. It refers to the solvent, which must outlive
/// it. Source:  Wirnsberger et al. 2020, arXiv:2002.04913, whose public input script (LAMMPS) gives solute and solvent ε = 1, σ =
/// R and
///          a cutoff of 1.12246 R, shifted.
template <ConfigurationEnergy Solvent>
class GrowingSolute {
 public:
  GrowingSolute(const Solvent& solvent, const Box& box, double epsilon, double from, double to)
      : solvent_(&solvent), epsilon_(epsilon), from_(from), to_(to) {
    const auto positive = [](double x, const char* what) {
      if (!(x > 0) || !std::isfinite(x)) throw InputError(what, "growing solute", to_text(x), "a positive number");
    };
    positive(epsilon, "epsilon");
    positive(from, "first radius");
    positive(to, "last radius");
    if (!box.is_orthorhombic()) throw InputError("box", "growing solute", "a triclinic one", "an orthorhombic one");
    edge_ = {box.cell().a.x, box.cell().b.y, box.cell().c.z};
    const double shortest = std::min({edge_.x, edge_.y, edge_.z}), reach = end * std::max(from, to);
    if (!(reach <= shortest))
      throw InputError("radius", "growing solute", to_text(std::max(from, to)),
                       "one whose repulsion, 2^(1/6) of it, ends within the shortest edge, " + to_text(shortest));
    beyond_half_ = reach > shortest / 2;
  }

  const auto& potential() const { return solvent_->potential(); }
  int particles() const { return solvent_->particles(); }
  double radius(double coupling) const { return from_ + coupling * (to_ - from_); }
  double coupling_of(double radius) const { return (radius - from_) / (to_ - from_); }
  AtCoupling<GrowingSolute> at(double coupling) const { return {*this, coupling}; }

  template <class R>
  int coupled_energy(Tile<const R> u, const double* coupling, double* energy, Tape<R>& tape) const {
    const int missed = solvent_->exact_energy(u, energy, tape);
    field(u, coupling, Tile<R>{}, [&](int s, double w, double) { energy[s] += solvent_->rest_energy() + w; });
    return missed;
  }
  template <class R>
  int coupled_energy_and_gradient(Tile<const R> u, const double* coupling, double* energy, Tile<R> gradient,
                                  Tape<R>& tape) const {
    const int missed = solvent_->energy_and_gradient(u, energy, gradient, tape);
    field(u, coupling, gradient, [&](int s, double w, double) { energy[s] += solvent_->rest_energy() + w; });
    return missed;
  }
  /// What the solute alone adds, energy[sample], and slope[sample] = dU/dR: what thermodynamic integration and energies in other
  /// states need, at a small part of the cost of the whole.
  template <class R>
  void solute_energy(Tile<const R> u, const double* coupling, double* energy, double* slope) const {
    field(u, coupling, Tile<R>{}, [&](int s, double w, double by_radius) {
      energy[s] = w;
      slope[s] = by_radius;
    });
  }

 private:
  static constexpr double end = 1.1224620483093729814;  // 2^⅙

  /// take(sample, Σ w, Σ dw/dR); adds to a gradient that has data.
  template <class R, class Take>
  void field(Tile<const R> u, const double* coupling, Tile<R> gradient, const Take& take) const {
    using T = scalar_t<R>;
    for (int pack = 0; pack < u.packs; ++pack) {
      R size(T(0));
      for (int s = 0; s < lanes_of<R>; ++s) set_lane(size, s, static_cast<T>(radius(coupling[pack * lanes_of<R> + s])));
      detail::Totals<R> energy, slope;
      for (int i = 0; i < particles(); ++i) {
        const Felt<R> felt = felt_at(Vec3<R>{u(3 * i, pack), u(3 * i + 1, pack), u(3 * i + 2, pack)}, size);
        energy.add(felt.energy);
        slope.add(felt.slope);
        if (gradient.data)
          for (int axis = 0; axis < 3; ++axis) gradient(3 * i + axis, pack) += felt.gradient[axis];
      }
      for (int s = 0; s < lanes_of<R>; ++s) take(pack * lanes_of<R> + s, epsilon_ * energy.of[s], epsilon_ * slope.of[s]);
    }
  }

  /// Σ over images of w / ε = (2 (R/r)⁶ − 1)² where that root is positive, dw/dR / ε, and dw/dx.
  template <class R>
  struct Felt {
    R energy, slope;
    Vec3<R> gradient;
  };
  template <class R>
  Felt<R> felt_at(Vec3<R> x, R size) const {
    using T = scalar_t<R>;
    const R zero(T(0)), one(T(1)), shift(sizeof(T) == 4 ? T(12582912.0) : T(6755399441055744.0));
    Vec3<R> near, far;
    for (int axis = 0; axis < 3; ++axis) {
      const R edge(static_cast<T>(edge_[axis])), moved = x[axis] * R(static_cast<T>(1 / edge_[axis])) + shift;
      near[axis] = x[axis] - edge * (moved - shift);
      far[axis] = near[axis] - select(near[axis] < zero, -edge, edge);
    }
    Felt<R> sum{zero, zero, {zero, zero, zero}};
    const R size2 = size * size;
    for (int image = 0; image < (beyond_half_ ? 8 : 1); ++image) {
      const Vec3<R> d{image & 1 ? far.x : near.x, image & 2 ? far.y : near.y, image & 4 ? far.z : near.z};
      const R r2 = dot(d, d);
      if (image > 0 && !any_below(r2, R(T(end * end)) * size2)) continue;
      const R inverse = one / r2, x2 = size2 * inverse, x6 = (x2 + x2) * x2 * x2, over = x6 - one;
      const R root = select(over < zero, zero, over), steep = R(T(12)) * x6 * root;
      sum.energy += root * root;
      sum.slope += steep / size;
      sum.gradient += (-(R(static_cast<T>(epsilon_)) * steep * inverse)) * d;
    }
    return sum;
  }

  const Solvent* solvent_;
  double epsilon_, from_, to_;
  Vec3<double> edge_{};
  bool beyond_half_ = false;
};

}  // namespace erg
