/// \file
/// Energy, forces and virial of particles at any positions in a periodic box.
#pragma once

#include "erg/base/error.hpp"
#include "erg/geometry/cell_list.hpp"
#include "erg/potentials/crystal/moments.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace erg {

/// Two particles, or a particle and a periodic image, inside the cutoff: d = r_j − r_i of that image.
struct ParticleBond {
  int i, j;
  Vec3<double> d;
};

/// Units: forces [energy/length]; virial Σ_bonds d ⊗ (force on j) [energy], its trace is −3V dU/dV at even strain.
struct EnergyForcesVirial {
  double energy = 0;
  std::vector<Vec3<double>> forces;
  Mat3<double> virial{};
};

/// The pressure N k_BT / V + tr(virial) / 3V of one configuration; its mean is that of the canonical ensemble.
///
/// Units:   kT as the virial's energy, volume in length³; energy/length³.
/// Errors:  InputError for a volume that is not a positive number.
inline double virial_pressure(int particles, double volume, double kT, const Mat3<double>& virial) {
  if (!(volume > 0) || !std::isfinite(volume))
    throw InputError("volume", "virial pressure", to_text(volume), "a positive number");
  return (particles * kT + (virial.a.x + virial.b.y + virial.c.z) / 3) / volume;
}

namespace detail {

/// Every pair and every image inside the cutoff, found by trying all.
inline std::vector<ParticleBond> bonds_by_trial(std::span<const Vec3<double>> positions, const Box& box, double cutoff) {
  const Vec3<double> h = box.heights();
  const bool one_image = cutoff <= box.half_height();
  const auto images = [&](double height) { return one_image ? 0 : static_cast<int>(std::ceil(cutoff / height)) + 1; };
  const int nx = images(h.x), ny = images(h.y), nz = images(h.z), count = static_cast<int>(positions.size());
  std::vector<ParticleBond> bonds;
  for (int i = 0; i < count; ++i) {
    for (int j = i; j < count; ++j) {
      if (i == j && one_image) continue;
      const Vec3<double> near = box.minimum_image(positions[j] - positions[i]);
      for (int x = i == j ? 0 : -nx; x <= nx; ++x) {
        for (int y = i == j && x == 0 ? 0 : -ny; y <= ny; ++y) {
          for (int z = i == j && x == 0 && y == 0 ? 1 : -nz; z <= nz; ++z) {
            const Vec3<double> d = one_image ? near : near + box.to_cartesian({double(x), double(y), double(z)});
            if (!(dot(d, d) >= cutoff * cutoff)) bonds.push_back({i, j, d});  // NaN counts as inside
          }
        }
      }
    }
  }
  return bonds;
}

}  // namespace detail

/// Every pair and every image inside `cutoff`, each once, whatever the size of the box. Cost: linear in the number of
/// particles where the box is at least two cutoffs high; quadratic in a smaller box and with a position that is not finite.
inline std::vector<ParticleBond> all_bonds(std::span<const Vec3<double>> positions, const Box& box, double cutoff) {
  const auto is_finite = [](const Vec3<double>& r) { return std::isfinite(r.x + r.y + r.z); };
  const bool few = positions.size() < 64;
  if (few || cutoff > box.half_height() || !std::all_of(positions.begin(), positions.end(), is_finite)) {
    return detail::bonds_by_trial(positions, box, cutoff);
  }
  CellList cells(box, cutoff);
  cells.assign(positions);
  std::vector<ParticleBond> bonds;
  cells.for_pairs([&](int i, int j, Vec3<double> d) { bonds.push_back({i, j, d}); });
  return bonds;
}

/// The sums over a list of bonds that holds every pair inside the cutoff once.
template <PairPotential P>
EnergyForcesVirial sum_over_bonds(const P& potential, std::span<const ParticleBond> bonds, std::size_t particles);
template <AngularPotential P>
EnergyForcesVirial sum_over_bonds(const P& potential, std::span<const ParticleBond> bonds, std::size_t particles);
/// The same of a mixture, whose particles are of these kinds.
template <MixturePotential P>
EnergyForcesVirial sum_over_bonds(const P& potential, std::span<const ParticleBond> bonds, std::span<const int> kinds);

/// Errors:  InputError for a kind of particle that the potential does not know.
template <MixturePotential P>
void require_kinds(const P&, std::span<const int> kinds, const std::string& where) {
  for (const int kind : kinds) {
    if (kind < 0 || kind >= P::kinds)
      throw InputError("kind of particle", where, std::to_string(kind), "0 to " + std::to_string(P::kinds - 1));
  }
}

/// A potential of particles that may be anywhere: no reference crystal, every image counted.
///
/// Shapes:  positions and forces: one vector per particle; of a mixture also one kind per particle.
/// Units:   those of the potential.
/// Errors:  InputError for kinds that the mixture does not know or that are not as many as the positions. A position that is not
///          finite, and two particles at one place, make the energy non-finite.
template <ParticlePotential P>
class MovingParticles {
 public:
  explicit MovingParticles(P potential) requires(!MixturePotential<P>) : potential_(potential) {}
  MovingParticles(P potential, std::vector<int> kinds) requires MixturePotential<P> : potential_(potential),
                                                                                      kinds_(std::move(kinds)) {
    require_kinds(potential_, kinds_, "moving particles");
  }
  const P& potential() const { return potential_; }

  EnergyForcesVirial energy_forces_virial(std::span<const Vec3<double>> positions, const Box& box) const {
    return over(all_bonds(positions, box, potential_.cutoff()), positions.size());
  }
  /// Over a list of bonds that holds every pair inside the cutoff once.
  EnergyForcesVirial over(std::span<const ParticleBond> bonds, std::size_t particles) const {
    if constexpr (MixturePotential<P>) {
      if (kinds_.size() != particles)
        throw InputError("positions", "moving particles", std::to_string(particles),
                         std::to_string(kinds_.size()) + ", one for each kind given");
      return sum_over_bonds(potential_, bonds, std::span<const int>(kinds_));
    } else {
      return sum_over_bonds(potential_, bonds, particles);
    }
  }
  double energy(std::span<const Vec3<double>> positions, const Box& box) const {
    return energy_forces_virial(positions, box).energy;
  }

 private:
  P potential_;
  std::vector<int> kinds_;  // empty where all are alike
};

namespace detail {
/// Adds what the force f on the far end of a bond does.
inline void add_force(EnergyForcesVirial& sum, const ParticleBond& bond, Vec3<double> f) {
  sum.forces[bond.j] += f;
  sum.forces[bond.i] -= f;
  for (int axis = 0; axis < 3; ++axis) sum.virial[axis] += bond.d[axis] * f;
}
}  // namespace detail

template <PairPotential P>
EnergyForcesVirial sum_over_bonds(const P& potential, std::span<const ParticleBond> bonds, std::size_t particles) {
  EnergyForcesVirial sum{0, std::vector<Vec3<double>>(particles, {0, 0, 0}), {}};
  for (const ParticleBond& bond : bonds) {
    const PairEnergy<double> p = potential(dot(bond.d, bond.d));
    sum.energy += p.energy;
    detail::add_force(sum, bond, p.force_over_r * bond.d);
  }
  return sum;
}

template <MixturePotential P>
EnergyForcesVirial sum_over_bonds(const P& potential, std::span<const ParticleBond> bonds, std::span<const int> kinds) {
  EnergyForcesVirial sum{0, std::vector<Vec3<double>>(kinds.size(), {0, 0, 0}), {}};
  for (const ParticleBond& bond : bonds) {
    const PairEnergy<double> p = potential.between(kinds[bond.i], kinds[bond.j])(dot(bond.d, bond.d));
    sum.energy += p.energy;
    detail::add_force(sum, bond, p.force_over_r * bond.d);
  }
  return sum;
}

template <AngularPotential P>
EnergyForcesVirial sum_over_bonds(const P& potential, std::span<const ParticleBond> bonds, std::size_t particles) {
  EnergyForcesVirial sum{0, std::vector<Vec3<double>>(particles, {0, 0, 0}), {}};
  const AngularTerm<double> term(potential);
  std::vector<Moments<double>> moments(particles, Moments<double>::zero());
  std::vector<KeptBond<double>> kept;
  kept.reserve(bonds.size());
  for (const ParticleBond& bond : bonds) {
    const double r2 = dot(bond.d, bond.d), inverse_r = inverse_root(r2);
    const RadialTerms<double> p = potential.radial(r2 * inverse_r, inverse_r);
    const Vec3<double> e = inverse_r * bond.d;
    sum.energy += term.bond_energy(p);
    moments[bond.i].add(e, p.weight);
    moments[bond.j].add_opposite(e, p.weight);
    kept.push_back(term.keep(e, inverse_r, p));
  }
  for (const Moments<double>& m : moments) sum.energy += term.centre_energy(m);
  for (std::size_t k = 0; k < bonds.size(); ++k) {
    detail::add_force(sum, bonds[k], -term.bond_gradient(kept[k], moments[bonds[k].i], moments[bonds[k].j]));
  }
  return sum;
}

}  // namespace erg
