/// \file
/// The loops over the clusters near each particle of one replica: pair potentials and mixtures of them.
#pragma once

#include "erg/potentials/concept.hpp"
#include "erg/potentials/moving/clusters.hpp"

#include <type_traits>

namespace erg::detail {

/// Particles per cluster: a register of half the widest is filled better, and two of them are as fast.
template <std::floating_point T>
inline constexpr int cluster_width = register_bytes > 16 ? 32 / int(sizeof(T)) : 16 / int(sizeof(T));

/// One replica in the order of its list.
template <std::floating_point T>
struct PlacedReplica {
  const T* x;           ///< (cluster, axis, lane)
  T* gradient;          ///< the same, zero on entry
  const Vec3<T>* ways;  ///< of the list
};

/// What a pass adds up, in double.
struct ReplicaSums {
  double energy = 0;
  Mat3<double> virial{};
};

/// One particle, from where differences to the clusters around it are taken.
template <class L>
struct FromParticle {
  using T = scalar_t<L>;
  static constexpr int width = lanes_of<L>;
  const T* x;
  Vec3<L> at;

  FromParticle(const T* coordinates, int block, int lane) : x(coordinates) {
    const T* mine = x + block + lane;
    at = {L(mine[0]), L(mine[width]), L(mine[2 * width])};
  }
  /// To the cluster whose coordinates begin at `block`: near coordinates first, then the way.
  Vec3<L> to(int block, const Vec3<T>& way) const {
    const Vec3<L> d = to(block);
    return {d.x + L(way.x), d.y + L(way.y), d.z + L(way.z)};
  }
  Vec3<L> to(int block) const {
    const T* other = x + block;
    return {L::load(other) - at.x, L::load(other + width) - at.y, L::load(other + 2 * width) - at.z};
  }
};

template <class L>
void subtract_from(scalar_t<L>* x, L y) {
  (L::load(x) - y).store(x);
}

/// d ⊗ f of pairs, where f is along d.
template <class L>
struct PairVirial {
  L xx = L(0), yy = L(0), zz = L(0), xy = L(0), xz = L(0), yz = L(0);

  void add(const Vec3<L>& f, const Vec3<L>& d) {
    xx += f.x * d.x;
    yy += f.y * d.y;
    zz += f.z * d.z;
    xy += f.x * d.y;
    xz += f.x * d.z;
    yz += f.y * d.z;
  }
  void add_to(Mat3<double>& virial) const {
    const double y_x = sum(xy), z_x = sum(xz), z_y = sum(yz);
    virial.a += Vec3<double>{double(sum(xx)), y_x, z_x};
    virial.b += Vec3<double>{y_x, double(sum(yy)), z_y};
    virial.c += Vec3<double>{z_x, z_y, double(sum(zz))};
  }
};

/// x[s] += sum of lanes of of[s].
template <class L>
void add_sums(scalar_t<L>* x, L (&of)[lanes_of<L>]) {
  transpose(of);
  L all = of[0];
  for (int s = 1; s < lanes_of<L>; ++s) all += of[s];
  (L::load(x) + all).store(x);
}

/// The pairs of particles with those of one kind, in clusters after their own.
template <bool with_gradient, bool with_virial, class L, PairPotential P>
void add_pairs(const P potential, const ClusterList& list, const PlacedReplica<scalar_t<L>>& replica, int kind, int first,
               int last, ReplicaSums& sums) {
  using T = scalar_t<L>;
  constexpr int width = lanes_of<L>;
  T* const __restrict gradient = replica.gradient;
  const Vec3<T>* const ways = replica.ways;
  const L far = L(T(4 * potential.cutoff() * potential.cutoff()));
  L lane_number(0);
  for (int s = 0; s < width; ++s) lane_number.set(s, T(s));
  PairVirial<L> virial;
  for (int c = first; c < last; ++c) {
    const bool own = list.kind(c) == kind;
    const int block = 3 * width * c;
    L energy(0), slope_x[width], slope_y[width], slope_z[width];  // dU/dx of each particle of the cluster
    for (int s = 0; s < width; ++s) slope_x[s] = slope_y[s] = slope_z[s] = L(0);
    for (int s = 0; s < list.filled(c); ++s) {
      const FromParticle<L> from(replica.x, block, s);
      L x(0), y(0), z(0);
      const auto add = [&](const PairEnergy<L>& p, const Vec3<L>& d, T* of_others) {
        energy += p.energy;
        if constexpr (with_gradient) {
          const Vec3<L> f = p.force_over_r * d;
          subtract_from(of_others, f.x);
          subtract_from(of_others + width, f.y);
          subtract_from(of_others + 2 * width, f.z);
          x += f.x;
          y += f.y;
          z += f.z;
          if constexpr (with_virial) virial.add(f, d);
        }
      };
      for (const auto near : list.near(kind, c * width + s)) {
        const Vec3<L> d = from.to(near.block, ways[near.way]);
        add(potential(dot(d, d)), d, gradient + near.block);
      }
      if (own) {  // those after it in its own cluster
        const Vec3<L> d = from.to(block);
        add(potential(select(lane_number > L(T(s)), dot(d, d), far)), d, gradient + block);
      }
      slope_x[s] = x;
      slope_y[s] = y;
      slope_z[s] = z;
    }
    sums.energy += sum(energy);
    if constexpr (with_gradient) {
      add_sums(gradient + block, slope_x);
      add_sums(gradient + block + width, slope_y);
      add_sums(gradient + block + 2 * width, slope_z);
    }
  }
  if constexpr (with_virial) virial.add_to(sums.virial);
}

/// Sums over one replica; its gradient must be zero on entry.
template <bool with_gradient, bool with_virial, class L, class P>
void cluster_pass(const P& potential, const ClusterList& list, const PlacedReplica<scalar_t<L>>& replica, ReplicaSums& sums) {
  if constexpr (MixturePotential<P>) {
    for (int a = 0, first = 0; a < P::kinds; ++a) {
      int last = first;
      while (last < list.clusters() && list.kind(last) == a) ++last;
      for (int b = a; b < P::kinds; ++b) {
        add_pairs<with_gradient, with_virial, L>(potential.between(a, b), list, replica, b, first, last, sums);
      }
      first = last;
    }
  } else {
    add_pairs<with_gradient, with_virial, L>(potential, list, replica, 0, 0, list.clusters(), sums);
  }
}

}  // namespace erg::detail
