#include "erg/estimators/radial_distribution.hpp"

#include "erg/base/random.hpp"

#include "complaint.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

using namespace erg;

namespace {

std::vector<Vec3<double>> ideal_gas(const Box& box, std::uint64_t seed, std::uint32_t particles) {
  std::vector<Vec3<double>> x;
  for (std::uint32_t i = 0; i < particles; ++i) {
    const auto u = [&](std::uint32_t axis) { return uniform({seed, StreamName::test}, i, axis); };
    x.push_back(box.to_cartesian({u(0), u(1), u(2)}));
  }
  return x;
}

std::vector<Vec3<double>> cubic_lattice(int n, double spacing) {
  std::vector<Vec3<double>> x;
  for (int i = 0; i < n * n * n; ++i) x.push_back(spacing * Vec3<double>{double(i / (n * n)), double(i / n % n), double(i % n)});
  return x;
}

/// Mean number of neighbours between two distances, from g.
double neighbours(const Profile& g, double density, double from, double to) {
  double count = 0;
  for (std::size_t b = 0; b < g.value.size(); ++b)
    if (g.centres()[b] > from && g.centres()[b] < to)
      count += g.value[b] * density * 4 * std::numbers::pi / 3 * (std::pow(g.edges[b + 1], 3) - std::pow(g.edges[b], 3));
  return count;
}

}  // namespace

TEST_CASE("RadialDistribution: an ideal gas gives one in every shell, in any box") {
  const Box boxes[] = {Box::orthorhombic({9, 10, 12}), Box::triclinic({{10, 0, 0}, {3, 9.5, 0}, {-2, 2.5, 10}})};
  for (const Box& box : boxes) {
    RadialDistribution g(4, 16);
    for (std::uint64_t frame = 0; frame < 1000; ++frame) g.add(box, ideal_gas(box, frame, 50));
    const Profile found = g.profile();
    double chi_square = 0;
    for (std::size_t b = 0; b < 16; ++b) {
      chi_square += std::pow((found.value[b] - 1) / found.standard_error[b], 2);
      // pairs are independent: Poisson errors, of 1225 pairs in 1000 frames
      const double shell = 4 * std::numbers::pi / 3 * (std::pow(found.edges[b + 1], 3) - std::pow(found.edges[b], 3));
      CHECK(found.standard_error[b] == doctest::Approx(1 / std::sqrt(1.225e6 * shell / box.volume())).epsilon(0.25));
    }
    // χ² of 16 degrees of freedom, outside 2.5 … 48 with probability 1e-4 for other seeds.
    CHECK(chi_square > 2.5);
    CHECK(chi_square < 48);
  }
}

TEST_CASE("RadialDistribution: a simple cubic crystal has 6, 12 and 8 neighbours, across the boundary too") {
  const int n = 5;
  const double spacing = 1.1;
  RadialDistribution g(2.2, 110);
  const Box box = Box::orthorhombic({n * spacing, n * spacing, n * spacing});
  auto x = cubic_lattice(n, spacing);
  for (std::size_t i = 0; i < x.size(); i += 2) x[i] += box.to_cartesian({1, -2, 3});  // images of a particle are the particle
  g.add(box, x);
  g.add(box, x);
  const Profile found = g.profile();
  const double density = (n * n * n - 1) / box.volume();  // of the others
  CHECK(neighbours(found, density, 1.05, 1.15) == doctest::Approx(6));
  CHECK(neighbours(found, density, 1.5, 1.6) == doctest::Approx(12));
  CHECK(neighbours(found, density, 1.85, 1.95) == doctest::Approx(8));
  CHECK(neighbours(found, density, 0, 1.05) == 0);
  for (const double error : found.standard_error) CHECK(error == doctest::Approx(0));
}

TEST_CASE("RadialDistribution: frames count by their weights, each with its own box") {
  RadialDistribution g(1.5, 150);
  const auto add = [&](double spacing, double log_weight) {
    g.add(Box::orthorhombic({4 * spacing, 4 * spacing, 4 * spacing}), cubic_lattice(4, spacing), log_weight);
  };
  add(1.005, 1e4);
  add(1.205, 1e4 + std::log(3.0));
  const Profile found = g.profile();
  CHECK(neighbours(found, 63 / std::pow(4 * 1.005, 3), 0.98, 1.03) == doctest::Approx(6 * 0.25));
  CHECK(neighbours(found, 63 / std::pow(4 * 1.205, 3), 1.18, 1.23) == doctest::Approx(6 * 0.75));
}

TEST_CASE("RadialDistribution: in caesium chloride a particle has 8 neighbours of the other kind, then 6 of its own") {
  const int n = 5;
  const double spacing = 1.1;
  const Box box = Box::orthorhombic({n * spacing, n * spacing, n * spacing});
  std::vector<Vec3<double>> x;
  std::vector<int> kind;
  for (const Vec3<double>& corner : cubic_lattice(n, spacing)) {  // kinds take turns
    x.insert(x.end(), {corner, corner + spacing * Vec3<double>{0.5, 0.5, 0.5}});
    kind.insert(kind.end(), {0, 1});
  }
  RadialDistribution g(2.2, 110, kind);
  g.add(box, x);
  g.add(box, x);
  const double of_one = n * n * n / box.volume(), others = of_one - 1 / box.volume();
  CHECK(g.kinds() == 2);
  CHECK(neighbours(g.profile(0, 1), of_one, 0.9, 1.0) == doctest::Approx(8));
  CHECK(neighbours(g.profile(1, 0), of_one, 1.75, 1.9) == doctest::Approx(24));  // √11/2 of the spacing
  CHECK(neighbours(g.profile(0, 1), of_one, 1.05, 1.7) == 0);
  for (const int a : {0, 1}) {
    CHECK(neighbours(g.profile(a, a), others, 0, 1.05) == 0);
    CHECK(neighbours(g.profile(a, a), others, 1.05, 1.15) == doctest::Approx(6));
    CHECK(neighbours(g.profile(a, a), others, 1.5, 1.6) == doctest::Approx(12));
  }
}

TEST_CASE("RadialDistribution: the partial ones are 1 in an ideal gas, and their mean over pairs is the whole") {
  const Box box = Box::triclinic({{10, 0, 0}, {3, 9.5, 0}, {-2, 2.5, 10}});
  std::vector<int> kind;
  for (int i = 0; i < 60; ++i) kind.push_back(i % 7 == 0 ? 2 : i % 3 == 0 ? 0 : 1);
  RadialDistribution plain(4, 16), g(4, 16, kind), half(4, 16, kind);
  for (std::uint64_t frame = 0; frame < 1000; ++frame) {
    const auto x = ideal_gas(box, frame, 60);
    const double log_weight = frame % 2 == 0 ? 0.3 : 0;
    plain.add(box, x, log_weight);
    (frame < 400 ? g : half).add(box, x, log_weight);
  }
  g.merge(half);
  const Profile all = g.profile();
  for (std::size_t k = 0; k < 16; ++k) {
    CHECK(all.value[k] == doctest::Approx(plain.profile().value[k]).epsilon(1e-12));
    CHECK(all.standard_error[k] == doctest::Approx(plain.profile().standard_error[k]).epsilon(1e-9));
  }
  std::vector<double> mean(16, 0);
  double pairs = 0;
  for (int a = 0; a < 3; ++a)
    for (int b = a; b < 3; ++b) {
      const Profile part = g.profile(a, b);
      double chi_square = 0;
      for (std::size_t k = 1; k < 16; ++k) {  // the first shell has a dozen pairs
        chi_square += std::pow((part.value[k] - 1) / part.standard_error[k], 2);
        mean[k] += g.pairs(a, b) * part.value[k];
      }
      pairs += g.pairs(a, b);
      // χ² of 15 degrees of freedom, outside 2 … 48 with probability 1e-4 for other seeds.
      CHECK(chi_square > 2);
      CHECK(chi_square < 48);
    }
  CHECK(pairs == 60 * 59 / 2);
  for (std::size_t k = 1; k < 16; ++k) CHECK(mean[k] / pairs == doctest::Approx(all.value[k]).epsilon(1e-12));
}

TEST_CASE("RadialDistribution: particles of one kind are as those without, and threads count what one counts") {
  const Box box = Box::orthorhombic({20, 20, 20});
  std::vector<int> kind(1500, 0);
  RadialDistribution plain(5, 40), g(5, 40, kind);
  for (std::size_t i = 0; i < kind.size(); i += 3) kind[i] = 1;
  RadialDistribution two(5, 40, kind);  // above the size that threads share
  for (std::uint64_t frame = 0; frame < 2; ++frame)
    for (RadialDistribution* each : {&plain, &g, &two}) each->add(box, ideal_gas(box, frame, 1500));
  CHECK(g.profile().value == plain.profile().value);
  CHECK(g.profile(0, 0).value == plain.profile().value);
  CHECK(two.profile().value == plain.profile().value);
}

TEST_CASE("RadialDistribution: impossible input is named") {
  RadialDistribution g(2, 10);
  const std::vector<Vec3<double>> two{{0, 0, 0}, {1, 1, 1}};
  CHECK(complaint([&] { g.add(Box::orthorhombic({3.9, 9, 9}), two); }).find("cutoff") == 0);
  CHECK(complaint([&] {
          g.add(Box::orthorhombic({9, 9, 9}), std::span(two).first(1));
        }).find("1 particles") != std::string::npos);
  const std::vector<Vec3<double>> lost{{0, 0, 0}, {1, std::numeric_limits<double>::quiet_NaN(), 1}};
  CHECK(complaint([&] { g.add(Box::orthorhombic({9, 9, 9}), lost); }).find("sample 0, particle 1") != std::string::npos);
  CHECK(complaint([&] { g.profile(); }).find("0 samples") != std::string::npos);
  CHECK(complaint([] { RadialDistribution(-1, 10); }).find("bins") == 0);
  CHECK(complaint([] { RadialDistribution(2, 10, {0, -1}); }).find("kind of particle (radial distribution): got -1") == 0);
  CHECK(complaint([] { RadialDistribution(2, 10, {0, 2}); }).find("got 2") != std::string::npos);
  RadialDistribution mixed(2, 10, {0, 1, 1});
  CHECK(complaint([&] {
          mixed.add(Box::orthorhombic({9, 9, 9}), two);
        }).find("got 2 particles, expected 3") != std::string::npos);
  for (const auto& [a, b] : {std::pair{0, 2}, {-1, 0}, {0, 0}})  // of kind 0 there is one
    CHECK(complaint([&] { mixed.profile(a, b); }).find("no pair") != std::string::npos);
  CHECK(complaint([&] { g.profile(0, 0); }).find("no pair") != std::string::npos);
  CHECK(complaint([&] { mixed.merge(g); }).find("kinds") != std::string::npos);
}
