/// \file
/// The neighbours of each particle of one replica, and the loops over them: three-body potentials.
#pragma once

#include "erg/potentials/crystal/moments.hpp"
#include "erg/potentials/moving/cluster_pass.hpp"

#include <span>
#include <vector>

namespace erg {

/// For each slot of a `ClusterList` all particles within its range, one by one: each pair stands under both.
///
/// Laws:    as of the list that it is made from.
class CentreList {
 public:
  struct Near {
    std::int32_t at;   ///< the number of its x coordinate
    std::int32_t way;  ///< what to add to differences: a number in `ways`
  };

  std::span<const Near> near(int slot) const { return {near_.data() + start_[slot], near_.data() + start_[slot + 1]}; }
  /// No way, and those of the list there and back.
  const std::vector<Vec3<double>>& ways() const { return ways_; }
  /// The largest number of neighbours of a particle.
  int most() const { return most_; }

  /// All pairs of the list that were nearer than their range where it was built.
  void build(const ListSetting& setting, const ClusterList& list) {
    const int width = list.width(), slots = list.clusters() * width;
    const double* x = list.built_at().data();
    pairs_.clear();
    ways_.assign(1, {0, 0, 0});
    for (const Vec3<double>& way : list.ways()) {
      ways_.push_back(way);
      ways_.push_back(-way);
    }
    start_.assign(slots + 1, 0);
    const auto append = [&](int slot, int other, int way) {
      const int i = coordinate(slot, width), j = coordinate(other, width);
      const Vec3<double> d =
          Vec3<double>{x[j] - x[i], x[j + width] - x[i + width], x[j + 2 * width] - x[i + 2 * width]} + ways_[way];
      const double range = setting.range[list.kind(slot / width) * setting.kinds + list.kind(other / width)];
      if (dot(d, d) >= range * range) return;
      pairs_.push_back({slot, other, way});
      ++start_[slot + 1];
      ++start_[other + 1];
    };
    for (int slot = 0; slot < slots; ++slot) {
      const int c = slot / width;
      for (int other = slot + 1; other < c * width + list.filled(c); ++other) append(slot, other, 0);
      for (int kind = 0; kind < setting.kinds; ++kind) {
        for (const ClusterList::Near near : list.near(kind, slot)) {
          const int first = near.block / 3;
          for (int s = 0; s < list.filled(first / width); ++s) append(slot, first + s, 2 * near.way + 1);
        }
      }
    }
    most_ = 0;
    for (int slot = 0; slot < slots; ++slot) {
      most_ = std::max(most_, start_[slot + 1]);
      start_[slot + 1] += start_[slot];
    }
    near_.resize(start_[slots]);
    std::vector<std::int32_t> next(start_.begin(), start_.end() - 1);
    for (const Pair& pair : pairs_) {
      near_[next[pair.slot]++] = {coordinate(pair.other, width), pair.way};
      near_[next[pair.other]++] = {coordinate(pair.slot, width), back(pair.way)};
    }
  }
  static int coordinate(int slot, int width) { return slot / width * 3 * width + slot % width; }

 private:
  struct Pair {
    std::int32_t slot, other, way;
  };

  static int back(int way) { return way == 0 ? 0 : way % 2 ? way + 1 : way - 1; }

  int most_ = 0;
  std::vector<Vec3<double>> ways_;
  std::vector<Pair> pairs_;
  std::vector<Near> near_;
  std::vector<std::int32_t> start_;
};

namespace detail {

/// The neighbours of one centre that are inside the reach, a register of them at a time.
template <class L>
struct Surroundings {
  using T = scalar_t<L>;
  std::vector<T> x, y, z, r2;
  std::vector<int> at;
  std::vector<KeptBond<L>> kept;
  int count = 0;

  explicit Surroundings(int most)
      : x(most + lanes_of<L>), y(x.size()), z(x.size()), r2(x.size()), at(x.size()), kept(x.size() / lanes_of<L> + 1) {}

  /// Takes a neighbour unless it is out of reach.
  void offer(const Vec3<T>& d, int coordinate, T reach) {
    const T square = dot(d, d);
    x[count] = d.x;
    y[count] = d.y;
    z[count] = d.z;
    r2[count] = square;
    at[count] = coordinate;
    count += !(square >= reach * reach);
  }
  /// Up to a whole register: somebody out of reach.
  void fill_up(T reach) {
    for (int s = count; s < count + lanes_of<L>; ++s) {
      x[s] = 2 * reach;
      y[s] = z[s] = 0;
      r2[s] = 4 * reach * reach;
    }
  }
  void gather(const PlacedReplica<T>& replica, std::span<const CentreList::Near> near, int width, int centre, T reach) {
    const T* all = replica.x;
    const Vec3<T> here{all[centre], all[centre + width], all[centre + 2 * width]};
    count = 0;
    for (const CentreList::Near other : near) {
      const Vec3<T> there{all[other.at], all[other.at + width], all[other.at + 2 * width]};
      offer(there - here + replica.ways[other.way], other.at, reach);
    }
    fill_up(reach);
  }
  Vec3<L> vector(int k) const { return {L::load(x.data() + k), L::load(y.data() + k), L::load(z.data() + k)}; }
};

/// The same sums in each lane.
template <class L>
Moments<scalar_t<L>> added_up(const Moments<L>& m) {
  return {{sum(m.first.x), sum(m.first.y), sum(m.first.z)}, sum(m.xx), sum(m.yy), sum(m.zz), sum(m.xy), sum(m.xz), sum(m.yz)};
}
template <class L>
Moments<L> in_all_lanes(const Moments<scalar_t<L>>& m) {
  return {{L(m.first.x), L(m.first.y), L(m.first.z)}, L(m.xx), L(m.yy), L(m.zz), L(m.xy), L(m.xz), L(m.yz)};
}

/// Sums over one replica; its gradient must be zero on entry. Each bond is met from both its ends: what it has alone counts half,
/// and its gradient has the moments of one centre at a time, so that no other centre is waited for.
template <bool with_gradient, bool with_virial, class L, AngularPotential P>
void centre_pass(const P potential, const ClusterList& clusters, const CentreList& list,
                 const PlacedReplica<scalar_t<L>>& replica, ReplicaSums& sums) {
  using T = scalar_t<L>;
  const AngularTerm<L> term(potential);
  const AngularTerm<T> term_of_one(potential);
  const T reach = T(potential.template reach<T>());
  const int width = clusters.width();
  Surroundings<L> around(list.most());
  for (int slot = 0; slot < clusters.clusters() * width; ++slot) {
    const int centre = CentreList::coordinate(slot, width);
    around.gather(replica, list.near(slot), width, centre, reach);
    L energy(0);
    Moments<L> parts = Moments<L>::zero();
    for (int k = 0, n = 0; k < around.count; k += lanes_of<L>, ++n) {
      const L r2 = L::load(around.r2.data() + k), inverse_r = inverse_root(r2);
      const RadialTerms<L> p = potential.radial(r2 * inverse_r, inverse_r);
      const Vec3<L> e = inverse_r * around.vector(k);
      energy += term.bond_energy(p);
      parts.add(e, p.weight);
      if constexpr (with_gradient) {
        around.kept[n] = term.keep(e, inverse_r, p);
        around.kept[n].alone *= L(T(0.5));
      }
    }
    if (around.count == 0) continue;
    const Moments<T> moments = added_up(parts);
    sums.energy += 0.5 * double(sum(energy)) + double(term_of_one.centre_energy(moments));
    if constexpr (with_gradient) {
      const Moments<L> here = in_all_lanes<L>(moments), nothing = Moments<L>::zero();
      Vec3<L> all{L(0), L(0), L(0)};
      for (int k = 0, n = 0; k < around.count; k += lanes_of<L>, ++n) {
        const Vec3<L> f = term.bond_gradient(around.kept[n], here, nothing);
        all += f;
        if constexpr (with_virial) {
          const Vec3<L> d = around.vector(k);
          sums.virial.a -= Vec3<double>{double(sum(d.x * f.x)), double(sum(d.x * f.y)), double(sum(d.x * f.z))};
          sums.virial.b -= Vec3<double>{double(sum(d.y * f.x)), double(sum(d.y * f.y)), double(sum(d.y * f.z))};
          sums.virial.c -= Vec3<double>{double(sum(d.z * f.x)), double(sum(d.z * f.y)), double(sum(d.z * f.z))};
        }
        f.x.store(around.x.data() + k);
        f.y.store(around.y.data() + k);
        f.z.store(around.z.data() + k);
      }
      T* gradient = replica.gradient;
      for (int k = 0; k < around.count; ++k) {
        const int at = around.at[k];
        gradient[at] += around.x[k];
        gradient[at + width] += around.y[k];
        gradient[at + 2 * width] += around.z[k];
      }
      gradient[centre] -= sum(all.x);
      gradient[centre + width] -= sum(all.y);
      gradient[centre + 2 * width] -= sum(all.z);
    }
  }
}

}  // namespace detail
}  // namespace erg
