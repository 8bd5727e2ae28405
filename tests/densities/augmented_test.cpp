#include "erg/densities/augmented.hpp"

#include "erg/densities/boltzmann.hpp"
#include "erg/densities/crystal/einstein_crystal.hpp"
#include "laws/density_laws.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

template <class T>
using Springs = EinsteinCrystal<T>;
template <class T>
Augmented<Springs<T>> springs() {
  return {Springs<T>({2, 3}, 1.5, Centre::free), AuxiliaryGaussian(0.4)};
}

/// U = ½ Σ x⁴.
struct Quartic {
  int potential() const { return 0; }
  template <class R>
  int energy_and_gradient(Tile<const R> x, double* excess, Tile<R> gradient, Tape<R>&) const {
    std::fill(excess, excess + x.packs * lanes_of<R>, 0.0);
    for (int row = 0; row < x.rows; ++row)
      for (int pack = 0; pack < x.packs; ++pack) {
        const R at = x(row, pack), cube = at * at * at;
        gradient(row, pack) = R(scalar_t<R>(2)) * cube;
        add_to_samples(excess, R(scalar_t<R>(0.5)) * cube * at, pack);
      }
    return 7;
  }
  template <class R>
  int exact_energy(Tile<const R> x, double* excess, Tape<R>& tape) const {
    std::vector<R> unused(x.size());
    return energy_and_gradient(x, excess, Tile<R>{unused.data(), x.rows, x.packs}, tape);
  }
};

double log_gaussian(double x, double sigma) {
  return -0.5 * x * x / (sigma * sigma) - std::log(sigma * std::sqrt(2 * 3.14159265358979324));
}

}  // namespace

static_assert(ReparametrisedDensity<Augmented<Springs<double>>> &&
              ReparametrisedDensity<Augmented<Springs<float>>, Lanes<float, 16>>);
static_assert(is_parameter_free<Augmented<Springs<double>>>);

TEST_CASE("Augmented: log_density of a draw is what draw said, and the score is its gradient") {
  check_log_density_and_score(springs<double>());
  check_density_lanes<Lanes<float, 16>>(springs<float>(), springs<double>(), 3e-6);
  check_density_lanes<Lanes<double, 8>>(springs<double>(), springs<double>(), 1e-12);
}

TEST_CASE("Augmented: ln q is that of the base and of Gaussians, and q is normalised") {
  const auto q = springs<double>();
  CHECK(q.rows() == 12);
  for (std::uint64_t sample = 0; sample < 3; ++sample) {
    const DrawnSample d = draw_one(q, {}, sample);
    double expected = look_up(q.base(), {}, {d.u.begin(), d.u.begin() + 6}).log_q;
    for (std::size_t row = 6; row < 12; ++row) expected += log_gaussian(d.u[row], 0.4);
    CHECK(d.log_q == doctest::Approx(expected).epsilon(1e-12));
  }
  check_normalised(
      q,
      [](const std::vector<double>& u) {
        double sum = 0;
        for (std::size_t row = 0; row < 12; ++row) sum += log_gaussian(u[row], row < 6 ? 0.35 : 0.3);
        return sum;
      },
      4000);
}

TEST_CASE("Augmented: the configuration and its auxiliary variables share no draws") {
  // Products of a coordinate and an auxiliary one in units of their widths: mean 0, variance 1; 36 bounds of 4.5 standard errors
  // fail 1 run in 4,000 over all seeds; this seed passes.
  const auto q = springs<double>();
  const int samples = 2000;
  std::vector<double> product(36, 0.0);
  for (int i = 0; i < samples; ++i) {
    const auto u = draw_one(q, {}, static_cast<std::uint64_t>(i)).u;
    for (std::size_t k = 0; k < 36; ++k) product[k] += u[k / 6] * std::sqrt(k / 6 < 3 ? 3.0 : 4.5) * u[6 + k % 6] / 0.4 / samples;
  }
  for (const double p : product) CHECK(std::abs(p) < 4.5 / std::sqrt(samples));
}

TEST_CASE("AugmentedEnergy: its Boltzmann factor is that of x times the Gaussian of a, gradient included") {
  const Quartic quartic;
  const double beta = 0.7, sigma = 0.4;
  const Boltzmann alone(quartic, beta);
  const AugmentedEnergy energy(quartic, beta, AuxiliaryGaussian(sigma));
  const Boltzmann both(energy, beta);
  auto u = some_numbers(12, 3, 0.6);
  Tape<double> tape;
  const auto log_p = [&](const std::vector<double>& at) {
    double p = 0;
    both.log_density(Tile<const double>{at.data(), 12, 1}, &p, tape);
    return p;
  };
  double expected = 0, reduced = 0;
  alone.log_density(Tile<const double>{u.data(), 6, 1}, &expected, tape);
  for (std::size_t row = 6; row < 12; ++row) expected += log_gaussian(u[row], sigma);
  CHECK(log_p(u) == doctest::Approx(expected).epsilon(1e-12));
  std::vector<double> slope_at(12), minus = gradient(log_p, u);
  for (double& g : minus) g = -g;
  both.reduced_energy_and_gradient(Tile<const double>{u.data(), 12, 1}, &reduced, Tile<double>{slope_at.data(), 12, 1}, tape);
  CHECK(reduced == doctest::Approx(-expected).epsilon(1e-12));
  CHECK(worst(slope_at, minus) < 1e-9);
  CHECK(energy.exact_energy(Tile<const double>{u.data(), 12, 1}, &reduced, tape) == 7);  // passes on what the energy says
}

TEST_CASE("Augmented: numbers that are no widths or temperatures are refused") {
  CHECK_THROWS_AS(AuxiliaryGaussian(0), InputError);
  CHECK_THROWS_AS(AuxiliaryGaussian(std::nan("")), InputError);
  CHECK_THROWS_AS(AugmentedEnergy(Quartic{}, -1, AuxiliaryGaussian(1)), InputError);
}
