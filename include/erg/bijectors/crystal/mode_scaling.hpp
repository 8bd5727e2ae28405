/// \file
/// A learned stretch of a crystal's normal modes, a function of their stiffness alone.
#pragma once

#include "erg/networks/perceptron.hpp"

#include <span>

namespace erg {

/// Multiplies the amplitude of each mode by e^s, s = net(x, x², x⁴, conditions), x = √(stiffness / reference): it knows no
/// particular mode, so that its weights carry over to other sizes of the crystal. Conditions are numbers of the state.
///
/// Shapes:  stiffness (rows), 0 marks a row that is no vibration (s = 0 there).
/// Units:   stiffness and `reference` (of the order of the largest) in energy / length²; log_det = Σ s in nats.
template <std::floating_point T>
class ModeScaling {
 public:
  ModeScaling(ParameterLayout& layout, std::span<const double> stiffness, double reference,
              std::span<const double> conditions = {})
      : net_(layout, "mode_scaling", {3 + static_cast<int>(conditions.size()), 16, 1}),
        rows_(static_cast<int>(stiffness.size())),
        features_(3 * stiffness.size()) {
    for (std::size_t i = 0; i < stiffness.size(); ++i) {
      const double z = stiffness[i] / reference;
      features_[i] = static_cast<T>(std::sqrt(z));
      features_[stiffness.size() + i] = static_cast<T>(z);
      features_[2 * stiffness.size() + i] = static_cast<T>(z * z);
      if (stiffness[i] == 0) fixed_.push_back(static_cast<int>(i));
    }
    for (const double c : conditions) features_.insert(features_.end(), stiffness.size(), static_cast<T>(c));
  }

  template <class Draw>
  void initialise(T* theta, Draw&& draw) const {
    net_.initialise(theta, draw);
  }

  using Kept = typename Perceptron<Silu>::template Kept<T>;

  /// s (rows) and what `vjp` needs; log_det is its sum.
  Kept forward(const T* theta, T* s, Tape<T>& tape) const {
    const Kept kept = net_.forward(theta, features_.data(), s, rows_, tape);
    for (const int row : fixed_) s[row] = T(0);
    return kept;
  }
  void vjp(const T* theta, const Kept& kept, T* d_s, T* d_theta, Tape<T>& tape) const {
    for (const int row : fixed_) d_s[row] = T(0);
    net_.vjp(theta, kept, d_s, static_cast<T*>(nullptr), d_theta, rows_, tape);
  }

 private:
  Perceptron<Silu> net_;
  int rows_;
  std::vector<T> features_;
  std::vector<int> fixed_;
};

}  // namespace erg
