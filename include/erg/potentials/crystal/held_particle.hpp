/// \file
/// A crystal's energy as a function of all particles but one.
#pragma once

#include "erg/base/tile.hpp"

#include <algorithm>

namespace erg {

/// U(0, u): the energy of a crystal whose particle 0 stays on its site while the others are displaced by u.
///
/// Shapes:  u and gradient (3 · particles − 3, packs): particles 1, 2, …; excess: one number per sample.
/// Units:   those of `Energy`, which it only refers to.
template <class Energy>
class HeldParticle {
 public:
  explicit HeldParticle(const Energy& energy) : energy_(&energy) {}

  const Energy& energy() const { return *energy_; }
  const auto& potential() const { return energy_->potential(); }

  template <class R>
  int energy(Tile<const R> u, double* excess, Tape<R>& tape) const {
    return with_all(u, tape, [&](Tile<const R> all) { return energy_->energy(all, excess, tape); });
  }
  template <class R>
  int exact_energy(Tile<const R> u, double* excess, Tape<R>& tape) const {
    return with_all(u, tape, [&](Tile<const R> all) { return energy_->exact_energy(all, excess, tape); });
  }
  template <class R>
  int energy_and_gradient(Tile<const R> u, double* excess, Tile<R> gradient, Tape<R>& tape) const {
    return with_all(u, tape, [&](Tile<const R> all) {
      const Tile<R> slope{tape.push(all.size()), all.rows, all.packs};
      const int beyond = energy_->energy_and_gradient(all, excess, slope, tape);
      std::copy_n(slope.row(3), gradient.size(), gradient.data);
      return beyond;
    });
  }

 private:
  template <class R, class Evaluate>
  static int with_all(Tile<const R> u, Tape<R>& tape, Evaluate&& evaluate) {
    const auto mark = tape.mark();
    const Tile<R> all{tape.push(u.size() + 3 * static_cast<std::size_t>(u.packs)), u.rows + 3, u.packs};
    std::fill_n(all.data, 3 * u.packs, R(scalar_t<R>(0)));
    std::copy_n(u.data, u.size(), all.row(3));
    const int beyond = evaluate(Tile<const R>(all));
    tape.release(mark);
    return beyond;
  }

  const Energy* energy_;
};

}  // namespace erg
