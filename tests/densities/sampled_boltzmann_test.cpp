#include "erg/densities/sampled_boltzmann.hpp"

#include "erg/base/lanes.hpp"
#include "erg/potentials/springs.hpp"
#include "laws/numbers.hpp"

#include <set>

using namespace erg;
using namespace erg::tests;

namespace {

using R = Lanes<double, 8>;
const Springs springs(2, 3.0);
constexpr double beta = 0.5;

}  // namespace

TEST_CASE("SampledBoltzmann: draws are samples of the set, with their energy") {
  const auto samples = some_numbers(6 * 5, 1);
  const SampledBoltzmann<double, Springs> density(springs, beta, samples);
  CHECK(density.samples() == 5);
  TileBuffer<R> latent(6, 4), x(6, 4);
  std::vector<double> log_q(32);
  Tape<R> tape;
  const Stream stream{7, StreamName::training_batch};
  density.draw(NoParameters{}, stream, 100, latent.view(), x.view(), log_q.data(), tape);
  std::set<double> seen;
  for (int s = 0; s < 32; ++s) {
    const auto at = sample_of(x.view().data, 6, 4, s / 8, s % 8);
    const auto* const of = samples.data() + 6 * integer_below(5, stream, 100 + static_cast<std::uint64_t>(s));
    CHECK(std::equal(at.begin(), at.end(), of));
    CHECK(log_q[static_cast<std::size_t>(s)] == doctest::Approx(-beta * 1.5 * dot(at, at)).epsilon(1e-13));
    seen.insert(at[0]);
  }
  CHECK(seen.size() == 5);
}

TEST_CASE("SampledBoltzmann: the score is the gradient of ln q") {
  const auto samples = some_numbers(6, 2);
  const SampledBoltzmann<double, Springs> density(springs, beta, samples);
  std::vector<double> latent(6), score(6), x = some_numbers(6, 3);
  double log_q = 0;
  Tape<double> tape;
  density.log_density(NoParameters{}, Tile<const double>{x.data(), 6, 1}, Tile<double>{latent.data(), 6, 1}, &log_q, tape);
  density.score(NoParameters{}, Tile<double>{latent.data(), 6, 1}, Tile<double>{score.data(), 6, 1}, tape);
  CHECK(log_q == doctest::Approx(-beta * 1.5 * dot(x, x)).epsilon(1e-13));
  for (std::size_t i = 0; i < 6; ++i) CHECK(score[i] == doctest::Approx(-beta * 3 * x[i]).epsilon(1e-13));
}

TEST_CASE("SampledBoltzmann: sets that hold no whole sample are refused") {
  const auto samples = some_numbers(7, 4);
  CHECK_THROWS_AS((SampledBoltzmann<double, Springs>(springs, beta, samples)), InputError);
  CHECK_THROWS_AS((SampledBoltzmann<double, Springs>(springs, beta, {})), InputError);
  CHECK_THROWS_AS((SampledBoltzmann<double, Springs>(springs, 0, std::span(samples).first(6))), InputError);
}
