/// \file
/// A crystal of harmonic springs, whose Hessian is known: the test bed of the harmonic density.
#pragma once

#include "eigen_solvers.hpp"
#include "erg/geometry/crystal.hpp"

#include <Eigen/Dense>

#include <cmath>
#include <vector>

namespace erg::tests {

/// Springs between all pairs within a distance, images included.
struct ShellSprings {
  double radius = 2.5;  ///< [length]
  double along = 3;     ///< stiffness along the bond at distance 1, falling off as 1 / distance⁴
  double across = 0.4;  ///< and across it
};

/// d²U/du², dense, 3N × 3N.
inline Eigen::MatrixXd spring_hessian(const Crystal& crystal, ShellSprings springs = {}) {
  const int n = crystal.particles();
  Eigen::MatrixXd h = Eigen::MatrixXd::Zero(3 * n, 3 * n);
  const Vec3<double> heights = crystal.box.heights();
  int reach[3];
  for (int axis = 0; axis < 3; ++axis) reach[axis] = static_cast<int>(std::ceil(springs.radius / heights[axis])) + 1;
  const auto connect = [&](int i, int j, Vec3<double> d) {
    const double r2 = dot(d, d);
    if (r2 > springs.radius * springs.radius || r2 < 1e-9) return;
    for (int a = 0; a < 3; ++a) {
      for (int b = 0; b < 3; ++b) {
        const double k = ((springs.along - springs.across) * d[a] * d[b] / r2 + springs.across * (a == b)) / (r2 * r2);
        h(3 * i + a, 3 * i + b) += k;
        h(3 * i + a, 3 * j + b) -= k;
      }
    }
  };
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) {
      for (int x = -reach[0]; x <= reach[0]; ++x) {
        for (int y = -reach[1]; y <= reach[1]; ++y) {
          for (int z = -reach[2]; z <= reach[2]; ++z) {
            connect(i, j, crystal.sites[j] - crystal.sites[i] + crystal.box.to_cartesian({double(x), double(y), double(z)}));
          }
        }
      }
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
