/// \file
/// Springs that tie each particle to its site: the energy of an Einstein crystal.
#pragma once

#include "erg/base/error.hpp"
#include "erg/potentials/crystal/crystal_pass.hpp"

#include <cmath>
#include <utility>
#include <vector>

namespace erg {

/// U(u) = Σ_i ½ k_i |u_i|² of displacements u about the sites: an energy as `CrystalPotential` is one, and its own potential.
///
/// Shapes:  stiffness (particles); u and gradient (3 · particles, packs); excess: one number per sample.
/// Units:   stiffness in energy/length².
/// Errors:  InputError for a stiffness that is negative or no number; zero leaves a particle free. A displacement that is not
///          finite makes the energy of its sample so.
/// Source:  Frenkel and Ladd 1984, doi:10.1063/1.448024, whose α is k/2.
class Springs {
  /// See `LocalEnergy`.
  template <class R>
  struct Moves {
    const Springs* springs;
    Tile<R> u;

    void change(int i, Vec3<R> to, double* difference) const {
      const Vec3<R> now = detail::load(u.data, i);
      const R changed = dot(to, to) - dot(now, now);
      for (int s = 0; s < lanes_of<R>; ++s) difference[s] = springs->stiffness_[i] / 2 * double(lane(changed, s));
    }
    template <class Mask>
    void accept(int i, Vec3<R> to, Mask mask) const {
      for (int axis = 0; axis < 3; ++axis) u.data[3 * i + axis] = select(mask, to[axis], u.data[3 * i + axis]);
    }
  };

 public:
  explicit Springs(std::vector<double> stiffness) : stiffness_(std::move(stiffness)) {
    for (const double k : stiffness_) {
      if (!(k >= 0) || !std::isfinite(k)) throw InputError("stiffness", "springs", to_text(k), "a number that is not negative");
    }
  }
  /// The same spring for every particle.
  Springs(int particles, double stiffness) : Springs(std::vector<double>(static_cast<std::size_t>(particles), stiffness)) {}

  int particles() const { return static_cast<int>(stiffness_.size()); }
  const std::vector<double>& stiffness() const { return stiffness_; }
  const Springs& potential() const { return *this; }
  double rest_energy() const { return 0; }

  /// excess[sample] = U(u). Returns 0: no displacement is too far.
  template <class R>
  int energy(Tile<const R> u, double* excess, Tape<R>&) const {
    return evaluate<false>(u, excess, Tile<R>{});
  }
  template <class R>
  int exact_energy(Tile<const R> u, double* excess, Tape<R>&) const {
    return evaluate<false>(u, excess, Tile<R>{});
  }
  /// Also gradient = dU/du.
  template <class R>
  int energy_and_gradient(Tile<const R> u, double* excess, Tile<R> gradient, Tape<R>&) const {
    return evaluate<true>(u, excess, gradient);
  }

  /// The particles of one pack (rows, 1), to be moved one at a time.
  template <class R>
  Moves<R> local_moves(Tile<R> u, Tape<R>&) const {
    return {this, u};
  }

 private:
  template <bool with_gradient, class R>
  int evaluate(Tile<const R> u, double* excess, Tile<R> gradient) const {
    for (int pack = 0; pack < u.packs; ++pack) {
      detail::Totals<R> totals;
      for (int i = 0; i < particles(); ++i) {
        const R k(static_cast<scalar_t<R>>(stiffness_[i]));
        R square(scalar_t<R>(0));
        for (int row = 3 * i; row < 3 * i + 3; ++row) {
          const R x = u(row, pack);
          square += x * x;
          if constexpr (with_gradient) gradient(row, pack) = k * x;
        }
        totals.add(k * square);
      }
      for (int s = 0; s < lanes_of<R>; ++s) excess[pack * lanes_of<R> + s] = totals.of[s] / 2;
    }
    return 0;
  }

  std::vector<double> stiffness_;
};

}  // namespace erg
