/// \file
/// The neighbour lists of a batch of replicas: what is remembered from one evaluation to the next.
#pragma once

#include "erg/potentials/moving/centre_pass.hpp"

#include <vector>

namespace erg {

template <ParticlePotential P>
class ListedParticles;

/// The neighbour lists of some replicas, one for each: mutable state beside an energy that has none. Made by
/// `ListedParticles::lists`, owned by who moves the replicas; one thread at a time may use it.
///
/// Laws:    what is computed with a list depends on its age only by the order of sums. So that a run goes on from a checkpoint to
///          the last bit, `forget` where the checkpoint is written: both the run that goes on and the one that starts from it
///          then build their lists at the same place.
class NeighbourLists {
 public:
  explicit NeighbourLists(int replicas = 0) : of_(static_cast<std::size_t>(replicas)) {}
  int replicas() const { return static_cast<int>(of_.size()); }
  /// The next evaluation makes all lists anew.
  void forget() {
    for (OfReplica& one : of_) one.clusters.forget();
  }
  /// How many lists have been made so far.
  long builds() const {
    long sum = 0;
    for (const OfReplica& one : of_) sum += one.clusters.builds();
    return sum;
  }

 private:
  template <ParticlePotential P>
  friend class ListedParticles;
  struct OfReplica {
    ClusterList clusters;
    CentreList centres;
    std::vector<Vec3<double>> ways;
    std::vector<Vec3<float>> short_ways;
    Mat3<double> cell{};  ///< what it was made for
    std::vector<double> range;
    std::vector<int> kind;
    bool centred = false;  ///< with the neighbours of every centre, and ways there and back

    template <class T>
    auto& ways_of() {
      if constexpr (sizeof(T) == 4) {
        return short_ways;
      } else {
        return ways;
      }
    }
  };
  std::vector<OfReplica> of_;
};

}  // namespace erg
