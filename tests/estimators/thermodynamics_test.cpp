#include "erg/estimators/thermodynamics.hpp"

#include "erg/base/random.hpp"
#include "erg/estimators/reweighting.hpp"
#include "erg/estimators/two_states/free_energy_perturbation.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

using namespace erg;

namespace {

constexpr int dimensions = 6;
constexpr double stiffness = 1.6;

/// Samples of a unit Gaussian: energies ½ κ x² + a x⁴ of `dimensions` coordinates, and ln q.
struct Gaussian {
  std::vector<double> energies, log_q;

  Gaussian(std::uint64_t seed, std::size_t samples, double quartic = 0) {
    for (std::size_t k = 0; k < samples; ++k) {
      double energy = 0, density = 0;
      for (std::uint32_t axis = 0; axis < dimensions; ++axis) {
        const double x = normal({seed, StreamName::test}, k, axis);
        energy += 0.5 * stiffness * x * x + quartic * x * x * x * x;
        density += -0.5 * x * x - 0.5 * std::log(2 * std::numbers::pi);
      }
      energies.push_back(energy);
      log_q.push_back(density);
    }
  }
  std::vector<double> log_weights(double beta) const {
    std::vector<double> w;
    for (std::size_t k = 0; k < energies.size(); ++k) w.push_back(-beta * energies[k] - log_q[k]);
    return w;
  }
  Thermodynamics at(double beta, const UnsampledTerms& unsampled = {}, const Bootstrap& bootstrap = {2, 0}) const {
    return thermodynamics(log_weights(beta), energies, beta, unsampled, bootstrap);
  }
};

using Four = std::array<Thermodynamics::Quantity, 4>;
Four all_of(const Thermodynamics& t) { return {t.free_energy, t.energy, t.entropy, t.heat_capacity}; }

std::string complaint(const std::vector<double>& w, const std::vector<double>& e, double beta = 1) {
  try {
    thermodynamics(w, e, beta);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no InputError";
}

}  // namespace

TEST_CASE("Thermodynamics: harmonic motion in closed form, with honest errors") {
  constexpr double beta = 0.9;
  constexpr int repeats = 300;
  const UnsampledTerms unsampled{-7, 3, 2};
  const double free_energy = -0.5 * dimensions * std::log(2 * std::numbers::pi / (beta * stiffness)) - 7, energy = 3 + 3;
  const Four expected{{{free_energy, 0}, {energy, 0}, {energy - free_energy, 0}, {3 + 2, 0}}};
  std::array<double, 4> mean{}, square{}, stated{};
  for (int seed = 0; seed < repeats; ++seed) {
    const Four found = all_of(Gaussian(static_cast<std::uint64_t>(seed), 1000).at(beta, unsampled, {100, 0}));
    for (std::size_t i = 0; i < 4; ++i) {
      const double miss = found[i].value - expected[i].value;
      mean[i] += miss / repeats;
      square[i] += miss * miss / repeats;
      stated[i] += found[i].standard_error / repeats;
    }
  }
  for (std::size_t i = 0; i < 4; ++i) {
    const double spread = std::sqrt(square[i] - mean[i] * mean[i]);
    // Bounds of 4.5 standard deviations: false alarm 3e-5 for other seeds. The bias is of order 1/1000 of the value; the spread
    // of C_v, whose samples have long tails, is itself known less well than that of a Gaussian.
    CHECK(std::abs(mean[i]) < 4.5 * spread / std::sqrt(repeats) + 5.0 / 1000);
    CHECK(std::abs(stated[i] / spread - 1) < 4.5 / std::sqrt(2.0 * repeats));
  }
}

TEST_CASE("Thermodynamics: U, C_v and S are exact derivatives of F as the samples have it") {
  const Gaussian samples(5, 2000, 0.07);
  constexpr double beta = 1.1, h = 1e-4;
  const auto f = [&](double b) { return samples.at(b).free_energy.value; };                  // βF
  const auto u = [&](double b) { return samples.at(b).energy.value / b; };                   // U
  const auto helmholtz = [&](double t) { return t * samples.at(1 / t).free_energy.value; };  // F, k_B = 1
  const Thermodynamics t = samples.at(beta);
  CHECK((f(beta + h) - f(beta - h)) / (2 * h) == doctest::Approx(t.energy.value / beta).epsilon(1e-7));
  CHECK(-beta * beta * (u(beta + h) - u(beta - h)) / (2 * h) == doctest::Approx(t.heat_capacity.value).epsilon(1e-6));
  CHECK(-(helmholtz(1 / beta + h) - helmholtz(1 / beta - h)) / (2 * h) == doctest::Approx(t.entropy.value).epsilon(1e-6));
}

TEST_CASE("Thermodynamics: F as by perturbation, U as the reweighted mean, errors too") {
  const Gaussian samples(6, 500, 0.1);
  const auto w = samples.log_weights(1.3);
  const Bootstrap bootstrap{50, 3};
  const Thermodynamics t = thermodynamics(w, samples.energies, 1.3, {}, bootstrap);
  const FreeEnergyEstimate f = free_energy_perturbation(w, bootstrap);
  const WeightedMean u = reweighted_mean(w, samples.energies, bootstrap);
  CHECK(t.free_energy.value == doctest::Approx(f.delta_f).epsilon(1e-12));
  CHECK(t.free_energy.standard_error == doctest::Approx(f.standard_error).epsilon(1e-9));
  CHECK(t.energy.value == doctest::Approx(1.3 * u.value).epsilon(1e-12));
  CHECK(t.energy.standard_error == doctest::Approx(1.3 * u.standard_error).epsilon(1e-9));
  CHECK(t.bootstrap_rounds == 50);
  // F and U are of the same resamples: their common fluctuation does not count twice in S = U − F.
  const double f_error = t.free_energy.standard_error, u_error = t.energy.standard_error, s_error = t.entropy.standard_error;
  CHECK(s_error > std::abs(f_error - u_error) * (1 - 1e-9));
  CHECK(s_error < (f_error + u_error) * (1 + 1e-9));
  CHECK(std::abs(s_error / std::hypot(f_error, u_error) - 1) > 0.02);
}

TEST_CASE("Thermodynamics: constants of weights and energies drop out where they must; large ones cost no digits") {
  const Gaussian samples(7, 400);
  const auto w = samples.log_weights(1);
  auto shifted_w = w, shifted_e = samples.energies;
  for (double& x : shifted_w) x += 5000;
  for (double& x : shifted_e) x -= 1e6;
  const Thermodynamics t = thermodynamics(w, samples.energies, 1), s = thermodynamics(shifted_w, shifted_e, 1);
  CHECK(s.free_energy.value == doctest::Approx(t.free_energy.value - 5000).epsilon(1e-12));
  CHECK(s.energy.value == doctest::Approx(t.energy.value - 1e6).epsilon(1e-12));
  CHECK(s.heat_capacity.value == doctest::Approx(t.heat_capacity.value).epsilon(1e-8));
  CHECK(s.heat_capacity.standard_error == doctest::Approx(t.heat_capacity.standard_error).epsilon(1e-8));
}

TEST_CASE("Thermodynamics: a sample of weight zero may have any energy; bad input is named") {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const Thermodynamics t = thermodynamics(std::vector{0.0, -inf, 0.0}, std::vector{1.0, inf, 3.0}, 2.0);
  CHECK(t.energy.value == doctest::Approx(4));
  CHECK(t.heat_capacity.value == doctest::Approx(4));
  CHECK(t.free_energy.value == doctest::Approx(-std::log(2.0 / 3)));
  CHECK(complaint({0, 0}, {1, nan}).find("sample 1") != std::string::npos);
  CHECK(complaint({0, 0}, {inf, 1}).find("sample 0") != std::string::npos);
  CHECK(complaint({0, 0}, {1}).find("2, one per log-weight") != std::string::npos);
  CHECK(complaint({0}, {1}).find("at least 2") != std::string::npos);
  for (const double beta : {0.0, -1.0, nan, inf}) CHECK(complaint({0, 0}, {1, 1}, beta).find("beta") != std::string::npos);
}

TEST_CASE("Unsampled terms: d(βF)/dβ is the energy, with either meaning of the wavelength") {
  constexpr double h = 1e-4;
  for (const Wavelength kind : {Wavelength::fixed, Wavelength::thermal}) {
    const auto at = [&](double beta) {
      const double length = 0.3 * (kind == Wavelength::thermal ? std::sqrt(beta) : 1);
      return unsampled_terms({32, beta * -40.0, 123 * beta, 50, length, 2}, kind);
    };
    const double beta = 1.7, slope = (at(beta + h).free_energy - at(beta - h).free_energy) / (2 * h);
    CHECK(beta * slope == doctest::Approx(at(beta).energy).epsilon(1e-8));
    CHECK(at(beta).heat_capacity == (kind == Wavelength::thermal ? 48 : 0));
    const CrystalTerms terms{32, -68, 91, 50, 0.3, 2};
    CHECK(unsampled_terms(terms, kind).free_energy + 11 + 91 ==
          doctest::Approx(32 * free_energy_per_particle(terms, 11)).epsilon(1e-12));
  }
}
