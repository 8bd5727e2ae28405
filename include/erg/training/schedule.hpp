/// \file
/// Learning rates over the course of a training: warm-up and cosine decay.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

namespace erg {

/// Rises linearly to `peak` over the first `warm_up` of the course, then falls to `last` along half a cosine.
///
/// Units:   progress is a fraction of the course, 0 to 1, by steps or by time as the caller counts.
/// Source:  Loshchilov and Hutter 2017, arXiv:1608.03983, eq. 5, without restarts.
struct WarmUpCosine {
  double peak;
  double last = 0;
  double warm_up = 0.02;

  double operator()(double progress) const {
    progress = std::clamp(progress, 0.0, 1.0);
    if (progress < warm_up) return peak * progress / warm_up;
    const double x = warm_up < 1 ? (progress - warm_up) / (1 - warm_up) : 0;
    return last + 0.5 * (peak - last) * (1 + std::cos(std::numbers::pi * x));
  }
};

}  // namespace erg
