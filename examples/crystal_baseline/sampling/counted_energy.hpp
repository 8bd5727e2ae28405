/// \file
/// An energy that counts how often it is asked.
#pragma once

#include "erg/potentials/energy_sum.hpp"

#include <atomic>
#include <cstdint>

namespace crystal_baseline {

/// The energy itself, and how many configurations it was computed of, with or without the gradient. It only refers to the energy.
template <erg::ConfigurationEnergy E>
class CountedEnergy {
 public:
  explicit CountedEnergy(const E& energy) : energy_(&energy) {}

  int particles() const { return energy_->particles(); }
  double rest_energy() const { return energy_->rest_energy(); }
  const auto& potential() const { return energy_->potential(); }
  std::int64_t evaluations() const { return evaluations_; }

  template <class R>
  int energy(erg::Tile<const R> u, double* excess, erg::Tape<R>& tape) const {
    count(u);
    return energy_->energy(u, excess, tape);
  }
  template <class R>
  int exact_energy(erg::Tile<const R> u, double* excess, erg::Tape<R>& tape) const {
    count(u);
    return energy_->exact_energy(u, excess, tape);
  }
  template <class R>
  int energy_and_gradient(erg::Tile<const R> u, double* excess, erg::Tile<R> gradient, erg::Tape<R>& tape) const {
    count(u);
    return energy_->energy_and_gradient(u, excess, gradient, tape);
  }

 private:
  template <class R>
  void count(erg::Tile<const R> u) const {
    evaluations_.fetch_add(static_cast<std::int64_t>(u.packs) * erg::lanes_of<R>, std::memory_order_relaxed);
  }

  const E* energy_;
  mutable std::atomic<std::int64_t> evaluations_{0};
};

}  // namespace crystal_baseline
