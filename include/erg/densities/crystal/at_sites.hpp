/// \file
/// Displacements made positions: particle i about site i of a periodic crystal.
#pragma once

#include "erg/densities/concept.hpp"
#include "erg/densities/crystal/sites.hpp"

#include <string>
#include <utility>

namespace erg {

/// The density of x_i = site_i + u_i in the periodic box, u drawn from `Inner`; draws lie in the box.
///
/// Shapes:  x (3 · sites, packs), as u.
/// Units:   those of Inner; the volume per which q is a density is Inner's.
/// Errors:  InputError for a number of sites that is not Inner's number of particles.
/// Laws:    shifting a particle by an edge of the box makes no difference. A displacement is read as the shortest image of
///          x_i − site_i: Inner should stay within half the box about its sites (further out a draw's ln q is that of another
///          image).
template <class Inner>
class AtSites {
 public:
  using Scalar = typename Inner::Scalar;
  using Prepared = typename Inner::Prepared;
  static constexpr bool parameter_free = is_parameter_free<Inner>;

  AtSites(Inner inner, Sites sites) : inner_(std::move(inner)), sites_(std::move(sites)) {
    if (inner_.rows() != 3 * sites_.count())
      throw InputError("number of sites", "density at sites", std::to_string(sites_.count()), std::to_string(inner_.rows() / 3));
  }

  const Inner& inner() const { return inner_; }
  const Sites& sites() const { return sites_; }
  int rows() const { return inner_.rows(); }
  int cotangents() const { return inner_.cotangents(); }
  Prepared prepare(const Scalar* theta) const { return inner_.prepare(theta); }

  template <class R>
  void draw(const Prepared& p, Stream stream, std::uint64_t first, Tile<R> latent, Tile<R> x, double* log_q,
            Tape<R>& tape) const {
    inner_.draw(p, stream, first, latent, x, log_q, tape);
    for_particles(x, [&](int i, int pack, int s) {
      detail::set_particle(x, i, pack, s, sites_.position(i, detail::particle_at(Tile<const R>(x), i, pack, s)));
    });
  }
  template <class R>
  void log_density(const Prepared& p, Tile<const R> x, Tile<R> latent, double* log_q, Tape<R>& tape) const {
    const auto mark = tape.mark();
    const Tile<R> u = detail::tile_on(tape, x.rows, x.packs);
    for_particles(u, [&](int i, int pack, int s) {
      detail::set_particle(u, i, pack, s, sites_.displacement(i, detail::particle_at(x, i, pack, s)));
    });
    inner_.log_density(p, Tile<const R>(u), latent, log_q, tape);
    tape.release(mark);
  }
  template <class R>
  void score(const Prepared& p, Tile<R> latent, Tile<R> score, Tape<R>& tape) const {
    inner_.score(p, latent, score, tape);
  }
  template <class R>
  void vjp(const Prepared& p, Tile<R> latent, Tile<R> d_x, Scalar d_log_q, double* d_prepared,
           Tape<R>& tape) const requires ReparametrisedDensity<Inner, R> {
    inner_.vjp(p, latent, d_x, d_log_q, d_prepared, tape);
  }
  template <class R>
  void log_density_vjp(const Prepared& p, Tile<R> latent, const double* d_log_q, double* d_prepared, Tape<R>& tape) const {
    inner_.log_density_vjp(p, latent, d_log_q, d_prepared, tape);
  }
  void finish(const Prepared& p, const Scalar* theta, const double* d_prepared, Scalar* d_theta) const {
    inner_.finish(p, theta, d_prepared, d_theta);
  }

 private:
  template <class R, class F>
  static void for_particles(Tile<R> x, F&& f) {
    for (int i = 0; i < x.rows / 3; ++i)
      for (int pack = 0; pack < x.packs; ++pack)
        for (int s = 0; s < lanes_of<R>; ++s) f(i, pack, s);
  }

  Inner inner_;
  Sites sites_;
};

}  // namespace erg
