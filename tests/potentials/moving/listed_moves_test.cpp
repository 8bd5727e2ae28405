#include "erg/potentials/moving/listed_moves.hpp"
#include "erg/potentials/mixtures/kob_andersen.hpp"
#include "walking_particles.hpp"

#include <limits>

namespace {

// Particles moved one at a time, some replicas accepting, against whole energies.
template <class R, class P>
void moves(const P& potential, const Box& box, const Positions& start, double size, double tolerance,
           const std::vector<int>& kinds = {}) {
  const int particles = int(start.size());
  const auto energies = listed(potential, box, particles, kinds, 0.3);
  TileBuffer<R> u(3 * particles, 1);
  Positions x = start;
  for (int s = 0; s < lanes_of<R>; ++s) put(u.view(), s, x);
  Tape<R> tape;
  std::vector<double> energy(lanes_of<R>), change(energy), total(energy);
  const auto whole = [&] { energies.template exact_energy<R>(u.view(), energy.data(), tape); };
  whole();
  total = energy;
  std::mt19937_64 engine(1);
  std::normal_distribution<double> normal(0, size);
  auto single = energies.local_moves(u.view(), tape);
  double scale = 0;
  for (int k = 0; k < 60; ++k) {
    const int i = int(engine() % unsigned(particles));
    Vec3<R> to;
    R taken(scalar_t<R>(0));
    for (int s = 0; s < lanes_of<R>; ++s) {
      for (int axis = 0; axis < 3; ++axis)
        set_lane(to[axis], s, scalar_t<R>(lane(u.view()(3 * i + axis, 0), s) + normal(engine)));
    }
    single.change(i, to, change.data());
    if (k % 20 == 19) {  // what it says of a move, and that saying so changes nothing
      whole();
      const std::vector<double> before = energy;
      const auto kept = u;
      for (int axis = 0; axis < 3; ++axis) u.view()(3 * i + axis, 0) = to[axis];
      whole();
      for (int s = 0; s < lanes_of<R>; ++s) {
        CAPTURE(s);
        CHECK(std::abs(energy[s] - before[s] - change[s]) <= tolerance * (std::abs(change[s]) + std::abs(energy[s]) + particles));
      }
      u = kept;
      auto fresh = energies.local_moves(u.view(), tape);
      std::vector<double> again(lanes_of<R>);
      fresh.change(i, to, again.data());
      for (int s = 0; s < lanes_of<R>; ++s) CHECK(again[s] == doctest::Approx(change[s]).epsilon(1e-9).scale(particles));
      single.change(i, to, change.data());
    }
    for (int s = 0; s < lanes_of<R>; ++s) {
      if (!(change[s] < 2 * particles)) continue;
      set_lane(taken, s, scalar_t<R>(1));
      total[s] += change[s];
      scale = std::max(scale, std::abs(total[s]));
    }
    single.accept(i, to, taken > R(scalar_t<R>(0)));
  }
  whole();
  for (int s = 0; s < lanes_of<R>; ++s) CHECK(std::abs(energy[s] - total[s]) <= 60 * tolerance * (scale + particles));
}

template <class P>
void all_moves(const P& potential, const Box& box, const Positions& start, const std::vector<int>& kinds = {}) {
  for (const double size : {0.05, 0.4}) {  // inside the skin, and beyond
    moves<double>(potential, box, start, size, 1e-12, kinds);
    moves<Lanes<float, 16>>(potential, box, start, size, 3e-6, kinds);
  }
}

const auto argon = truncated_shifted_lennard_jones(1.0, 1.0, 2.5);

}  // namespace

TEST_CASE("ListedMoves: what a move changes is the difference of whole energies") {
  const Box box = Box::orthorhombic({6.5, 7, 7.5}), small = Box::triclinic({{2.5, 0, 0}, {0.5, 2.7, 0}, {0.3, -0.4, 3.1}});
  all_moves(argon, box, fluid(box, 150, 0.9, 1));
  all_moves(argon, small, fluid(small, 9, 0.9, 2));
  std::vector<int> kinds(120);
  for (int i = 0; i < 120; ++i) kinds[i] = i % 5 == 0;
  all_moves(kob_andersen<double>(), box, fluid(box, 120, 0.85, 3), kinds);
}

TEST_CASE("ListedMoves: water and silicon, by the moments of all centres that a move touches") {
  const Box box = Box::orthorhombic({10, 11, 12}), small = Box::triclinic({{3.5, 0, 0}, {0.5, 3.7, 0}, {0.3, -0.4, 4.1}});
  all_moves(silicon<double>(), box, fluid(box, 60, 2.0, 4));
  all_moves(silicon<double>(), small, fluid(small, 3, 1.8, 5));
}

TEST_CASE("ListedMoves: no numbers, and two particles at one place, are changes that nobody accepts") {
  const Box box = Box::orthorhombic({6, 6, 6});
  const ListedParticles<TruncatedShiftedLennardJones<double>> energies(argon, box, 50);
  Positions x = fluid(box, 50, 0.95, 6);
  TileBuffer<double> u(150, 1);
  put(u.view(), 0, x);
  Tape<double> tape;
  auto single = energies.local_moves(u.view(), tape);
  double change = 0;
  single.change(3, {std::nan(""), 0, 0}, &change);
  CHECK_FALSE(std::isfinite(change));
  single.change(3, {0, std::numeric_limits<double>::infinity(), 0}, &change);
  CHECK_FALSE(std::isfinite(change));
  single.change(3, x[4], &change);
  CHECK_FALSE(std::isfinite(change));
  single.change(3, x[3], &change);
  CHECK(change == doctest::Approx(0).epsilon(1e-12));
  u.view()(20, 0) = std::nan("");
  auto spoiled = energies.local_moves(u.view(), tape);
  spoiled.change(3, x[3], &change);
  CHECK_FALSE(std::isfinite(change));
}
