#include "erg/training/maximum_likelihood.hpp"

#include "training/shaken_ice.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

const Stream stream = likelihood_stream;
using Loss = MaximumLikelihood<SpringCrystalFlow<double>, double>;

struct Threads {
  int before = thread_count();
  ~Threads() { set_threads(before); }
};

}  // namespace

TEST_CASE("MaximumLikelihood: the gradient is that of the mean loss, the weights of base and map alike") {
  const ShakenIce c;
  Loss loss(c.flow, c.data, 3);
  check_loss_gradient(loss, c.bent, 12, 1e-7);
  std::vector<double> g(c.bent.size()), unused(c.bent.size());
  loss.gradient(c.bent, stream, 40, 12, g);
  for (std::size_t part = 0; part < c.layout.slices().size(); part += 3) {  // one weight of the base, of early and of late layers
    std::vector<double> one(c.bent.size(), 0.0);
    const std::size_t i = c.layout.slices()[part].offset;
    one[i] = 1;
    const auto value = [&](double h) { return loss.gradient(moved(c.bent, one, h), stream, 40, 12, unused).loss; };
    CHECK(g[i] == doctest::Approx(slope(value)).epsilon(1e-6));
  }
}

TEST_CASE("MaximumLikelihood: the loss is the mean of −ln q over the samples that the stream names") {
  const ShakenIce c;
  Loss loss(c.flow, c.data, 2);
  CHECK(loss.sample_count() == 7);
  CHECK(loss.samples_of(5) == 6);
  std::vector<double> g(c.bent.size());
  const BatchReport all = loss.gradient(c.bent, stream, 3, 5, g);
  const auto prepared = c.flow.base().prepare(c.bent.data());
  SpringCrystalFlow<double>::Workspace<double> w(c.flow.rows(), 1);
  double mean = 0, square = 0;
  for (std::uint64_t i = 3; i < 9; ++i) {
    const double* sample = c.data.data() + static_cast<std::size_t>(c.flow.rows()) * integer_below(7, stream, i);
    c.flow.log_density(prepared, c.bent.data(), Tile<const double>{sample, c.flow.rows(), 1}, w);
    mean -= w.log_q[0] / 6;
    square += w.log_q[0] * w.log_q[0] / 6;
  }
  CHECK(all.loss == doctest::Approx(mean).epsilon(1e-12));
  CHECK(all.spread == doctest::Approx(std::sqrt(square - mean * mean)).epsilon(1e-8));
  CHECK(all.effective_sample_size == 1);
  CHECK(all.refused == 0);
}

TEST_CASE(
    "MaximumLikelihood: equal threads give equal bits, other numbers of threads the same to rounding; lanes change nothing") {
  const Threads restore;
  const ShakenIce c;
  set_threads(1);
  const auto gradient_of = [&](auto& loss) {
    std::vector<double> g(c.bent.size());
    loss.gradient(c.bent, stream, 0, 16, g);
    return g;
  };
  Loss one(c.flow, c.data, 2);
  const auto alone = gradient_of(one);
  MaximumLikelihood<SpringCrystalFlow<double>, Lanes<double, 4>> wide(c.flow, c.data, 1);
  CHECK(worst(gradient_of(wide), alone) < 1e-10);
  for (const int threads : {3, 2}) {
    set_threads(threads);
    Loss fresh(c.flow, c.data, 2);
    const auto g = gradient_of(fresh);
    CHECK(gradient_of(fresh) == g);
    CHECK(worst(g, alone) < 1e-11);
  }
}

TEST_CASE("MaximumLikelihood: samples without a density make the batch unusable, and leave nothing behind") {
  ShakenIce c;
  Loss loss(c.flow, c.data, 4);
  auto broken = c.bent;
  broken[broken.size() / 2] = std::nan("");
  std::vector<double> g(c.bent.size());
  CHECK(!loss.gradient(broken, stream, 0, 8, g).usable);
  CHECK(loss.gradient(c.bent, stream, 0, 8, g).usable);
}

TEST_CASE("MaximumLikelihood: data that are no samples are refused") {
  ShakenIce c;
  CHECK_THROWS_AS(Loss(c.flow, std::span<const double>{}), InputError);
  CHECK_THROWS_AS(Loss(c.flow, std::span<const double>(c.data).first(25)), InputError);
  c.data[30] = INFINITY;
  CHECK_THROWS_AS(Loss(c.flow, c.data), InputError);
}
