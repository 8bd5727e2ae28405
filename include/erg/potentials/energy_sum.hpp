/// \file
/// Sums of energies of configurations, and the straight path from one to another.
#pragma once

#include "erg/base/error.hpp"
#include "erg/base/tile.hpp"
#include "erg/potentials/weighted_moves.hpp"
#include "erg/potentials/wrappers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace erg {

/// An energy of displacements, a batch at a time: what `Boltzmann` takes. excess[sample] = U(u) − rest_energy().
template <class E>
concept ConfigurationEnergy = requires(const E e, Tile<const double> u, double* excess, Tile<double> gradient,
                                       Tape<double> tape) {
  { e.particles() } -> std::same_as<int>;
  { e.rest_energy() } -> std::same_as<double>;
  { e.energy(u, excess, tape) } -> std::same_as<int>;
  { e.exact_energy(u, excess, tape) } -> std::same_as<int>;
  { e.energy_and_gradient(u, excess, gradient, tape) } -> std::same_as<int>;
  e.potential();
};

/// Σ weight · energy of one set of particles, itself such an energy: EnergySum({1.0, lambda}, crystal, springs) is A + λB. Sums
/// of sums are allowed.
///
/// Shapes:  one weight per energy; the others as CrystalPotential.
/// Units:   energies in one unit, weights are pure numbers.
/// Errors:  InputError for a weight that is no number, for weights that are all zero, and for energies of different numbers of
///          particles. An energy of weight 0 is not computed: where it is infinite it plays no part.
/// It only refers to its energies, which must outlive it.
template <class... Energies>
class EnergySum {
  static_assert(sizeof...(Energies) > 0 && (ConfigurationEnergy<Energies> && ...),
                "EnergySum: needs energies of configurations, such as CrystalPotential; pair functions are added by SumOf");

 public:
  static constexpr std::size_t terms = sizeof...(Energies);
  EnergySum(std::array<double, terms> weights, const Energies&... energies) : weights_(weights), energies_(&energies...) {
    double most = 0;
    for (const double w : weights_) {
      if (!std::isfinite(w)) throw InputError("weight", "sum of energies", to_text(w), "a finite number");
      most = std::max(most, std::abs(w));
    }
    if (most == 0) throw InputError("weights", "sum of energies", "all zero", "at least one that is not");
    for (const int n : {energies.particles()...}) {
      if (n != particles()) throw InputError("particles", "sum of energies", std::to_string(n), std::to_string(particles()));
    }
  }

  const std::array<double, terms>& weights() const { return weights_; }
  template <std::size_t term>
  const auto& energy_of() const {
    return *std::get<term>(energies_);
  }
  const EnergySum& potential() const { return *this; }
  int particles() const { return energy_of<0>().particles(); }
  double rest_energy() const {
    double sum = 0;
    for_terms([&](double weight, const auto& term) { sum += weight * term.rest_energy(); });
    return sum;
  }

  /// As of CrystalPotential. Returns how many samples the least able of the lists does not cover.
  template <class R>
  int energy(Tile<const R> u, double* excess, Tape<R>& tape) const {
    return add_up(
        u, excess, [&](const auto& term, double* part) { return term.energy(u, part, tape); }, [](double) {});
  }
  template <class R>
  int exact_energy(Tile<const R> u, double* excess, Tape<R>& tape) const {
    return add_up(
        u, excess, [&](const auto& term, double* part) { return term.exact_energy(u, part, tape); }, [](double) {});
  }
  template <class R>
  int energy_and_gradient(Tile<const R> u, double* excess, Tile<R> gradient, Tape<R>& tape) const {
    const auto mark = tape.mark();
    const Tile<R> slope{tape.push(u.size()), u.rows, u.packs};
    std::fill_n(gradient.data, gradient.size(), R(scalar_t<R>(0)));
    const int missed = add_up(
        u, excess, [&](const auto& term, double* part) { return term.energy_and_gradient(u, part, slope, tape); },
        [&](double weight) {
          const R w(static_cast<scalar_t<R>>(weight));
          for (std::size_t i = 0; i < gradient.size(); ++i) gradient.data[i] += w * slope.data[i];
        });
    tape.release(mark);
    return missed;
  }

  /// The particles of one pack (rows, 1), to be moved one at a time, where all energies have such moves.
  template <class R>
  auto local_moves(Tile<R> u, Tape<R>& tape) const requires(detail::MovesParticles<Energies, R>&&...) {
    using Moves = detail::WeightedMoves<R, detail::MovesOf<Energies, R>...>;
    typename Moves::Weights weights;
    for (std::size_t k = 0; k < terms; ++k) weights[k].fill(weights_[k]);
    return std::apply([&](const auto*... energy) { return Moves(u, weights, tape, *energy...); }, energies_);
  }

 private:
  /// visit(weight, energy) of each term whose weight is not zero.
  template <class Visit>
  void for_terms(Visit&& visit) const {
    std::apply(
        [&](const auto*... term) {
          std::size_t k = 0;
          const auto one = [&](const auto& energy) {
            if (const double weight = weights_[k++]; weight != 0) visit(weight, energy);
          };
          (one(*term), ...);
        },
        energies_);
  }
  template <class R, class Compute, class Then>
  int add_up(Tile<const R> u, double* excess, Compute&& compute, Then&& then) const {
    std::vector<double> part(static_cast<std::size_t>(u.packs) * lanes_of<R>);
    std::fill_n(excess, part.size(), 0.0);
    int missed = 0;
    for_terms([&](double weight, const auto& term) {
      missed = std::max(missed, compute(term, part.data()));
      for (std::size_t s = 0; s < part.size(); ++s) excess[s] += weight * part[s];
      then(weight);
    });
    return missed;
  }

  std::array<double, terms> weights_;
  std::tuple<const Energies*...> energies_;
};

/// (1 − λ) From + λ To: the straight path between two energies, for thermodynamic integration and reweighting.
///
/// Units:   those of both energies; lambda (0 … 1) is a pure number.
/// Errors:  InputError for a lambda outside 0 … 1; the others as EnergySum.
template <class From, class To>
class MixedEnergy : public EnergySum<From, To> {
 public:
  MixedEnergy(const From& from, const To& to, double lambda) : EnergySum<From, To>({1 - lambda, lambda}, from, to) {
    if (!(lambda >= 0 && lambda <= 1)) throw InputError("lambda", "mixed energy", to_text(lambda), "a number from 0 to 1");
  }
  double lambda() const { return this->weights()[1]; }

  /// slope[sample] = dU/dλ = U_To(u) − U_From(u), whole energies, exact at any displacement.
  template <class R>
  int coupling_derivative(Tile<const R> u, double* slope, Tape<R>& tape) const {
    const EnergySum<From, To> difference({-1, 1}, this->template energy_of<0>(), this->template energy_of<1>());
    const int missed = difference.exact_energy(u, slope, tape);
    for (int s = 0; s < u.packs * lanes_of<R>; ++s) slope[s] += difference.rest_energy();
    return missed;
  }
};

template <class... Energies>
inline constexpr bool is_training_form<EnergySum<Energies...>> =
    (is_training_form<std::remove_cvref_t<decltype(std::declval<const Energies&>().potential())>> || ...);

}  // namespace erg
