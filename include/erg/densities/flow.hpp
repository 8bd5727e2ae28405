/// \file
/// A base density moved by a bijector.
#pragma once

#include "erg/bijectors/concept.hpp"
#include "erg/densities/concept.hpp"
#include "erg/networks/tied_weights.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace erg {

/// q(v) = base(u) / |det J|, v = bijector(u): drawn, with its log-density, in one pass.
///
/// Laws:    ln q(v) + log_det = ln base(u); log_density of a draw is what draw said; weights of both parts stand in one buffer.
template <class Base, class Map>
class Flow {
 public:
  static_assert(
      Density<Base, typename Base::Scalar>,
      "Flow: the base must be a density: rows, draw, log_density, score, and the verbs of its weights or ParameterFree");
  using Scalar = typename Base::Scalar;
  static_assert(Bijector<Map, Scalar>, "Flow: the map must be a bijector, and base and bijector must have one scalar type");
  using T = Scalar;
  using Prepared = typename Base::Prepared;
  /// What the map keeps of one pass.
  template <class R>
  using MapKept = typename Map::template Kept<R>;

  Flow(Base base, Map map) : base_(std::move(base)), map_(std::move(map)) {}

  const Base& base() const { return base_; }
  const Map& map() const { return map_; }
  int rows() const { return base_.rows(); }
  /// The weights that a symmetry makes equal: what the map says, or none.
  TiedWeights ties() const {
    if constexpr (requires { map_.ties(); }) {
      return map_.ties();
    } else {
      return {};
    }
  }

  /// Memory of one thread for tiles of a given width; its tape grows to what is needed and is kept.
  template <class R>
  struct Workspace {
    TileBuffer<R> latent, u, d_u;
    std::vector<double> log_q, log_det;
    typename Map::template Kept<R> kept;
    Tape<R> tape;

    Workspace(int rows, int packs)
        : latent(rows, packs),
          u(rows, packs),
          d_u(rows, packs),
          log_q(static_cast<std::size_t>(packs) * lanes_of<R>),
          log_det(static_cast<std::size_t>(packs) * lanes_of<R>) {}
  };

  /// Samples first, first + 1, … into work.u, their ln q into work.log_q.
  template <class R>
  void draw(const Prepared& prepared, const T* theta, Stream stream, std::uint64_t first, Workspace<R>& work) const {
    const auto mark = work.tape.mark();
    base_.draw(prepared, stream, first, work.latent.view(), work.u.view(), work.log_q.data(), work.tape);
    std::fill(work.log_det.begin(), work.log_det.end(), 0.0);
    map_.forward(theta, work.u.view(), work.log_det.data(), work.tape);
    for (std::size_t i = 0; i < work.log_q.size(); ++i) work.log_q[i] -= work.log_det[i];
    work.tape.release(mark);
  }

  /// ln q of given configurations v (the workspace's shape) into work.log_q; work.u goes to u = inverse(v), work.latent with it.
  template <class R>
  void log_density(const Prepared& prepared, const T* theta, Tile<const R> v, Workspace<R>& work) const {
    const auto mark = work.tape.mark();
    const auto u = work.u.view();
    std::copy(v.data, v.data + v.size(), u.data);
    std::fill(work.log_det.begin(), work.log_det.end(), 0.0);
    map_.inverse(theta, u, work.log_det.data(), work.tape);
    base_.log_density(prepared, Tile<const R>(u), work.latent.view(), work.log_q.data(), work.tape);
    for (std::size_t i = 0; i < work.log_q.size(); ++i) work.log_q[i] += work.log_det[i];
    work.tape.release(mark);
  }

 private:
  Base base_;
  Map map_;
};

}  // namespace erg
