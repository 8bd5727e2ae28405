/// \file
/// The kernel of pair energies.
#pragma once

#include "erg/cuda/pair_energy.hpp"

namespace erg {

/// Launch shape of pair_energy_kernel. Not tuned yet: no bench has run on a GPU.
struct PairEnergyLaunch {
  static constexpr int threads = 128;        ///< per block
  static constexpr int resident_blocks = 8;  ///< per multiprocessor, which bounds the registers of a thread to 64
};

/// One thread computes one sample. A warp reads one row of 32 samples at a time, contiguous, and the neighbour table as a
/// broadcast through the read-only cache; blocks share nothing and need no shared memory. Deterministic: the order of each
/// sample's sum is that of the table, on every device.
template <class Launch, class P, std::floating_point T>
__global__ void __launch_bounds__(Launch::threads, Launch::resident_blocks)
    pair_energy_kernel(P potential, PairTable<T> table, const T* __restrict__ displacements, int samples,
                       double* __restrict__ energy) {
  const int sample = blockIdx.x * Launch::threads + threadIdx.x;
  if (sample < samples) energy[sample] = pair_energy_of_sample(potential, table, displacements, samples, sample);
}

}  // namespace erg
