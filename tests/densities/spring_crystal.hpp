/// \file
/// A crystal of harmonic springs, whose Hessian is known: the test bed of the harmonic density.
#pragma once

#include "erg/geometry/neighbours.hpp"

#include <Eigen/Dense>

#include <vector>

namespace erg::tests {

/// The Hessian of springs between each site and the neighbours in its table: stiffness `along` the bond falling off with the
/// distance, and a part of it across the bond, so that no mode is soft. Dense, 3N × 3N.
inline Eigen::MatrixXd spring_hessian(const Crystal& crystal, const Neighbours& neighbours, double along = 3, double across = 0.4) {
  const int n = crystal.particles();
  Eigen::MatrixXd h = Eigen::MatrixXd::Zero(3 * n, 3 * n);
  for (int i = 0; i < n; ++i) {
    for (int k = 0; k < neighbours.count; ++k) {
      const int j = neighbours.site[i * neighbours.count + k];
      const Vec3<double> d = neighbours.vector[i * neighbours.count + k];
      const double r2 = dot(d, d);
      Eigen::Matrix3d spring;
      for (int a = 0; a < 3; ++a) {
        for (int b = 0; b < 3; ++b) spring(a, b) = 0.5 * ((along - across) * d[a] * d[b] / r2 + across * (a == b)) / (r2 * r2);
      }
      h.block<3, 3>(3 * i, 3 * i) += spring;
      h.block<3, 3>(3 * j, 3 * j) += spring;
      h.block<3, 3>(3 * i, 3 * j) -= spring;
      h.block<3, 3>(3 * j, 3 * i) -= spring;
    }
  }
  return h;
}

/// The columns that `HarmonicCrystal` asks for: those of the sites of cell 0.
inline std::vector<double> columns_of_cell_0(const Crystal& crystal, const Eigen::MatrixXd& hessian) {
  std::vector<double> columns;
  for (int basis = 0; basis < crystal.basis_size(); ++basis) {
    for (int axis = 0; axis < 3; ++axis) {
      const Eigen::VectorXd column = hessian.col(3 * crystal.site_at(basis, {0, 0, 0}) + axis);
      columns.insert(columns.end(), column.begin(), column.end());
    }
  }
  return columns;
}

}  // namespace erg::tests
