#include "erg/potentials/stillinger_weber.hpp"
#include "erg/geometry/crystal.hpp"
#include "erg/potentials/moving/moving_particles.hpp"
#include "erg/potentials/wrappers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>

using namespace erg;

namespace {

// The definition, bond pair by bond pair: Σ_pairs φ + λε Σ_centres Σ_{a<b} g_a g_b (cos θ − cos θ₀)², no moments.
double definition(const StillingerWeber<double>& p, const std::vector<Vec3<double>>& x, const Box& box) {
  const auto bonds = all_bonds(x, box, p.cutoff());
  std::vector<std::vector<Vec3<double>>> around(x.size());
  double energy = 0;
  for (const auto& bond : bonds) {
    around[bond.i].push_back(bond.d);
    around[bond.j].push_back(-bond.d);
    const double s = p.sigma / norm(bond.d);
    energy +=
        p.pair_strength * p.epsilon * (p.pair_balance * std::pow(s, 4) - 1) * std::exp(p.sigma / (norm(bond.d) - p.cutoff()));
  }
  for (const auto& neighbours : around) {
    for (std::size_t a = 0; a < neighbours.size(); ++a) {
      for (std::size_t b = 0; b < a; ++b) {
        const double ra = norm(neighbours[a]), rb = norm(neighbours[b]);
        const double cosine = dot(neighbours[a], neighbours[b]) / (ra * rb);
        const double g = std::exp(p.gamma * p.sigma * (1 / (ra - p.cutoff()) + 1 / (rb - p.cutoff())));
        energy += p.lambda * p.epsilon * g * std::pow(cosine - p.cosine_rest, 2);
      }
    }
  }
  return energy;
}

std::vector<Vec3<double>> displaced(std::vector<Vec3<double>> x, double spread, unsigned seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal(0, spread);
  for (auto& r : x) r += Vec3<double>{normal(engine), normal(engine), normal(engine)};
  return x;
}

// The radial parts as functions of r alone.
template <class P>
RadialTerms<double> at(const P& p, double r) {
  return p.radial(r, 1 / r);
}

}  // namespace

TEST_CASE("Stillinger-Weber: the moments give the energy of the definition") {
  for (const auto& [p, spacing] : {std::pair{monatomic_water<double>(), 6.2}, std::pair{silicon<double>(), 5.431}}) {
    const Crystal crystal = build_crystal(diamond_cubic(), {2, 2, 2}, 8 / std::pow(spacing, 3));
    for (unsigned seed : {1u, 2u, 3u}) {
      const auto x = displaced(crystal.sites, 0.1 * seed, seed);
      const double expected = definition(p, x, crystal.box), got = MovingParticles(p).energy(x, crystal.box);
      CHECK(std::abs(got - expected) < 1e-12 * std::abs(expected) + 1e-10);
    }
  }
}

TEST_CASE("Stillinger-Weber: slopes are the derivatives of the radial parts") {
  auto other = monatomic_water<double>();
  other.gamma = 1.15;  // two exponentials instead of one
  for (const auto& p : {monatomic_water<double>(), silicon<double>(), other}) {
    for (double s = 0.7; s < 1.75; s += 0.05) {
      const double r = s * p.sigma, h = 1e-5 * p.sigma;
      const auto low = at(p, r - h), high = at(p, r + h), here = at(p, r);
      CHECK(std::abs((high.pair - low.pair) / (2 * h) - here.pair_slope) < 1e-7 * (std::abs(here.pair_slope) + p.epsilon));
      CHECK(std::abs((high.weight - low.weight) / (2 * h) - here.weight_slope) < 1e-8);
    }
  }
}

TEST_CASE("Stillinger-Weber: zero from the cutoff on, and what is dropped just inside is below rounding") {
  const auto p = monatomic_water<double>();
  for (double r : {p.cutoff(), p.cutoff() + 1e-9, 100.0}) {
    CHECK(at(p, r).pair == 0);
    CHECK(at(p, r).weight == 0);
    CHECK(at(p, r).pair_slope == 0);
  }
  const double unit = p.epsilon / p.sigma;
  CHECK(std::abs(at(p, p.reach<double>() - 1e-9).pair_slope) < 2.3e-16 * unit * 1.01);
  CHECK(std::abs(at(p, p.reach<float>() - 1e-9).pair_slope) < 1.2e-7 * unit);
  CHECK(p.reach<float>() < p.reach<double>());
  CHECK(p.reach<double>() < p.cutoff());
}

TEST_CASE("Stillinger-Weber: the training form is a line below its radius and the potential above") {
  const auto p = monatomic_water<double>();
  const LinearBelow form(p, 1.2);
  CHECK(at(form, 1.5).pair == at(p, 1.5).pair);
  CHECK(at(form, 1.2 - 1e-9).pair == doctest::Approx(at(p, 1.2).pair).epsilon(1e-7));
  CHECK(at(form, 0.3).pair_slope == doctest::Approx(at(p, 1.2).pair_slope));
  CHECK(at(form, 0.3).pair == doctest::Approx(at(p, 1.2).pair - 0.9 * at(p, 1.2).pair_slope));
  CHECK(at(form, 0.3).pair < at(p, 0.3).pair);
  CHECK(at(form, 0.3).weight == at(p, 0.3).weight);
  static_assert(is_training_form<TrainingForm<StillingerWeber<double>>> && !is_training_form<StillingerWeber<double>>);
}

TEST_CASE("Stillinger-Weber: silicon's lattice constant is 5.431 Å, its cohesive energy 4.336 eV") {
  // The pair term's minimum is at 2^(1/6) σ = 2.3517 Å and the three-body term vanishes at the tetrahedral angle.
  const auto energy = [](double edge) {
    const Crystal crystal = build_crystal(diamond_cubic(), {2, 2, 2}, 8 / std::pow(edge, 3));
    return MovingParticles(silicon<double>()).energy(crystal.sites, crystal.box) / crystal.particles();
  };
  double low = 5.3, high = 5.6;
  while (high - low > 1e-6) {
    const double a = low + (high - low) / 3, b = high - (high - low) / 3;
    (energy(a) < energy(b) ? high : low) = energy(a) < energy(b) ? b : a;
  }
  CHECK(low == doctest::Approx(5.431).epsilon(1e-4));
  CHECK(energy(low) == doctest::Approx(-2 * 2.1683).epsilon(1e-6));
}
