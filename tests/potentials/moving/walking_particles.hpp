/// \file
/// Particles that walk at random while ListedParticles and MovingParticles give their energies: the two must agree.
#pragma once

#include "erg/potentials/moving/listed_particles.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <vector>

using namespace erg;

using Positions = std::vector<Vec3<double>>;

// Particles at random, none nearer to another than `gap`.
inline Positions fluid(const Box& box, int particles, double gap, unsigned seed) {
  std::mt19937_64 engine(seed);
  std::uniform_real_distribution<double> uniform(-1, 2);  // not only in the box
  Positions x;
  while (int(x.size()) < particles) {
    const Vec3<double> there = box.to_cartesian({uniform(engine), uniform(engine), uniform(engine)});
    bool free = true;
    for (const auto& other : x) free = free && norm(box.minimum_image(there - other)) > gap;
    if (free) x.push_back(there);
  }
  return x;
}

inline void shake(Positions& x, double spread, std::mt19937_64& engine) {
  std::normal_distribution<double> normal(0, spread);
  for (auto& r : x) r += Vec3<double>{normal(engine), normal(engine), normal(engine)};
}

// Rounds positions to R's precision too.
template <class R>
void put(Tile<R> u, int sample, Positions& x) {
  for (int row = 0; row < u.rows; ++row) {
    const auto rounded = static_cast<scalar_t<R>>(x[row / 3][row % 3]);
    set_lane(u(row, sample / lanes_of<R>), sample % lanes_of<R>, rounded);
    x[row / 3][row % 3] = rounded;
  }
}

template <class P>
ListedParticles<P> listed(const P& potential, const Box& box, int particles, const std::vector<int>& kinds, double skin) {
  if constexpr (MixturePotential<P>) {
    return {potential, box, Positions(particles, {0, 0, 0}), kinds, skin};
  } else {
    return {potential, box, particles, skin};
  }
}
template <class P>
MovingParticles<P> moving(const P& potential, const std::vector<int>& kinds) {
  if constexpr (MixturePotential<P>) {
    return {potential, kinds};
  } else {
    return MovingParticles<P>(potential);
  }
}

// A walk of every sample, so that lists grow old and are made anew; energies, gradients and virials against all pairs.
template <class R, class P>
void walk(const P& potential, const Box& box, const Positions& start, double skin, double step, double tolerance,
          const std::vector<int>& kinds = {}) {
  const int particles = int(start.size()), packs = 2, samples = packs * lanes_of<R>;
  const auto energies = listed(potential, box, particles, kinds, skin);
  const auto all_pairs = moving(potential, kinds);
  std::mt19937_64 engine(5);
  std::vector<Positions> x(samples, start);
  TileBuffer<R> u(3 * particles, packs), gradient(3 * particles, packs);
  std::vector<double> excess(samples), alone(samples);
  std::vector<Mat3<double>> virial(samples);
  Tape<R> tape;
  NeighbourLists lists = energies.lists(samples);
  const int steps = 16;
  for (int k = 0; k < steps; ++k) {
    for (int s = 0; s < samples; ++s) {
      shake(x[s], step, engine);
      put(u.view(), s, x[s]);
    }
    energies.template energy_gradient_and_virial<R>(u.view(), excess.data(), gradient.view(), virial.data(), tape, lists);
    energies.template energy<R>(u.view(), alone.data(), tape, lists);
    for (int s = 0; s < samples; s += k + 1 == steps ? 1 : samples - 1) {
      const EnergyForcesVirial expected = all_pairs.energy_forces_virial(x[s], box);
      double most = 0, worst = 0, sum = 0;
      for (int axis = 0; axis < 3; ++axis) {
        for (int other = 0; other < 3; ++other) sum += std::abs(expected.virial[axis][other]);
      }
      for (int row = 0; row < 3 * particles; ++row) {
        const double force = expected.forces[row / 3][row % 3];
        most = std::max(most, std::abs(force));
        worst = std::max(worst, std::abs(lane(gradient.view()(row, s / lanes_of<R>), s % lanes_of<R>) + force));
      }
      CAPTURE(s);
      CAPTURE(k);
      CHECK(std::abs(excess[s] - expected.energy) <
            tolerance * (std::abs(expected.energy) + particles + sum));  // sum: what a rounded distance changes
      CHECK(alone[s] == doctest::Approx(excess[s]).epsilon(tolerance));
      CHECK(worst <= 10 * tolerance * (most + 1));
      for (int axis = 0; axis < 3; ++axis)
        CHECK(norm(virial[s][axis] - expected.virial[axis]) <= 10 * tolerance * (sum + std::abs(expected.energy) + 1));
    }
  }
  CHECK(lists.builds() > samples);               // some grew too old
  CHECK(lists.builds() <= samples * steps / 2);  // and most were used again
}

template <class P>
void walks(const P& potential, const Box& box, const Positions& start, double skin, double step,
           const std::vector<int>& kinds = {}) {
  walk<double>(potential, box, start, skin, step, 1e-12, kinds);
  walk<Lanes<double, 8>>(potential, box, start, skin, step, 1e-12, kinds);
  walk<Lanes<float, 16>>(potential, box, start, skin, step, 1e-6, kinds);
}
