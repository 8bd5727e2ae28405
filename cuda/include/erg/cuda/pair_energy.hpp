/// \file
/// A pair potential on a crystal's fixed neighbour table: the work of one sample, the same code on host and device.
#pragma once

#include "erg/base/parallel.hpp"
#include "erg/base/vector.hpp"
#include "erg/potentials/wrappers.hpp"

namespace erg {

/// The pairs of a perfect crystal, each listed once, at the site that comes first. A view; memory where the code runs.
///
/// Shapes:  first (sites + 1); neighbour (pairs); vector (3 · pairs), from the site to the image meant of its neighbour.
/// Units:   vector as the displacements.
template <std::floating_point T>
struct PairTable {
  int sites = 0;
  const int* first = nullptr;
  const int* neighbour = nullptr;
  const T* vector = nullptr;
};

/// Energy of one sample above that of the crystal at rest.
///
/// Shapes:  displacements (3 · sites, samples), the sample index fastest: entry (3 · site + axis) · samples + sample.
/// Units:   energy as the potential's.
/// Errors:  as the potential: at zero distance and NaN the energy is not finite.
/// Sums over pairs are taken in T site by site, relative to the pair at rest, and added up in double.
template <class P, std::floating_point T>
ERG_HD double pair_energy_of_sample(const P& potential, const PairTable<T>& table, const T* displacements, int samples,
                                    int sample) {
  const auto displacement = [=](int site) {
    const T* u = displacements + static_cast<long long>(3 * site) * samples + sample;
    return Vec3<T>{u[0], u[samples], u[2 * static_cast<long long>(samples)]};
  };
  double total = 0;
  for (int site = 0; site < table.sites; ++site) {
    const Vec3<T> here = displacement(site);
    T near = 0;
    for (int k = table.first[site]; k < table.first[site + 1]; ++k) {
      const Vec3<T> rest{table.vector[3 * k], table.vector[3 * k + 1], table.vector[3 * k + 2]};
      const Vec3<T> r = rest + displacement(table.neighbour[k]) - here;
      near += potential(dot(r, r)).energy - potential(dot(rest, rest)).energy;
    }
    total += near;
  }
  return total;
}

/// Energies of all samples, on the CPU: one after the other on each thread.
/// Shapes:  displacements as in pair_energy_of_sample; energy (samples).
template <class P, std::floating_point T>
void pair_energy(host_t, const P& potential, const PairTable<T>& table, const T* displacements, int samples, double* energy) {
  parallel_for(samples, [&](int sample, int) {
    energy[sample] = pair_energy_of_sample(potential, table, displacements, samples, sample);
  });
}

/// Energies of all samples, on the current GPU; every pointer, those of the table too, is to device memory. Compiled in erg::cuda
/// for the potentials that cuda/pair_energy.cu lists. Returns when the kernel is queued on the default stream.
/// Errors:  a launch that the CUDA runtime refuses is thrown as a std::runtime_error.
template <class P, std::floating_point T>
void pair_energy(cuda_t, const P& potential, const PairTable<T>& table, const T* displacements, int samples, double* energy);

}  // namespace erg
