/// \file
/// Particles about the sites of a crystal, any particle at any site.
#pragma once

#include "erg/densities/concept.hpp"
#include "erg/densities/crystal/sites.hpp"
#include "erg/geometry/cell_list.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace erg {

/// The density of x_i = site_π(i) + u_i in the periodic box, u drawn from `Inner` and π from all n! permutations of the n sites:
/// ln q(x) = ln inner(u) − ln n!.
///
/// Shapes:  x (3 · sites, packs).
/// Units:   x in length; ln q in nats per volume of the 3n positions.
/// Errors:  InputError for another number of sites than Inner's of particles, and for sites so near that balls of Inner's reach
///          about them overlap (or reach beyond half the box's shortest height).
/// Laws:    exchanging particles makes no difference; a configuration that does not have one particle within reach of each site
///          has density 0. With one particle held, n = N − 1: the ln((N − 1)!) of crystals' free energies. Any particle is put on
///          any site: in a mixture that is right within a kind only.
/// Source:  Wirnsberger et al. 2022, arXiv:2111.08696.
template <class Inner>
class RandomLabels {
 public:
  static_assert(
      requires(const Inner q) { q.reach(); },
      "RandomLabels: the density of displacements must be cut off and the same for all particles (TruncatedGaussian), "
      "so that each configuration has one labelling");
  using Scalar = typename Inner::Scalar;
  using Prepared = typename Inner::Prepared;
  static constexpr bool parameter_free = is_parameter_free<Inner>;

  RandomLabels(Inner inner, Sites sites)
      : inner_(std::move(inner)), sites_(std::move(sites)), log_labellings_(std::lgamma(sites_.count() + 1.0)) {
    if (inner_.rows() != 3 * sites_.count())
      throw InputError("number of sites", "random labels", std::to_string(sites_.count()), std::to_string(inner_.rows() / 3));
    const double most = std::min(half_nearest_distance(sites_), sites_.box.half_height());
    if (inner_.reach() > most * (1 + 1e-12))
      throw InputError("reach of a particle", "random labels", to_text(inner_.reach()),
                       "at most half the distance of nearest sites and half the shortest height, " + to_text(most));
  }

  const Inner& inner() const { return inner_; }
  const Sites& sites() const { return sites_; }
  int rows() const { return inner_.rows(); }
  int cotangents() const { return inner_.cotangents(); }
  Prepared prepare(const Scalar* theta) const { return inner_.prepare(theta); }
  /// ln n!
  double log_labellings() const { return log_labellings_; }

  template <class R>
  void draw(const Prepared& p, Stream stream, std::uint64_t first, Tile<R> latent, Tile<R> x, double* log_q,
            Tape<R>& tape) const {
    inner_.draw(p, part_of(stream, 1), first, latent, x, log_q, tape);
    std::vector<int> site(static_cast<std::size_t>(sites_.count()));
    for (int sample = 0; sample < x.packs * lanes_of<R>; ++sample) {
      const int pack = sample / lanes_of<R>, s = sample % lanes_of<R>;
      shuffle(part_of(stream, 0), first + static_cast<std::uint64_t>(sample), site);
      for (int i = 0; i < sites_.count(); ++i)
        detail::set_particle(
            x, i, pack, s, sites_.position(site[static_cast<std::size_t>(i)], detail::particle_at(Tile<const R>(x), i, pack, s)));
      log_q[sample] -= log_labellings_;
    }
  }

  template <class R>
  void log_density(const Prepared& p, Tile<const R> x, Tile<R> latent, double* log_q, Tape<R>& tape) const {
    const auto mark = tape.mark();
    const Tile<R> u = detail::tile_on(tape, x.rows, x.packs);
    const int samples = x.packs * lanes_of<R>;
    std::vector<char> labelled(static_cast<std::size_t>(samples));
    for (int sample = 0; sample < samples; ++sample)
      labelled[static_cast<std::size_t>(sample)] = displacements(x, u, sample / lanes_of<R>, sample % lanes_of<R>);
    inner_.log_density(p, Tile<const R>(u), latent, log_q, tape);
    for (int sample = 0; sample < samples; ++sample) {
      log_q[sample] =
          labelled[static_cast<std::size_t>(sample)] ? log_q[sample] - log_labellings_ : -std::numeric_limits<double>::infinity();
    }
    tape.release(mark);
  }

  template <class R>
  void score(const Prepared& p, Tile<R> latent, Tile<R> score, Tape<R>& tape) const {
    inner_.score(p, latent, score, tape);  // all particles are alike
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
  /// A permutation of 0 … n − 1, all alike probable. Source: Durstenfeld 1964, doi:10.1145/364520.364540.
  static void shuffle(Stream stream, std::uint64_t sample, std::vector<int>& site) {
    for (std::size_t i = 0; i < site.size(); ++i) site[i] = static_cast<int>(i);
    for (std::size_t i = site.size(); i-- > 1;) {
      const std::uint32_t other = integer_below(static_cast<std::uint32_t>(i) + 1, stream, sample, static_cast<std::uint32_t>(i));
      std::swap(site[i], site[other]);
    }
  }

  /// u_i from the one site within reach of particle i; false where particles and sites do not pair off (u is then 0).
  template <class R>
  bool displacements(Tile<const R> x, Tile<R> u, int pack, int s) const {
    const int n = sites_.count();
    std::vector<Vec3<double>> points(sites_.positions), from(static_cast<std::size_t>(n), Vec3<double>{0, 0, 0});
    std::vector<int> met(2 * static_cast<std::size_t>(n), 0);
    bool finite = true;
    for (int i = 0; i < n; ++i) {
      points.push_back(detail::particle_at(x, i, pack, s));
      finite = finite && std::isfinite(dot(points.back(), points.back()));
    }
    int pairs = 0;
    if (finite) {
      CellList near(sites_.box, std::min(inner_.reach(), sites_.box.half_height()));
      near.assign(points);
      near.for_pairs([&](int a, int b, Vec3<double> d) {
        if ((a < n) == (b < n)) return;
        from[static_cast<std::size_t>(std::max(a, b) - n)] = a < b ? d : -d;
        if (++met[static_cast<std::size_t>(a)] == 1 && ++met[static_cast<std::size_t>(b)] == 1) ++pairs;
      });
    }
    for (int i = 0; i < n; ++i) detail::set_particle(u, i, pack, s, from[static_cast<std::size_t>(i)]);
    return pairs == n;
  }

  Inner inner_;
  Sites sites_;
  double log_labellings_;
};

}  // namespace erg
