/// \file
/// Auxiliary variables beside a configuration: in the density that is drawn from, and in the energy that it is weighed against.
#pragma once

#include "erg/base/error.hpp"
#include "erg/densities/concept.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

namespace erg {

/// Independent Gaussians of one width for the auxiliary coordinates a.
///
/// Units:   sigma in the unit of a.
/// Errors:  InputError for a sigma that is not a positive number.
struct AuxiliaryGaussian {
  explicit AuxiliaryGaussian(double sigma) : sigma(sigma) {
    if (!(sigma > 0) || !std::isfinite(sigma))
      throw InputError("sigma", "auxiliary variables", to_text(sigma), "a positive number");
  }

  double sigma;

  /// ln of the density at a = 0, of `rows` coordinates.
  double log_density_at_rest(int rows) const { return -rows * (std::log(sigma) + 0.5 * std::log(2 * std::numbers::pi)); }
  /// ln of the density at a, one double per sample.
  template <class R>
  void log_density(Tile<const R> a, double* log_pi, Tape<R>& tape) const {
    const auto mark = tape.mark();
    const Tile<R> z = detail::tile_on(tape, a.rows, a.packs);
    const R scale(static_cast<scalar_t<R>>(1 / sigma));
    for (std::size_t i = 0; i < a.size(); ++i) z.data[i] = scale * a.data[i];
    std::fill(log_pi, log_pi + a.packs * lanes_of<R>, log_density_at_rest(a.rows));
    detail::subtract_half_squares(Tile<const R>(z), log_pi);
    tape.release(mark);
  }
};

/// q(x, a) = base(x) · N(a; 0, σ²), a of the shape of x: what augmented couplings move.
///
/// Shapes:  (x, a) (2 · base rows, packs): the rows of x, then those of a.
/// Units:   a and σ in a unit of their own; ln q per volume of x (as the base) and of a.
/// Laws:    x is what the base draws from a part of the stream of its own.
template <class Base>
class Augmented {
 public:
  using Scalar = typename Base::Scalar;
  using Prepared = typename Base::Prepared;
  static constexpr bool parameter_free = is_parameter_free<Base>;

  Augmented(Base base, AuxiliaryGaussian auxiliaries) : base_(std::move(base)), auxiliaries_(auxiliaries) {}

  const Base& base() const { return base_; }
  const AuxiliaryGaussian& auxiliaries() const { return auxiliaries_; }
  int rows() const { return 2 * base_.rows(); }
  int cotangents() const { return base_.cotangents(); }
  Prepared prepare(const Scalar* theta) const { return base_.prepare(theta); }

  template <class R>
  void draw(const Prepared& p, Stream stream, std::uint64_t first, Tile<R> latent, Tile<R> u, double* log_q,
            Tape<R>& tape) const {
    base_.draw(p, part_of(stream, 1), first, point(latent), point(u), log_q, tape);
    const Tile<R> z = detail::rows_from(latent, base_.rows()), a = detail::rows_from(u, base_.rows());
    normals(part_of(stream, 0), first, z);
    const R sigma(static_cast<Scalar>(auxiliaries_.sigma));
    for (std::size_t i = 0; i < a.size(); ++i) a.data[i] = sigma * z.data[i];
    add_auxiliaries(Tile<const R>(z), log_q);
  }
  template <class R>
  void log_density(const Prepared& p, Tile<const R> u, Tile<R> latent, double* log_q, Tape<R>& tape) const {
    base_.log_density(p, point(u), point(latent), log_q, tape);
    const Tile<R> z = detail::rows_from(latent, base_.rows());
    const Tile<const R> a = detail::rows_from(u, base_.rows());
    const R scale(static_cast<Scalar>(1 / auxiliaries_.sigma));
    for (std::size_t i = 0; i < z.size(); ++i) z.data[i] = scale * a.data[i];
    add_auxiliaries(Tile<const R>(z), log_q);
  }
  template <class R>
  void score(const Prepared& p, Tile<R> latent, Tile<R> score, Tape<R>& tape) const {
    base_.score(p, point(latent), point(score), tape);
    const Tile<R> z = detail::rows_from(latent, base_.rows()), s = detail::rows_from(score, base_.rows());
    const R scale(static_cast<Scalar>(-1 / auxiliaries_.sigma));
    for (std::size_t i = 0; i < s.size(); ++i) s.data[i] = scale * z.data[i];
  }
  template <class R>
  void vjp(const Prepared& p, Tile<R> latent, Tile<R> d_u, Scalar d_log_q, double* d_prepared,
           Tape<R>& tape) const requires ReparametrisedDensity<Base, R> {
    base_.vjp(p, point(latent), point(d_u), d_log_q, d_prepared, tape);
  }
  template <class R>
  void log_density_vjp(const Prepared& p, Tile<R> latent, const double* d_log_q, double* d_prepared, Tape<R>& tape) const {
    base_.log_density_vjp(p, point(latent), d_log_q, d_prepared, tape);
  }
  void finish(const Prepared& p, const Scalar* theta, const double* d_prepared, Scalar* d_theta) const {
    base_.finish(p, theta, d_prepared, d_theta);
  }

 private:
  template <class R>
  Tile<R> point(Tile<R> u) const {
    return {u.data, base_.rows(), u.packs};
  }
  template <class R>
  void add_auxiliaries(Tile<const R> z, double* log_q) const {
    for (int s = 0; s < z.packs * lanes_of<R>; ++s) log_q[s] += auxiliaries_.log_density_at_rest(z.rows);
    detail::subtract_half_squares(z, log_q);
  }

  Base base_;
  AuxiliaryGaussian auxiliaries_;
};

/// U(x) − ln N(a; 0, σ²) / β: the energy whose Boltzmann density at β has that of U for x, and Gaussians of width σ for a. Its
/// normaliser is that of U, so that joint weights give the free energy of U itself.
///
/// Shapes:  (x, a) (2 · rows of the energy, packs).
/// Units:   as the energy; `beta` must be that of the Boltzmann target. It only refers to the energy, which must outlive it.
/// Errors:  InputError for a beta that is not a positive number.
template <class Energy>
class AugmentedEnergy {
 public:
  AugmentedEnergy(const Energy& energy, double beta, AuxiliaryGaussian auxiliaries)
      : energy_(&energy), beta_(beta), auxiliaries_(auxiliaries) {
    if (!(beta > 0) || !std::isfinite(beta)) throw InputError("beta", "augmented energy", to_text(beta), "a positive number");
  }

  const Energy& energy() const { return *energy_; }
  decltype(auto) potential() const { return energy_->potential(); }

  template <class R>
  auto exact_energy(Tile<const R> u, double* excess, Tape<R>& tape) const {
    const auto said = energy_->exact_energy(point(u), excess, tape);
    add_auxiliaries(u, excess, tape);
    return said;
  }
  template <class R>
  auto energy_and_gradient(Tile<const R> u, double* excess, Tile<R> gradient, Tape<R>& tape) const {
    const auto said = energy_->energy_and_gradient(point(u), excess, point(gradient), tape);
    add_auxiliaries(u, excess, tape);
    const R stiffness(static_cast<scalar_t<R>>(1 / (beta_ * auxiliaries_.sigma * auxiliaries_.sigma)));
    const std::size_t half = u.size() / 2;
    for (std::size_t i = half; i < u.size(); ++i) gradient.data[i] = stiffness * u.data[i];
    return said;
  }

 private:
  template <class R>
  static Tile<R> point(Tile<R> u) {
    return {u.data, u.rows / 2, u.packs};
  }
  template <class R>
  void add_auxiliaries(Tile<const R> u, double* excess, Tape<R>& tape) const {
    std::vector<double> log_pi(static_cast<std::size_t>(u.packs) * lanes_of<R>);
    auxiliaries_.log_density(Tile<const R>(detail::rows_from(u, u.rows / 2)), log_pi.data(), tape);
    for (std::size_t s = 0; s < log_pi.size(); ++s) excess[s] -= log_pi[s] / beta_;
  }

  const Energy* energy_;
  double beta_;
  AuxiliaryGaussian auxiliaries_;
};

}  // namespace erg
