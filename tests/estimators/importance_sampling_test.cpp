#include "erg/estimators/importance_sampling.hpp"

#include "densities/crystal/spring_target.hpp"
#include "erg/base/statistics.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

const Stream stream{3, StreamName::base_density};
const auto look_away = [](std::int64_t, const auto&) {};

}  // namespace

TEST_CASE("weigh_samples: where the flow is the target all weights are equal, and give the closed form") {
  const SpringIce ice({1, 1, 1});
  ParameterLayout layout;
  const auto flow = ice.flow<double>(layout);
  const auto theta = untrained(flow, layout);
  const WeighedSamples weighed =
      weigh_samples<double>(flow, std::span<const double>(theta), Boltzmann(ice.target, spring_beta), stream, 50, look_away);
  REQUIRE(weighed.log_weight.size() == 50);
  for (const double w : weighed.log_weight) CHECK(w == doctest::Approx(-ice.harmonic->free_energy()).epsilon(1e-12));
  CHECK(-log_mean_exp(weighed.log_weight) == doctest::Approx(ice.harmonic->free_energy()).epsilon(1e-12));
  CHECK(moments(weighed.excess).mean > 0);
}

TEST_CASE("weigh_samples: no samples are no weights") {
  const SpringIce ice({1, 1, 1});
  ParameterLayout layout;
  const auto flow = ice.flow<double>(layout);
  const auto theta = untrained(flow, layout);
  CHECK(weigh_samples<double>(flow, std::span<const double>(theta), Boltzmann(ice.target, spring_beta), stream, 0, look_away)
            .log_weight.empty());
}

TEST_CASE("weigh_samples: from a later sample on, the rest of the same stream") {
  const SpringIce ice({1, 1, 1});
  ParameterLayout layout;
  const auto flow = ice.flow<double>(layout);
  const auto theta = some_numbers(layout.size(), 2, 0.12);
  const auto weigh = [&](std::int64_t samples, std::uint64_t from) {
    return weigh_samples<double>(flow, std::span<const double>(theta), Boltzmann(ice.target, spring_beta), stream, samples,
                                 look_away, from);
  };
  const WeighedSamples all = weigh(12, 0), rest = weigh(5, 7);
  for (std::size_t k = 0; k < 5; ++k) {
    CHECK(rest.log_weight[k] == all.log_weight[7 + k]);
    CHECK(rest.excess[k] == all.excess[7 + k]);
  }
  CHECK(all.log_weight[0] != all.log_weight[7]);
}

TEST_CASE("weigh_samples: single precision in lanes gives what double gives") {
  SpringIce ice({1, 1, 1});
  ice.target.quartic = 0.5;
  ParameterLayout layout, again;
  const auto flow = ice.flow<double>(layout);
  const auto single = ice.flow<float>(again);
  const auto theta = some_numbers(layout.size(), 2, 0.12);
  const std::vector<float> weights(theta.begin(), theta.end());
  const int samples = 83;  // no whole number of registers
  const auto whole =
      weigh_samples<double>(flow, std::span<const double>(theta), Boltzmann(ice.target, spring_beta), stream, samples, look_away);
  const auto narrow = weigh_samples<Lanes<float, 16>>(single, std::span<const float>(weights), Boltzmann(ice.target, spring_beta),
                                                      stream, samples, look_away);
  CHECK(worst(narrow.log_weight, whole.log_weight) < 1e-5);
}
