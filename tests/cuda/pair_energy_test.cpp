#include "cuda/small_crystal.hpp"
#include "erg/base/random.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

namespace {
constexpr int samples = 5;

std::vector<double> displacements(const SmallCrystal& crystal, double size) {
  std::vector<double> u(3 * crystal.sites() * samples);
  for (std::size_t i = 0; i < u.size(); ++i) u[i] = size * erg::normal({5, erg::StreamName::test}, i % samples, i / samples);
  return u;
}
}  // namespace

TEST_CASE("Pair energy: zero at rest, and what a plain double loop finds elsewhere") {
  const SmallCrystal crystal;
  const auto potential = test_potential();
  std::vector<double> energy(samples, -1);
  const auto rest = displacements(crystal, 0);
  erg::pair_energy(erg::host, potential, crystal.table(), rest.data(), samples, energy.data());
  for (const double e : energy) CHECK(e == 0);

  const auto u = displacements(crystal, 0.05);
  erg::pair_energy(erg::host, potential, crystal.table(), u.data(), samples, energy.data());
  const auto pair = [](double r) { return 4 * (std::pow(r, -12) - std::pow(r, -6)); };  // the shift drops out
  for (int s = 0; s < samples; ++s) {
    double expected = 0;
    for (int i = 0; i < crystal.sites(); ++i) {
      for (int k = crystal.first[i]; k < crystal.first[i + 1]; ++k) {
        double r2 = 0, rest2 = 0;
        for (int axis = 0; axis < 3; ++axis) {
          const double d = crystal.vector[3 * k + axis];
          const double x = d + u[(3 * crystal.neighbour[k] + axis) * samples + s] - u[(3 * i + axis) * samples + s];
          r2 += x * x;
          rest2 += d * d;
        }
        expected += pair(std::sqrt(r2)) - pair(std::sqrt(rest2));
      }
    }
    CHECK(energy[s] == doctest::Approx(expected).epsilon(1e-12));
    CHECK(std::abs(energy[s]) > 0.1);
  }
}

TEST_CASE("Pair energy: a translation of the whole crystal costs nothing") {
  const SmallCrystal crystal;
  auto u = displacements(crystal, 0.05);
  std::vector<double> before(samples), after(samples);
  erg::pair_energy(erg::host, test_potential(), crystal.table(), u.data(), samples, before.data());
  for (std::size_t i = 0; i < u.size(); ++i) u[i] += 0.3 + double(i / samples % 3);
  erg::pair_energy(erg::host, test_potential(), crystal.table(), u.data(), samples, after.data());
  for (int s = 0; s < samples; ++s) CHECK(after[s] == doctest::Approx(before[s]).epsilon(1e-10));
}
