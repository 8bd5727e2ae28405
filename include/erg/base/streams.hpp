/// \file
/// The one list of random streams: every draw in the library names the stream it comes from.
#pragma once

#include <cstdint>

namespace erg {

/// What a random draw is for. The numbers are part of the result (seed + name + index = draw): never change or reuse one,
/// append new names at the end.
enum class StreamName : std::uint16_t {
  base_density = 1,    ///< samples of a base density for evaluation: log-weights, written configurations
  training_batch = 2,  ///< samples of a base density for training steps; index = step · batch + sample
  initialise = 3,      ///< weights before training
  bootstrap = 4,       ///< resampling with replacement for error bars
  data_order = 5,      ///< shuffles of a data set
  proposal = 6,        ///< trial moves of Markov chains
  acceptance = 7,      ///< the uniform number that a trial move is accepted with
  velocity = 8,        ///< momenta of Hamiltonian and Langevin dynamics
  exchange = 9,        ///< swaps between replicas
  start = 10,          ///< starting configurations
  test = 11,           ///< tests
  bench = 12,          ///< benchmarks
};

}  // namespace erg
