#include "erg/estimators/two_states/bennett.hpp"

#include "complaint.hpp"
#include "erg/estimators/multistate/mbar.hpp"
#include "estimators/multistate/oscillators.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

using namespace erg;

namespace {

/// Works of instantaneous switches between Gaussians of stiffness 1 and `stiffness`: ΔF = ½ ln(stiffness).
struct Works {
  std::vector<double> forward, reverse;
};
Works gaussian_works(std::uint64_t seed, std::size_t forwards, std::size_t reverses, double stiffness) {
  Works works;
  for (std::size_t k = 0; k < forwards + reverses; ++k) {
    const double z = normal({seed, StreamName::test}, k, 0);
    if (k < forwards) {
      works.forward.push_back(0.5 * (stiffness - 1) * z * z);
    } else {
      works.reverse.push_back(-0.5 * (stiffness - 1) * z * z / stiffness);
    }
  }
  return works;
}

}  // namespace

TEST_CASE("Bennett: Gaussian to Gaussian gives half the logarithm of the stiffness ratio, with honest errors") {
  const double stiffness = 6, truth = 0.5 * std::log(stiffness);
  const int repeats = 200;
  double mean = 0, square = 0, stated = 0, analytic = 0;
  for (int seed = 0; seed < repeats; ++seed) {
    const auto works = gaussian_works(static_cast<std::uint64_t>(seed), 300, 200, stiffness);
    const auto found = bennett_acceptance_ratio(works.forward, works.reverse, {100, static_cast<std::uint64_t>(seed)});
    CHECK(found.converged);
    CHECK(found.residual < 1e-12);
    const double miss = found.delta_f - truth;
    mean += miss / repeats;
    square += miss * miss / repeats;
    stated += found.standard_error / repeats;
    analytic += found.analytic_error / repeats;
  }
  const double spread = std::sqrt(square - mean * mean);
  // 4.5 standard deviations each: false alarms 7e-6 of seeds a bound
  CHECK(std::abs(mean) < 4.5 * spread / std::sqrt(repeats));
  CHECK(std::abs(stated / spread - 1) < 4.5 / std::sqrt(2.0 * repeats));
  CHECK(std::abs(analytic / spread - 1) < 4.5 / std::sqrt(2.0 * repeats));
}

TEST_CASE("Bennett: the same number, error and overlap as MBAR of two states") {
  const tests::Oscillators system{{0, 1.5}, {1, 3}, {400, 150}};
  const auto table = system.sample(1);
  const ReducedEnergies energies = table;
  std::vector<double> forward, reverse;
  for (std::size_t n = 0; n < 550; ++n) {
    const double work = energies.of_state(1)[n] - energies.of_state(0)[n];
    if (n < 400) forward.push_back(work);
    if (n >= 400) reverse.push_back(-work);
  }
  const auto pair = bennett_acceptance_ratio(forward, reverse);
  const auto many = mbar(energies);
  CHECK(pair.delta_f == doctest::Approx(many.free_energy[1]).epsilon(1e-10));
  CHECK(pair.analytic_error == doctest::Approx(many.difference(0, 1).standard_error).epsilon(1e-10));
  CHECK(pair.overlap == doctest::Approx(many.overlap(0, 1) + many.overlap(1, 0)).epsilon(1e-10));
}

TEST_CASE("Bennett: agrees with pymbar") {
  std::vector<double> forward, reverse;  // tests/reference/mbar_golden.py, pymbar 4.0.3
  for (std::size_t n = 0; n < 700; ++n) forward.push_back(2 + 1.5 * tests::formula_normal(n));
  for (std::size_t n = 1000; n < 1400; ++n) reverse.push_back(0.5 + 1.2 * tests::formula_normal(n));
  const auto found = bennett_acceptance_ratio(forward, reverse);
  CHECK(std::abs(found.delta_f - 0.7303945421800575) < 1e-8);
  CHECK(std::abs(found.analytic_error - 0.04785303693013666) < 1e-8);  // its method "MBAR"
}

TEST_CASE("Bennett: a constant work shifts it, exchanged directions turn its sign") {
  const auto works = gaussian_works(2, 200, 300, 3);
  auto shifted = works;
  for (double& w : shifted.forward) w += 1e4;
  for (double& w : shifted.reverse) w -= 1e4;
  const auto plain = bennett_acceptance_ratio(works.forward, works.reverse);
  const auto far = bennett_acceptance_ratio(shifted.forward, shifted.reverse);
  CHECK(far.delta_f - 1e4 == doctest::Approx(plain.delta_f).epsilon(1e-8));
  CHECK(far.standard_error == doctest::Approx(plain.standard_error).epsilon(1e-6));
  CHECK(bennett_acceptance_ratio(works.reverse, works.forward).delta_f == doctest::Approx(-plain.delta_f).epsilon(1e-10));
}

TEST_CASE("Bennett: equal states have overlap 1 and no error; works of +inf are switches that cannot be") {
  const std::vector<double> none(50, 0.0);
  const auto equal = bennett_acceptance_ratio(none, none);
  CHECK(std::abs(equal.delta_f) < 1e-12);
  CHECK(equal.overlap == doctest::Approx(1).epsilon(1e-12));
  CHECK(equal.analytic_error < 1e-7);
  // uniform on [0, 1] to uniform on [0, ½]: half of the forward works are +∞, ΔF = ln 2
  std::vector<double> forward(2000, 0.0), reverse(1000, 0.0);
  for (std::size_t k = 0; k < 1000; ++k) forward[k] = std::numeric_limits<double>::infinity();
  CHECK(bennett_acceptance_ratio(forward, reverse).delta_f == doctest::Approx(std::log(2)).epsilon(1e-10));
}

TEST_CASE("Bennett: disjoint directions get no number") {
  std::vector<double> forward, reverse;
  for (std::size_t k = 0; k < 100; ++k) {
    forward.push_back(100 + normal({1, StreamName::test}, k, 0));
    reverse.push_back(40 + normal({2, StreamName::test}, k, 0));
  }
  const auto found = bennett_acceptance_ratio(forward, reverse);
  CHECK(found.disjoint);
  CHECK(std::isnan(found.delta_f));
  CHECK(std::isinf(found.standard_error));
  CHECK(std::isinf(found.analytic_error));
}

TEST_CASE("Bennett: what cannot be used is refused by name") {
  const auto with = [](std::vector<double> f, std::vector<double> r) {
    return complaint([&] { bennett_acceptance_ratio(f, r); });
  };
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(with({1}, {1, 2}).find("forward works (estimator): got 1 works") == 0);
  CHECK(with({1, 2}, {1, NAN}).find("reverse works (switch 1): got nan") == 0);
  CHECK(with({1, -infinity}, {1, 2}).find("switch 1): got -inf") != std::string::npos);
  CHECK(with({1, 2}, {infinity, infinity}).find("inf for every work") != std::string::npos);
}
