#include "erg/base/lanes.hpp"
#include "erg/potentials/moving/followed_particles.hpp"
#include "erg/potentials/moving/listed_moves.hpp"
#include "erg/potentials/wrappers.hpp"
#include "erg/samplers/dynamics/langevin.hpp"
#include "erg/samplers/metropolis.hpp"
#include "erg/samplers/run.hpp"

#include <doctest/doctest.h>

using namespace erg;

namespace {

using R = Lanes<double, 8>;
using Argon = TruncatedShiftedLennardJones<double>;
static_assert(LocalEnergy<ListedParticles<Argon>> && LocalEnergy<ListedParticles<Argon>, R>);

// 27 particles of a lattice gas of one particle per place, 16 replicas.
struct Fluid {
  Box box = Box::orthorhombic({4.2, 4.2, 4.2});
  ListedParticles<Argon> listed{truncated_shifted_lennard_jones(1.0, 1.0, 2.0), box, origins(), 0.3};
  static std::vector<Vec3<double>> origins() {
    std::vector<Vec3<double>> x;
    for (int i = 0; i < 27; ++i) x.push_back({1.4 * (i % 3), 1.4 * (i / 3 % 3), 1.4 * (i / 9)});
    return x;
  }
};

// What is kept of two packs is the energy of their places, from lists made anew.
void check_energies(const ListedParticles<Argon>& energy, const Replicas<R>& replicas) {
  Tape<R> tape;
  for (int pack = 0; pack < 2; ++pack) {
    double exact[8];
    energy.exact_energy<R>(replicas.positions(pack), exact, tape);
    for (std::size_t s = 0; s < 8; ++s)
      CHECK(replicas.energy()[static_cast<std::size_t>(pack) * 8 + s] == doctest::Approx(exact[s]).epsilon(1e-9));
  }
}

}  // namespace

TEST_CASE("Samplers of moving particles: Metropolis and Langevin dynamics find the same mean energy of a fluid") {
  const Fluid fluid;
  const FollowedParticles<Argon> followed(fluid.listed);
  const double beta = 1 / 1.5;
  Replicas<R> one(81, 16, beta, 3), other(81, 16, beta, 4);
  Metropolis moves(fluid.listed, {.size = 0.2});
  Langevin dynamics(followed, Masses(27, Centre::free), 0.004, 1.0);
  draw_momenta(dynamics.masses(), other);
  moves.equilibrate(one, 200);
  dynamics.advance(other, 1500);
  std::vector<double> a(16, 0.0), b(16, 0.0);
  const auto mean_into = [&](std::vector<double>& mean) {
    return [&mean, beta](const Replicas<R>& at) {
      for (std::size_t s = 0; s < 16; ++s) mean[s] += beta * at.energy()[s] / 40;
    };
  };
  run(moves, one, 400, Every{10, mean_into(a)});
  run(dynamics, other, 4000, Every{100, mean_into(b)});
  check_energies(fluid.listed, one);
  check_energies(fluid.listed, other);
  CHECK(followed.builds() > 32);
  double mean_a = 0, mean_b = 0, variance = 0;
  for (std::size_t s = 0; s < 16; ++s) mean_a += a[s] / 16, mean_b += b[s] / 16;
  for (std::size_t s = 0; s < 16; ++s)
    variance += ((a[s] - mean_a) * (a[s] - mean_a) + (b[s] - mean_b) * (b[s] - mean_b)) / (15 * 16);
  // 30 degrees of freedom of the error: Student's t beyond 5 has a chance of 1 in 40,000.
  CHECK(std::abs(mean_a - mean_b) < 5 * std::sqrt(variance));
  CHECK(std::sqrt(variance) < 0.02 * std::abs(mean_a));
}
