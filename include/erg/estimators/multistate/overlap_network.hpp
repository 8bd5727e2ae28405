/// \file
/// States as nodes of a network whose links are the samples they share.
#pragma once

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace erg {

/// Groups of states that share less than this part of one sample are disjoint: the difference of their free energies would be
/// known to ten k_BT at best.
inline constexpr double fewest_shared_samples = 0.01;

/// The Hessian of the multistate objective, N_k δ_kj − A_kj with A_kj = Σ_n N_k W_nk N_j W_nj, read as the Laplacian of a network
/// of conductances A: solved and inverted without a single subtraction, so that links of any weakness keep all their digits.
///
/// Shapes:  shared (states, states), lower half: A; only what stands below the diagonal is read.
/// Units:   samples.
/// Source:  the elimination: Grassmann, Taksar and Heyman 1985, doi:10.1287/opre.33.5.1107.
/// A node whose conductance to all nodes before it is below `fewest_shared_samples` and that is no longer pulled towards them
/// starts a group of its own; it stays where it is, and the others of its group move with respect to it.
class OverlapNetwork {
 public:
  /// `missing`: N_k − Σ_n N_k W_nk, by which each node is pulled up. What is below `rounding` counts as nothing.
  OverlapNetwork(const Eigen::MatrixXd& shared, const std::vector<double>& missing, double rounding)
      : size_(missing.size()), link_(shared), conductance_(size_), group_(size_) {
    const auto n = static_cast<Eigen::Index>(size_);
    std::vector<double> pull = missing;
    for (Eigen::Index k = n - 1; k > 0; --k) {  // rows as columns of the lower half: link_(i, j), i > j
      double total = 0;
      for (Eigen::Index j = 0; j < k; ++j) total += link_(k, j);
      const double pulled = std::abs(pull[static_cast<std::size_t>(k)]);
      const bool cut = total < fewest_shared_samples && pulled <= std::max(rounding, settled), broken = !(total > faintest);
      if (cut || broken) {
        stuck_ = stuck_ || !cut;
        link_.row(k).head(k).setZero();
        continue;
      }
      conductance_[static_cast<std::size_t>(k)] = total;
      link_.row(k).head(k) /= total;  // now the share of each earlier node in k
      const Eigen::VectorXd shares = link_.row(k).head(k).transpose();
      for (Eigen::Index j = 0; j < k; ++j) {
        link_.col(j).segment(j + 1, k - j - 1) += shares(j) * total * shares.tail(k - j - 1);
        pull[static_cast<std::size_t>(j)] += shares(j) * pull[static_cast<std::size_t>(k)];
      }
    }
    find_groups();
  }

  /// The step of the free energies that would put each `missing` right, were the objective quadratic; node 0 and the first node
  /// of each group stay. `decrement`: the root of missing · step, so that no difference moves by more than decrement ×
  /// √resistance.
  struct Step {
    std::vector<double> of_node;
    double decrement, range;
  };
  Step step(std::vector<double> missing, double rounding) const {
    Step found{std::vector<double>(size_, 0.0), 0, 0};
    for (std::size_t k = size_; k-- > 1;)
      for (std::size_t j = 0; j < k; ++j) missing[j] += share(k, j) * missing[k];
    for (std::size_t k = 1; k < size_; ++k) {
      if (!(conductance_[k] > 0)) continue;
      double& x = found.of_node[k];
      x = missing[k] / conductance_[k];
      if (std::abs(missing[k]) > rounding) found.decrement += x * missing[k];
      for (std::size_t j = 0; j < k; ++j) x += share(k, j) * found.of_node[j];
    }
    found.decrement = std::sqrt(found.decrement);
    const auto [least, most] = std::minmax_element(found.of_node.begin(), found.of_node.end());
    found.range = *most - *least;
    return found;
  }

  /// A generalised inverse of the Laplacian: zero where node 0 or the first node of a group stands.
  Eigen::MatrixXd inverse() const {
    const auto n = static_cast<Eigen::Index>(size_);
    Eigen::MatrixXd g = Eigen::MatrixXd::Zero(n, n);
    for (Eigen::Index k = 1; k < n; ++k) {
      if (!(conductance_[static_cast<std::size_t>(k)] > 0)) continue;
      const Eigen::VectorXd shares = link_.row(k).head(k).transpose();
      g.col(k).head(k) = g.topLeftCorner(k, k).lazyProduct(shares);
      g.row(k).head(k) = g.col(k).head(k).transpose();
      g(k, k) = 1 / conductance_[static_cast<std::size_t>(k)] + shares.dot(g.col(k).head(k));
    }
    return g;
  }

  /// For each node the first node of its group.
  const std::vector<std::size_t>& groups() const { return group_; }
  /// Whether a node is pulled towards others that it has no link to in the range of numbers.
  bool stuck() const { return stuck_; }

 private:
  static constexpr double faintest = 1e-290;  ///< conductances below count as none
  static constexpr double settled = 1e-6;     ///< samples: a cut that is pulled by less has found its place

  double share(std::size_t k, std::size_t j) const { return link_(static_cast<Eigen::Index>(k), static_cast<Eigen::Index>(j)); }

  void find_groups() {
    for (std::size_t k = 0; k < size_; ++k) {
      group_[k] = k;
      if (!(conductance_[k] > 0)) continue;
      std::size_t nearest = 0;
      for (std::size_t j = 1; j < k; ++j)
        if (share(k, j) > share(k, nearest)) nearest = j;
      group_[k] = group_[nearest];
    }
  }

  std::size_t size_;
  Eigen::MatrixXd link_;
  std::vector<double> conductance_;
  std::vector<std::size_t> group_;
  bool stuck_ = false;
};

}  // namespace erg
