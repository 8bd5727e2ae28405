/// \file
/// Moves of single particles in a weighted sum of energies.
#pragma once

#include "erg/base/tile.hpp"
#include "erg/base/vector.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <tuple>
#include <utility>
#include <vector>

namespace erg::detail {

/// An energy whose particles can be moved one at a time: see `LocalEnergy`, which names the laws.
template <class E, class R>
concept MovesParticles = requires(const E e, Tile<R> u, Tape<R>& tape) {
  e.local_moves(u, tape);
};

/// change and accept of Σ weight · U of one pack of samples, a weight for each energy and lane. Where a weight is 0 the energy
/// plays no part, be it infinite; one whose weights are all 0 is not computed. Each energy keeps positions of its own.
template <class R, class... Moves>
class WeightedMoves {
  static constexpr int width = lanes_of<R>;

 public:
  static constexpr std::size_t terms = sizeof...(Moves);
  using Weights = std::array<std::array<double, width>, terms>;  // (energy, lane)

  template <class... Energies>
  WeightedMoves(Tile<R> u, const Weights& weights, Tape<R>& tape, const Energies&... energies)
      : u_(u), weights_(weights), moves_{energies.local_moves(copy(u, tape), tape)...} {}

  void change(int i, Vec3<R> to, double* difference) {
    std::fill_n(difference, width, 0.0);
    for_terms([&](const std::array<double, width>& weight, auto& moves) {
      double part[width];
      moves.change(i, to, part);
      for (std::size_t s = 0; s < width; ++s) difference[s] += weight[s] != 0 ? weight[s] * part[s] : 0.0;
    });
  }
  template <class Mask>
  void accept(int i, Vec3<R> to, Mask mask) {
    for_terms([&](const std::array<double, width>&, auto& moves) { moves.accept(i, to, mask); });
    for (int axis = 0; axis < 3; ++axis) u_.data[3 * i + axis] = select(mask, to[axis], u_.data[3 * i + axis]);
  }

 private:
  static Tile<R> copy(Tile<R> u, Tape<R>& tape) {
    const Tile<R> mine{tape.push(u.size()), u.rows, u.packs};
    std::copy_n(u.data, u.size(), mine.data);
    return mine;
  }
  template <class Visit>
  void for_terms(Visit&& visit) {
    std::apply(
        [&](auto&... moves) {
          std::size_t k = 0;
          const auto one = [&](auto& of) {
            const std::array<double, width>& weight = weights_[k++];
            if (std::any_of(weight.begin(), weight.end(), [](double w) { return w != 0; })) visit(weight, of);
          };
          (one(moves), ...);
        },
        moves_);
  }

  Tile<R> u_;
  Weights weights_;
  std::tuple<Moves...> moves_;
};

template <class E, class R>
using MovesOf = decltype(std::declval<const E&>().local_moves(std::declval<Tile<R>>(), std::declval<Tape<R>&>()));

}  // namespace erg::detail
