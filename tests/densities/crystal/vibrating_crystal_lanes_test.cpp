#include "densities/crystal/spring_crystal.hpp"
#include "erg/base/lanes.hpp"
#include "erg/densities/crystal/vibrating_crystal.hpp"
#include "laws/numbers.hpp"

using namespace erg;
using namespace erg::tests;

static_assert(Density<VibratingCrystal<float>, Lanes<float, 16>>);

TEST_CASE("VibratingCrystal: lanes of float draw what doubles draw") {
  using R = Lanes<float, 16>;
  const Stream stream{4, StreamName::test};
  const Crystal crystal = build_crystal(ice_hexagonal(), {2, 1, 1}, 1.3);
  const auto harmonic = std::make_shared<HarmonicCrystal>(crystal, columns_of_cell_0(crystal, spring_hessian(crystal)), 3.0);
  ParameterLayout layout, again;
  const VibratingCrystal<float> density(layout, harmonic);
  const VibratingCrystal<double> wide(again, harmonic);
  const auto weights = some_numbers(layout.size(), 3, 0.4);
  const std::vector<float> theta(weights.begin(), weights.end());
  const int n = density.rows();
  TileBuffer<R> latent(n, 2), u(n, 2), score(n, 2);
  TileBuffer<double> one_latent(n, 1), one_u(n, 1), one_score(n, 1);
  std::vector<double> log_q(32);
  Tape<R> tape;
  Tape<double> one_tape;
  const auto prepared = density.prepare(theta.data());
  const auto one_prepared = wide.prepare(weights.data());
  density.draw(prepared, stream, 5, latent.view(), u.view(), log_q.data(), tape);
  density.score(prepared, latent.view(), score.view(), tape);
  for (int s = 0; s < 32; ++s) {
    double one_log_q = 0;
    wide.draw(one_prepared, stream, static_cast<std::uint64_t>(5 + s), one_latent.view(), one_u.view(), &one_log_q, one_tape);
    wide.score(one_prepared, one_latent.view(), one_score.view(), one_tape);
    CHECK(worst(sample_of(u.view().data, n, 2, s / 16, s % 16), sample_of(one_u.view().data, n, 1, 0, 0)) < 1e-5);
    CHECK(worst(sample_of(score.view().data, n, 2, s / 16, s % 16), sample_of(one_score.view().data, n, 1, 0, 0)) < 2e-5);
    CHECK(std::abs(log_q[static_cast<std::size_t>(s)] - one_log_q) < 1e-4);
  }
}
