// The device against the host: one kernel and the traits. Leaves with status 77, "skipped", where there is no GPU.
#include "erg/cuda/execution.cuh"
#include "small_crystal.hpp"

#include <cmath>
#include <cstdio>
#include <vector>

namespace {

using Traits = erg::execution_traits<erg::cuda_t>;
static_assert(erg::Execution<erg::cuda_t>);

struct Square {
  double* x;
  __host__ __device__ void operator()(int i) const { x[i] *= x[i]; }
};

template <class T>
Traits::Storage<T> uploaded(const std::vector<T>& from) {
  Traits::Storage<T> to(from.size());
  Traits::upload(std::span<const T>(from), to);
  return to;
}
template <class T>
T* pointer(Traits::Storage<T>& memory) {
  return thrust::raw_pointer_cast(memory.data());
}

bool squares_agree() {
  std::vector<double> x(1000);
  for (int i = 0; i < 1000; ++i) x[i] = i;
  auto memory = uploaded(x);
  erg::for_each(erg::cuda, 1000, Square{pointer(memory)});
  Traits::download(memory, std::span<double>(x));
  bool good = true;
  for (int i = 0; i < 1000; ++i) good = good && x[i] == double(i) * i;
  return good;
}

bool energies_agree() {
  constexpr int samples = 300;
  const SmallCrystal crystal;
  std::vector<double> u(3 * crystal.sites() * samples), host(samples), device(samples);
  for (std::size_t i = 0; i < u.size(); ++i) u[i] = 0.05 * std::sin(1.7 * double(i));
  erg::pair_energy(erg::host, test_potential(), crystal.table(), u.data(), samples, host.data());
  auto first = uploaded(crystal.first), neighbour = uploaded(crystal.neighbour);
  auto vector = uploaded(crystal.vector), moved = uploaded(u);
  Traits::Storage<double> energy(samples);
  const erg::PairTable<double> table{crystal.sites(), pointer(first), pointer(neighbour), pointer(vector)};
  erg::pair_energy(erg::cuda, test_potential(), table, static_cast<const double*>(pointer(moved)), samples, pointer(energy));
  Traits::download(energy, std::span<double>(device));
  double worst = 0;
  for (int s = 0; s < samples; ++s) worst = std::max(worst, std::abs(host[s] - device[s]) / (1 + std::abs(host[s])));
  std::printf("largest difference of host and device: %g\n", worst);
  return worst < 1e-11;
}

}  // namespace

int main() {
  int devices = 0;
  if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
    std::printf("skipped: no GPU here\n");
    return 77;
  }
  const bool squares = squares_agree(), energies = energies_agree();
  std::printf("for_each %s, pair_energy %s\n", squares ? "passed" : "FAILED", energies ? "passed" : "FAILED");
  return squares && energies ? 0 : 1;
}
