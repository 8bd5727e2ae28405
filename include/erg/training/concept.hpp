/// \file
/// What training exchanges: a loss with its gradient, an optimiser that turns gradients into steps.
#pragma once

#include "erg/base/parameters.hpp"

#include <cstdint>
#include <span>

namespace erg {

/// What one pass over a batch gives besides the gradient.
///
/// Units:   nats (k_BT).
struct BatchReport {
  double loss = 0;                   ///< mean reduced work β(U − U₀) + ln q, up to the constants of q
  double spread = 0;                 ///< standard deviation of the reduced work over the batch
  double effective_sample_size = 0;  ///< of the batch, as a fraction
  std::int64_t refused = 0;          ///< samples whose work was not finite; they count in nothing above
  bool usable = true;                ///< false when a work or the gradient was not finite: skip the step
};

/// Turns a gradient into a step on the flat parameter buffer.
/// Laws: its state is one flat array, so that a checkpoint continues bit for bit.
template <class O, class T = float>
concept Optimiser = requires(O o, std::span<T> theta, std::span<const double> gradient, double rate) {
  o.step(theta, gradient, rate);
  { o.state() } -> std::convertible_to<std::span<double>>;
};

}  // namespace erg
