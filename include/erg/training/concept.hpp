/// \file
/// What training exchanges: a loss with its gradient, an optimiser that turns gradients into steps.
#pragma once

#include "erg/base/parameters.hpp"
#include "erg/networks/tied_weights.hpp"

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

/// The weights that a symmetry makes equal: what a loss says of its flow, or none.
template <class Loss>
TiedWeights tied_weights_of(const Loss& loss) {
  if constexpr (requires { loss.ties(); }) {
    return loss.ties();
  } else {
    return {};
  }
}

/// Turns a gradient into a step on the flat parameter buffer.
/// Laws: its state is one flat array, so that a checkpoint continues bit for bit.
template <class O, class T = float>
concept Optimiser = requires(O o, std::span<T> theta, std::span<const double> gradient, double rate) {
  o.step(theta, gradient, rate);
  { o.state() } -> std::convertible_to<std::span<double>>;
};

}  // namespace erg
