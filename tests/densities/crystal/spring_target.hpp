/// \file
/// Energies of springs, with and without a fourth-order part, as targets; and flows on their crystals.
#pragma once

#include "bijectors/crystal/spring_sublattices.hpp"
#include "erg/densities/crystal/vibrating_crystal.hpp"
#include "erg/densities/flow.hpp"

#include <limits>
#include <memory>

namespace erg::tests {

inline constexpr double spring_beta = 20;
inline constexpr ShellSprings target_springs{1.7, 3, 0.4};

/// U = ½ uᵀ H u + quartic Σ (u_row − u_row+3)⁴: no uniform shift changes it. Not a number where u_0 is above `forbidden`.
struct SpringTarget {
  int rows;
  std::vector<double> hessian;  // (rows, rows)
  double quartic = 0;
  double forbidden = std::numeric_limits<double>::infinity();

  explicit SpringTarget(const Crystal& crystal);
  /// What `weigh_samples` looks at to refuse training forms.
  int potential() const { return 0; }

  template <class R>
  int energy_and_gradient(Tile<const R> u, double* excess, Tile<R> gradient, Tape<R>&) const {
    using T = scalar_t<R>;
    for (int p = 0; p < u.packs; ++p) {
      for (int i = 0; i < rows; ++i) gradient(i, p) = R(T(0));
      R energy(T(0));
      for (int i = 0; i < rows; ++i) {
        R slope(T(0));
        for (int j = 0; j < rows; ++j) slope += R(static_cast<T>(hessian[static_cast<std::size_t>(i) * rows + j])) * u(j, p);
        const int next = (i + 3) % rows;
        const R w = u(i, p) - u(next, p), cubic = R(static_cast<T>(quartic)) * w * w * w;
        energy += R(T(0.5)) * u(i, p) * slope + cubic * w;
        gradient(i, p) += slope + R(T(4)) * cubic;
        gradient(next, p) += -(R(T(4)) * cubic);
      }
      for (int s = 0; s < lanes_of<R>; ++s)
        excess[p * lanes_of<R> + s] = lane(u(0, p), s) > forbidden ? std::nan("") : static_cast<double>(lane(energy, s));
    }
    return 0;
  }
  template <class R>
  int exact_energy(Tile<const R> u, double* excess, Tape<R>& tape) const {
    const auto mark = tape.mark();
    energy_and_gradient(u, excess, Tile<R>{tape.push(u.size()), u.rows, u.packs}, tape);
    tape.release(mark);
    return 0;
  }
};

template <class T>
using SpringCrystalFlow = Flow<VibratingCrystal<T>, SpringFlow<T>>;

/// Cubic ice of springs, its target and what flows on it are made from. Made in spring_target.cpp, once for all tests: that takes
/// as long to compile as most of them.
struct SpringIce {
  SpringLattice lattice;
  SpringTarget target;
  std::shared_ptr<const HarmonicCrystal> harmonic;

  explicit SpringIce(std::array<int, 3> cells);

  /// T is float or double.
  template <class T>
  SpringCrystalFlow<T> flow(ParameterLayout& layout) const;
};

/// Random hidden layers, zero last ones: the flow is then the harmonic crystal.
template <class FlowType>
std::vector<typename FlowType::T> untrained(const FlowType& flow, const ParameterLayout& layout) {
  std::vector<typename FlowType::T> theta(layout.size());
  std::uint64_t index = 0;
  const auto draw = [&] { return normal({1, StreamName::initialise}, index++, 0); };
  flow.base().initialise(theta.data(), draw);
  flow.map().initialise(theta.data(), draw);
  return theta;
}

}  // namespace erg::tests
