#include "erg/estimators/multistate/mbar_bootstrap.hpp"

#include "complaint.hpp"
#include "estimators/multistate/oscillators.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace erg;
using tests::Oscillators;

TEST_CASE("mbar_bootstrap: agrees with first-order errors where states overlap, with samples and without") {
  const Oscillators system{{0, 1, 0.5}, {1, 1.5, 1}, {600, 400, 0}};
  const auto table = system.sample(1);
  const auto found = mbar(table);
  const auto spread = mbar_bootstrap(table, found, {.rounds = 200, .seed = 3});
  CHECK(spread.free_energy.size() == 200);
  // each bound is 4.5 standard deviations of the bootstrap's own scatter, 1/√400: false alarms 7e-6 of seeds
  for (std::size_t k = 1; k < 3; ++k) {
    CHECK(spread.difference(0, k).rounds == 200);
    CHECK(std::abs(spread.difference(0, k).standard_error / found.difference(0, k).standard_error - 1) < 4.5 / 20);
  }
}

TEST_CASE("mbar_bootstrap: a sample drawn twice counts as two") {
  // The rounds are those of `bootstrap_spreads` for one set: solve one of them on a copied table.
  const Oscillators system{{0, 1}, {1, 1.5}, {60, 40}};
  const auto table = system.sample(2);
  const auto found = mbar(table);
  const auto spread = mbar_bootstrap(table, found, {.rounds = 2, .seed = 5}, 1e-10);
  std::vector<std::vector<std::size_t>> chosen(2);
  for (std::size_t n = 0; n < 100; ++n)
    chosen[n < 60 ? 0 : 1].push_back(
        integer_below(n < 60 ? 60 : 40, {5, StreamName::bootstrap}, 1, static_cast<std::uint32_t>(n)));
  const auto again = mbar(take_samples(table, chosen));
  CHECK(spread.free_energy[1][1] == doctest::Approx(again.free_energy[1]).epsilon(1e-10));
}

TEST_CASE("mbar_bootstrap: disjoint states have no spread, too few rounds are refused") {
  const Oscillators system{{0, 50}, {1, 1}, {60, 40}};
  const auto table = system.sample(2);
  const auto found = mbar(table);
  CHECK(std::isinf(mbar_bootstrap(table, found, {.rounds = 3}).difference(0, 1).standard_error));
  CHECK(complaint([&] { mbar_bootstrap(table, found, {.rounds = 1}); }).find("at least 2") != std::string::npos);
}

TEST_CASE("take_samples: in the order asked for, and refused beyond the last") {
  const ReducedEnergyTable table{{0, 1, 2, 10, 11, 12}, {2, 1}};
  const std::vector<std::vector<std::size_t>> chosen{{1, 0, 1}, {}};
  const auto taken = take_samples(table, chosen);
  CHECK(taken.counts == std::vector<std::int64_t>{3, 0});
  CHECK(taken.u_kn == std::vector<double>{1, 0, 1, 11, 10, 11});
  const std::vector<std::vector<std::size_t>> beyond{{2}, {}}, few{{0}};
  CHECK(complaint([&] { take_samples(table, beyond); }).find("less than 2") != std::string::npos);
  CHECK(complaint([&] { take_samples(table, few); }).find("1 lists") != std::string::npos);
}
