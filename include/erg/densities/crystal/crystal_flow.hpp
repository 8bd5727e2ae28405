/// \file
/// The whole flow of a crystal, put together: harmonic base, stretched modes, sweeps of sublattice couplings.
#pragma once

#include "erg/bijectors/chain.hpp"
#include "erg/bijectors/crystal/crystal_sublattices.hpp"
#include "erg/bijectors/crystal/sublattice_flow.hpp"
#include "erg/bijectors/sinh_arcsinh.hpp"
#include "erg/densities/boltzmann.hpp"
#include "erg/densities/crystal/vibrating_crystal.hpp"
#include "erg/densities/flow.hpp"
#include "erg/potentials/crystal/crystal_potential.hpp"

#include <memory>
#include <vector>

namespace erg {

/// The numbers that fix the weights' layout, besides the kind of crystal.
struct CrystalFlowShape {
  int shells = 2;                   ///< neighbour shells that a particle sees
  int sweeps = 3;                   ///< times over all colours
  std::vector<int> hidden{48, 48};  ///< widths of each conditioner's hidden layers
};

/// A residual's map: shear, skew and tails, scale and shift; fifteen numbers.
using CrystalTransform = Chain<UnitTriangular, SinhArcsinh, Affine>;

template <std::floating_point T>
using CrystalFlow = Flow<VibratingCrystal<T>, SublatticeFlow<T, CrystalTransform, Silu>>;

/// The unit cell stacked n × n × n, n the least for which no two of a particle's neighbours, nor two particles inside the
/// potential's cutoff, are images of one another: what the harmonic surroundings are read from.
template <ParticlePotential P>
Crystal reference_crystal(const P& potential, const UnitCell& unit, double number_density, int shells) {
  for (int n = 2;; ++n) {
    Crystal crystal = build_crystal(unit, {n, n, n}, number_density);
    const Vec3<double> heights = crystal.box.heights();
    const double shortest = std::min({heights.x, heights.y, heights.z});
    if (shortest < 2 * potential.cutoff()) continue;
    const Neighbours near = neighbour_shells(crystal, shells);
    double farthest = 0;
    for (const double r : near.shell_radius) farthest = std::max(farthest, r);
    if (shortest > 2.001 * farthest) return crystal;
  }
}

/// A crystal with all that its flow needs to know: built once for a size, shared by flows of either precision.
///
/// Units:   those of the potential; beta is 1 / (k_B T).
/// Errors:  InputError from the parts: colours that do not fit the crystal's cells, an unstable mode.
template <ParticlePotential P>
class VibratingLattice {
 public:
  /// `potential` is the target; `surroundings` come from `surroundings_of`, the same for every size. Flows of lattices with
  /// equally many `conditions` share one layout of weights, and so does one flow conditional on the state: see
  /// `temperature_condition`.
  VibratingLattice(const P& potential, Crystal crystal, const HarmonicSurroundings& surroundings, int shells, double beta,
                   std::vector<double> conditions = {})
      : potential_(potential, crystal),
        beta_(beta),
        sublattices_(crystal_sublattices(crystal, neighbour_shells(crystal, shells), surroundings, beta)),
        harmonic_(std::make_shared<HarmonicCrystal>(crystal, potential_.rest_hessian_columns(), beta)) {
    sublattices_.conditions = std::move(conditions);
  }

  /// The crystal of that many particles (whole unit cells, n × n × n), with everything worked out here.
  VibratingLattice(const P& potential, const UnitCell& unit, int particles, double number_density, double beta, int shells = 2)
      : VibratingLattice(potential, build_crystal(unit, cells_for(unit, particles), number_density),
                         surroundings_of(potential, unit, number_density, shells), shells, beta) {}

  static HarmonicSurroundings surroundings_of(const P& potential, const UnitCell& unit, double number_density, int shells) {
    const Crystal reference = reference_crystal(potential, unit, number_density, shells);
    const CrystalPotential<P> energy(potential, reference);
    return harmonic_surroundings(reference, neighbour_shells(reference, shells), energy.rest_hessian_columns());
  }

  const CrystalPotential<P>& potential() const { return potential_; }
  const Crystal& crystal() const { return potential_.crystal(); }
  const HarmonicCrystal& harmonic() const { return *harmonic_; }
  double beta() const { return beta_; }
  /// What a flow of this crystal is trained towards; refers to this object.
  Boltzmann<CrystalPotential<P>> target() const { return {potential_, beta_}; }

  /// A flow in precision T whose weights `layout` names; the layout is the same for every size of the crystal.
  template <std::floating_point T>
  CrystalFlow<T> flow(ParameterLayout& layout, const CrystalFlowShape& shape = {}) const {
    VibratingCrystal<T> base(layout, harmonic_, sublattices_.conditions);
    return {std::move(base), SublatticeFlow<T, CrystalTransform, Silu>(layout, sublattices_.as<T>(), shape.sweeps, shape.hidden)};
  }

 private:
  CrystalPotential<P> potential_;
  double beta_;
  Sublattices<double> sublattices_;
  std::shared_ptr<const HarmonicCrystal> harmonic_;
};

/// The condition that tells a flow its temperature: −1 at `coldest`, 1 at `hottest`, linear in ln T.
inline double temperature_condition(double temperature, double coldest, double hottest) {
  return 2 * std::log(temperature / coldest) / std::log(hottest / coldest) - 1;
}

/// Weights before training: random hidden layers, which have the symmetry of the sites if they are to be `tied`, and zero last
/// layers, so that the flow is the harmonic crystal.
template <std::floating_point T>
std::vector<T> initial_weights(const CrystalFlow<T>& flow, const ParameterLayout& layout, std::uint64_t seed, bool tied = true) {
  std::vector<T> weights(layout.size());
  std::uint64_t index = 0;
  const auto draw = [&] { return normal({seed, StreamName::initialise}, index++, 0); };
  flow.base().initialise(weights.data(), draw);
  flow.map().initialise(weights.data(), draw);
  if (tied) flow.ties().make_equal(std::span<T>(weights));
  return weights;
}

}  // namespace erg
