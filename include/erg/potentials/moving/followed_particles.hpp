/// \file
/// Particles at any positions as an energy that samplers take: it remembers the neighbour lists of the replicas that it is asked
/// for.
#pragma once

#include "erg/potentials/moving/listed_particles.hpp"

#include <cstddef>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace erg {

/// A `ListedParticles` with the lists of each tile that it has seen, told apart by where their numbers are in memory: replicas
/// that stay in their place, as those of samplers do, are followed from step to step.
///
/// Shapes:  as ListedParticles, to which it only refers.
/// Errors:  as there. Any tile is right: lists that do not serve what stands there now are made anew.
/// Any number of threads may use one object: lists are lent to one at a time. Results do not depend on the threads where each
/// tile stays in its place; for a run that goes on from a checkpoint to the last bit, `forget` where it is written.
template <ParticlePotential P>
class FollowedParticles {
 public:
  explicit FollowedParticles(const ListedParticles<P>& energies) : energies_(&energies) {}

  const P& potential() const { return energies_->potential(); }
  const ListedParticles<P>& energies() const { return *energies_; }
  int particles() const { return energies_->particles(); }
  double rest_energy() const { return energies_->rest_energy(); }

  template <class R>
  int energy(Tile<const R> u, double* excess, Tape<R>& tape) const {
    return with_lists(u, [&](NeighbourLists& lists) { return energies_->template energy<R>(u, excess, tape, lists); });
  }
  template <class R>
  int exact_energy(Tile<const R> u, double* excess, Tape<R>& tape) const {
    return energy<R>(u, excess, tape);
  }
  template <class R>
  int energy_and_gradient(Tile<const R> u, double* excess, Tile<R> gradient, Tape<R>& tape) const {
    return with_lists(
        u, [&](NeighbourLists& lists) { return energies_->template energy_and_gradient<R>(u, excess, gradient, tape, lists); });
  }

  /// All lists are made anew when they are needed next.
  void forget() {
    const std::lock_guard lock(mutex_);
    lists_.clear();
  }
  /// How many lists have been made by those that it remembers.
  long builds() const {
    const std::lock_guard lock(mutex_);
    long sum = 0;
    for (const auto& [place, lists] : lists_) sum += lists.builds();
    return sum;
  }

 private:
  static constexpr std::size_t most = 4096;  // tiles; beyond, all are forgotten

  template <class R, class Compute>
  int with_lists(Tile<const R> u, const Compute& compute) const {
    const int replicas = u.packs * lanes_of<R>;
    NeighbourLists lists = borrow(u.data, replicas);
    const int missed = compute(lists);
    give_back(u.data, std::move(lists));
    return missed;
  }
  NeighbourLists borrow(const void* place, int replicas) const {
    const std::lock_guard lock(mutex_);
    const auto found = lists_.find(place);
    if (found == lists_.end() || found->second.replicas() != replicas) return energies_->lists(replicas);
    NeighbourLists lists = std::move(found->second);
    lists_.erase(found);
    return lists;
  }
  void give_back(const void* place, NeighbourLists lists) const {
    const std::lock_guard lock(mutex_);
    if (lists_.size() >= most) lists_.clear();
    lists_.insert_or_assign(place, std::move(lists));
  }

  const ListedParticles<P>* energies_;
  mutable std::mutex mutex_;
  mutable std::unordered_map<const void*, NeighbourLists> lists_;
};

}  // namespace erg
