/// \file
/// Convergence in both directions of time: the estimate from the first samples, and from the last.
#pragma once

#include "erg/estimators/concept.hpp"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <string>
#include <vector>

namespace erg {

/// Estimates from the first and from the last part of all samples.
struct BothDirections {
  double fraction;
  Estimate forward, backward;
};

/// estimate(begin, end) for the first and the last 1/parts, 2/parts … of the samples, begin and end as fractions of each series'
/// length.
///
/// Errors:  InputError for fewer than two parts; what the estimate throws.
/// Source:  Klimovich, Shirts and Mobley 2015, doi:10.1007/s10822-015-9840-9, section 3.3.
/// Where the start was no equilibrium the directions meet late: forward keeps the transient, backward leaves it out.
template <class Estimator>
requires std::convertible_to<std::invoke_result_t<const Estimator&, double, double>, Estimate> std::vector<BothDirections>
both_directions(int parts, const Estimator& estimate) {
  if (parts < 2) throw InputError("parts", "convergence", std::to_string(parts), "at least 2");
  std::vector<BothDirections> curve;
  for (int part = 1; part <= parts; ++part) {
    const double fraction = static_cast<double>(part) / parts;
    curve.push_back({fraction, estimate(0.0, fraction), estimate(1 - fraction, 1.0)});
  }
  return curve;
}

/// The samples that stand between two fractions of a series.
struct Part {
  std::size_t first, count;
};
inline Part part_of_series(std::size_t samples, double begin, double end) {
  const auto at = [&](double fraction) {
    return static_cast<std::size_t>(std::llround(std::clamp(fraction, 0.0, 1.0) * static_cast<double>(samples)));
  };
  return {at(begin), at(end) - at(begin)};
}

/// From which fraction of the samples on both directions agree with the last estimate within `errors` of their own errors; 1 when
/// they never do before the end.
inline double settled_from(const std::vector<BothDirections>& curve, double errors = 2) {
  if (curve.empty()) throw InputError("convergence", "both directions", "no points", "at least 1");
  const double last = curve.back().forward.value;
  double from = 1;
  for (std::size_t k = curve.size(); k-- > 0;) {
    const auto& [fraction, forward, backward] = curve[k];
    if (!(std::abs(forward.value - last) <= errors * forward.standard_error) ||
        !(std::abs(backward.value - last) <= errors * backward.standard_error))
      break;
    from = fraction;
  }
  return from;
}

}  // namespace erg
