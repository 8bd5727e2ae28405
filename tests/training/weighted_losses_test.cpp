#include "erg/training/weighted_losses.hpp"

#include "erg/training/maximum_likelihood.hpp"
#include "erg/training/reverse_kl.hpp"
#include "training/shaken_ice.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

const Stream stream = likelihood_stream;
using Loss = MaximumLikelihood<SpringCrystalFlow<double>, double>;

}  // namespace

TEST_CASE("WeightedLosses: reverse and forward divergence in the shares asked for, gradient included") {
  const ShakenIce c;
  Loss forward(c.flow, c.data, 2);
  ReverseKl<SpringCrystalFlow<double>, SpringTarget, double> reverse(c.flow, Boltzmann(c.ice.target, spring_beta),
                                                                     GradientKind::total, 2);
  WeightedLosses both(reverse, forward, 0.3);
  check_loss_gradient(both, c.bent, 6, 1e-7);
  std::vector<double> g(c.bent.size()), g_forward(g), g_reverse(g);
  const BatchReport r = both.gradient(c.bent, stream, 0, 6, g), f = forward.gradient(c.bent, stream, 0, 6, g_forward),
                    b = reverse.gradient(c.bent, stream, 0, 6, g_reverse);
  CHECK(both.samples_of(5) == 6);
  CHECK(r.loss == doctest::Approx(0.3 * f.loss + 0.7 * b.loss));
  CHECK(r.effective_sample_size == b.effective_sample_size);
  Loss coarse(c.flow, c.data, 3);
  CHECK_THROWS_AS(WeightedLosses(reverse, coarse, 0.3), InputError);
  CHECK_THROWS_AS(WeightedLosses(reverse, forward, 1.3), InputError);
}
