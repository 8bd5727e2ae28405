#include "erg/samplers/switching.hpp"

#include "erg/base/lanes.hpp"
#include "erg/base/statistics.hpp"
#include "erg/potentials/springs.hpp"
#include "erg/samplers/dynamics/langevin.hpp"
#include "erg/samplers/hamiltonian_monte_carlo.hpp"
#include "laws/transition_laws.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

using R = Lanes<double, 8>;
using Path = EnergyPath<erg::Springs, erg::Springs>;
constexpr int replicas_of_test = 4096;

// Exactly drawn at stiffness k and inverse temperature beta, free centre.
Replicas<R> at_equilibrium(double k, double beta, std::uint64_t seed) {
  Replicas<R> replicas(6, replicas_of_test, beta, seed);
  for (int pack = 0; pack < replicas.packs(); ++pack) {
    normals(Stream{seed, StreamName::start}, replicas.draw_index(0, pack), replicas.positions(pack));
    for (int row = 0; row < 6; ++row) replicas.positions(pack).data[row] *= R(1 / std::sqrt(k * beta));
    replicas.moved(pack);
  }
  draw_momenta(Masses(2, Centre::free), replicas);
  return replicas;
}

std::vector<double> minus(std::span<const double> work) {
  std::vector<double> w(work.begin(), work.end());
  for (double& x : w) x = -x;
  return w;
}
double error_of(const std::vector<double>& log_weights) {
  return std::sqrt((1 / effective_sample_size(log_weights) - 1) / static_cast<double>(log_weights.size()));
}

}  // namespace

TEST_CASE(
    "Switching: exp(−work) has the ratio of partition functions as its mean, fast or slow, by MC, HMC or Langevin dynamics") {
  // Springs 1 to 6 for 6 coordinates, and also from β = 1 to 2: ln Z'/Z = −½·6 ln(6·β'/β). 4.5 standard errors.
  const erg::Springs soft(2, 1.0), stiff(2, 6.0);
  const Path path(soft, stiff);
  const Masses masses(2, Centre::free);
  for (const double hotter : {1.0, 2.0}) {
    std::vector<Rung> states;
    for (int k = 0; k <= 20; ++k) states.push_back({1 + (hotter - 1) * k / 20, k / 20.0});
    const double expected = -3 * std::log(6 * hotter);
    const auto check = [&](auto transition, int steps, double most_error) {
      auto replicas = at_equilibrium(1, 1, 5);
      Switching<Path> switching(path, states, replicas_of_test);
      switching.begin(replicas);
      switching.advance(replicas, transition, 8, steps);
      CHECK(switching.left() == 12);
      switching.advance(replicas, transition, 12, steps);
      const auto log_w = minus(switching.work());
      const double error = error_of(log_w);
      CHECK(error < most_error);
      CHECK(std::abs(log_mean_exp(log_w) - expected) < 4.5 * error);
      CHECK_THROWS_AS(switching.advance(replicas, transition, 1, steps), InputError);
      return log_mean_exp(log_w);
    };
    check(HamiltonianMonteCarlo(path, masses, {.step = 0.3, .leaps = 3}), 2, 0.02);
    check(HamiltonianMonteCarlo(path, masses, {.step = 0.3, .leaps = 1}), 1, 0.2);  // far from equilibrium
    check(Langevin(path, masses, 0.1, 1.0), 5, 0.06);
  }
}

TEST_CASE("Switching: forward and backward work obey Crooks' theorem") {
  // exp(−work) of the way there and of the way back, averaged, are inverse to each other; and P(W) e^{−W + ΔF} = P'(−W) beyond
  // that: the fraction of W below a limit, weighed, is the fraction of −W' below it.
  const erg::Springs soft(2, 1.0), stiff(2, 6.0);
  const Path path(soft, stiff);
  const Masses masses(2, Centre::free);
  const auto work = [&](bool back) {
    auto replicas = at_equilibrium(back ? 6 : 1, 1, back ? 8 : 9);
    Switching<Path> switching(path, even_couplings(1, 11, back ? 1 : 0, back ? 0 : 1), replicas_of_test);
    switching.begin(replicas);
    HamiltonianMonteCarlo chain(path, masses, {.step = 0.3, .leaps = 2});
    switching.advance(replicas, chain, 10);
    return std::vector<double>(switching.work().begin(), switching.work().end());
  };
  const auto there = work(false), back = work(true);
  const double delta_f = 3 * std::log(6.0);
  for (const double limit : {4.5, 5.5, 6.5}) {
    std::vector<double> weighed, counted;
    for (const double w : there) weighed.push_back(w < limit ? std::exp(delta_f - w) : 0.0);
    for (const double w : back) counted.push_back(-w < limit ? 1.0 : 0.0);
    const auto a = moments(weighed), b = moments(counted);
    CHECK(b.mean > 0.05);
    CHECK(std::abs(a.mean - b.mean) < 4.5 * std::sqrt((a.variance + b.variance) / replicas_of_test));
  }
}

TEST_CASE("Switching: from a density to an energy, and restart to the bit") {
  // The density is an Einstein crystal about the sites, free centre; the energy springs of another stiffness.
  const EinsteinCrystal<double> density(std::vector<double>{2, 3}, 1.0, Centre::free);
  const auto prepared = density.prepare(static_cast<const double*>(nullptr));
  const DensityEnergy from(density, prepared, 1.0);
  const erg::Springs to(2, 5.0);
  const EnergyPath path(from, to);
  using Chain = HamiltonianMonteCarlo<EnergyPath<DensityEnergy<EinsteinCrystal<double>>, erg::Springs>>;
  const auto start = [&] {
    Replicas<R> replicas(6, 1024, 1.0, 6);
    Tape<R> tape;
    TileBuffer<R> latent(6, 1);
    double log_q[8];
    for (int pack = 0; pack < replicas.packs(); ++pack) {
      density.draw(prepared, Stream{6, StreamName::start}, replicas.draw_index(0, pack), latent.view(), replicas.positions(pack),
                   log_q, tape);
      replicas.moved(pack);
    }
    return replicas;
  };
  auto replicas = start();
  Switching switching(path, even_couplings(1, 9), 1024);
  Chain chain(path, Masses(2, Centre::free), {.step = 0.3, .leaps = 3});
  switching.begin(replicas);
  switching.advance(replicas, chain, 8);
  const auto log_w = minus(switching.work());
  CHECK(std::abs(log_mean_exp(log_w) - 3 * std::log(2 * std::numbers::pi / 5)) < 4.5 * error_of(log_w));
  CHECK(error_of(log_w) < 0.05);

  auto first = start();
  Switching again(path, even_couplings(1, 9), 1024);
  again.begin(first);
  again.advance(first, chain, 3);
  std::vector<double> all = first.state(), own(again.state().begin(), again.state().end());
  Replicas<R> restored(6, 1024, 7.0, 0);
  restored.restore(all);
  Switching resumed(path, even_couplings(1, 9), 1024);
  std::copy(own.begin(), own.end(), resumed.state().begin());
  resumed.advance(restored, chain, 5);
  CHECK(same_bits(restored.state(), replicas.state()));
  CHECK(same_bits({resumed.work().begin(), resumed.work().end()}, {switching.work().begin(), switching.work().end()}));
  CHECK_THROWS_AS((Switching(path, {{1, 0}}, 8)), InputError);
}

TEST_CASE("Energy paths: gradients are those of the energies mixed, and an end knows only itself") {
  const erg::Springs soft(2, 1.0), stiff(2, 6.0);
  const EnergyPath path(soft, stiff);
  TileBuffer<R> u(6, 1), gradient(6, 1), low(6, 1), high(6, 1);
  normals(Stream{3, StreamName::test}, 0, u.view());
  const double lambda[8] = {0, 0.1, 0.5, 1, 0.25, 2, 0, 1};
  double energy[8], above[8], below[8];
  Tape<R> tape;
  path.coupled_energy_and_gradient<R>(std::as_const(u).view(), lambda, energy, gradient.view(), tape);
  for (std::size_t s = 0; s < 8; ++s) {
    double square = 0;
    for (int row = 0; row < 6; ++row) {
      const double x = lane(u.view()(row, 0), static_cast<int>(s));
      square += x * x / 2;
      CHECK(lane(gradient.view()(row, 0), static_cast<int>(s)) == doctest::Approx((1 + 5 * lambda[s]) * x));
    }
    CHECK(energy[s] == doctest::Approx((1 + 5 * lambda[s]) * square));
  }
  path.coupled_energy<R>(std::as_const(u).view(), lambda, above, tape);
  for (std::size_t s = 0; s < 8; ++s) CHECK(above[s] == doctest::Approx(energy[s]));
  const Quadratic broken(Eigen::MatrixXd::Constant(6, 6, INFINITY));
  EnergyPath(soft, broken).coupled_energy_and_gradient<R>(std::as_const(u).view(), lambda, below, gradient.view(), tape);
  CHECK(std::isfinite(below[0]));
  CHECK(std::isfinite(lane(gradient.view()(2, 0), 0)));
  CHECK(!std::isfinite(below[1]));
}
