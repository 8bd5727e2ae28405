/// \file
/// Particles at any positions in a periodic box, a batch of replicas at a time, each replica with a neighbour list of its own.
#pragma once

#include "erg/base/tile.hpp"
#include "erg/potentials/moving/centre_pass.hpp"
#include "erg/potentials/moving/moving_particles.hpp"
#include "erg/potentials/moving/neighbour_lists.hpp"

#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace erg {

template <ParticlePotential P, class R>
class ListedMoves;

/// A potential of particles that may be anywhere in a periodic box: fluids, melting crystals, glasses. Each replica has a list of
/// neighbours, made anew when two particles together have moved farther than the skin since; inside a replica a register holds
/// neighbours, not samples.
///
/// Shapes:  u and gradient (3 · particles, packs), samples fastest; u is what each particle is displaced from its origin:
///          positions, where no origins are given. Neither need be in the box. excess: one number per sample, the whole energy:
///          rest_energy() is 0.
/// Units:   those of the potential and the box.
/// Errors:  InputError for a skin that is not a positive number, no particles, origins that are not finite, kinds that are not as
///          many as the particles or that the mixture does not know, and lists of another number of replicas. A position that is
///          not finite, and two particles at one place, make the energy of that sample non-finite and touch no other sample.
/// Any box serves, triclinic ones and those smaller than the cutoff too: all images are listed. Tiles of float are summed in
/// float from differences that keep their digits in large boxes; give origins, so that positions do too. Many threads may use one
/// object, each with its own tape and lists. The forms without lists make them anew at each call.
template <ParticlePotential P>
class ListedParticles {
 public:
  ListedParticles(P potential, const Box& box, std::vector<Vec3<double>> origins, double skin) requires(!MixturePotential<P>)
      : ListedParticles(potential, box, std::move(origins), std::vector<int>{}, skin, 1) {}
  ListedParticles(P potential, const Box& box, int particles, double skin) requires(!MixturePotential<P>)
      : ListedParticles(potential, box, std::vector<Vec3<double>>(checked(particles), {0, 0, 0}), skin) {}
  ListedParticles(P potential, const Box& box, int particles) requires(!MixturePotential<P>)
      : ListedParticles(potential, box, particles, usual_skin(box, particles)) {}
  ListedParticles(P potential, const Box& box, std::vector<Vec3<double>> origins, std::vector<int> kinds,
                  double skin) requires MixturePotential<P>
      : ListedParticles(potential, box, std::move(origins), std::move(kinds), skin, P::kinds) {}

  /// 0.3 (volume per particle)^⅓, about the best in liquids and solids: no result depends on it but by rounding.
  static double usual_skin(const Box& box, int particles) { return 0.3 * std::cbrt(box.volume() / checked(particles)); }

  const P& potential() const { return potential_; }
  const Box& box() const { return setting_.box; }
  double skin() const { return setting_.skin; }
  int particles() const { return static_cast<int>(origins_.size()); }
  double rest_energy() const { return 0; }
  NeighbourLists lists(int replicas) const { return NeighbourLists(replicas); }

  /// excess[sample] = U. Returns 0: no sample is beyond what the lists cover.
  template <class R>
  int energy(Tile<const R> u, double* excess, Tape<R>& tape, NeighbourLists& lists) const {
    return evaluate<false, false, R>(u, excess, {}, nullptr, tape, lists);
  }
  /// Also gradient = dU/du.
  template <class R>
  int energy_and_gradient(Tile<const R> u, double* excess, Tile<R> gradient, Tape<R>& tape, NeighbourLists& lists) const {
    return evaluate<true, false, R>(u, excess, gradient, nullptr, tape, lists);
  }
  /// Also virial[sample] = Σ_bonds d ⊗ (force on the far end): its trace is −3V dU/dV at even strain.
  template <class R>
  int energy_gradient_and_virial(Tile<const R> u, double* excess, Tile<R> gradient, Mat3<double>* virial, Tape<R>& tape,
                                 NeighbourLists& lists) const {
    return evaluate<true, true, R>(u, excess, gradient, virial, tape, lists);
  }

  template <class R>
  int energy(Tile<const R> u, double* excess, Tape<R>& tape) const {
    NeighbourLists fresh(u.packs * lanes_of<R>);
    return energy<R>(u, excess, tape, fresh);
  }
  template <class R>
  int exact_energy(Tile<const R> u, double* excess, Tape<R>& tape) const {
    return energy<R>(u, excess, tape);
  }
  template <class R>
  int energy_and_gradient(Tile<const R> u, double* excess, Tile<R> gradient, Tape<R>& tape) const {
    NeighbourLists fresh(u.packs * lanes_of<R>);
    return energy_and_gradient<R>(u, excess, gradient, tape, fresh);
  }

  /// The particles of one pack (rows, 1), to be moved one at a time: needs listed_moves.hpp.
  template <class R>
  ListedMoves<P, R> local_moves(Tile<R> u, Tape<R>&) const {
    return {*this, u};
  }
  const std::vector<Vec3<double>>& origins() const { return origins_; }
  const ListSetting& setting() const { return setting_; }

 private:
  ListedParticles(P potential, const Box& box, std::vector<Vec3<double>> origins, std::vector<int> kinds, double skin, int of)
      : potential_(potential), origins_(std::move(origins)), setting_{box, skin, of, {}, std::move(kinds)} {
    checked(particles());
    if (!(skin > 0) || !std::isfinite(skin)) throw InputError("skin", name, to_text(skin), "a positive length");
    for (const Vec3<double>& x : origins_) {
      if (!std::isfinite(x.x + x.y + x.z))
        throw InputError("origin of a particle", name, to_text(x.x + x.y + x.z), "finite numbers");
    }
    if constexpr (MixturePotential<P>) {
      if (setting_.kind.size() != origins_.size())
        throw InputError("kinds", name, std::to_string(setting_.kind.size()), std::to_string(particles()) + ", one per particle");
      require_kinds(potential_, setting_.kind, name);
      for (int a = 0; a < of; ++a) {
        for (int b = 0; b < of; ++b) setting_.range.push_back(potential_.between(a, b).cutoff() + skin);
      }
    } else {
      setting_.range.push_back(potential_.cutoff() + skin);
    }
  }
  static int checked(int particles) {
    if (particles < 1) throw InputError("particles", name, std::to_string(particles), "at least one");
    return particles;
  }

  /// One pack after the other: turned round, so that each replica's coordinates follow each other.
  template <bool with_gradient, bool with_virial, class R>
  int evaluate(Tile<const R> u, double* excess, Tile<R> gradient, [[maybe_unused]] Mat3<double>* virial, Tape<R>& tape,
               NeighbourLists& lists) const {
    using T = scalar_t<R>;
    constexpr int width = lanes_of<R>;
    if (lists.replicas() != u.packs * width)
      throw InputError("replicas", name, std::to_string(u.packs * width),
                       std::to_string(lists.replicas()) + ", as many as lists");
    const int blocks = (u.rows + width - 1) / width, stride = blocks * width;
    const auto mark = tape.mark();
    T* x = reinterpret_cast<T*>(tape.push(static_cast<std::size_t>(blocks) * width));  // (lane, row): lane s begins at s · stride
    for (int pack = 0; pack < u.packs; ++pack) {
      for (int block = 0; block < blocks; ++block) {
        R square[width];
        for (int k = 0; k < width; ++k) square[k] = u(std::min(block * width + k, u.rows - 1), pack);
        turn(square);
        for (int s = 0; s < width; ++s) store(square[s], x + s * stride + block * width);
      }
      for (int s = 0; s < width; ++s) {
        const int sample = pack * width + s;
        const detail::ReplicaSums sums = one<with_gradient, with_virial, R>(x + s * stride, lists.of_[sample], tape);
        excess[sample] = sums.energy;
        if constexpr (with_virial) virial[sample] = sums.virial;
      }
      for (int block = 0; with_gradient && block < blocks; ++block) {
        R square[width];
        for (int s = 0; s < width; ++s) load(square[s], x + s * stride + block * width);
        turn(square);
        for (int k = 0; k < width && block * width + k < u.rows; ++k) gradient(block * width + k, pack) = square[k];
      }
    }
    tape.release(mark);
    return 0;
  }

  /// One replica; the gradient takes the place of its coordinates x.
  template <bool with_gradient, bool with_virial, class R>
  detail::ReplicaSums one(scalar_t<R>* x, NeighbourLists::OfReplica& list, Tape<R>& tape) const {
    using T = scalar_t<R>;
    using L = Lanes<T, detail::cluster_width<T>>;
    const auto position = [&](int i) -> Vec3<double> {
      const Vec3<double>& origin = origins_[i];
      return {origin.x + x[3 * i], origin.y + x[3 * i + 1], origin.z + x[3 * i + 2]};
    };
    const auto mark = tape.mark();
    T* placed = nullptr;
    const auto serves = [&] {
      placed = aligned<R>(tape, list.clusters.coordinates());
      return list.clusters.place(setting_.skin, position, [placed](int at, double here) { placed[at] = static_cast<T>(here); });
    };
    detail::ReplicaSums sums;
    if ((!made_for_this<L>(list) || !serves()) && (!build<L>(list, position) || !serves())) {
      constexpr double no_number = std::numeric_limits<double>::quiet_NaN();
      list.clusters.forget();
      if constexpr (with_gradient) std::fill_n(x, 3 * particles(), static_cast<T>(no_number));
      tape.release(mark);
      for (int axis = 0; axis < 3; ++axis) sums.virial[axis] = {no_number, no_number, no_number};
      sums.energy = no_number;
      return sums;
    }
    T* slope = with_gradient ? aligned<R>(tape, list.clusters.coordinates()) : nullptr;
    if constexpr (with_gradient) std::fill_n(slope, list.clusters.coordinates(), T(0));
    const detail::PlacedReplica<T> replica{placed, slope, list.template ways_of<T>().data()};
    if constexpr (AngularPotential<P>) {
      detail::centre_pass<with_gradient, with_virial, native_lanes<T>>(potential_, list.clusters, list.centres, replica, sums);
    } else {
      detail::cluster_pass<with_gradient, with_virial, L>(potential_, list.clusters, replica, sums);
    }
    for (int c = 0, slot = 0; with_gradient && c < list.clusters.clusters(); ++c, slot += L::width) {
      for (int s = 0; s < list.clusters.filled(c); ++s) {
        for (int axis = 0; axis < 3; ++axis)
          x[3 * list.clusters.particle(slot + s) + axis] = slope[3 * slot + axis * L::width + s];
      }
    }
    tape.release(mark);
    return sums;
  }

  template <class L>
  bool made_for_this(const NeighbourLists::OfReplica& list) const {
    const Mat3<double>&a = list.cell, &b = setting_.box.cell();
    const auto equal = [](const Vec3<double>& p, const Vec3<double>& q) { return p.x == q.x && p.y == q.y && p.z == q.z; };
    return list.clusters.width() == L::width && list.clusters.particles() == particles() && equal(a.a, b.a) && equal(a.b, b.b) &&
           equal(a.c, b.c) && list.range == setting_.range && list.kind == setting_.kind && list.centred == AngularPotential<P>;
  }
  template <class L, class Position>
  bool build(NeighbourLists::OfReplica& list, const Position& position) const {
    using T = scalar_t<L>;
    list.cell = setting_.box.cell();
    list.range = setting_.range;
    list.kind = setting_.kind;
    list.centred = AngularPotential<P>;
    if (!list.clusters.build<L::width, sizeof(T) == 4>(setting_, particles(), position)) return false;
    if constexpr (AngularPotential<P>) list.centres.build(setting_, list.clusters);
    auto& ways = list.template ways_of<T>();
    ways.clear();
    for (const Vec3<double>& way : AngularPotential<P> ? list.centres.ways() : list.clusters.ways()) {
      ways.push_back({static_cast<T>(way.x), static_cast<T>(way.y), static_cast<T>(way.z)});
    }
    return true;
  }

  /// n numbers that begin at a whole register.
  template <class R>
  static scalar_t<R>* aligned(Tape<R>& tape, int n) {
    using T = scalar_t<R>;
    constexpr int spare = register_bytes / sizeof(T);
    const auto at = reinterpret_cast<std::uintptr_t>(tape.push((n + spare) / lanes_of<R> + 1));
    return reinterpret_cast<T*>((at + register_bytes - 1) / register_bytes * register_bytes);
  }
  template <std::floating_point T, int W>
  static void turn(Lanes<T, W> (&square)[W]) {
    transpose(square);
  }
  template <std::floating_point T>
  static void turn(T (&)[1]) {}
  template <std::floating_point T, int W>
  static void store(Lanes<T, W> from, T* to) {
    from.store(to);
  }
  template <std::floating_point T>
  static void store(T from, T* to) {
    *to = from;
  }
  template <std::floating_point T, int W>
  static void load(Lanes<T, W>& to, const T* from) {
    to = Lanes<T, W>::load(from);
  }
  template <std::floating_point T>
  static void load(T& to, const T* from) {
    to = *from;
  }

  static constexpr const char* name = "listed particles";
  P potential_;
  std::vector<Vec3<double>> origins_;
  ListSetting setting_;
};

}  // namespace erg
