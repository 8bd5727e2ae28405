#include "densities/crystal/spring_target.hpp"
#include "erg/training/reverse_kl.hpp"

using namespace erg;
using namespace erg::tests;

TEST_CASE("ReverseKl: float lanes and wide tiles give the gradient of double") {
  const Stream stream{6, StreamName::training_batch};
  SpringIce ice({1, 1, 2});
  ice.target.quartic = 0.5;
  ParameterLayout layout, again;
  const auto flow = ice.flow<double>(layout);
  const auto single = ice.flow<float>(again);
  const auto theta = some_numbers(layout.size(), 2, 0.12);
  const std::vector<float> weights(theta.begin(), theta.end());
  for (const GradientKind kind : {GradientKind::path, GradientKind::total}) {
    ReverseKl<SpringCrystalFlow<float>, SpringTarget, Lanes<float, 16>> fast(single, Boltzmann(ice.target, spring_beta), kind, 2);
    ReverseKl<SpringCrystalFlow<double>, SpringTarget, double> exact(flow, Boltzmann(ice.target, spring_beta), kind, 1);
    std::vector<double> g(theta.size()), expected(theta.size());
    const BatchReport a = fast.gradient(weights, stream, 7, 50, g);
    CHECK(fast.samples_of(50) == 64);
    const BatchReport b = exact.gradient(theta, stream, 7, 64, expected);
    CHECK(a.usable);
    CHECK(std::abs(a.loss - b.loss) < 1e-4);
    CHECK(a.spread == doctest::Approx(b.spread).epsilon(1e-4));
    CHECK(a.effective_sample_size == doctest::Approx(b.effective_sample_size).epsilon(1e-3));
    double square = 0;
    for (std::size_t i = 0; i < g.size(); ++i) square += (g[i] - expected[i]) * (g[i] - expected[i]);
    CHECK(std::sqrt(square / dot(expected, expected)) < 1e-5);
  }
}
