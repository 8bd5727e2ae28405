#include "erg/base/lanes.hpp"
#include "erg/potentials/moving/scaled_particles.hpp"
#include "erg/samplers/dynamics/cell_rescaling.hpp"
#include "erg/samplers/dynamics/langevin.hpp"
#include "erg/samplers/run.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace erg;

TEST_CASE("Constant pressure: a Lennard-Jones fluid has the pressure that is asked for, from dense and from thin") {
  // With density exp(−β (U + PV)) V^N whatever U: <N/V − β dE/dV> = 0 and <N + 1 − β V dE/dV> = 0, E = U + PV, as integrals of
  // derivatives. 16 replicas, half of them started thin; mean volumes of the halves agree too. Student's t of 15 degrees
  // of freedom beyond 5.5: 1 in 16,000 for each.
  using R = Lanes<double, 8>;
  using Argon = TruncatedShiftedLennardJones<double>;
  constexpr int n = 27, rounds = 600;
  std::vector<Vec3<double>> sites;
  for (int i = 0; i < n; ++i) sites.push_back({1.2 * (i % 3), 1.2 * (i / 3 % 3), 1.2 * (i / 9)});
  const ListedParticles<Argon> particles(truncated_shifted_lennard_jones(1.0, 1.0, 2.0), Box::orthorhombic({3.6, 3.6, 3.6}),
                                         sites, 0.3);
  const double beta = 1 / 1.5;
  // [pressure]
  const ScaledParticles<Argon> energy(particles, 1.0);  // U + P V
  Replicas<R> replicas(3 * n, 16, beta, 21);
  Langevin dynamics(energy, Masses(n), 0.004, 1.0);
  CellRescaling cells(energy, {.compressibility = 0.3, .fraction = 0.2});
  InTurn chain(dynamics, 10, cells, 1);
  // [pressure]
  for (int r = 0; r < 16; r += 2) replicas.set_scale(r, 1.3);
  draw_momenta(dynamics.masses(), replicas);
  chain.advance(replicas, 200);

  std::array<std::vector<double>, 3> means;
  for (auto& of : means) of.assign(16, 0.0);
  TileBuffer<R> gradient(3 * n, 1);
  Tape<R> tape;
  run(chain, replicas, rounds, Every{1, [&](const Replicas<R>& at) {
                                       for (int pack = 0; pack < 2; ++pack) {
                                         double here[8], slope[8];
                                         const double* scale = at.scale().data() + 8 * pack;
                                         energy.scaled_energy_gradient_and_slope<R>(at.positions(pack), scale, here,
                                                                                    gradient.view(), slope, tape);
                                         for (int s = 0; s < 8; ++s) {
                                           const auto r = static_cast<std::size_t>(8 * pack + s);
                                           const double volume = energy.volume() * scale[s] * scale[s] * scale[s];
                                           means[0][r] += (n - beta * slope[s]) / volume / rounds;
                                           means[1][r] += (n + 1 - beta * slope[s]) / rounds;
                                           means[2][r] += volume / rounds;
                                           CHECK(at.energy()[r] == doctest::Approx(here[s]).epsilon(1e-9));
                                         }
                                       }
                                     }});
  const auto mean_and_error = [](const std::vector<double>& x, std::size_t first, std::size_t stride) {
    double mean = 0, variance = 0, count = 0;
    for (std::size_t k = first; k < x.size(); k += stride) mean += x[k], count += 1;
    mean /= count;
    for (std::size_t k = first; k < x.size(); k += stride) variance += (x[k] - mean) * (x[k] - mean) / (count * (count - 1));
    return std::array<double, 2>{mean, std::sqrt(variance)};
  };
  const auto virial = mean_and_error(means[0], 0, 1), scaling = mean_and_error(means[1], 0, 1);
  MESSAGE("<N/V - beta dE/dV> = " << virial[0] << " +- " << virial[1] << ", <N + 1 - beta V dE/dV> = " << scaling[0] << " +- "
                                  << scaling[1] << ", density " << n / mean_and_error(means[2], 0, 1)[0] << ", accepted "
                                  << cells.acceptance());
  CHECK(std::abs(virial[0]) < 5.5 * virial[1]);
  CHECK(std::abs(scaling[0]) < 5.5 * scaling[1]);
  CHECK(scaling[1] < 0.3);
  const auto thin = mean_and_error(means[2], 0, 2), dense = mean_and_error(means[2], 1, 2);
  CHECK(std::abs(thin[0] - dense[0]) < 5.5 * std::hypot(thin[1], dense[1]));
}
