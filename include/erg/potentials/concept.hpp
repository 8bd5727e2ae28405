/// \file
/// What a potential of particles is: a function of pair distances, or of distances and the angles between them.
#pragma once

#include "erg/base/native.hpp"

namespace erg {

/// Energy of a pair and the force along it: the force on j is force_over_r · (r_j − r_i), that on i its opposite.
template <class R>
struct PairEnergy {
  R energy;        ///< [energy]
  R force_over_r;  ///< −(dU/dr)/r  [energy/length²]
};

/// A pair energy as a function of the squared distance, for every number type.
/// Laws: force_over_r = −2 dU/d(r²); at NaN the energy is not finite, nor at r → 0 unless the core is soft by design.
template <class P>
concept PairFunction = requires(const P p, typename P::Scalar r2) {
  { p(r2) } -> std::same_as<PairEnergy<typename P::Scalar>>;
};

/// A pair function that is exactly zero from `cutoff()` on. Only such a function can be summed over a neighbour list.
template <class P>
concept PairPotential = PairFunction<P> && requires(const P p) {
  { p.cutoff() } -> std::convertible_to<double>;
};

/// The radial parts of a three-body potential at one distance: pair energy φ(r), angular weight g(r), and their slopes.
template <class R>
struct RadialTerms {
  R pair;          ///< φ       [energy]
  R pair_slope;    ///< dφ/dr   [energy/length]
  R weight;        ///< g       [1]
  R weight_slope;  ///< dg/dr   [1/length]
};

/// U = Σ_pairs φ(r) + strength Σ_centres Σ_{pairs of neighbours} g g' (cos θ − cosine)².
/// Laws: the radial parts and their slopes are zero from `cutoff()` on; `reach<T>()` ≤ cutoff() is where they are below T's
/// rounding, and a loop in T may stop there; at r → 0 and NaN the pair term is not finite.
template <class P>
concept AngularPotential = requires(const P p, typename P::Scalar r) {
  { p.radial(r, r) } -> std::same_as<RadialTerms<typename P::Scalar>>;
  { p.strength() } -> std::convertible_to<double>;
  { p.cosine() } -> std::convertible_to<double>;
  { p.cutoff() } -> std::convertible_to<double>;
  { p.template reach<float>() } -> std::convertible_to<double>;
};

/// A pair potential for each pair of kinds of particles, numbered from 0 to `kinds` − 1: `ByKinds` is one.
/// Laws: between(a, b) is between(b, a); cutoff() is the largest of theirs.
template <class P>
concept MixturePotential = requires(const P p) {
  { p.cutoff() } -> std::convertible_to<double>;
  requires PairPotential<std::remove_cvref_t<decltype(p.between(0, P::kinds - 1))>>;
};

/// A potential that crystals and moving particles can be given.
template <class P>
concept ParticlePotential = PairPotential<P> || AngularPotential<P> || MixturePotential<P>;

}  // namespace erg
