#include "erg/potentials/solvation/growing_solute.hpp"

#include "erg/base/lanes.hpp"
#include "erg/potentials/moving/moving_particles.hpp"
#include "erg/potentials/solvation/all_pairs.hpp"
#include "erg/potentials/weeks_chandler_andersen.hpp"
#include "erg/potentials/wrappers.hpp"
#include "laws/numbers.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

using Argon = TruncatedShiftedLennardJones<double>;
using Solvent = AllPairs<Argon>;
using Solute = GrowingSolute<Solvent>;
static_assert(ConfigurationEnergy<Solvent> && ConfigurationEnergy<AtCoupling<Solute>>);

const Box box = Box::orthorhombic({4.0, 4.4, 4.8});
constexpr int particles = 12;
const Solvent solvent(truncated_shifted_lennard_jones(1.0, 1.0, 1.9), box, particles);
const Solute solute(solvent, box, 0.7, 1.5, 2.1);  // the repulsion ends at 1.68 and 2.36: within half an edge, and beyond

// A lattice of distances that are well apart, shaken and shifted by whole edges; nobody near the origin.
std::vector<double> places(std::uint64_t set) {
  auto x = some_numbers(3 * particles, set, 0.08);
  for (int i = 0; i < particles; ++i) {
    const int k = i + 1;  // the origin itself stays empty
    x[3 * i] += 1.33 * (k % 3) + 4.0 * (i % 4 == 1);
    x[3 * i + 1] += 1.46 * (k / 3 % 3) - 4.4 * (i % 4 == 2);
    x[3 * i + 2] += 1.6 * (k / 9);
  }
  return x;
}
double energy_of(const auto& e, const std::vector<double>& x, std::vector<double>* gradient = nullptr) {
  Tape<double> tape;
  double sum = 0;
  const Tile<const double> u{x.data(), 3 * particles, 1};
  if (!gradient) {
    e.exact_energy(u, &sum, tape);
    return sum;
  }
  gradient->assign(x.size(), 7.0);
  e.energy_and_gradient(u, &sum, Tile<double>{gradient->data(), 3 * particles, 1}, tape);
  return sum;
}

// Every image of the solute within three edges.
double field_by_trial(const std::vector<double>& x, double radius) {
  const WeeksChandlerAndersen<double> wall{0.7, radius};
  double sum = 0;
  for (int i = 0; i < particles; ++i)
    for (int k = 0; k < 343; ++k) {
      const Vec3<double> image{4.0 * (k % 7 - 3), 4.4 * (k / 7 % 7 - 3), 4.8 * (k / 49 - 3)};
      const Vec3<double> d = Vec3<double>{x[3 * i], x[3 * i + 1], x[3 * i + 2]} - image;
      sum += wall(dot(d, d)).energy;
    }
  return sum;
}

}  // namespace

TEST_CASE("AllPairs: the energy and the gradient of the pairs of a periodic box") {
  const auto x = places(1);
  std::vector<Vec3<double>> r;
  for (int i = 0; i < particles; ++i) r.push_back({x[3 * i], x[3 * i + 1], x[3 * i + 2]});
  const auto expected = MovingParticles(solvent.potential()).energy_forces_virial(r, box);
  std::vector<double> slope;
  CHECK(energy_of(solvent, x) == doctest::Approx(expected.energy).epsilon(1e-12));
  CHECK(energy_of(solvent, x, &slope) == doctest::Approx(expected.energy).epsilon(1e-12));
  for (int row = 0; row < 3 * particles; ++row)
    CHECK(slope[row] == doctest::Approx(-expected.forces[row / 3][row % 3]).epsilon(1e-10));
  CHECK(std::abs(expected.energy) > 1);
}

TEST_CASE("AllPairs: what it cannot serve is refused, a lost particle spoils its sample alone") {
  CHECK_THROWS_AS(Solvent(truncated_shifted_lennard_jones(1.0, 1.0, 2.1), box, particles), InputError);
  CHECK_THROWS_AS(Solvent(truncated_shifted_lennard_jones(1.0, 1.0, 1.0), box, 0), InputError);
  CHECK_THROWS_AS(
      Solvent(truncated_shifted_lennard_jones(1.0, 1.0, 1.0), Box::triclinic({{4, 0, 0}, {1, 4, 0}, {0, 0, 4}}), particles),
      InputError);
  using R = Lanes<double, 8>;
  const auto x = places(2);
  TileBuffer<R> u(3 * particles, 1);
  for (int row = 0; row < 3 * particles; ++row) u.view()(row, 0) = R(x[row]);
  set_lane(u.view()(4, 0), 3, std::nan(""));
  double sum[8];
  Tape<R> tape;
  solvent.energy(Tile<const R>(u.view()), sum, tape);
  const double whole = energy_of(solvent, x);
  for (int s = 0; s < 8; ++s) CHECK((s == 3 ? std::isnan(sum[s]) : sum[s] == doctest::Approx(whole).epsilon(1e-12)));
}

TEST_CASE("GrowingSolute: every image of a solute that reaches beyond half an edge") {
  for (const std::uint64_t set : {3, 4}) {
    const auto x = places(set);
    const double bare = energy_of(solvent, x);
    for (const double coupling : {0.0, 0.4, 1.0, 1.1}) {
      const double field = field_by_trial(x, solute.radius(coupling));
      CHECK(field > 1);
      CHECK(energy_of(solute.at(coupling), x) == doctest::Approx(bare + field).epsilon(1e-12));
    }
  }
  CHECK(solute.radius(0.5) == doctest::Approx(1.8));
  CHECK(solute.coupling_of(1.8) == doctest::Approx(0.5));
}

TEST_CASE("GrowingSolute: the gradient, and the slope by the radius") {
  const auto x = places(5);
  for (const double coupling : {0.0, 0.8}) {
    std::vector<double> slope;
    const double whole = energy_of(solute.at(coupling), x, &slope);
    CHECK(whole == doctest::Approx(energy_of(solute.at(coupling), x)).epsilon(1e-13));
    const auto by_differences = gradient([&](const std::vector<double>& y) { return energy_of(solute.at(coupling), y); }, x);
    CHECK(worst(slope, by_differences) < 1e-6);
    double alone = 0, by_radius = 0;
    solute.solute_energy(Tile<const double>{x.data(), 3 * particles, 1}, &coupling, &alone, &by_radius);
    CHECK(alone == doctest::Approx(whole - energy_of(solvent, x)).epsilon(1e-10));
    const double expected = tests::slope([&](double h) { return field_by_trial(x, solute.radius(coupling) + h); });
    CHECK(by_radius == doctest::Approx(expected).epsilon(1e-6));
  }
}

TEST_CASE("GrowingSolute: each sample has a coupling of its own; floats agree") {
  using R = Lanes<float, 16>;
  const auto x = places(6);
  TileBuffer<R> u(3 * particles, 1), slope(3 * particles, 1);
  for (int row = 0; row < 3 * particles; ++row) u.view()(row, 0) = R(static_cast<float>(x[row]));
  double coupling[16], sum[16];
  for (int s = 0; s < 16; ++s) coupling[s] = s / 15.0;
  Tape<R> tape;
  solute.coupled_energy_and_gradient(Tile<const R>(u.view()), coupling, sum, slope.view(), tape);
  for (int s = 0; s < 16; ++s) {
    std::vector<double> expected;
    CHECK(sum[s] == doctest::Approx(energy_of(solute.at(coupling[s]), x, &expected)).epsilon(1e-5));
    CHECK(worst(sample_of(slope.view().data, 3 * particles, 1, 0, s), expected) < 1e-3);
  }
}

TEST_CASE("GrowingSolute: radii that no box can hold are refused") {
  CHECK_THROWS_AS(Solute(solvent, box, 1.0, 1.0, 3.6), InputError);
  CHECK_THROWS_AS(Solute(solvent, box, 1.0, 0.0, 1.0), InputError);
  CHECK_THROWS_AS(Solute(solvent, box, -1.0, 1.0, 1.2), InputError);
}
