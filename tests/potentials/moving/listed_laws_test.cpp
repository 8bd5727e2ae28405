#include "erg/potentials/energy_sum.hpp"
#include "erg/potentials/moving/followed_particles.hpp"
#include "erg/potentials/soft_core.hpp"
#include "erg/potentials/weeks_chandler_andersen.hpp"
#include "walking_particles.hpp"

#include <algorithm>
#include <limits>

namespace {

using Argon = TruncatedShiftedLennardJones<double>;
static_assert(ConfigurationEnergy<ListedParticles<Argon>> && ConfigurationEnergy<FollowedParticles<Argon>>);

const auto argon = truncated_shifted_lennard_jones(1.0, 1.0, 2.5);

std::vector<double> flat(const Positions& x) {
  std::vector<double> u;
  for (const auto& r : x) u.insert(u.end(), {r.x, r.y, r.z});
  return u;
}

struct Evaluation {
  double energy;
  std::vector<double> gradient;
  Mat3<double> virial;
};

template <class P>
Evaluation at(const ListedParticles<P>& energies, std::vector<double> u, NeighbourLists& lists) {
  Evaluation e{0, std::vector<double>(u.size()), {}};
  Tape<double> tape;
  const Tile<double> x{u.data(), int(u.size()), 1}, slope{e.gradient.data(), int(u.size()), 1};
  energies.template energy_gradient_and_virial<double>(x, &e.energy, slope, &e.virial, tape, lists);
  return e;
}
template <class P>
Evaluation at(const ListedParticles<P>& energies, const std::vector<double>& u) {
  NeighbourLists lists = energies.lists(1);
  return at(energies, u, lists);
}

template <class P>
void derivatives(const P& potential, const Box& box, const Positions& x, double tolerance) {
  const ListedParticles<P> energies(potential, box, int(x.size()));
  const std::vector<double> u = flat(x);
  NeighbourLists lists = energies.lists(1);
  const Evaluation here = at(energies, u, lists);
  CHECK(std::isfinite(here.energy));
  const double h = 1e-5;
  for (const int row : {0, 4, 8, int(u.size()) - 1}) {
    auto low = u, high = u;
    low[row] -= h;
    high[row] += h;
    const double slope = (at(energies, high, lists).energy - at(energies, low, lists).energy) / (2 * h);
    CHECK(std::abs(here.gradient[row] - slope) < tolerance);
  }
  CHECK(lists.builds() == 1);
  const auto swollen = [&](double by) {
    auto wide = u;
    for (double& coordinate : wide) coordinate *= by;
    const Mat3<double>& cell = box.cell();
    return at(ListedParticles<P>(potential, Box::triclinic({by * cell.a, by * cell.b, by * cell.c}), int(x.size())), wide).energy;
  };
  const double slope = (swollen(1 + h) - swollen(1 - h)) / (2 * h);  // 3V dU/dV
  CHECK(std::abs(here.virial.a.x + here.virial.b.y + here.virial.c.z + slope) < 100 * tolerance);
}

}  // namespace

TEST_CASE("ListedParticles: gradient and virial are derivatives of the energy") {
  const Box box = Box::triclinic({{6, 0, 0}, {1.5, 6.5, 0}, {-1, 2, 7}});
  derivatives(argon, box, fluid(box, 120, 0.9, 1), 1e-5);
  derivatives(WeeksChandlerAndersen<double>{1.3, 1.1}, box, fluid(box, 120, 0.95, 2), 1e-5);
  derivatives(Truncated(SoftCore<double>{1.3, 1.1, 0.4}, 2.5), box, fluid(box, 90, 0.2, 3), 1e-5);
  derivatives(silicon<double>(), box, fluid(box, 12, 1.9, 4), 1e-5);
}

TEST_CASE("ListedParticles: displacements from origins are positions, and float keeps its digits in a box of thousands") {
  const double edge = 4000;
  const Box box = Box::orthorhombic({edge, edge, edge});
  Positions origins;
  for (const auto& r : fluid(Box::orthorhombic({6, 6, 6}), 100, 0.95, 5)) origins.push_back(r + Vec3<double>{3998, 3997, 1000});
  Positions x = origins;
  TileBuffer<float> u(300, 1), gradient(300, 1);
  std::mt19937_64 engine(6);
  std::normal_distribution<double> normal(0, 0.03);
  for (int row = 0; row < 300; ++row) {
    u.view()(row, 0) = static_cast<float>(normal(engine));
    x[row / 3][row % 3] += double(u.view()(row, 0));
  }
  const ListedParticles<Argon> energies(argon, box, origins, 0.3);
  const EnergyForcesVirial expected = MovingParticles(argon).energy_forces_virial(x, box);
  double energy = 0, most = 0, worst = 0;
  Tape<float> tape;
  energies.energy_and_gradient<float>(u.view(), &energy, gradient.view(), tape);
  for (int row = 0; row < 300; ++row) {
    most = std::max(most, std::abs(expected.forces[row / 3][row % 3]));
    worst = std::max(worst, std::abs(expected.forces[row / 3][row % 3] + double(gradient.view()(row, 0))));
  }
  CHECK(energy == doctest::Approx(expected.energy).epsilon(1e-5));
  CHECK(worst < 3e-6 * most);  // positions in float would have errors of 10⁻⁴
}

TEST_CASE("ListedParticles: a position that is no number spoils its own sample only, and the list recovers") {
  const Box box = Box::orthorhombic({6, 6, 6});
  const Positions start = fluid(box, 100, 0.9, 7);
  const ListedParticles<Argon> energies(argon, box, 100, 0.3);
  using R = Lanes<double, 8>;
  TileBuffer<R> u(300, 1), gradient(300, 1);
  Positions x = start;
  for (int s = 0; s < 8; ++s) put(u.view(), s, x);
  NeighbourLists lists = energies.lists(8);
  std::vector<double> good(8), bad(8);
  Tape<R> tape;
  energies.energy_and_gradient<R>(u.view(), good.data(), gradient.view(), tape, lists);
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double worse : {std::nan(""), infinity, -infinity, 1e300}) {
    set_lane(u.view()(17, 0), 3, worse);
    energies.energy_and_gradient<R>(u.view(), bad.data(), gradient.view(), tape, lists);
    if (worse != 1e300) {  // far, but somewhere
      CHECK_FALSE(std::isfinite(bad[3]));
      CHECK_FALSE(std::isfinite(gradient.view()(20, 0)[3]));
    }
    for (const int s : {0, 1, 2, 4, 5, 6, 7}) CHECK(bad[s] == good[s]);
    CHECK(std::isfinite(gradient.view()(20, 0)[4]));
  }
  put(u.view(), 3, x);
  energies.energy_and_gradient<R>(u.view(), bad.data(), gradient.view(), tape, lists);
  CHECK(bad[3] == doctest::Approx(good[3]).epsilon(1e-13));
  set_lane(u.view()(3, 0), 5, u.view()(0, 0)[5]);  // one on top of the other
  set_lane(u.view()(4, 0), 5, u.view()(1, 0)[5]);
  set_lane(u.view()(5, 0), 5, u.view()(2, 0)[5]);
  energies.energy<R>(u.view(), bad.data(), tape, lists);
  CHECK_FALSE(std::isfinite(bad[5]));
  CHECK(bad[4] == good[4]);
  CHECK_FALSE(std::isfinite(at(energies, std::vector<double>(300, 1.0)).energy));  // all of them
  const ListedParticles<StillingerWeber<double>> water(monatomic_water<double>(), box, 100, 0.3);
  CHECK_FALSE(std::isfinite(at(water, std::vector<double>(300, 1.0)).energy));
}

TEST_CASE("NeighbourLists: runs that forget them at the same places agree to the last bit, whoever went before") {
  const Box box = Box::orthorhombic({6.5, 7, 7.5});
  const ListedParticles<Argon> energies(argon, box, 150);
  std::vector<double> u = flat(fluid(box, 150, 0.9, 8)), v(u.size(), 0.0);
  const auto run = [&](std::vector<double>& x, std::vector<double>& speed, NeighbourLists& lists, int steps) {
    Evaluation here = at(energies, x, lists);
    for (int k = 0; k < steps; ++k) {
      for (std::size_t i = 0; i < x.size(); ++i) speed[i] -= 0.01 * here.gradient[i];
      for (std::size_t i = 0; i < x.size(); ++i) x[i] += 0.01 * speed[i];
      here = at(energies, x, lists);
    }
    return here.energy;
  };
  NeighbourLists lists = energies.lists(1), restored = energies.lists(1);
  run(u, v, lists, 30);
  CHECK(lists.builds() > 1);
  auto other_u = u, other_v = v;  // the checkpoint
  lists.forget();
  const double energy = run(u, v, lists, 40);
  CHECK(run(other_u, other_v, restored, 40) == energy);
  CHECK(u == other_u);
}

TEST_CASE("NeighbourLists: lists of another energy are made anew") {
  const Box box = Box::orthorhombic({6, 6, 6}), wide = Box::orthorhombic({6.2, 6, 6});
  const std::vector<double> u = flat(fluid(box, 80, 0.95, 9));
  const ListedParticles<Argon> one(argon, box, 80, 0.3), two(argon, wide, 80, 0.3),
      three(truncated_shifted_lennard_jones(1.0, 1.0, 2.8), box, 80, 0.3);
  NeighbourLists lists = one.lists(1);
  for (const auto* energies : {&one, &two, &three, &one}) CHECK(at(*energies, u, lists).energy == at(*energies, u).energy);
  CHECK(lists.builds() == 4);
}

TEST_CASE("NeighbourLists: pairs and three-body bonds of one range take turns with them") {
  const Box box = Box::orthorhombic({11, 12, 13});
  const std::vector<double> u = flat(fluid(box, 50, 2.3, 9));
  const StillingerWeber<double> bonds = monatomic_water<double>();
  const ListedParticles<StillingerWeber<double>> water(bonds, box, 50, 0.3);
  const ListedParticles<Argon> pairs(truncated_shifted_lennard_jones(1.0, 2.3, bonds.cutoff()), box, 50, 0.3);
  NeighbourLists lists = pairs.lists(1);
  for (int k = 0; k < 2; ++k) {
    CHECK(at(pairs, u, lists).energy == at(pairs, u).energy);
    CHECK(at(water, u, lists).energy == at(water, u).energy);
  }
  CHECK(lists.builds() == 4);
}

TEST_CASE("FollowedParticles: as an energy of configurations, it makes lists only where particles have moved") {
  const Box box = Box::orthorhombic({6, 6, 6});
  const ListedParticles<Argon> listed(argon, box, 90, 0.4);
  const ListedParticles<WeeksChandlerAndersen<double>> hard(WeeksChandlerAndersen<double>{1.0, 1.0}, box, 90, 0.4);
  const FollowedParticles<Argon> energies(listed);
  const FollowedParticles<WeeksChandlerAndersen<double>> others(hard);
  const MixedEnergy path(energies, others, 0.25);
  std::vector<double> u = flat(fluid(box, 90, 0.95, 10)), gradient(270);
  Tape<double> tape;
  std::mt19937_64 engine(3);
  std::normal_distribution<double> normal(0, 0.004);
  for (int k = 0; k < 20; ++k) {
    for (double& x : u) x += normal(engine);
    double energy = 0, exact = 0;
    path.energy_and_gradient<double>({u.data(), 270, 1}, &energy, {gradient.data(), 270, 1}, tape);
    path.exact_energy<double>({u.data(), 270, 1}, &exact, tape);
    const Evaluation a = at(listed, u), b = at(hard, u);
    CHECK(energy == doctest::Approx(0.75 * a.energy + 0.25 * b.energy).epsilon(1e-12));
    CHECK(exact == doctest::Approx(energy).epsilon(1e-12));
    CHECK(gradient[7] == doctest::Approx(0.75 * a.gradient[7] + 0.25 * b.gradient[7]).epsilon(1e-9));
  }
  CHECK(energies.builds() >= 1);
  CHECK(energies.builds() < 4);
  const auto moved = u;  // another place in memory
  double energy = 0;
  energies.energy<double>({moved.data(), 270, 1}, &energy, tape);
  CHECK(energy == doctest::Approx(at(listed, u).energy).epsilon(1e-12));
}

TEST_CASE("ListedParticles: what cannot be used is refused") {
  const Box box = Box::orthorhombic({6, 6, 6});
  using Listed = ListedParticles<Argon>;
  for (const double skin : {0.0, -1.0, std::nan("")}) CHECK_THROWS_AS(Listed(argon, box, 5, skin), InputError);
  for (const int particles : {0, -3}) CHECK_THROWS_AS(Listed(argon, box, particles), InputError);
  CHECK_THROWS_AS(Listed(argon, box, Positions{{0, 0, std::nan("")}}, 0.3), InputError);
  const Listed energies(argon, box, 1);
  NeighbourLists lists = energies.lists(2);
  CHECK_THROWS_AS(at(energies, {1, 2, 3}, lists), InputError);
  CHECK(at(energies, {1, 2, 3}).energy == 0);
}
