/// \file
/// A loss that costs nothing: a bowl seen through noise, for the tests of training.
#pragma once

#include "erg/base/random.hpp"
#include "erg/training/concept.hpp"

#include <cmath>
#include <set>
#include <vector>

namespace erg::tests {

/// Mean over samples of ½ Σ k (θ_k − goal_k − noise)², k = 1, 2, …; tiles of four samples. Steps that begin at a sample in
/// `spoiled` have no usable gradient.
struct NoisyBowl {
  using T = float;
  std::vector<double> goal{1, -2, 0.5};
  double noise = 0.3;
  std::set<std::uint64_t> spoiled;
  bool always_spoiled = false;

  int samples_of(int batch) const { return (batch + 3) / 4 * 4; }
  BatchReport gradient(std::span<const T> theta, Stream stream, std::uint64_t first, int batch, std::span<double> g) {
    BatchReport r;
    std::fill(g.begin(), g.end(), 0.0);
    const int samples = samples_of(batch);
    for (int i = 0; i < samples; ++i)
      for (std::size_t k = 0; k < g.size(); ++k) {
        const double d =
            theta[k] - goal[k] - noise * normal(stream, first + static_cast<std::uint64_t>(i), static_cast<std::uint32_t>(k));
        r.loss += 0.5 * static_cast<double>(k + 1) * d * d / samples;
        g[k] += static_cast<double>(k + 1) * d / samples;
      }
    if (always_spoiled || spoiled.contains(first)) {
      g[0] = std::nan("");
      r.usable = false;
    }
    return r;
  }
};

}  // namespace erg::tests
