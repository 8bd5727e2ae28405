#include "erg/cuda/pair_energy.cuh"
#include "erg/cuda/runtime.cuh"

namespace erg {

template <class P, std::floating_point T>
void pair_energy(cuda_t, const P& potential, const PairTable<T>& table, const T* displacements, int samples, double* energy) {
  using Launch = PairEnergyLaunch;
  if (samples <= 0) return;
  const int blocks = (samples + Launch::threads - 1) / Launch::threads;
  pair_energy_kernel<Launch><<<blocks, Launch::threads>>>(potential, table, displacements, samples, energy);
  require_cuda(cudaGetLastError(), "pair_energy");
}

// The potentials that erg::cuda is compiled for.
template <class T>
using CutLennardJones = Shifted<Truncated<LennardJones<T>>>;
template void pair_energy(cuda_t, const CutLennardJones<float>&, const PairTable<float>&, const float*, int, double*);
template void pair_energy(cuda_t, const CutLennardJones<double>&, const PairTable<double>&, const double*, int, double*);

}  // namespace erg
