/// \file
/// How far to step: learned while a chain equilibrates, frozen afterwards.
#pragma once

#include "erg/base/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace erg {

/// A size that is led to a wanted acceptance: after the n-th lesson ln size moves by 2 n^(−3/5) (acceptance − target). It also
/// counts what was tried and accepted since the last lesson.
///
/// Units:   size as its user's; acceptances are fractions.
/// Errors:  InputError for a size that is not positive and a target outside 0 … 1. A lesson of NaN is one of acceptance 0.
/// Source:  Robbins and Monro 1951, doi:10.1214/aoms/1177729586; Andrieu and Thoms 2008, doi:10.1007/s11222-008-9110-y.
class AdaptedStep {
 public:
  AdaptedStep(double size, double target, const std::string& where) : target_(target) {
    if (!(size > 0) || !std::isfinite(size)) throw InputError("step", where, to_text(size), "a positive number");
    if (!(target > 0 && target < 1)) throw InputError("wanted acceptance", where, to_text(target), "a number between 0 and 1");
    state_ = {size, 0, 0, 0};
  }
  double size() const { return state_[current]; }
  /// Accepted per tried since the last lesson; NaN before the first try.
  double acceptance() const { return state_[accepted] / state_[tried]; }

  void learn(double acceptance) { teach(state_, target_, acceptance); }
  void count(double tries, double successes) {
    state_[tried] += tries;
    state_[accepted] += successes;
  }
  std::span<double> state() { return state_; }

  /// What stands in a state, and a lesson on a state that another keeps.
  enum Entry { current, lessons, tried, accepted, entries };
  static void teach(std::span<double> state, double target, double acceptance) {
    const double a = acceptance >= 0 ? std::min(acceptance, 1.0) : 0.0;
    state[current] *= std::exp(2 * std::pow(++state[lessons], -0.6) * (a - target));
    state[tried] = state[accepted] = 0;
  }

 private:
  double target_;
  std::array<double, entries> state_;
};

namespace detail {

/// What each pack of a step says of itself, added in the order of packs: no matter which thread was first.
class PackSums {
 public:
  explicit PackSums(int packs) : of_(static_cast<std::size_t>(packs), 0.0) {}
  double& operator[](int pack) { return of_[static_cast<std::size_t>(pack)]; }
  double total() const {
    double sum = 0;
    for (const double x : of_) sum += x;
    return sum;
  }

 private:
  std::vector<double> of_;
};

}  // namespace detail

}  // namespace erg
