/// The density at which quasi-harmonic silicon (Stillinger–Weber) has no pressure: where its Helmholtz free energy per atom is
/// least. The default density of `crystal_free_energy --crystal silicon` comes from here.
///
/// Usage: zero_pressure_density [temperature in K, default 300] [cells along an edge, default 4]

#include "erg/densities/crystal/harmonic_crystal.hpp"
#include "erg/geometry/lattice.hpp"
#include "erg/potentials/crystal/crystal_potential.hpp"
#include "erg/potentials/stillinger_weber.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace {

/// (βU₀ + ½ ln det'(βH/2π)) / N: what depends on the density, but for terms of order (ln N) / N.
double free_energy(double density, double beta, int cells) {
  const erg::Crystal crystal = erg::build_crystal(erg::diamond_cubic(), {cells, cells, cells}, density);
  const erg::CrystalPotential energy(erg::silicon<double>(), crystal);
  const erg::HarmonicCrystal harmonic(crystal, energy.rest_hessian_columns(), beta);
  return (beta * energy.rest_energy() + harmonic.free_energy()) / crystal.particles();
}

/// Golden-section search for the least f between a and b.
template <class F>
double least(F&& f, double a, double b) {
  const double ratio = (std::sqrt(5.0) - 1) / 2;
  while (b - a > 1e-8) {
    const double c = b - ratio * (b - a), d = a + ratio * (b - a);
    if (f(c) < f(d)) {
      b = d;
    } else {
      a = c;
    }
  }
  return (a + b) / 2;
}

}  // namespace

int main(int argc, char** argv) {
  const double temperature = argc > 1 ? std::atof(argv[1]) : 300;
  const int cells = argc > 2 ? std::atoi(argv[2]) : 4;
  if (!(temperature > 0) || !std::isfinite(temperature) || cells < 2 || cells > 16) {
    std::fprintf(stderr, "zero_pressure_density: a positive temperature in K and between 2 and 16 cells are needed\n");
    return 2;
  }
  try {
    const double beta = 1 / (8.617333262e-5 * temperature);
    const double density = least([&](double rho) { return free_energy(rho, beta, cells); }, 0.048, 0.052);
    std::printf("T = %g K: %.6f atoms per Å³, lattice constant %.5f Å\n", temperature, density, std::cbrt(8 / density));
  } catch (const erg::InputError& error) {
    std::fprintf(stderr, "zero_pressure_density: %s\n", error.what());
    return 2;
  }
}
