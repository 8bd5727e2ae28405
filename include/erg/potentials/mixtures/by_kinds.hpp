/// \file
/// Particles of several kinds: one pair potential for each pair of kinds.
#pragma once

#include "erg/potentials/wrappers.hpp"

#include <utility>

namespace erg {

/// A symmetric table: one V for each pair of K kinds. With pair potentials in it, it is the potential of a mixture.
///
/// Shapes:  values: (0, 0), (0, 1), …, (0, K − 1), (1, 1), …, (K − 1, K − 1): ByKinds<P, 2>{{like, unlike, other_like}}.
/// Units:   those of V, all the same.
/// Each pair potential ends at its own cutoff. Cutoffs, shifts and sums are wrapped around the entries, before they enter.
template <class V, int K>
struct ByKinds {
  static_assert(K > 0, "ByKinds: needs at least one kind of particle");
  static constexpr int kinds = K;
  V values[K * (K + 1) / 2];

  ERG_HD constexpr const V& between(int a, int b) const {
    const int low = a < b ? a : b, high = a < b ? b : a;
    return values[low * (2 * K - low - 1) / 2 + high];
  }
  /// The largest of the entries'.
  ERG_HD constexpr double cutoff() const requires PairPotential<V> {
    double most = 0;
    for (const V& potential : values) most = most < double(potential.cutoff()) ? double(potential.cutoff()) : most;
    return most;
  }
};

/// The training form of each pair, each a straight line below its own radius.
template <class P, int K>
struct TrainingFormOf<ByKinds<P, K>> {
  using type = ByKinds<LinearBelow<P>, K>;
  static constexpr type made(const ByKinds<P, K>& potential, const ByKinds<typename P::Scalar, K>& radii) {
    return [&]<int... pair>(std::integer_sequence<int, pair...>) {
      return type{{LinearBelow<P>(potential.values[pair], radii.values[pair])...}};
    }
    (std::make_integer_sequence<int, K*(K + 1) / 2>{});
  }
};

template <class P, int K>
inline constexpr bool is_training_form<ByKinds<P, K>> = is_training_form<P>;

}  // namespace erg
