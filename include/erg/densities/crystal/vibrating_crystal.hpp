/// \file
/// The base density of a crystal flow: harmonic motion whose modes are stretched by a learned function of their stiffness.
#pragma once

#include "erg/bijectors/crystal/mode_scaling.hpp"
#include "erg/densities/concept.hpp"
#include "erg/densities/crystal/harmonic_crystal.hpp"

#include <cmath>
#include <memory>
#include <numbers>
#include <vector>

namespace erg {

/// Displacements u = M (a e^s ∘ ξ): M the crystal's normal modes, a their thermal amplitudes, s learned, ξ standard normal.
///
/// Shapes:  latent and u (3 · particles, packs); d_prepared (3 · particles): cotangents of s per mode.
/// Units:   u in length; ln q is the density on the 3N − 3 vibrations, in the coordinates of the orthonormal modes.
template <std::floating_point T>
class VibratingCrystal {
 public:
  using Scalar = T;
  struct Prepared {
    std::vector<T> scale;          ///< a e^s per row, 0 for the three translations
    std::vector<T> inverse_scale;  ///< 1 / scale, 0 for the three translations
    double log_normaliser;         ///< ln of the density at u = 0
    typename ModeScaling<T>::Kept kept;
    std::shared_ptr<Tape<T>> tape;
  };

  VibratingCrystal(ParameterLayout& layout, std::shared_ptr<const HarmonicCrystal> crystal,
                   std::span<const double> conditions = {})
      : crystal_(std::move(crystal)), scaling_(layout, crystal_->stiffness(), largest(*crystal_), conditions) {}

  const HarmonicCrystal& harmonic() const { return *crystal_; }
  int rows() const { return static_cast<int>(crystal_->stiffness().size()); }
  int cotangents() const { return rows(); }
  template <class Draw>
  void initialise(T* theta, Draw&& draw) const {
    scaling_.initialise(theta, draw);
  }

  Prepared prepare(const T* theta) const {
    Prepared p{std::vector<T>(static_cast<std::size_t>(rows())),
               std::vector<T>(static_cast<std::size_t>(rows()), T(0)),
               0,
               {},
               std::make_shared<Tape<T>>()};
    p.kept = scaling_.forward(theta, p.scale.data(), *p.tape);
    const auto amplitude = crystal_->amplitude();
    for (std::size_t i = 0; i < p.scale.size(); ++i) {
      const double a = amplitude[i] * std::exp(static_cast<double>(p.scale[i]));
      p.scale[i] = static_cast<T>(a);
      if (a == 0) continue;
      p.inverse_scale[i] = static_cast<T>(1 / a);
      p.log_normaliser -= std::log(a) + 0.5 * std::log(2 * std::numbers::pi);
    }
    return p;
  }

  template <class R>
  void draw(const Prepared& p, Stream stream, std::uint64_t first, Tile<R> latent, Tile<R> u, double* log_q,
            Tape<R>& tape) const {
    normals(stream, first, latent);
    log_density_of_latent(p, latent, log_q);
    crystal_->to_displacements(Tile<const R>(latent), p.scale.data(), u, tape);
  }

  /// A uniform shift of u makes no difference.
  template <class R>
  void log_density(const Prepared& p, Tile<const R> u, Tile<R> latent, double* log_q, Tape<R>& tape) const {
    crystal_->to_modes(u, latent, tape);
    for (int row = 0; row < latent.rows; ++row) {
      const R inverse_scale(p.inverse_scale[static_cast<std::size_t>(row)]);
      for (int pack = 0; pack < latent.packs; ++pack) latent(row, pack) = inverse_scale * latent(row, pack);
    }
    log_density_of_latent(p, latent, log_q);
  }

  template <class R>
  void score(const Prepared& p, Tile<R> latent, Tile<R> score, Tape<R>& tape) const {
    crystal_->to_displacements(Tile<const R>(latent), p.inverse_scale.data(), score, tape);
    for (std::size_t i = 0; i < score.size(); ++i) score.data[i] = -score.data[i];
  }

  template <class R>
  void vjp(const Prepared& p, Tile<R> latent, Tile<R> d_u, T d_log_q, double* d_prepared, Tape<R>& tape) const {
    const auto mark = tape.mark();
    const Tile<R> d_mode{tape.push(d_u.size()), d_u.rows, d_u.packs};
    crystal_->to_modes(Tile<const R>(d_u), d_mode, tape);
    for (int row = 0; row < d_u.rows; ++row) {
      const T scale = p.scale[static_cast<std::size_t>(row)];
      if (scale == T(0)) continue;
      R total(T(0));
      for (int pack = 0; pack < d_u.packs; ++pack) total += d_mode(row, pack) * latent(row, pack);
      d_prepared[row] += static_cast<double>(sum(total)) * scale - static_cast<double>(d_log_q) * d_u.packs * lanes_of<R>;
    }
    tape.release(mark);
  }

  template <class R>
  void log_density_vjp(const Prepared& p, Tile<R> latent, const double* d_log_q, double* d_prepared, Tape<R>&) const {
    for (int row = 0; row < latent.rows; ++row) {
      if (p.scale[static_cast<std::size_t>(row)] == T(0)) continue;
      for (int s = 0; s < latent.packs * lanes_of<R>; ++s) {
        const double z = lane(latent(row, s / lanes_of<R>), s % lanes_of<R>);
        d_prepared[row] += d_log_q[s] * (z * z - 1);
      }
    }
  }

  void finish(const Prepared& p, const T* theta, const double* d_prepared, T* d_theta) const {
    std::vector<T> d_s(d_prepared, d_prepared + rows());
    Tape<T> tape;
    scaling_.vjp(theta, p.kept, d_s.data(), d_theta, tape);
  }

 private:
  template <class R>
  void log_density_of_latent(const Prepared& p, Tile<R> latent, double* log_q) const {
    constexpr int lanes = lanes_of<R>;
    for (int i = 0; i < latent.packs * lanes; ++i) log_q[i] = p.log_normaliser;
    for (int row = 0; row < latent.rows; ++row) {
      if (p.scale[static_cast<std::size_t>(row)] == T(0)) continue;
      for (int pack = 0; pack < latent.packs; ++pack) {
        const R half_square = latent(row, pack) * latent(row, pack) * R(T(0.5));
        for (int s = 0; s < lanes; ++s) log_q[pack * lanes + s] -= lane(half_square, s);
      }
    }
  }

  static double largest(const HarmonicCrystal& crystal) {
    double most = 0;
    for (const double k : crystal.stiffness()) most = std::max(most, k);
    return most;
  }
  std::shared_ptr<const HarmonicCrystal> crystal_;
  ModeScaling<T> scaling_;
};

}  // namespace erg
