/// \file
/// A density of particles about one that is held, made invariant under translation.
#pragma once

#include "erg/densities/concept.hpp"
#include "erg/geometry/box.hpp"

#include <cmath>
#include <utility>

namespace erg {

/// The density of N particles in a periodic box, x_0 = s and x_i = s + y_i: s uniform over the box, y_1 … y_N−1 drawn from
/// `Inner` as positions seen from particle 0. ln q(x) = ln inner(y) − ln V. Draws lie in the box.
///
/// Shapes:  x (3 N, packs), Inner has 3 (N − 1) rows.
/// Units:   x in length; ln q per volume of the 3N positions, if Inner's is per volume of its own.
/// Laws:    a uniform shift of x makes no difference, nor does an edge of the box if it makes none to Inner (`AtSites`,
///          `RandomLabels`, `UniformTorus`). The score adds up to zero. `position_free_energy.hpp` says which free energy weights
///          of such draws give.
/// Source:  Wirnsberger et al. 2022, arXiv:2111.08696; the particle held is that of the Einstein molecule, Vega and Noya 2007,
///          doi:10.1063/1.2790426.
template <class Inner>
class UniformlyShifted {
 public:
  using Scalar = typename Inner::Scalar;
  using Prepared = typename Inner::Prepared;
  static constexpr bool parameter_free = is_parameter_free<Inner>;

  UniformlyShifted(Inner inner, const Box& box) : inner_(std::move(inner)), box_(box), log_volume_(std::log(box.volume())) {}

  const Inner& inner() const { return inner_; }
  int rows() const { return inner_.rows() + 3; }
  int cotangents() const { return inner_.cotangents(); }
  Prepared prepare(const Scalar* theta) const { return inner_.prepare(theta); }

  template <class R>
  void draw(const Prepared& p, Stream stream, std::uint64_t first, Tile<R> latent, Tile<R> x, double* log_q,
            Tape<R>& tape) const {
    const Tile<R> others = detail::rows_from(x, 3);
    inner_.draw(p, part_of(stream, 1), first, detail::rows_from(latent, 3), others, log_q, tape);
    const Stream shifts = part_of(stream, 0);
    for (int sample = 0; sample < x.packs * lanes_of<R>; ++sample) {
      const int pack = sample / lanes_of<R>, s = sample % lanes_of<R>;
      const auto fraction = [&](std::uint32_t axis) { return uniform(shifts, first + static_cast<std::uint64_t>(sample), axis); };
      const Vec3<double> shift = box_.to_cartesian({fraction(0), fraction(1), fraction(2)});
      detail::set_particle(x, 0, pack, s, shift);
      for (int i = 0; i < others.rows / 3; ++i)
        detail::set_particle(others, i, pack, s, box_.wrap(shift + detail::particle_at(Tile<const R>(others), i, pack, s)));
      log_q[sample] -= log_volume_;
    }
  }

  template <class R>
  void log_density(const Prepared& p, Tile<const R> x, Tile<R> latent, double* log_q, Tape<R>& tape) const {
    const auto mark = tape.mark();
    const Tile<R> y = detail::tile_on(tape, x.rows - 3, x.packs);
    for (int row = 0; row < y.rows; ++row)
      for (int pack = 0; pack < x.packs; ++pack) y(row, pack) = x(row + 3, pack) - x(row % 3, pack);
    inner_.log_density(p, Tile<const R>(y), detail::rows_from(latent, 3), log_q, tape);
    for (int sample = 0; sample < x.packs * lanes_of<R>; ++sample) log_q[sample] -= log_volume_;
    tape.release(mark);
  }

  template <class R>
  void score(const Prepared& p, Tile<R> latent, Tile<R> score, Tape<R>& tape) const {
    inner_.score(p, detail::rows_from(latent, 3), detail::rows_from(score, 3), tape);
    for (int axis = 0; axis < 3; ++axis)
      for (int pack = 0; pack < score.packs; ++pack) {
        R total(Scalar(0));
        for (int row = axis + 3; row < score.rows; row += 3) total += score(row, pack);
        score(axis, pack) = -total;
      }
  }
  template <class R>
  void vjp(const Prepared& p, Tile<R> latent, Tile<R> d_x, Scalar d_log_q, double* d_prepared,
           Tape<R>& tape) const requires ReparametrisedDensity<Inner, R> {
    inner_.vjp(p, detail::rows_from(latent, 3), detail::rows_from(d_x, 3), d_log_q, d_prepared, tape);
  }
  template <class R>
  void log_density_vjp(const Prepared& p, Tile<R> latent, const double* d_log_q, double* d_prepared, Tape<R>& tape) const {
    inner_.log_density_vjp(p, detail::rows_from(latent, 3), d_log_q, d_prepared, tape);
  }
  void finish(const Prepared& p, const Scalar* theta, const double* d_prepared, Scalar* d_theta) const {
    inner_.finish(p, theta, d_prepared, d_theta);
  }

 private:
  Inner inner_;
  Box box_;
  double log_volume_;
};

}  // namespace erg
