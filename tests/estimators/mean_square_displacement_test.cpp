#include "erg/estimators/mean_square_displacement.hpp"

#include "erg/base/random.hpp"

#include "complaint.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

using namespace erg;

namespace {

const Box slanted = Box::triclinic({{3, 0, 0}, {0.8, 3.1, 0}, {-0.6, 0.9, 2.9}});
constexpr int particles = 5;

std::vector<Vec3<double>> sites() {
  std::vector<Vec3<double>> s;
  for (int i = 0; i < particles; ++i) s.push_back(slanted.to_cartesian({0.19 * i, 0.37 * i, 0.55 * i}));
  return s;
}

/// Sites with Gaussian displacements of width `sigma` along x, twice that along y and z, wrapped into the box.
std::vector<Vec3<double>> shaken(std::uint64_t sample, double sigma, Vec3<double> shift = {0, 0, 0}) {
  auto x = sites();
  for (std::size_t i = 0; i < x.size(); ++i) {
    Vec3<double> u;
    for (int a = 0; a < 3; ++a)
      u[a] = (a == 0 ? 1 : 2) * sigma *
             normal({8, StreamName::test}, sample, static_cast<std::uint32_t>(3 * i) + static_cast<std::uint32_t>(a));
    x[i] = slanted.wrap(x[i] + u + shift);
  }
  return x;
}

}  // namespace

TEST_CASE("MeanSquareDisplacement: Gaussian displacements in a slanted box, with and without their centre") {
  const double sigma = 0.1;
  MeanSquareDisplacement kept(slanted, sites(), CentreOfMass::kept), removed(slanted, sites());
  for (std::uint64_t s = 0; s < 4000; ++s) {
    kept.add(shaken(s, sigma));
    removed.add(shaken(s, sigma));
  }
  // Four bounds of 4.5 standard errors: 1 run in 37,000 over all seeds; this seed passes.
  const double share = 1 - 1.0 / particles;
  const auto check = [](const WeightedMean& found, double exact) {
    CHECK(std::abs(found.value - exact) < 4.5 * found.standard_error);
    CHECK(found.standard_error < 0.02 * exact);
    CHECK(found.standard_error == doctest::Approx(found.analytic_error).epsilon(0.3));
  };
  check(kept.mean(), 9 * sigma * sigma);
  check(removed.mean(), 9 * sigma * sigma * share);
  check(removed.along(0), sigma * sigma * share);
  check(removed.along(2), 4 * sigma * sigma * share);
  CHECK(removed.along(0).value + removed.along(1).value + removed.along(2).value == doctest::Approx(removed.mean().value));
}

TEST_CASE("MeanSquareDisplacement: with the centre removed, shifts of any length and images make no difference") {
  MeanSquareDisplacement here(slanted, sites()), there(slanted, sites()), kept(slanted, sites(), CentreOfMass::kept);
  for (std::uint64_t s = 0; s < 20; ++s) {
    const Vec3<double> shift{0.71 * static_cast<double>(s), -1.3 * static_cast<double>(s), 0.4};
    here.add(shaken(s, 0.1));
    there.add(shaken(s, 0.1, shift));
    kept.add(shaken(s, 0.1, shift));
  }
  CHECK(there.mean().value == doctest::Approx(here.mean().value).epsilon(1e-12));
  CHECK(kept.mean().value > 5 * here.mean().value);
}

TEST_CASE("MeanSquareDisplacement: two particles by hand, masses and weights included") {
  const Box box = Box::orthorhombic({10, 10, 10});
  MeanSquareDisplacement one(box, {{1, 1, 1}, {5, 5, 5}}, CentreOfMass::removed, {1, 3}), other = one;
  // Displacements (0.4, 0, 0) and 0: the centre moves by 0.1, which leaves 0.3 and −0.1.
  one.add(std::vector<Vec3<double>>{{1.4, 1, 1}, {5, 5, 5}}, -1e4);
  other.add(std::vector<Vec3<double>>{{1, 1, 1}, {5, 5, -5}}, -1e4 + std::log(3.0));
  one.merge(other);
  CHECK(one.samples() == 2);
  CHECK(one.mean().value == doctest::Approx(0.25 * (0.09 + 0.01) / 2));
  CHECK(one.along(1).value == 0);
}

TEST_CASE("MeanSquareDisplacement: reweighting turns one width into another") {
  // From width 0.1 to 0.09 in all of the coordinates, kept: the closed form of the other Gaussian. 4.5 errors as above.
  const double sigma = 0.1, wanted = 0.09;
  MeanSquareDisplacement found(slanted, sites(), CentreOfMass::kept);
  for (std::uint64_t s = 0; s < 4000; ++s) {
    double square = 0;
    for (std::uint32_t row = 0; row < 3 * particles; ++row) square += std::pow(normal({8, StreamName::test}, s, row), 2);
    found.add(shaken(s, sigma), 700 - 0.5 * square * (sigma * sigma / (wanted * wanted) - 1));
  }
  const WeightedMean mean = found.mean();
  CHECK(std::abs(mean.value - 9 * wanted * wanted) < 4.5 * mean.standard_error);
  CHECK(mean.standard_error < 0.02 * mean.value);
}

TEST_CASE("MeanSquareDisplacement: impossible input is named") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(complaint([] { MeanSquareDisplacement(slanted, {}); }).find("sites") == 0);
  CHECK(complaint([] { MeanSquareDisplacement(slanted, sites(), CentreOfMass::removed, {1, 2}); }).find("masses") == 0);
  CHECK(complaint([] { MeanSquareDisplacement(slanted, {{0, 0, 0}}, CentreOfMass::removed, {-1}); }).find("mass") == 0);
  MeanSquareDisplacement found(slanted, sites());
  CHECK(complaint([&] { found.mean(); }).find("0 samples") != std::string::npos);
  found.add(sites());
  auto lost = sites();
  lost[3].y = nan;
  CHECK(complaint([&] { found.add(lost); }).find("sample 1, particle 3") != std::string::npos);
  CHECK(complaint([&] { found.add(std::span(lost).first(2)); }).find("one per site") != std::string::npos);
  CHECK(complaint([&] { found.add(sites(), nan); }).find("sample 1") != std::string::npos);
  CHECK(found.samples() == 1);
  CHECK(complaint([&] { found.along(3); }).find("axis") == 0);
}
