// A program of someone else's, linked to a package with a BLAS: a product and an eigenproblem that Eigen hands over to it.
// Without the library it would not link.
#include "erg/version.hpp"

#include <Eigen/Eigenvalues>

#include <cmath>
#include <cstdio>

#if !defined(EIGEN_USE_BLAS)
#error "the package does not say that Eigen has a BLAS"
#endif

extern "C" int dgemm_(const char*, const char*, const int*, const int*, const int*, const double*, const double*, const int*,
                      const double*, const int*, const double*, double*, const int*);

int main() {
  const int n = 80;
  Eigen::MatrixXd a(n, n), chain = Eigen::MatrixXd::Zero(n, n);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) a(i, j) = std::sin(1.0 + i + 0.7 * j);
  for (int i = 0; i < n; ++i) {
    chain(i, i) = 2;
    if (i > 0) chain(i, i - 1) = chain(i - 1, i) = -1;
  }
  const Eigen::MatrixXd product = a * a, plain = a.lazyProduct(a);
  Eigen::MatrixXd by_hand(n, n);
  const double one = 1, zero = 0;
  dgemm_("N", "N", &n, &n, &n, &one, a.data(), &n, a.data(), &n, &zero, by_hand.data(), &n);
  const auto found = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(chain).eigenvalues();
  double worst = std::fmax((product - plain).cwiseAbs().maxCoeff(), (by_hand - plain).cwiseAbs().maxCoeff());
  for (int k = 0; k < n; ++k)  // of a chain of springs with fixed ends
    worst = std::fmax(worst, std::abs(found[k] - 4 * std::pow(std::sin(3.14159265358979324 * (k + 1) / (2 * n + 2)), 2)));
  std::printf("largest difference %.1e\n", worst);
  return worst < 1e-11 ? 0 : 1;
}
