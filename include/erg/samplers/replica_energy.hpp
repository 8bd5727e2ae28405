/// \file
/// Energies as transitions ask for them: of one pack of replicas, each at a coupling of its own.
#pragma once

#include "erg/densities/concept.hpp"
#include "erg/potentials/energy_sum.hpp"
#include "erg/samplers/concept.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace erg {

/// An energy U_λ(u) with a coupling λ per sample; coupled_energy is exact at any displacement. Both write whole energies and
/// return how many samples a list does not cover.
template <class E>
concept CoupledEnergy = requires(const E e, Tile<const double> u, const double* coupling, double* energy, Tile<double> gradient,
                                 Tape<double> tape) {
  { e.particles() } -> std::same_as<int>;
  { e.coupled_energy(u, coupling, energy, tape) } -> std::same_as<int>;
  { e.coupled_energy_and_gradient(u, coupling, energy, gradient, tape) } -> std::same_as<int>;
};

/// An energy U(scale · x) + P V of particles in cells that are `scale` times a box, one scale per sample; gradient is d/dx, slope
/// is V d/dV where all particles move with the cell. What it returns and how exact energies are: as CoupledEnergy.
///
/// Units:   volume() is that of scale 1, in length³.
template <class E>
concept ScalableEnergy = requires(const E e, Tile<const double> x, const double* scale, double* energy, double* slope,
                                  Tile<double> gradient, Tape<double> tape) {
  { e.particles() } -> std::same_as<int>;
  { e.volume() } -> std::convertible_to<double>;
  { e.scaled_energy(x, scale, energy, tape) } -> std::same_as<int>;
  { e.scaled_energy_and_gradient(x, scale, energy, gradient, tape) } -> std::same_as<int>;
  { e.scaled_energy_gradient_and_slope(x, scale, energy, gradient, slope, tape) } -> std::same_as<int>;
};

/// What replicas can be moved in. A `ConfigurationEnergy` is the same for all; a `CoupledEnergy` reads their couplings, a
/// `ScalableEnergy` the scales of their cells.
template <class E>
concept ReplicaEnergy = ConfigurationEnergy<E> || CoupledEnergy<E> || ScalableEnergy<E>;

/// energy[sample] = U(u) of one pack, exact at any displacement.
template <ReplicaEnergy E, class R>
void whole_energy(const E& e, Tile<const R> u, [[maybe_unused]] Conditions at, double* energy, Tape<R>& tape) {
  if constexpr (ScalableEnergy<E>) {
    e.scaled_energy(u, at.scale, energy, tape);
  } else if constexpr (CoupledEnergy<E>) {
    e.coupled_energy(u, at.coupling, energy, tape);
  } else {
    e.exact_energy(u, energy, tape);
    for (int s = 0; s < u.packs * lanes_of<R>; ++s) energy[s] += e.rest_energy();
  }
}

/// Also gradient = dU/du. Returns how many samples a list of the energy does not cover: theirs is not the gradient.
template <ReplicaEnergy E, class R>
int whole_energy_and_gradient(const E& e, Tile<const R> u, [[maybe_unused]] Conditions at, double* energy, Tile<R> gradient,
                              Tape<R>& tape) {
  if constexpr (ScalableEnergy<E>) {
    return e.scaled_energy_and_gradient(u, at.scale, energy, gradient, tape);
  } else if constexpr (CoupledEnergy<E>) {
    return e.coupled_energy_and_gradient(u, at.coupling, energy, gradient, tape);
  } else {
    const int missed = e.energy_and_gradient(u, energy, gradient, tape);
    for (int s = 0; s < u.packs * lanes_of<R>; ++s) energy[s] += e.rest_energy();
    return missed;
  }
}

/// (1 − λ) From + λ To, λ per sample: what replicas are switched along or exchanged in.
///
/// Units:   whole energies, those of both; λ (any finite number, 0 and 1 are the ends) is a pure number.
/// Errors:  InputError for energies of different numbers of particles. At λ = 0 and 1 only one of the two counts: where the other
///          is not finite it plays no part. It refers to its energies, which must outlive it.
template <ConfigurationEnergy From, ConfigurationEnergy To>
class EnergyPath {
 public:
  EnergyPath(const From& from, const To& to) : from_(&from), to_(&to) {
    if (from.particles() != to.particles())
      throw InputError("particles", "energy path", std::to_string(to.particles()), std::to_string(from.particles()));
  }
  int particles() const { return from_->particles(); }

  template <class R>
  int coupled_energy(Tile<const R> u, const double* coupling, double* energy, Tape<R>& tape) const {
    const int samples = u.packs * lanes_of<R>;
    std::vector<double> other(static_cast<std::size_t>(samples));
    const int missed = from_->exact_energy(u, energy, tape), beyond = to_->exact_energy(u, other.data(), tape);
    mix(samples, coupling, energy, other.data());
    return std::max(missed, beyond);
  }
  template <class R>
  int coupled_energy_and_gradient(Tile<const R> u, const double* coupling, double* energy, Tile<R> gradient,
                                  Tape<R>& tape) const {
    const int samples = u.packs * lanes_of<R>;
    const auto mark = tape.mark();
    std::vector<double> other(static_cast<std::size_t>(samples));
    const Tile<R> slope = detail::tile_on(tape, u.rows, u.packs);
    const int missed = from_->energy_and_gradient(u, energy, gradient, tape);
    const int beyond = to_->energy_and_gradient(u, other.data(), slope, tape);
    mix(samples, coupling, energy, other.data());
    const R zero(scalar_t<R>(0)), one(scalar_t<R>(1));
    for (int pack = 0; pack < u.packs; ++pack) {
      const R lambda = detail::from_doubles<R>(coupling + pack * lanes_of<R>);
      const auto begins = lambda == zero, ends = lambda == one;
      for (int row = 0; row < u.rows; ++row) {
        const R a = gradient(row, pack), b = slope(row, pack);
        gradient(row, pack) = select(begins, a, select(ends, b, a + lambda * (b - a)));
      }
    }
    tape.release(mark);
    return std::max(missed, beyond);
  }

  /// The particles of one pack (rows, 1), each lane at its coupling, to be moved one at a time, where both ends have such moves.
  template <class R>
  auto local_moves(Tile<R> u, const double* coupling,
                   Tape<R>& tape) const requires detail::MovesParticles<From, R> && detail::MovesParticles<To, R> {
    using Moves = detail::WeightedMoves<R, detail::MovesOf<From, R>, detail::MovesOf<To, R>>;
    typename Moves::Weights weights;
    for (std::size_t s = 0; s < lanes_of<R>; ++s) {
      weights[0][s] = 1 - coupling[s];
      weights[1][s] = coupling[s];
    }
    return Moves(u, weights, tape, *from_, *to_);
  }

 private:
  void mix(int samples, const double* coupling, double* energy, const double* other) const {
    for (int s = 0; s < samples; ++s) {
      const double a = energy[s] + from_->rest_energy(), b = other[s] + to_->rest_energy();
      energy[s] = coupling[s] == 0 ? a : coupling[s] == 1 ? b : (1 - coupling[s]) * a + coupling[s] * b;
    }
  }

  const From* from_;
  const To* to_;
};

/// A normalised density as an energy: U(u) = −ln q(u) / β, so that exp(−βU) is q. With `EnergyPath` it is one end of a path from
/// a flow to its target.
///
/// Units:   β in 1/energy; `prepared` is what the density made of its weights.
/// Errors:  InputError for a β that is not a positive number. It refers to both, which must outlive it.
template <class D>
class DensityEnergy {
  static_assert(Density<D, typename D::Scalar>, "DensityEnergy: needs a density; of a flow and weights make a FlowDensity");

 public:
  DensityEnergy(const D& density, const typename D::Prepared& prepared, double beta)
      : density_(&density), prepared_(&prepared), beta_(beta) {
    if (!(beta > 0) || !std::isfinite(beta)) throw InputError("beta", "density as an energy", to_text(beta), "a positive number");
  }
  int particles() const { return density_->rows() / 3; }
  double rest_energy() const { return 0; }
  const DensityEnergy& potential() const { return *this; }

  template <class R>
  int energy(Tile<const R> u, double* excess, Tape<R>& tape) const {
    const auto mark = tape.mark();
    look_up(u, excess, tape);
    tape.release(mark);
    return 0;
  }
  template <class R>
  int exact_energy(Tile<const R> u, double* excess, Tape<R>& tape) const {
    return energy(u, excess, tape);
  }
  template <class R>
  int energy_and_gradient(Tile<const R> u, double* excess, Tile<R> gradient, Tape<R>& tape) const {
    const auto mark = tape.mark();
    density_->score(*prepared_, look_up(u, excess, tape), gradient, tape);
    const R scale(static_cast<scalar_t<R>>(-1 / beta_));
    for (std::size_t i = 0; i < gradient.size(); ++i) gradient.data[i] *= scale;
    tape.release(mark);
    return 0;
  }

 private:
  template <class R>
  Tile<R> look_up(Tile<const R> u, double* excess, Tape<R>& tape) const {
    const Tile<R> latent = detail::tile_on(tape, u.rows, u.packs);
    density_->log_density(*prepared_, u, latent, excess, tape);
    for (int s = 0; s < u.packs * lanes_of<R>; ++s) excess[s] /= -beta_;
    return latent;
  }

  const D* density_;
  const typename D::Prepared* prepared_;
  double beta_;
};

namespace detail {

[[noreturn]] inline void refuse_replica(int replica, std::int64_t step, const std::string& got, const std::string& expected) {
  throw InputError("replica " + std::to_string(replica), "step " + std::to_string(step), got, expected);
}

/// The same where it is not known which of a pack it is.
template <class R>
[[noreturn]] void refuse_pack(int first, std::int64_t step, const std::string& got, const std::string& expected) {
  if (lanes_of<R> == 1) refuse_replica(first, step, got, expected);
  throw InputError("one of replicas " + std::to_string(first) + " to " + std::to_string(first + lanes_of<R> - 1),
                   "step " + std::to_string(step), got, expected);
}

/// Errors:  InputError naming the first replica of the pack whose energy is no number.
template <class R>
void require_finite(const Replicas<R>& replicas, int pack, std::int64_t step) {
  for (int s = pack * lanes_of<R>; s < (pack + 1) * lanes_of<R>; ++s) {
    if (!std::isfinite(replicas.energy()[s]))
      refuse_replica(s, step, "an energy of " + to_text(replicas.energy()[s]), "a finite one: a shorter step, or another start");
  }
}

/// Computes energy and gradient where the pack stands.
/// Errors:  InputError where a list does not cover a replica, and for energies that are not finite.
template <ReplicaEnergy E, class R>
void compute_gradient(const E& energy, Replicas<R>& replicas, int pack, std::int64_t step, Tape<R>& tape) {
  const int first = pack * lanes_of<R>;
  const int missed = whole_energy_and_gradient<E, R>(energy, replicas.positions(pack), replicas.conditions(pack),
                                                     replicas.energy().data() + first, replicas.gradient(pack), tape);
  require_finite(replicas, pack, step);
  if (missed > 0)
    refuse_pack<R>(first, step, std::to_string(missed) + " of them beyond what the list of neighbours covers",
                   "motion within the list: a wider skin, or a crystal that does not melt");
}

/// Computes the energy of a pack that does not know it.
template <ReplicaEnergy E, class R>
void require_energy(const E& energy, Replicas<R>& replicas, int pack, Tape<R>& tape) {
  if (replicas.kept(pack, &energy) >= Kept::energy) return;
  const int first = pack * lanes_of<R>;
  whole_energy<E, R>(energy, replicas.positions(pack), replicas.conditions(pack), replicas.energy().data() + first, tape);
  replicas.keep(pack, Kept::energy, &energy);
}

}  // namespace detail

}  // namespace erg
