#include "erg/potentials/springs.hpp"
#include "erg/densities/boltzmann.hpp"
#include "laws/numbers.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

using namespace erg;

namespace {

const Springs springs(std::vector<double>{2.0, 0.0, 5.5, 1.25});

template <class R>
std::vector<double> energies(Tile<const R> u, Tile<R> gradient) {
  std::vector<double> excess(std::size_t(u.packs) * lanes_of<R>);
  Tape<R> tape;
  CHECK(springs.energy_and_gradient(u, excess.data(), gradient, tape) == 0);
  return excess;
}

}  // namespace

TEST_CASE("Springs: half the stiffness times the squared displacement, particle by particle") {
  TileBuffer<double> u(12, 1), gradient(12, 1);
  u.view()(0, 0) = 3;   // ½ · 2 · 9
  u.view()(4, 0) = 70;  // free
  u.view()(8, 0) = 2;   // ½ · 5.5 · 4
  CHECK(energies<double>(u.view(), gradient.view())[0] == doctest::Approx(20.0).epsilon(1e-15));
  CHECK(gradient.view()(0, 0) == 6);
  CHECK(gradient.view()(4, 0) == 0);
  CHECK(gradient.view()(8, 0) == 11);
  CHECK(springs.particles() == 4);
  CHECK(Springs(3, 1.5).stiffness() == std::vector<double>{1.5, 1.5, 1.5});
}

TEST_CASE("Springs: the gradient is the derivative, and every number type agrees") {
  using R = Lanes<float, 16>;
  const int packs = 3;
  auto numbers = tests::some_block<double>(12, 16 * packs, 1);
  auto narrow = tests::some_block<R>(12, packs, 1);
  std::vector<double> gradient(numbers.size());
  std::vector<R> narrow_gradient(narrow.size());
  const auto wide = energies<double>({numbers.data(), 12, 16 * packs}, {gradient.data(), 12, 16 * packs});
  const auto found = energies<R>({narrow.data(), 12, packs}, {narrow_gradient.data(), 12, packs});
  CHECK(tests::worst(found, wide) < 1e-6);
  std::vector<double> exact(wide.size());
  Tape<double> tape;
  springs.exact_energy(Tile<const double>{numbers.data(), 12, 16 * packs}, exact.data(), tape);
  CHECK(exact == wide);
  for (int sample : {0, 17, 40}) {
    const auto x = tests::sample_of(numbers.data(), 12, 16 * packs, sample, 0);
    const auto slope = tests::gradient(
        [](const std::vector<double>& y) {
          double energy;
          Tape<double> scratch;
          springs.energy(Tile<const double>{y.data(), 12, 1}, &energy, scratch);
          return energy;
        },
        x);
    CHECK(tests::worst(tests::sample_of(gradient.data(), 12, 16 * packs, sample, 0), slope) < 1e-9);
    CHECK(tests::worst(tests::sample_of(narrow_gradient.data(), 12, packs, sample / 16, sample % 16), slope) < 1e-6);
  }
}

TEST_CASE("Springs: their Boltzmann density is the Gaussian of an Einstein crystal") {
  const double beta = 1.7;
  const Springs tied(std::vector<double>{2.0, 0.5, 5.5, 1.25});
  const Boltzmann target(tied, beta);
  const auto u = tests::some_numbers(12, 3);
  double log_density;
  Tape<double> tape;
  target.log_density(Tile<const double>{u.data(), 12, 1}, &log_density, tape);
  double log_normal = 0, log_normaliser = 0;  // product of one-dimensional normal densities
  for (int row = 0; row < 12; ++row) {
    const double variance = 1 / (beta * tied.stiffness()[row / 3]), width = std::sqrt(2 * 3.14159265358979323846 * variance);
    log_normal += -u[row] * u[row] / (2 * variance) - std::log(width);
    log_normaliser += std::log(width);
  }
  CHECK(log_density - log_normaliser == doctest::Approx(log_normal).epsilon(1e-13));
}

TEST_CASE("Springs: bad stiffness is refused, a bad displacement spoils its own sample only") {
  CHECK_THROWS_AS(Springs(2, -1.0), InputError);
  CHECK_THROWS_AS(Springs(2, std::nan("")), InputError);
  CHECK_THROWS_AS(Springs(2, double(INFINITY)), InputError);
  using R = Lanes<double, 8>;
  auto numbers = tests::some_block<R>(12, 1, 5);
  set_lane(numbers[7], 2, std::nan(""));
  set_lane(numbers[4], 3, std::numeric_limits<double>::infinity());  // of the free particle
  std::vector<R> gradient(12);
  const auto excess = energies<R>({numbers.data(), 12, 1}, {gradient.data(), 12, 1});
  for (int s = 0; s < 8; ++s) CHECK(std::isfinite(excess[s]) == (s != 2 && s != 3));
}
