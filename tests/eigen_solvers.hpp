/// \file
/// The symmetric eigenproblems of the crystals' vibrations, compiled once for all tests in eigen_solvers.cpp: they take longer
/// to compile than most of the tests that solve them.
#pragma once

#include <Eigen/Eigenvalues>

namespace Eigen {

extern template SelfAdjointEigenSolver<MatrixXcd>& SelfAdjointEigenSolver<MatrixXcd>::compute(const EigenBase<MatrixXcd>&, int);
extern template SelfAdjointEigenSolver<MatrixXd>& SelfAdjointEigenSolver<MatrixXd>::compute(const EigenBase<MatrixXd>&, int);

}  // namespace Eigen
