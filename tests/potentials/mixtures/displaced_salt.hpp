/// \file
/// What the tests of mixtures on crystals share: a salt, its displacements, and what a potential says of them.
#pragma once

#include "erg/potentials/crystal/crystal_potential.hpp"
#include "erg/potentials/mixtures/kob_andersen.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace displaced_salt {

using namespace erg;

using Argon = TruncatedShiftedLennardJones<double>;
using Mixture = ByKinds<Argon, 2>;

inline Crystal salt(int cells, double density = 1.7) { return build_crystal(caesium_chloride(), {cells, cells, cells}, density); }

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
  std::vector<double> excess, gradient;  // gradient: (3N, samples)
};

template <class R, class P>
Evaluated evaluate(const CrystalPotential<P>& potential, TileBuffer<R>& u) {
  const int samples = u.view().packs * lanes_of<R>, rows = u.view().rows;
  TileBuffer<R> gradient(rows, u.view().packs);
  gradient.fill(R(scalar_t<R>(7)));  // must be overwritten
  Tape<R> tape;
  Evaluated e{std::vector<double>(samples), {}};
  potential.template energy_and_gradient<R>(u.view(), e.excess.data(), gradient.view(), tape);
  for (int row = 0; row < rows; ++row) {
    for (int s = 0; s < samples; ++s) e.gradient.push_back(lane(gradient.view()(row, s / lanes_of<R>), s % lanes_of<R>));
  }
  return e;
}

// Largest difference, against the largest entry.
inline double distance(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double worst = 0, scale = 1e-300;
  for (std::size_t i = 0; i < a.size(); ++i) {
    worst = std::max(worst, std::abs(a[i] - b[i]));
    scale = std::max(scale, std::abs(b[i]));
  }
  return worst / scale;
}

}  // namespace displaced_salt
