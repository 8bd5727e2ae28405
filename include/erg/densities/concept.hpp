/// \file
/// What a density of configurations offers to a flow, to training and to an estimator.
#pragma once

#include "erg/base/random.hpp"
#include "erg/base/tile.hpp"
#include "erg/base/vector.hpp"

#include <algorithm>

namespace erg {

/// A normalised density of configurations that can be drawn from and looked up, with weights of its own or without
/// (`ParameterFree`).
///
/// `prepare(theta)` does once per step what all samples share. `draw` fills u with samples first, first + 1, … of a stream;
/// `log_density` takes configurations that are given. Both write ln q(u), one double per sample, and leave in `latent` (as many
/// rows as u) what the verbs below read: `score` writes ∇_u ln q(u); `log_density_vjp` adds to `d_prepared` (`cotangents()`
/// numbers) what the cotangents d_log_q, one per sample, of ln q at a given u say of the weights; `finish` carries that on to
/// d_theta.
///
/// Laws: draws depend on seed, stream and index alone; log_density of a draw is what draw said; ∫ q = 1; the score is the
/// gradient of log_density. Where a symmetry leaves ln q unchanged (a uniform shift of displacements whose centre does not
/// count), q is a density on what is left of the coordinates, and the type's comment says per which volume.
template <class D, class R = double>
concept Density = requires(const D q, const scalar_t<R>* theta, const typename D::Prepared& prepared, Stream stream,
                           std::uint64_t first, Tile<R> latent, Tile<R> u, Tile<const R> given, double* log_q,
                           const double* d_log_q, Tape<R>& tape, double* d_prepared, scalar_t<R>* d_theta) {
  requires std::same_as<typename D::Scalar, scalar_t<R>>;
  { q.rows() } -> std::same_as<int>;
  { q.cotangents() } -> std::same_as<int>;
  { q.prepare(theta) } -> std::same_as<typename D::Prepared>;
  q.draw(prepared, stream, first, latent, u, log_q, tape);
  q.log_density(prepared, given, latent, log_q, tape);
  q.score(prepared, latent, u, tape);
  q.log_density_vjp(prepared, latent, d_log_q, d_prepared, tape);
  q.finish(prepared, theta, d_prepared, d_theta);
};

/// A density whose draws move smoothly with its weights: `vjp` adds to `d_prepared` what the cotangents d_u of the draws and
/// d_log_q (the same for every sample) of their ln q say, the random numbers held. It may use d_u as scratch.
template <class D, class R = double>
concept ReparametrisedDensity = Density<D, R> && requires(const D q, const typename D::Prepared& prepared, Tile<R> latent,
                                                          Tile<R> d_u, scalar_t<R> d_log_q, double* d_prepared, Tape<R>& tape) {
  q.vjp(prepared, latent, d_u, d_log_q, d_prepared, tape);
};

/// What a density without weights prepares: nothing.
struct NoParameters {};

/// The weightless part of the concept: a density without weights derives from it and writes `rows`, `draw`, `log_density` and
/// `score`.
struct ParameterFree {
  using Prepared = NoParameters;
  static constexpr bool parameter_free = true;

  int cotangents() const { return 0; }
  template <class T>
  NoParameters prepare(const T*) const {
    return {};
  }
  template <class R>
  void log_density_vjp(const NoParameters&, Tile<R>, const double*, double*, Tape<R>&) const {}
  template <class R>
  void vjp(const NoParameters&, Tile<R>, Tile<R>, scalar_t<R>, double*, Tape<R>&) const {}
  template <class T>
  void finish(const NoParameters&, const T*, const double*, T*) const {}
};

/// Whether a density has no weights: it says so itself, or it has some.
template <class D>
inline constexpr bool is_parameter_free = requires {
  requires D::parameter_free;
};

namespace detail {

/// log_q[sample] −= ½ Σ_row z²: short sums in R, long ones in double.
template <class R>
void subtract_half_squares(Tile<const R> z, double* log_q) {
  for (int pack = 0; pack < z.packs; ++pack) {
    for (int first = 0; first < z.rows; first += 24) {
      R part(scalar_t<R>(0));
      for (int row = first; row < std::min(first + 24, z.rows); ++row) part += z(row, pack) * z(row, pack);
      for (int s = 0; s < lanes_of<R>; ++s) log_q[pack * lanes_of<R> + s] -= 0.5 * static_cast<double>(lane(part, s));
    }
  }
}

/// Room on the tape for a tile of this shape; not initialised.
template <class R>
Tile<R> tile_on(Tape<R>& tape, int rows, int packs) {
  return {tape.push(static_cast<std::size_t>(rows) * packs), rows, packs};
}

/// The rows of a tile from `first` on.
template <class R>
Tile<R> rows_from(Tile<R> u, int first) {
  return {u.row(first), u.rows - first, u.packs};
}

/// Particle i of sample (pack, lane), and putting it back.
template <class R>
Vec3<double> particle_at(Tile<const R> u, int i, int pack, int s) {
  return {static_cast<double>(lane(u(3 * i, pack), s)), static_cast<double>(lane(u(3 * i + 1, pack), s)),
          static_cast<double>(lane(u(3 * i + 2, pack), s))};
}
template <class R>
void set_particle(Tile<R> u, int i, int pack, int s, Vec3<double> x) {
  for (int a = 0; a < 3; ++a) set_lane(u(3 * i + a, pack), s, static_cast<scalar_t<R>>(x[a]));
}

}  // namespace detail

}  // namespace erg
