/// \file
/// The binary Lennard-Jones mixture of Kob and Andersen.
#pragma once

#include "erg/potentials/mixtures/by_kinds.hpp"

namespace erg {

/// Kind 0 is A, the larger particles, kind 1 is B: ε = 1, 1.5, 0.5 and σ = 1, 0.8, 0.88 for AA, AB, BB, each pair cut at 2.5 of
/// its own σ and lifted to zero there. Their masses are equal.
///
/// Units:   ε and σ of two A particles.
/// Source:  Kob and Andersen 1995, doi:10.1103/PhysRevE.51.4626. At equal numbers of both it crystallises in the structure of
///          caesium chloride: Pedersen, Schrøder and Dyre 2018, arXiv:1803.08956.
template <std::floating_point T>
ERG_HD constexpr ByKinds<TruncatedShiftedLennardJones<T>, 2> kob_andersen() {
  return {{truncated_shifted_lennard_jones<T>(T(1), T(1), T(2.5)),         //
           truncated_shifted_lennard_jones<T>(T(1.5), T(0.8), T(2.0)),     // 2.5 · 0.8
           truncated_shifted_lennard_jones<T>(T(0.5), T(0.88), T(2.2))}};  // 2.5 · 0.88
}

}  // namespace erg
