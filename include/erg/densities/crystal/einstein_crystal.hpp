/// \file
/// The Einstein crystal: every particle on a spring of its own, with its centre free or fixed.
#pragma once

#include "erg/base/error.hpp"
#include "erg/densities/concept.hpp"

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

namespace erg {

/// Whether a uniform shift of all particles counts among the coordinates.
enum class Centre { free, fixed };

/// q(u) ∝ exp(−β Σ ½ k_i |u_i|²) of displacements u; with `Centre::fixed` under Σ m_i u_i = 0.
///
/// Shapes:  u (3 · particles, packs); springs, masses (particles).
/// Units:   k in energy / length², β in 1 / energy, u in length; masses in any unit, only their ratios count.
/// Errors:  InputError for springs, masses or a β that are not positive numbers, for lists of different lengths, and for a fixed
///          centre of fewer than two particles.
/// Laws:    with the centre fixed a uniform shift of u makes no difference, and q is a density on the 3N − 3 vibrations in
///          orthonormal coordinates, as that of `HarmonicCrystal`, whatever the masses: `free_energy()` is the `vibration` of
///          `CrystalTerms`.
/// Source:  Frenkel and Ladd 1984, doi:10.1063/1.448024; Polson et al. 2000, doi:10.1063/1.481102, for the fixed centre, whose
///          δ(Σ m_i u_i / Σ m_i) is N^{3/2} times the volume of the vibrations.
template <std::floating_point T>
class EinsteinCrystal : public ParameterFree {
 public:
  using Scalar = T;

  EinsteinCrystal(const std::vector<double>& springs, double beta, Centre centre = Centre::fixed,
                  const std::vector<double>& masses = {})
      : centre_(centre) {
    const auto positive = [](const std::string& what, double x) {
      if (!(x > 0) || !std::isfinite(x)) throw InputError(what, "Einstein crystal", to_text(x), "a positive number");
      return x;
    };
    const std::size_t n = springs.size(), least = centre == Centre::fixed ? 2 : 1;
    if (n < least)
      throw InputError("number of particles", "Einstein crystal", std::to_string(n), "at least " + std::to_string(least));
    if (!masses.empty() && masses.size() != n)
      throw InputError("number of masses", "Einstein crystal", std::to_string(masses.size()), std::to_string(n));
    positive("beta", beta);
    double mass = 0, variance = 0;  // of all; of the centre
    std::vector<double> give;
    for (const double m : masses) mass += positive("mass", m);
    for (std::size_t i = 0; i < n; ++i) {
      const double stiffness = beta * positive("spring", springs[i]), sigma = 1 / std::sqrt(stiffness);
      const double share = masses.empty() ? 1.0 / static_cast<double>(n) : masses[i] / mass;
      free_energy_ += 1.5 * std::log(stiffness / (2 * std::numbers::pi));
      variance += share * share / stiffness;
      sigma_.push_back(static_cast<T>(sigma));
      inverse_sigma_.push_back(static_cast<T>(1 / sigma));
      share_.push_back(static_cast<T>(share));
      give.push_back(share / stiffness);
    }
    for (const double g : give) give_.push_back(static_cast<T>(g / variance));
    if (centre == Centre::fixed)
      free_energy_ += 1.5 * std::log(2 * std::numbers::pi * variance) + 1.5 * std::log(static_cast<double>(n));
  }

  int rows() const { return 3 * static_cast<int>(sigma_.size()); }
  int particles() const { return static_cast<int>(sigma_.size()); }
  Centre centre() const { return centre_; }
  /// −ln ∫ exp(−β Σ ½ k_i |u_i|²), over 3N coordinates or the 3N − 3 vibrations, in k_B T: also ln q at rest.
  double free_energy() const { return free_energy_; }

  template <class R>
  void draw(const Prepared&, Stream stream, std::uint64_t first, Tile<R> latent, Tile<R> u, double* log_q, Tape<R>&) const {
    normals(stream, first, latent);
    for_rows(u, [&](int row, int i, int pack) { u(row, pack) = R(sigma_[i]) * latent(row, pack); });
    if (centre_ == Centre::fixed) {
      for_axes(u, [&](int axis, int pack) {  // what is left of a free draw when its centre is known to be 0
        const R at = centre_of(Tile<const R>(u), axis, pack);
        for (int i = 0, row = axis; row < u.rows; ++i, row += 3) {
          u(row, pack) -= R(give_[i]) * at;
          latent(row, pack) = R(inverse_sigma_[i]) * u(row, pack);
        }
      });
    }
    log_density_of_latent(Tile<const R>(latent), log_q);
  }

  template <class R>
  void log_density(const Prepared&, Tile<const R> u, Tile<R> latent, double* log_q, Tape<R>&) const {
    for_axes(latent, [&](int axis, int pack) {
      const R at = centre_ == Centre::fixed ? centre_of(u, axis, pack) : R(T(0));
      for (int i = 0, row = axis; row < u.rows; ++i, row += 3) latent(row, pack) = R(inverse_sigma_[i]) * (u(row, pack) - at);
    });
    log_density_of_latent(Tile<const R>(latent), log_q);
  }

  template <class R>
  void score(const Prepared&, Tile<R> latent, Tile<R> score, Tape<R>&) const {
    for_rows(score, [&](int row, int i, int pack) { score(row, pack) = -(R(inverse_sigma_[i]) * latent(row, pack)); });
    if (centre_ == Centre::free) return;
    for_axes(score, [&](int axis, int pack) {
      R total(T(0));
      for (int row = axis; row < score.rows; row += 3) total += score(row, pack);
      for (int i = 0, row = axis; row < score.rows; ++i, row += 3) score(row, pack) -= R(share_[i]) * total;
    });
  }

 private:
  template <class R, class F>
  static void for_rows(Tile<R> u, F&& f) {
    for (int row = 0; row < u.rows; ++row)
      for (int pack = 0; pack < u.packs; ++pack) f(row, row / 3, pack);
  }
  template <class R, class F>
  static void for_axes(Tile<R> u, F&& f) {
    for (int axis = 0; axis < 3; ++axis)
      for (int pack = 0; pack < u.packs; ++pack) f(axis, pack);
  }
  template <class R>
  R centre_of(Tile<const R> u, int axis, int pack) const {
    R at(T(0));
    for (int i = 0, row = axis; row < u.rows; ++i, row += 3) at += R(share_[i]) * u(row, pack);
    return at;
  }
  template <class R>
  void log_density_of_latent(Tile<const R> latent, double* log_q) const {
    std::fill(log_q, log_q + latent.packs * lanes_of<R>, free_energy_);
    detail::subtract_half_squares(latent, log_q);
  }

  Centre centre_;
  double free_energy_ = 0;
  std::vector<T> sigma_, inverse_sigma_;
  std::vector<T> share_;  // of each particle in the centre
  std::vector<T> give_;   // how far each particle follows when the centre is moved by 1
};

/// Independent normal displacements of standard deviation `sigma` along each axis with their centre taken away: a density on the
/// 3N − 3 vibrations.
template <std::floating_point T>
EinsteinCrystal<T> centred_gaussian(int particles, double sigma) {
  if (particles < 2) throw InputError("number of particles", "centred Gaussian", std::to_string(particles), "at least 2");
  if (!(sigma > 0) || !std::isfinite(sigma))
    throw InputError("standard deviation", "centred Gaussian", to_text(sigma), "a positive number");
  return {std::vector<double>(static_cast<std::size_t>(particles), 1 / (sigma * sigma)), 1.0};
}

}  // namespace erg
