/// \file
/// The Adam optimiser, gradient clipping and the running average of weights.
#pragma once

#include "erg/base/parallel.hpp"
#include "erg/training/concept.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace erg {

/// Adam with bias correction; moments in double.
///
/// Shapes:  state (2 · parameters + 1): first moments, second moments, number of steps.
/// Source:  Kingma and Ba 2015, arXiv:1412.6980, algorithm 1.
class Adam {
 public:
  explicit Adam(std::size_t parameters, double beta_1 = 0.9, double beta_2 = 0.999, double epsilon = 1e-8)
      : n_(parameters), beta_1_(beta_1), beta_2_(beta_2), epsilon_(epsilon), state_(2 * parameters + 1, 0.0) {}

  template <class T>
  void step(std::span<T> theta, std::span<const double> gradient, double rate) {
    const double t = ++state_[2 * n_];
    // The two bias corrections, taken out of the loop.
    const double root = std::sqrt(1 - std::pow(beta_2_, t)), scale = rate * root / (1 - std::pow(beta_1_, t)),
                 floor = epsilon_ * root;
    double *const first = state_.data(), *const second = first + n_;
    parallel_chunks(n_, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        const double m = first[i] + (1 - beta_1_) * (gradient[i] - first[i]);
        const double v = second[i] + (1 - beta_2_) * (gradient[i] * gradient[i] - second[i]);
        first[i] = m;
        second[i] = v;
        theta[i] -= static_cast<T>(scale * m / (std::sqrt(v) + floor));
      }
    });
  }
  std::span<double> state() { return state_; }

 private:
  std::size_t n_;
  double beta_1_, beta_2_, epsilon_;
  std::vector<double> state_;
};

/// Scales the gradient so that its Euclidean norm is at most `limit`; gives the norm it had.
inline double clip_norm(std::span<double> gradient, double limit) {
  double square = 0;
  for (const double g : gradient) square += g * g;
  const double norm = std::sqrt(square);
  if (norm > limit)
    for (double& g : gradient) g *= limit / norm;
  return norm;
}

/// Exponential moving average of the weights, unbiased from the first step on.
///
/// Source:  Polyak and Juditsky 1992 for why averages of iterates do better than the last one.
template <std::floating_point T>
class WeightAverage {
 public:
  explicit WeightAverage(std::size_t parameters, double decay) : decay_(decay), state_(parameters + 1, 0.0) {}

  void add(std::span<const T> theta) {
    double& mass = state_.back();
    mass = decay_ * mass + (1 - decay_);
    const double share = (1 - decay_) / mass;
    parallel_chunks(theta.size(), [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) state_[i] += share * (static_cast<double>(theta[i]) - state_[i]);
    });
  }
  std::vector<T> average() const { return {state_.begin(), state_.end() - 1}; }
  std::span<double> state() { return state_; }

 private:
  double decay_;
  std::vector<double> state_;
};

}  // namespace erg
