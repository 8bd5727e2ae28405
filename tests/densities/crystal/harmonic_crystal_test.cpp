#include "erg/densities/crystal/harmonic_crystal.hpp"

#include "densities/crystal/harmonic_springs.hpp"
#include "erg/base/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

using namespace erg;

namespace {

using Case = tests::HarmonicSprings;
constexpr double beta = tests::springs_beta;

/// A cell without symmetry, three different sites, oblique edges.
UnitCell oblique() {
  return {"oblique", {{1.1, 0.1, 0}, {0.2, 1, 0.1}, {-0.1, 0.3, 1.2}}, {{0, 0, 0}, {0.3, 0.4, 0.5}, {0.7, 0.1, 0.2}}, {0, 0, 0}};
}

std::vector<Case> cases() {
  return {Case(simple_cubic(), {1, 1, 1}), Case(face_centred_cubic(), {1, 3, 2}), Case(body_centred_cubic(), {4, 5, 6}),
          Case(ice_hexagonal(), {2, 3, 2}), Case(oblique(), {5, 4, 3})};
}

/// The matrix M of the modes, column by column.
Eigen::MatrixXd mode_matrix(const HarmonicCrystal& harmonic) {
  const int n = harmonic.rows();
  Tape<double> tape;
  TileBuffer<double> z(n, 1), u(n, 1);
  Eigen::MatrixXd modes(n, n);
  for (int j = 0; j < n; ++j) {
    z.fill(0);
    z.view()(j, 0) = 1;
    harmonic.to_displacements<double>(z.view(), nullptr, u.view(), tape);
    for (int i = 0; i < n; ++i) modes(i, j) = u.view()(i, 0);
  }
  return modes;
}

std::string message_of(const Crystal& crystal, const std::vector<double>& columns) {
  try {
    HarmonicCrystal(crystal, columns, beta);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("Harmonic crystal: the modes are orthonormal and diagonalise the dense Hessian") {
  for (const Case& c : cases()) {
    const int n = c.harmonic.rows();
    const Eigen::MatrixXd m = mode_matrix(c.harmonic);
    CHECK((m.transpose() * m - Eigen::MatrixXd::Identity(n, n)).cwiseAbs().maxCoeff() < 1e-13);
    const Eigen::VectorXd stiffness = Eigen::Map<const Eigen::VectorXd>(c.harmonic.stiffness().data(), n);
    const Eigen::MatrixXd diagonal = stiffness.asDiagonal();
    CHECK((m.transpose() * c.hessian * m - diagonal).cwiseAbs().maxCoeff() < 1e-11);
    for (int row = 0; row < 3; ++row) {  // the uniform shifts
      CHECK(c.harmonic.stiffness()[row] == 0);
      CHECK(c.harmonic.amplitude()[row] == 0);
      for (int i = 0; i < n; ++i) CHECK(std::abs(m(i, row) - (i % 3 == row ? std::sqrt(3.0 / n) : 0.0)) < 1e-13);
    }
  }
}

TEST_CASE("Harmonic crystal: spectrum, amplitudes and free energy are those of the dense eigenproblem") {
  for (const Case& c : cases()) {
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> dense(c.hessian);
    std::vector<double> mine = c.harmonic.stiffness();
    std::sort(mine.begin() + 3, mine.end());
    double worst = 0, free_energy = 0;
    for (int i = 3; i < c.harmonic.rows(); ++i) {
      worst = std::max(worst, std::abs(mine[i] - dense.eigenvalues()[i]));
      free_energy += 0.5 * std::log(beta * dense.eigenvalues()[i] / (2 * std::numbers::pi));
      CHECK(c.harmonic.amplitude()[i] == doctest::Approx(1 / std::sqrt(beta * c.harmonic.stiffness()[i])));
    }
    CHECK(worst < 1e-11);
    CHECK(c.harmonic.free_energy() == doctest::Approx(free_energy).epsilon(1e-11));
    CHECK(c.harmonic.modes() == c.harmonic.rows() - 3);
  }
}

TEST_CASE("Harmonic crystal: to_modes is the transpose of to_displacements") {
  for (const Case& c : cases()) {
    const int n = c.harmonic.rows();
    Tape<double> tape;
    TileBuffer<double> z(n, 2), v(n, 2), u(n, 2), d(n, 2);
    normals(Stream{3, StreamName::test}, 0, z.view());
    normals(Stream{3, StreamName::test}, 100, v.view());
    c.harmonic.to_displacements<double>(z.view(), c.harmonic.amplitude().data(), u.view(), tape);
    c.harmonic.to_modes<double>(v.view(), d.view(), tape);
    for (int pack = 0; pack < 2; ++pack) {
      double left = 0, right = 0;
      for (int i = 0; i < n; ++i) {
        left += u.view()(i, pack) * v.view()(i, pack);
        right += c.harmonic.amplitude()[i] * z.view()(i, pack) * d.view()(i, pack);
      }
      CHECK(left == doctest::Approx(right).epsilon(1e-11));
    }
    c.harmonic.to_displacements<double>(z.view(), c.harmonic.amplitude().data(), z.view(), tape);  // in place
    for (int i = 0; i < n; ++i) CHECK(z.view()(i, 1) == u.view()(i, 1));
  }
}

TEST_CASE(
    "Harmonic crystal: the log-density is that of the dense Gaussian, blind to a uniform shift, and equal from the latent") {
  for (const Case& c : cases()) {
    const int n = c.harmonic.rows();
    Tape<double> tape;
    TileBuffer<double> z(n, 1), u(n, 1);
    normals(Stream{5, StreamName::test}, 0, z.view());
    c.harmonic.to_displacements<double>(z.view(), c.harmonic.amplitude().data(), u.view(), tape);
    for (int i = 0; i < n; ++i) u.view()(i, 0) += 0.3 * (i % 3 - 1);
    const Eigen::VectorXd x = Eigen::Map<const Eigen::VectorXd>(u.view().data, n);
    double got = 0, from_latent = 0;
    c.harmonic.log_density<double>(u.view(), &got, tape);
    c.harmonic.log_density_of_latent<double>(z.view(), &from_latent);
    CHECK(got == doctest::Approx(c.harmonic.free_energy() - 0.5 * beta * x.dot(c.hessian * x)).epsilon(1e-11));
    CHECK(from_latent == doctest::Approx(got).epsilon(1e-11));
  }
}

TEST_CASE("Harmonic crystal: the uniform shift of the latent goes nowhere") {
  const Case c(face_centred_cubic(), {2, 1, 3});
  TileBuffer<double> z(c.harmonic.rows(), 1), u(c.harmonic.rows(), 1);
  Tape<double> tape;
  for (int row = 0; row < 3; ++row) z.view()(row, 0) = 100;
  c.harmonic.to_displacements<double>(z.view(), c.harmonic.amplitude().data(), u.view(), tape);
  for (int row = 0; row < c.harmonic.rows(); ++row) CHECK(u.view()(row, 0) == 0);
}

TEST_CASE("Harmonic crystal: an imaginary mode is refused by name") {
  const Crystal crystal = build_crystal(simple_cubic(), {4, 4, 4}, 1);
  const auto message = [&](double across) {
    return message_of(crystal, tests::columns_of_cell_0(crystal, tests::spring_hessian(crystal, {1.1, 1.0, across})));
  };
  CHECK(message(0.1) == "accepted");
  // Without a spring across the bonds whole planes slide at no cost; with a negative one they slide downhill.
  CHECK(contains(message(0.0), "imaginary mode (wave vector (0, 0, 1) of (4, 4, 4), branch 0): got stiffness"));
  const std::string refused = message(-0.1);
  CHECK(contains(refused, "imaginary mode (wave vector (0, 0, 1) of (4, 4, 4), branch 0): got stiffness -0.2"));
  CHECK(contains(refused, "expected a positive stiffness"));
}

TEST_CASE("Harmonic crystal: an optical mode that is imaginary at the zero wave vector is told from the uniform shifts") {
  const Crystal crystal = build_crystal(body_centred_cubic(), {1, 1, 1}, 1);
  const Eigen::MatrixXd h = tests::spring_hessian(crystal, {1.1, -1.0, -1.0});
  CHECK(contains(message_of(crystal, tests::columns_of_cell_0(crystal, h)),
                 "imaginary mode (wave vector (0, 0, 0) of (1, 1, 1), branch 3)"));
}

TEST_CASE("Harmonic crystal: columns that are no Hessian of a free crystal are refused") {
  const Crystal crystal = build_crystal(face_centred_cubic(), {2, 2, 2}, 1);
  const Eigen::MatrixXd h = tests::spring_hessian(crystal);
  const std::vector<double> good = tests::columns_of_cell_0(crystal, h);
  CHECK(message_of(crystal, good) == "accepted");
  auto bad = good;
  bad.pop_back();
  CHECK(contains(message_of(crystal, bad), "expected 1152"));
  bad = good;
  bad[40] = std::nan("");
  CHECK(contains(message_of(crystal, bad), "not finite"));
  const Eigen::MatrixXd pinned = h + Eigen::MatrixXd::Identity(96, 96);
  CHECK(contains(message_of(crystal, tests::columns_of_cell_0(crystal, pinned)), "per uniform shift"));
  bad = good;
  bad[1] += 0.01;  // a twist that moves no uniform shift: y on x of one site, and back on another
  bad[1 + 3 * 8] -= 0.01;
  CHECK(contains(message_of(crystal, bad), "symmetric"));
  CHECK_THROWS_AS(HarmonicCrystal(crystal, good, 0.0), InputError);
  CHECK_THROWS_AS(HarmonicCrystal(crystal, good, std::nan("")), InputError);
}
