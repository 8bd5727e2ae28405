/// \file
/// Particles at any positions in cells that grow and shrink, each replica's by itself: the energy of constant pressure.
#pragma once

#include "erg/potentials/length_scaled.hpp"
#include "erg/potentials/moving/listed_particles.hpp"

#include <cstddef>
#include <mutex>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace erg {

/// U + P V of the particles of a `ListedParticles` where edges of the box, origins and displacements are all `scale` times as
/// long. A crystal is given by origins at its sites: they move with the cell.
///
/// Shapes:  as ListedParticles, in whose box the coordinates are; scale, energy and slope: one number per sample.
/// Units:   those of the potential; pressure in energy/length³; slope is V dU/dV + P V with all that moves with the cell; the
///          gradient is dU/dx of the coordinates given, `scale` times that of real ones.
/// Errors:  InputError for a pressure that is no number. It refers to the particles, which must outlive it.
/// Neighbour lists are those of unscaled coordinates: a cell that grows needs no new ones, and each serves scales from 0.98
/// to 1.02 times the one it was made at. They are remembered as by `FollowedParticles`, and `forget` is for checkpoints as there.
template <ParticlePotential P>
class ScaledParticles {
 public:
  ScaledParticles(const ListedParticles<P>& energies, double pressure) : energies_(&energies), pressure_(pressure) {
    if (!std::isfinite(pressure)) throw InputError("pressure", "scaled particles", to_text(pressure), "a finite number");
  }

  int particles() const { return energies_->particles(); }
  double volume() const { return energies_->box().volume(); }
  double pressure() const { return pressure_; }
  const ListedParticles<P>& energies() const { return *energies_; }

  template <class R>
  int scaled_energy(Tile<const R> x, const double* scale, double* energy, Tape<R>&) const {
    return evaluate<R>(x, scale, energy, [](auto& one, auto x, double* to, int, int, Mat3<double>&, auto& tape, auto& lists) {
      one.template energy<scalar_t<R>>(x, to, tape, lists);
    });
  }
  template <class R>
  int scaled_energy_and_gradient(Tile<const R> x, const double* scale, double* energy, Tile<R> gradient, Tape<R>&) const {
    using T = scalar_t<R>;
    return evaluate<R>(x, scale, energy,
                       [&](auto& one, auto x, double* to, int pack, int s, Mat3<double>&, auto& tape, auto& lists) {
                         const Tile<T> slope{tape.push(static_cast<std::size_t>(x.rows)), x.rows, 1};
                         one.template energy_and_gradient<T>(x, to, slope, tape, lists);
                         for (int row = 0; row < x.rows; ++row) set_lane(gradient(row, pack), s, slope(row, 0));
                       });
  }
  template <class R>
  int scaled_energy_gradient_and_slope(Tile<const R> x, const double* scale, double* energy, Tile<R> gradient, double* slope,
                                       Tape<R>&) const {
    using T = scalar_t<R>;
    return evaluate<R>(x, scale, energy,
                       [&](auto& one, auto x, double* to, int pack, int s, Mat3<double>& virial, auto& tape, auto& lists) {
                         const Tile<T> mine{tape.push(static_cast<std::size_t>(x.rows)), x.rows, 1};
                         one.template energy_gradient_and_virial<T>(x, to, mine, &virial, tape, lists);
                         for (int row = 0; row < x.rows; ++row) set_lane(gradient(row, pack), s, mine(row, 0));
                         const int sample = pack * lanes_of<R> + s;
                         slope[sample] = pressure_ * volume_at(scale[sample]) - (virial.a.x + virial.b.y + virial.c.z) / 3;
                       });
  }

  /// All lists are made anew when they are needed next.
  void forget() {
    const std::lock_guard lock(mutex_);
    followed_.clear();
  }

 private:
  static constexpr std::size_t most = 4096;  // tiles; beyond, all are forgotten
  static constexpr double margin = 1.02;     // list and scale may be that far apart

  /// What is remembered of a tile: for each sample its list and the least scale that this serves.
  struct Followed {
    std::vector<NeighbourLists> lists;
    std::vector<double> least;
    Tape<float> short_tape;
    Tape<double> tape;

    template <class T>
    auto& tape_of() {
      if constexpr (sizeof(T) == 4) {
        return short_tape;
      } else {
        return tape;
      }
    }
  };

  double volume_at(double scale) const { return volume() * scale * scale * scale; }

  auto at_scale(double scale, double least) const {
    const auto& setting = energies_->setting();
    if constexpr (MixturePotential<P>) {
      return ListedParticles<LengthScaledKinds<P>>({energies_->potential(), scale, least}, setting.box, energies_->origins(),
                                                   setting.kind, setting.skin);
    } else {
      using T = typename P::Scalar;
      return ListedParticles<LengthScaled<P>>({energies_->potential(), static_cast<T>(scale), static_cast<T>(least)}, setting.box,
                                              energies_->origins(), setting.skin);
    }
  }

  /// compute(particles at the scale, x, energy, pack, lane, virial, tape, lists) for every sample.
  template <class R, class Compute>
  int evaluate(Tile<const R> x, const double* scale, double* energy, const Compute& compute) const {
    using T = scalar_t<R>;
    Followed mine = borrow(x.data, x.packs * lanes_of<R>);
    Tape<T>& tape = mine.template tape_of<T>();
    for (int sample = 0; sample < x.packs * lanes_of<R>; ++sample) {
      const int pack = sample / lanes_of<R>, s = sample % lanes_of<R>;
      const auto at = static_cast<std::size_t>(sample);
      double& least = mine.least[at];
      if (!(scale[sample] >= least && scale[sample] <= least * margin * margin)) least = scale[sample] / margin;
      const auto one = at_scale(scale[sample], least);
      const auto mark = tape.mark();
      const Tile<T> alone{tape.push(static_cast<std::size_t>(x.rows)), x.rows, 1};
      for (int row = 0; row < x.rows; ++row) alone(row, 0) = lane(x(row, pack), s);
      Mat3<double> virial{};
      compute(one, Tile<const T>(alone), energy + sample, pack, s, virial, tape, mine.lists[at]);
      tape.release(mark);
      energy[sample] += pressure_ * volume_at(scale[sample]);
    }
    give_back(x.data, std::move(mine));
    return 0;
  }

  Followed borrow(const void* place, int samples) const {
    const auto n = static_cast<std::size_t>(samples);
    const std::lock_guard lock(mutex_);
    const auto found = followed_.find(place);
    if (found == followed_.end() || found->second.lists.size() != n)
      return {std::vector<NeighbourLists>(n, NeighbourLists(1)), std::vector<double>(n, 0.0), {}, {}};
    Followed mine = std::move(found->second);
    followed_.erase(found);
    return mine;
  }
  void give_back(const void* place, Followed mine) const {
    const std::lock_guard lock(mutex_);
    if (followed_.size() >= most) followed_.clear();
    followed_.insert_or_assign(place, std::move(mine));
  }

  const ListedParticles<P>* energies_;
  double pressure_;
  mutable std::mutex mutex_;
  mutable std::unordered_map<const void*, Followed> followed_;
};

}  // namespace erg
