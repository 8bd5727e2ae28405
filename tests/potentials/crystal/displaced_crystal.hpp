/// \file
/// What the tests of potentials on crystals share: normal displacements, and what a potential says of them.
#pragma once

#include "erg/potentials/crystal/crystal_potential.hpp"

#include <random>
#include <vector>

namespace displaced_crystal {

using namespace erg;

/// The same numbers for every R.
template <class R>
TileBuffer<R> displacements(int particles, int samples, double spread, unsigned seed = 1) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal(0, spread);
  TileBuffer<R> u(3 * particles, samples / lanes_of<R>);
  for (int s = 0; s < samples; ++s) {
    for (int row = 0; row < 3 * particles; ++row)
      set_lane(u.view()(row, s / lanes_of<R>), s % lanes_of<R>, static_cast<scalar_t<R>>(normal(engine)));
  }
  return u;
}

struct Evaluated {
  std::vector<double> excess, gradient;  ///< gradient: (samples, 3N)
};

template <class R, class P>
Evaluated evaluate(const CrystalPotential<P>& potential, TileBuffer<R>& u) {
  const int samples = u.view().packs * lanes_of<R>, rows = u.view().rows;
  TileBuffer<R> gradient(rows, u.view().packs);
  gradient.fill(R(scalar_t<R>(7)));  // must be overwritten
  Tape<R> tape;
  Evaluated e{std::vector<double>(samples), {}};
  potential.template energy_and_gradient<R>(u.view(), e.excess.data(), gradient.view(), tape);
  for (int s = 0; s < samples; ++s) {
    for (int row = 0; row < rows; ++row) e.gradient.push_back(lane(gradient.view()(row, s / lanes_of<R>), s % lanes_of<R>));
  }
  return e;
}

}  // namespace displaced_crystal
