/// \file
/// Independent isotropic Gaussian displacements, cut off at a radius.
#pragma once

#include "erg/base/error.hpp"
#include "erg/densities/concept.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>

namespace erg {

/// ln of the probability that three independent standard normal numbers have a norm below x.
inline double log_chi_3(double x) {
  return std::log(std::erf(x / std::numbers::sqrt2) - x * std::sqrt(2 / std::numbers::pi) * std::exp(-0.5 * x * x));
}

/// q(u) = Π_i N(u_i; 0, σ²) / P(χ₃ < radius / σ) where every |u_i| < radius, else 0.
///
/// Shapes:  u (3 · particles, packs).
/// Units:   sigma, radius and u in length.
/// Errors:  InputError for numbers that are not positive, and for a radius below 0.16 σ, where a thousand attempts keep one.
/// Source:  the base density of Wirnsberger et al. 2022, arXiv:2111.08696: `radius` half the distance of nearest sites.
/// Drawn by rejection: attempt t of particle i has random numbers of its own, whatever the other particles needed. Attempts are
/// made in double; what rounding to T would carry over the edge is refused as well, so that precisions differ in such a draw
/// alone.
template <std::floating_point T>
class TruncatedGaussian : public ParameterFree {
 public:
  using Scalar = T;

  TruncatedGaussian(int particles, double sigma, double radius) : particles_(particles), sigma_(sigma), radius_(radius) {
    const auto refuse = [](const std::string& what, double got, const std::string& expected) {
      throw InputError(what, "truncated Gaussian", to_text(got), expected);
    };
    if (particles < 1) refuse("number of particles", particles, "at least 1");
    if (!(sigma > 0) || !std::isfinite(sigma)) refuse("standard deviation", sigma, "a positive number");
    if (!(radius >= 0.16 * sigma) || !std::isfinite(radius))
      refuse("radius", radius, "a length of at least 0.16 standard deviations");
    log_at_rest_ = -particles * (log_chi_3(radius / sigma) + 1.5 * std::log(2 * std::numbers::pi * sigma * sigma));
  }

  int rows() const { return 3 * particles_; }
  double sigma() const { return sigma_; }
  /// No particle strays farther from its site; all particles are alike and independent.
  double reach() const { return radius_; }

  template <class R>
  void draw(const Prepared& p, Stream stream, std::uint64_t first, Tile<R> latent, Tile<R> u, double* log_q,
            Tape<R>& tape) const {
    constexpr int lanes = lanes_of<R>, width = lanes < 2 ? 2 : lanes > 8 ? 8 : lanes;
    for (int pack = 0; pack < u.packs; ++pack)
      for (int s = 0; s < lanes; s += width)
        for (int i = 0; i < particles_; ++i)
          draw_particle<width>(stream, first + static_cast<std::uint64_t>(pack) * lanes + s, i, std::min(width, lanes),
                               [&](int k, Vec3<double> x) { detail::set_particle(u, i, pack, s + k, x); });
    log_density(p, Tile<const R>(u), latent, log_q, tape);
  }

  template <class R>
  void log_density(const Prepared&, Tile<const R> u, Tile<R> latent, double* log_q, Tape<R>&) const {
    const double scale = -0.5 / (sigma_ * sigma_), most = radius_ * radius_;
    for (int pack = 0; pack < u.packs; ++pack)
      for (int s = 0; s < lanes_of<R>; ++s) {
        double squares = 0;
        bool inside = true;
        for (int i = 0; i < particles_; ++i) {
          const Vec3<double> x = detail::particle_at(u, i, pack, s);
          const double square = dot(x, x);
          squares += square;
          inside = inside && square < most;
        }
        log_q[pack * lanes_of<R> + s] = inside                ? log_at_rest_ + scale * squares
                                        : std::isnan(squares) ? squares
                                                              : -std::numeric_limits<double>::infinity();
      }
    std::copy(u.data, u.data + u.size(), latent.data);
  }

  template <class R>
  void score(const Prepared&, Tile<R> latent, Tile<R> score, Tape<R>&) const {
    const R scale(static_cast<T>(-1 / (sigma_ * sigma_)));
    for (std::size_t k = 0; k < score.size(); ++k) score.data[k] = scale * latent.data[k];
  }

 private:
  /// place(k, x) for `samples` samples from `first` on: each its first attempt inside.
  template <int W, class Place>
  void draw_particle(Stream stream, std::uint64_t first, int particle, int samples, Place&& place) const {
    bool placed[W] = {};
    int missing = samples;
    for (std::uint32_t attempt = 0; missing > 0; ++attempt) {
      Lanes<double, W> z[4];
      detail::normals_of_samples(stream, first,
                                 attempt * static_cast<std::uint32_t>(particles_) + static_cast<std::uint32_t>(particle), z);
      for (int k = 0; k < samples; ++k) {
        if (placed[k]) continue;
        const auto rounded = [&](int axis) { return static_cast<double>(static_cast<T>(sigma_ * z[axis][k])); };
        const Vec3<double> x{rounded(0), rounded(1), rounded(2)};
        if (!(dot(x, x) < radius_ * radius_)) continue;
        place(k, x);
        placed[k] = true;
        --missing;
      }
    }
  }

  int particles_;
  double sigma_, radius_, log_at_rest_;
};

}  // namespace erg
