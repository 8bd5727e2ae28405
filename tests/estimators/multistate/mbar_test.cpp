#include "erg/estimators/multistate/mbar.hpp"

#include "complaint.hpp"
#include "estimators/multistate/oscillators.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

using namespace erg;
using tests::Oscillators;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

double worst_residual(const MultistateEstimate& found, const ReducedEnergies& energies) {
  double worst = 0;
  for (std::size_t k = 0; k < found.states(); ++k) {
    double sum = 0;
    for (std::size_t n = 0; n < energies.samples(); ++n)
      sum += std::exp(found.normaliser[k] - energies.of_state(k)[n] - found.log_denominator[n]);
    worst = std::max(worst, std::abs(sum - 1));
  }
  return worst;
}

}  // namespace

TEST_CASE("mbar: oscillators have half the logarithm of their stiffness, within the stated errors") {
  // Ten differences over 60 repeats: (miss / error)² averages 1; states of one repeat are correlated, so that the mean over
  // repeats of their average has a standard deviation below √(2/60) = 0.18. A correct code fails the 4.5-deviation bound with
  // probability 1e-5.
  const Oscillators system{{1, 2, 3, 4}, {0.5, 1, 1.5, 2}, {1000, 500, 0, 800}};  // pymbar's tests
  double ratio = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const auto table = system.sample(seed);
    const auto found = mbar(table);
    CHECK(found.converged);
    CHECK(found.connected());
    for (std::size_t k = 1; k < 4; ++k) {
      const auto [value, error] = found.difference(0, k);
      CHECK(value == found.free_energy[k]);
      ratio += std::pow((value - system.truth(0, k)) / error, 2) / (3 * 60);
    }
  }
  CHECK(std::abs(ratio - 1) < 4.5 * 0.18);
}

TEST_CASE("mbar: weights of every state sum to one, and rows of the overlap too") {
  const Oscillators system{{0, 1, 2, 3}, {1, 2, 4, 8}, {500, 0, 700, 200}};
  const auto table = system.sample(3);
  const auto found = mbar(table);
  CHECK(found.residual < 1e-12);
  CHECK(worst_residual(found, table) < 1e-12);
  for (Eigen::Index k = 0; k < 4; ++k) CHECK(found.overlap.row(k).sum() == doctest::Approx(1).epsilon(1e-12));
}

TEST_CASE("mbar: a constant on a state shifts its free energy, one on a sample changes nothing") {
  const Oscillators system{{0, 1, 2}, {1, 2, 4}, {300, 400, 200}};
  auto table = system.sample(4);
  const auto before = mbar(table);
  const std::vector<double> shift{0, 12345.5, -800};
  for (std::size_t k = 0; k < 3; ++k)
    for (std::size_t n = 0; n < 900; ++n) table.u_kn[k * 900 + n] += shift[k] + 1e5 * std::sin(static_cast<double>(n));
  const auto after = mbar(table);
  CHECK(after.converged);
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(after.free_energy[k] - before.free_energy[k] == doctest::Approx(shift[k]).epsilon(1e-10));
    CHECK(after.difference(0, k).standard_error == doctest::Approx(before.difference(0, k).standard_error).epsilon(1e-6));
  }
}

TEST_CASE("mbar: constants of any size on states, of numbers of samples that fill no register") {
  for (const double constant : {300.0, -500.0, 720.0, 1075.0, 1500.0, -2500.0, 1e4, -1e6}) {
    const Oscillators system{{0, 1, 2}, {1, 2, 4}, {301, 400, 202}};
    auto table = system.sample(4);
    const auto before = mbar(table);
    for (std::size_t n = 0; n < 903; ++n) {
      table.u_kn[903 + n] += constant;
      table.u_kn[1806 + n] -= 0.7 * constant;
    }
    const auto after = mbar(table);
    CHECK(after.converged);
    CHECK(after.free_energy[1] - before.free_energy[1] == doctest::Approx(constant).epsilon(1e-10));
    CHECK(after.free_energy[2] - before.free_energy[2] == doctest::Approx(-0.7 * constant).epsilon(1e-10));
  }
}

TEST_CASE("mbar: any start ends at the same free energies") {
  const Oscillators system{{0, 2, 4, 6, 8}, {1, 1, 4, 4, 1}, {200, 200, 200, 200, 200}};
  const auto table = system.sample(5);
  const auto found = mbar(table);
  const std::vector<std::vector<double>> starts{
      {0, 1e4, -1e4, 500, -3}, {1e8, 0, 0, 0, 0}, {0, -30, 30, -30, 30}, {-700, 0, 700, 0, -700}};
  for (const auto& start : starts) {
    const auto again = mbar(table, {.start = start});
    CHECK(again.converged);
    for (std::size_t k = 0; k < 5; ++k) CHECK(std::abs(again.free_energy[k] - found.free_energy[k]) < 1e-9);
  }
}

TEST_CASE("MixtureDescent: from where weights vanish and where Newton's steps overshoot it still comes down") {
  // `mbar` would pick a better start: this one has to be used.
  const Oscillators system{{0, 2, 4, 6, 8}, {1, 1, 4, 4, 1}, {200, 200, 200, 200, 200}};
  const auto table = system.sample(5);
  const auto found = mbar(table);
  const std::vector<std::vector<double>> starts{{0, 1e4, -1e4, 500, -3}, {1e6, 0, 0, 0, 0}, {0, -30, 30, -30, 30},
                                                {-700, 0, 700, 0, -700}, {0, 5, -5, 5, -5}, {0, 40, 80, 120, 160}};
  for (std::vector<double> f : starts) {
    std::vector<double> room(1000);
    const auto outcome = MixtureDescent(table, {0, 1, 2, 3, 4})(f, room, 1e-9, 500);
    CHECK(outcome.converged);
    for (std::size_t k = 0; k < 5; ++k) CHECK(std::abs(f[k] - f[0] - found.free_energy[k]) < 1e-9);
  }
}

TEST_CASE("MixtureDescent: no pass goes uphill, where whole steps of Newton's would") {
  const Oscillators system{{0, 2, 4, 6, 8}, {1, 1, 4, 4, 1}, {200, 200, 200, 200, 200}};
  const auto table = system.sample(5);
  const MixtureDescent descent(table, {0, 1, 2, 3, 4});
  std::vector<double> f{0, 9, -9, 9, -9}, room(1000);
  double before = descent.objective(f, room);
  const double start = before;
  for (int pass = 0; pass < 60; ++pass) {
    descent(f, room, 1e-9, 1);
    const double now = descent.objective(f, room);
    CHECK(now <= before + 1e-9);
    before = now;
  }
  CHECK(before < start - 1000);
}

TEST_CASE("mbar: a start from few of many samples changes nothing") {
  Oscillators system{{}, {}, {}};
  for (int k = 0; k < 12; ++k) {
    system.centre.push_back(k);
    system.stiffness.push_back(1 + 0.3 * k);
    system.counts.push_back(4000 + k);
  }
  const auto table = system.sample(6);
  const auto from_few = mbar(table), from_all = mbar(table, {.few_samples_first = false});
  CHECK(from_few.converged);
  CHECK(from_all.converged);
  CHECK(from_few.iterations <= from_all.iterations);
  for (std::size_t k = 0; k < 12; ++k) CHECK(std::abs(from_few.free_energy[k] - from_all.free_energy[k]) < 1e-9);
}

TEST_CASE("mbar: many states, for which steps are taken without new products, agree with their truth") {
  Oscillators system{{}, {}, {}};
  for (int k = 0; k < 60; ++k) {
    system.centre.push_back(0.8 * k);
    system.stiffness.push_back(1 + 0.05 * k);
    system.counts.push_back(100);
  }
  const auto table = system.sample(7);
  const auto found = mbar(table);
  CHECK(found.converged);
  CHECK(worst_residual(found, table) < 1e-11);
  const auto [value, error] = found.difference(0, 59);
  CHECK(std::abs(value - system.truth(0, 59)) < 4.5 * error);  // false alarms: 7e-6 of seeds
}

TEST_CASE("mbar: the same to the bit on any number of threads") {
  const Oscillators system{{0, 1, 2, 3}, {1, 2, 1, 3}, {3000, 2000, 0, 1001}};
  const auto table = system.sample(12);
  const int threads = thread_count();
  set_threads(1);
  const auto one = mbar(table);
  set_threads(3);
  const auto three = mbar(table);
  set_threads(threads);
  CHECK(one.normaliser == three.normaliser);
  CHECK(one.covariance == three.covariance);
  CHECK(one.log_denominator == three.log_denominator);
}

TEST_CASE("mbar: copies of a state agree to rounding, with no error between them") {
  const Oscillators system{{0, 0, 0, 1}, {1, 1, 1 + 1e-13, 1}, {200, 300, 0, 150}};
  const auto found = mbar(system.sample(8));
  CHECK(found.converged);
  CHECK(std::abs(found.free_energy[1]) < 1e-13);
  CHECK(std::abs(found.free_energy[2]) < 1e-12);
  CHECK(found.difference(0, 1).standard_error < 1e-8);
  CHECK(found.difference(0, 2).standard_error < 1e-8);
  CHECK(found.difference(0, 3).standard_error > 0.02);
}

TEST_CASE("mbar: disjoint states are said to be so, and no number is given between them") {
  const Oscillators system{{0, 1, 60, 61, 30}, {1, 1, 1, 1, 1}, {300, 300, 300, 300, 0}};
  const auto table = system.sample(9);
  const auto found = mbar(table);
  CHECK(found.converged);
  CHECK(!found.connected());
  CHECK(found.group == std::vector<std::size_t>{0, 0, 2, 2, 4});  // the last is weighed with either group's stray samples
  CHECK(std::isnan(found.difference(0, 2).value));
  CHECK(std::isinf(found.difference(1, 3).standard_error));
  CHECK(std::isnan(found.free_energy[2]));
  CHECK(multistate_note(found).find("3 groups") != std::string::npos);
  ReducedEnergyTable alone{{}, {300, 300}};
  for (std::size_t k = 0; k < 2; ++k)
    alone.u_kn.insert(alone.u_kn.end(), table.u_kn.begin() + k * 1200, table.u_kn.begin() + k * 1200 + 600);
  const auto pair = mbar(alone);
  CHECK(found.difference(0, 1).value == doctest::Approx(pair.difference(0, 1).value).epsilon(1e-12));
  CHECK(found.difference(0, 1).standard_error == doctest::Approx(pair.difference(0, 1).standard_error).epsilon(1e-9));
}

TEST_CASE("mbar: a weak link is a large error, not a small one") {
  // Two wells whose samples meet only in their tails: as they move apart the error grows until they count as disjoint.
  double before = 0;
  for (const double apart : {2., 4., 6., 7., 8., 9.}) {
    const Oscillators system{{0, apart, apart + 0.5}, {1, 1, 1}, {1000, 1000, 1000}};
    const auto found = mbar(system.sample(10));
    CHECK(found.converged);
    if (!found.connected()) {
      CHECK(apart > 7);
      CHECK(before > 1);
      return;
    }
    const double error = found.difference(0, 2).standard_error;
    CHECK(error > before);
    before = error;
  }
  FAIL("never disjoint");
}

TEST_CASE("mbar: energies of +inf forbid, and states of one sample or one state alone are no trouble") {
  // Uniform on [0, 1] and on [0, ½]: the second forbids half of the first's samples, and ΔF = ln 2.
  ReducedEnergyTable table{{}, {4000, 1000}};
  std::vector<double> x;
  for (std::size_t n = 0; n < 5000; ++n) x.push_back(uniform({1, StreamName::test}, n) * (n < 4000 ? 1 : 0.5));
  for (std::size_t n = 0; n < 5000; ++n) table.u_kn.push_back(0);
  for (std::size_t n = 0; n < 5000; ++n) table.u_kn.push_back(x[n] < 0.5 ? 0 : infinity);
  const auto found = mbar(table);
  CHECK(found.converged);
  CHECK(std::abs(found.free_energy[1] - std::log(2)) < 4.5 * found.difference(0, 1).standard_error);
  CHECK(std::abs(found.difference(0, 1).standard_error * std::sqrt(4000.) - 1) < 0.1);

  const auto single = mbar(ReducedEnergyTable{{1, 2, 3}, {3}});
  CHECK(single.converged);
  CHECK(single.difference(0, 0).standard_error == 0);
  const auto lonely = mbar(ReducedEnergyTable{{0, 1, 1, 0}, {1, 1}});
  CHECK(lonely.converged);
  CHECK(std::abs(lonely.free_energy[1]) < 1e-12);
}

TEST_CASE("mbar: what cannot be used is refused by name") {
  const auto with = [](std::vector<double> u, std::vector<std::int64_t> counts, MbarOptions options = {}) {
    return complaint([&] { mbar(ReducedEnergyTable{std::move(u), std::move(counts)}, options); });
  };
  CHECK(with({0, 1, 1, NAN}, {1, 1}) ==
        "reduced energy (state 1, sample 1): got nan, expected a finite number, or inf for what the state forbids");
  CHECK(with({0, 1, -infinity, 1}, {1, 1}).find("state 1, sample 0") != std::string::npos);
  CHECK(with({0, infinity, 0, infinity}, {1, 1}).find("sample 1): got inf in every state") != std::string::npos);
  CHECK(with({0, 0, infinity, infinity}, {1, 1}).find("state 1): got inf for every sample") != std::string::npos);
  CHECK(with({0, 0, NAN, 0}, {2, 0}).find("state 1, sample 0") != std::string::npos);
  CHECK(with({0, 1, 1}, {1, 1}) == "reduced energies (estimator): got 3 numbers, expected 2 states × 2 samples");
  CHECK(with({}, {}).find("no states") != std::string::npos);
  CHECK(with({}, {0, 0}).find("no samples") != std::string::npos);
  CHECK(with({1, 1}, {2, -1}).find("state 1): got -1") != std::string::npos);
  CHECK(with({0, 1, 1, 0}, {1, 1}, {.tolerance = 0}).find("tolerance") != std::string::npos);
  CHECK(with({0, 1, 1, 0}, {1, 1}, {.start = {0}}).find("start (mbar): got 1") != std::string::npos);
  CHECK(with({0, 1, 1, 0}, {1, 1}, {.start = {0, NAN}}).find("state 1): got nan") != std::string::npos);
  CHECK(complaint([] {
          mbar(ReducedEnergyTable{{0, 1, 1, 0}, {1, 1}}).difference(0, 2);
        }).find("less than 2") != std::string::npos);
}

TEST_CASE("mbar: too few passes are reported, not hidden") {
  const Oscillators system{{0, 2, 4}, {1, 1, 1}, {100, 100, 100}};
  const auto found = mbar(system.sample(11), {.iterations = 1});
  CHECK(!found.converged);
  CHECK(found.iterations == 1);
  CHECK(found.residual > 0);
  CHECK(multistate_note(found).find("not solved after 1 passes") != std::string::npos);
}
