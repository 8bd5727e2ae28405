#include "erg/training/reverse_kl.hpp"

#include "densities/crystal/spring_target.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

const Stream stream{6, StreamName::training_batch};
using Loss = ReverseKl<SpringCrystalFlow<double>, SpringTarget, double>;

struct Case {
  SpringIce ice{{1, 1, 1}};
  ParameterLayout layout;
  SpringCrystalFlow<double> flow = ice.flow<double>(layout);
  std::vector<double> bent = some_numbers(layout.size(), 2, 0.15);

  Case() { ice.target.quartic = 0.5; }
  Loss loss(GradientKind kind, int packs = 1) const { return {flow, Boltzmann(ice.target, spring_beta), kind, packs}; }
};

std::vector<double> gradient_of(Loss& loss, const std::vector<double>& theta, std::uint64_t first, int batch) {
  std::vector<double> g(theta.size(), 99.0);
  CHECK(loss.gradient(theta, stream, first, batch, g).usable);
  return g;
}

struct Threads {
  int before = thread_count();
  ~Threads() { set_threads(before); }
};

}  // namespace

TEST_CASE("ReverseKl: the total gradient is that of the mean loss on the same samples") {
  const Case c;
  Loss loss = c.loss(GradientKind::total, 3);
  const auto g = gradient_of(loss, c.bent, 40, 12);
  std::vector<double> unused(c.bent.size());
  const auto value = [&](const std::vector<double>& theta) { return loss.gradient(theta, stream, 40, 12, unused).loss; };
  for (std::uint64_t k = 0; k < 5; ++k) {
    const auto along = some_numbers(c.bent.size(), 10 + k);
    const double expected = slope([&](double h) { return value(moved(c.bent, along, h)); }, 1e-4);
    CHECK(std::abs(dot(g, along) - expected) < 1e-7 * (1 + std::abs(expected)));
  }
  for (std::size_t part = 0; part < c.layout.slices().size(); part += 3) {  // one weight of the base, of early and of late layers
    std::vector<double> one(c.bent.size(), 0.0);
    const std::size_t i = c.layout.slices()[part].offset;
    one[i] = 1;
    CHECK(g[i] == doctest::Approx(slope([&](double h) { return value(moved(c.bent, one, h)); })).epsilon(1e-6));
  }
}

TEST_CASE("ReverseKl: the loss is the mean reduced work, its spread and effective sample size those of the batch") {
  const Case c;
  Loss loss = c.loss(GradientKind::path), other = c.loss(GradientKind::total, 2);
  std::vector<double> g(c.bent.size()), work;
  for (std::uint64_t i = 0; i < 6; ++i) work.push_back(loss.gradient(c.bent, stream, i, 1, g).loss);
  const BatchReport all = other.gradient(c.bent, stream, 0, 5, g);
  CHECK(other.samples_of(5) == 6);
  double mean = 0, square = 0, sum = 0, sum_of_squares = 0;
  for (const double w : work) mean += w / 6;
  for (const double w : work) {
    square += (w - mean) * (w - mean) / 6;
    sum += std::exp(mean - w);
    sum_of_squares += std::exp(2 * (mean - w));
  }
  CHECK(all.loss == doctest::Approx(mean));
  CHECK(all.spread == doctest::Approx(std::sqrt(square)));
  CHECK(all.effective_sample_size == doctest::Approx(sum * sum / sum_of_squares / 6));
  CHECK(all.refused == 0);
}

TEST_CASE("ReverseKl: path and total gradient have the same mean") {
  // 200 batches of 32 samples, 6 directions: 4.5 standard errors of the mean difference fail 6 · 7·10⁻⁶, 1 run in 24,000, over
  // all seeds; this seed is fixed and passes.
  const Case c;
  Loss path = c.loss(GradientKind::path, 4), total = c.loss(GradientKind::total, 4);
  const int batches = 200;
  std::vector<std::vector<double>> along, difference(6), size(6);
  for (std::uint64_t k = 0; k < 6; ++k) along.push_back(some_numbers(c.bent.size(), 20 + k));
  for (int b = 0; b < batches; ++b) {
    const auto p = gradient_of(path, c.bent, static_cast<std::uint64_t>(32 * b), 32);
    const auto t = gradient_of(total, c.bent, static_cast<std::uint64_t>(32 * b), 32);
    for (std::size_t k = 0; k < 6; ++k) {
      difference[k].push_back(dot(p, along[k]) - dot(t, along[k]));
      size[k].push_back(dot(t, along[k]));
    }
  }
  double largest = 0;
  for (std::size_t k = 0; k < 6; ++k) {
    const MeanVariance m = moments(difference[k]);
    const double error = std::sqrt(m.variance / batches);
    CHECK(std::abs(m.mean) < 4.5 * error);
    largest = std::max(largest, std::abs(moments(size[k]).mean) / error);
  }
  CHECK(largest > 10);  // the gradient is large beside the error, so that the agreement says something
}

TEST_CASE("ReverseKl: where the flow is exact the path gradient vanishes sample by sample, and the total one does not") {
  Case c;
  c.ice.target.quartic = 0;
  const auto theta = untrained(c.flow, c.layout);
  Loss path = c.loss(GradientKind::path), total = c.loss(GradientKind::total);
  std::vector<double> g(theta.size());
  double largest = 0;
  for (std::uint64_t sample = 0; sample < 10; ++sample) {
    const BatchReport r = path.gradient(theta, stream, sample, 1, g);
    CHECK(r.loss == doctest::Approx(c.ice.harmonic->free_energy()).epsilon(1e-12));  // the same work for every sample
    CHECK(std::sqrt(dot(g, g)) < 1e-9);
    total.gradient(theta, stream, sample, 1, g);
    largest = std::max(largest, std::sqrt(dot(g, g)));
  }
  CHECK(largest > 0.1);
}

TEST_CASE("ReverseKl: equal threads give equal bits, other numbers of threads the same to rounding") {
  const Threads restore;
  const Case c;
  set_threads(1);
  Loss one = c.loss(GradientKind::path, 2);
  const auto alone = gradient_of(one, c.bent, 0, 22);
  Loss reused = c.loss(GradientKind::path, 2);
  for (const int threads : {3, 2, 5}) {
    set_threads(threads);
    Loss fresh = c.loss(GradientKind::path, 2);
    const auto g = gradient_of(fresh, c.bent, 0, 22);
    CHECK(gradient_of(fresh, c.bent, 0, 22) == g);
    CHECK(gradient_of(reused, c.bent, 0, 22) == g);  // also after a pass with more threads
    CHECK(worst(g, alone) < 1e-11);
  }
}

TEST_CASE("ReverseKl: samples without a finite work are counted and make the batch unusable") {
  Case c;
  Loss loss = c.loss(GradientKind::path, 4);
  std::vector<double> g(c.bent.size()), first_x;
  SpringCrystalFlow<double>::Workspace<double> w(c.flow.rows(), 1);
  for (std::uint64_t i = 0; i < 32; ++i) {
    c.flow.draw(c.flow.base().prepare(c.bent.data()), c.bent.data(), stream, i, w);
    first_x.push_back(w.u.view()(0, 0));
  }
  auto sorted = first_x;
  std::sort(sorted.begin(), sorted.end());
  c.ice.target.forbidden = 0.5 * (sorted[28] + sorted[29]);
  const BatchReport r = loss.gradient(c.bent, stream, 0, 32, g);
  CHECK(!r.usable);
  CHECK(r.refused == 3);
  CHECK(std::isfinite(r.loss));
  c.ice.target.forbidden = -1e9;
  const BatchReport none = loss.gradient(c.bent, stream, 0, 32, g);
  CHECK(none.refused == 32);
  CHECK(!none.usable);
  auto broken = c.bent;
  broken[broken.size() / 2] = std::nan("");
  c.ice.target.forbidden = 1e9;
  CHECK(!loss.gradient(broken, stream, 0, 32, g).usable);
  CHECK(loss.gradient(c.bent, stream, 0, 32, g).usable);  // nothing is left behind
}
