/// \file
/// Where the axes of a picture begin and end, and where their marks stand.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

namespace erg {

/// The interval that an axis shows, and the distance of its marks with the decimals to write them.
struct Axis {
  double lower, upper, step;
  int decimals;
};

/// Finds the ends of what is to be shown.
class Extent {
 public:
  void include(double x) {
    if (!std::isfinite(x)) return;
    lower_ = std::min(lower_, x);
    upper_ = std::max(upper_, x);
  }
  bool empty() const { return lower_ > upper_; }
  double lower() const { return lower_; }
  double upper() const { return upper_; }

  /// Wider by `margin` of its length at both ends; an end that is close to zero, seen from the other, is put there.
  Extent padded(double margin) const {
    const double length = upper_ > lower_ ? upper_ - lower_ : std::max(1e-6, std::abs(upper_));
    Extent wider = *this;
    wider.lower_ = lower_ >= 0 && lower_ < 0.25 * upper_ ? 0 : lower_ - margin * length;
    wider.upper_ = upper_ <= 0 && upper_ > 0.25 * lower_ ? 0 : upper_ + margin * length;
    return wider;
  }

 private:
  double lower_ = std::numeric_limits<double>::infinity(), upper_ = -std::numeric_limits<double>::infinity();
};

/// Marks at multiples of 1, 2 or 5 · 10ᵏ, about `marks` of them between `lower` < `upper`; an end just short of a mark moves
/// there.
inline Axis axis_between(double lower, double upper, int marks = 7) {
  if (!(upper > lower)) upper = lower + std::max(1e-6, std::abs(lower));
  const double raw = (upper - lower) / marks, decade = std::pow(10, std::floor(std::log10(raw))), lead = raw / decade;
  const double step = decade * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
  const double first = step * std::floor(lower / step), last = step * std::ceil(upper / step);
  if (lower - first < 0.1 * step) lower = first;
  if (last - upper < 0.1 * step) upper = last;
  return {lower, upper, step, std::clamp(static_cast<int>(-std::floor(std::log10(step * 1.0001))), 0, 12)};
}

}  // namespace erg
