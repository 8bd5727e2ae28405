/// \file
/// Vibrations of a crystal, one small eigenproblem for each wave vector.
#pragma once

#include "erg/base/error.hpp"
#include "erg/geometry/crystal.hpp"

#include <Eigen/Eigenvalues>

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstdio>
#include <numbers>
#include <span>
#include <string>
#include <vector>

namespace erg {

namespace detail {
/// Six digits of a number of any size.
inline std::string in_digits(double x) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.6g", x);
  return text;
}
}  // namespace detail

/// The dynamical matrix (without masses) D(k) of a crystal.
///
/// Shapes:  columns (3 n, 3 N): row 3 b + axis is d²U / du d u_{b, axis} at rest for site b of cell (0, 0, 0), over the rows
///          3 site + axis of all N sites; n sites per cell. D is 3 n × 3 n: D(k) = Σ_m H(m, 0) exp(−i k·m) over the cells m.
/// Units:   energy / length².
/// Errors:  InputError for columns of the wrong size, not finite, not symmetric, or that change under a uniform shift.
class DynamicalMatrix {
 public:
  template <std::floating_point T>
  DynamicalMatrix(const Crystal& crystal, std::span<const T> columns) : cells_(crystal.cells), size_(3 * crystal.basis_size()) {
    const std::size_t rows = 3 * static_cast<std::size_t>(crystal.particles());
    if (columns.size() != size_ * rows) {
      throw InputError("Hessian columns", crystal.unit.name, std::to_string(columns.size()) + " numbers",
                       std::to_string(size_ * rows));
    }
    for (int cell = 0; cell < crystal.cell_count(); ++cell) {
      Eigen::MatrixXd block(size_, size_);
      for (int j = 0; j < size_; ++j) {
        for (int i = 0; i < size_; ++i) {
          block(i, j) = columns[j * rows + 3 * (static_cast<std::size_t>(i / 3) * crystal.cell_count() + cell) + i % 3];
        }
      }
      if (!block.allFinite())
        throw InputError("Hessian columns", crystal.unit.name, "a number that is not finite", "finite numbers");
      if (block.isZero(0)) continue;
      scale_ = std::max(scale_, block.cwiseAbs().maxCoeff());
      blocks_.push_back(block);
      offsets_.push_back(crystal.cell_of(cell));
    }
    require_shift_invariance(crystal);
  }

  int size() const { return size_; }
  /// The largest entry of the Hessian: what "small" is measured against.
  double scale() const { return scale_; }

  /// D for k = 2π wave / cells along each axis.
  Eigen::MatrixXcd operator()(const std::array<int, 3>& wave) const {
    Eigen::MatrixXd real = Eigen::MatrixXd::Zero(size_, size_), imaginary = real;
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
      double turns = 0;
      for (int axis = 0; axis < 3; ++axis)
        turns += static_cast<double>((wave[axis] * offsets_[b][axis]) % cells_[axis]) / cells_[axis];
      const bool half_turns = 2 * turns == std::round(2 * turns);  // then D is real, to the last bit
      real += std::cos(2 * std::numbers::pi * turns) * blocks_[b];
      if (!half_turns) imaginary -= std::sin(2 * std::numbers::pi * turns) * blocks_[b];
    }
    const double skew =
        std::max((real - real.transpose()).cwiseAbs().maxCoeff(), (imaginary + imaginary.transpose()).cwiseAbs().maxCoeff());
    if (skew > 1e-7 * scale_) {
      throw InputError("Hessian columns", "wave vector " + named(wave),
                       "asymmetry " + detail::in_digits(skew / scale_) + " of the largest entry", "a symmetric Hessian");
    }
    Eigen::MatrixXcd d(size_, size_);
    d.real() = 0.5 * (real + real.transpose());
    d.imag() = 0.5 * (imaginary - imaginary.transpose());
    return d;
  }

  /// "(1, 0, 2) of (4, 4, 4)": the wave vector in units of 2π / cells.
  std::string named(const std::array<int, 3>& wave) const {
    const auto triple = [](const std::array<int, 3>& v) {
      return std::to_string(v[0]).insert(0, 1, '(') + ", " + std::to_string(v[1]) + ", " + std::to_string(v[2]) + ")";
    };
    return triple(wave) + " of " + triple(cells_);
  }

 private:
  void require_shift_invariance(const Crystal& crystal) const {
    const Eigen::MatrixXcd d = (*this)({0, 0, 0});
    for (int axis = 0; axis < 3; ++axis) {
      double worst = 0;
      for (int i = 0; i < size_; ++i) {
        double force = 0;
        for (int j = axis; j < size_; j += 3) force += d(i, j).real();
        worst = std::max(worst, std::abs(force));
      }
      if (!(worst <= 1e-7 * scale_)) {
        throw InputError("Hessian columns", crystal.unit.name, "a force of " + detail::in_digits(worst) + " per uniform shift",
                         "no force: an energy that does not change when the whole crystal moves");
      }
    }
  }

  std::array<int, 3> cells_;
  int size_;
  double scale_ = 0;
  std::vector<Eigen::MatrixXd> blocks_;
  std::vector<std::array<int, 3>> offsets_;
};

/// The vibrations of one wave vector.
///
/// Shapes:  stiffness (3 n), ascending; vectors: column j belongs to stiffness j, orthonormal. For the zero wave vector the first
///          three are the uniform shifts along the axes, with stiffness exactly 0.
template <std::floating_point T>
struct WaveModes {
  Eigen::Matrix<T, Eigen::Dynamic, 1> stiffness;
  Eigen::Matrix<std::complex<T>, Eigen::Dynamic, Eigen::Dynamic> vectors;
};

namespace detail {

/// Of D(0), the uniform shifts by name and the other modes in order. With a stiffness above all others the shifts come out last.
template <std::floating_point T, class Matrix>
WaveModes<T> modes_beside_shifts(Matrix d) {
  const int size = static_cast<int>(d.rows());
  const T above_all = 2 * d.norm() + 1;
  for (int i = 0; i < size; ++i) {
    for (int j = i % 3; j < size; j += 3) d(i, j) += above_all * 3 / size;
  }
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(d);
  WaveModes<T> modes{solver.eigenvalues(), Matrix::Zero(size, size)};
  for (int j = size - 1; j >= 3; --j) {
    modes.stiffness[j] = solver.eigenvalues()[j - 3];
    modes.vectors.col(j) = solver.eigenvectors().col(j - 3);
  }
  for (int i = 0; i < size; ++i) modes.vectors(i, i % 3) = std::sqrt(T(3) / size);
  modes.stiffness.head(3).setZero();
  return modes;
}

}  // namespace detail

/// Solves for the vibrations of one wave vector; where k and −k are the same wave the vectors come out real.
///
/// Errors:  InputError for an imaginary mode (a stiffness that is not positive), with its wave vector and branch.
template <std::floating_point T = double>
WaveModes<T> wave_modes(const DynamicalMatrix& dynamical, const std::array<int, 3>& wave) {
  using Matrix = Eigen::Matrix<std::complex<T>, Eigen::Dynamic, Eigen::Dynamic>;
  const Matrix d = dynamical(wave).template cast<std::complex<T>>();
  const int still = wave == std::array<int, 3>{0, 0, 0} ? 3 : 0;
  WaveModes<T> modes;
  if (still == 0) {
    const Eigen::SelfAdjointEigenSolver<Matrix> solver(d);
    modes = {solver.eigenvalues(), solver.eigenvectors()};
  } else {
    modes = detail::modes_beside_shifts<T>(d);
  }
  for (int branch = still; branch < dynamical.size(); ++branch) {
    if (modes.stiffness[branch] > T(1e-9) * dynamical.scale()) continue;
    throw InputError(
        "imaginary mode", "wave vector " + dynamical.named(wave) + ", branch " + std::to_string(branch),
        "stiffness " + detail::in_digits(modes.stiffness[branch]),
        "a positive stiffness: this crystal is unstable at rest; relax it with this potential, or try another density");
  }
  return modes;
}

}  // namespace erg
