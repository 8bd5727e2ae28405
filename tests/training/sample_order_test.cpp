#include "erg/training/sample_order.hpp"

#include "erg/training/maximum_likelihood.hpp"
#include "erg/training/trainer.hpp"
#include "training/shaken_ice.hpp"

#include <algorithm>
#include <map>

using namespace erg;
using namespace erg::tests;

namespace {

const Stream stream{3, StreamName::training_batch};
using Loss = MaximumLikelihood<SpringCrystalFlow<double>, double>;

std::vector<std::uint32_t> pass_of(SampleStream& samples, std::uint64_t pass, Stream of = stream) {
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < samples.count(); ++i) order.push_back(samples.at(of, pass * samples.count() + i));
  return order;
}

}  // namespace

TEST_CASE("SampleStream: every pass has each sample once, in an order of its own, without end") {
  SampleStream samples(50, SampleOrder::reshuffled);
  std::vector<std::vector<std::uint32_t>> passes;
  for (const std::uint64_t pass : {0ull, 1ull, 2ull, 1ull << 40}) passes.push_back(pass_of(samples, pass));
  for (const auto& pass : passes) {
    auto sorted = pass;
    std::sort(sorted.begin(), sorted.end());
    for (std::uint32_t i = 0; i < 50; ++i) CHECK(sorted[i] == i);
    CHECK(std::count(passes.begin(), passes.end(), pass) == 1);
    CHECK(pass != sorted);
  }
  CHECK(pass_of(samples, 0, {4, StreamName::training_batch}) != passes[0]);  // another seed
}

TEST_CASE("SampleStream: what stands at a place does not depend on what was asked before") {
  SampleStream samples(7, SampleOrder::reshuffled);
  std::vector<std::uint32_t> ahead, back(40);
  for (std::uint64_t place = 0; place < 40; ++place) ahead.push_back(samples.at(stream, place));
  for (std::uint64_t place = 40; place-- > 0;) back[place] = samples.at(stream, place);
  CHECK(ahead == back);
  SampleStream fresh(7, SampleOrder::reshuffled);
  CHECK(fresh.at(stream, 33) == ahead[33]);
}

TEST_CASE("SampleStream: all orders of three samples are alike probable") {
  SampleStream samples(3, SampleOrder::reshuffled);
  std::map<std::vector<std::uint32_t>, int> found;
  const int passes = 6000;
  for (int pass = 0; pass < passes; ++pass) ++found[pass_of(samples, static_cast<std::uint64_t>(pass))];
  CHECK(found.size() == 6);
  double chi_square = 0;
  for (const auto& [order, times] : found) chi_square += (times - 1000.0) * (times - 1000.0) / 1000;
  CHECK(chi_square < 25.7);  // of 5 degrees of freedom: above with probability 1e-4, for another seed
}

TEST_CASE("SampleStream: with replacement, a place has any sample") {
  SampleStream samples(9, SampleOrder::with_replacement);
  for (std::uint64_t place = 0; place < 20; ++place) CHECK(samples.at(stream, place) == integer_below(9, stream, place));
  CHECK_THROWS_AS(SampleStream(0, SampleOrder::reshuffled), InputError);
}

TEST_CASE("MaximumLikelihood, reshuffled: batches of a pass have the loss of all samples, whatever their size") {
  const ShakenIce c;  // 7 samples
  Loss loss(c.flow, c.data, 1, SampleOrder::reshuffled);
  std::vector<double> g(c.bent.size()), whole(c.bent.size()), parts(c.bent.size(), 0.0);
  const BatchReport all = loss.gradient(c.bent, stream, 14, 7, whole);  // the third pass
  double mean = 0;
  for (const auto& [first, batch] : std::vector<std::pair<std::uint64_t, int>>{{14, 3}, {17, 3}, {20, 1}}) {
    mean += loss.gradient(c.bent, stream, first, batch, g).loss * batch / 7;
    for (std::size_t i = 0; i < g.size(); ++i) parts[i] += g[i] * batch / 7;
  }
  CHECK(mean == doctest::Approx(all.loss).epsilon(1e-12));
  CHECK(worst(parts, whole) < 1e-12);
  CHECK(loss.gradient(c.bent, stream, 0, 7, g).loss == doctest::Approx(all.loss).epsilon(1e-12));  // every pass
  Loss any(c.flow, c.data, 1);
  CHECK(std::abs(any.gradient(c.bent, stream, 14, 7, g).loss - all.loss) > 1e-3);
}

TEST_CASE("MaximumLikelihood, reshuffled: a training that is restored in the middle of a pass goes on bit for bit") {
  const ShakenIce c;
  TrainingOptions options;
  options.batch = 4;  // no divisor of 7: batches go across the ends of passes
  options.rate = {1e-2};
  Loss loss(c.flow, c.data, 2, SampleOrder::reshuffled), fresh(c.flow, c.data, 2, SampleOrder::reshuffled);
  Trainer first(loss, c.bent, options, 1), second(fresh, c.bent, options, 1);
  for (int i = 0; i < 5; ++i) first.step(0.5);
  const auto from = first.state(), to = second.state();
  for (std::size_t k = 0; k < from.size(); ++k) std::copy(from[k].values.begin(), from[k].values.end(), to[k].values.begin());
  std::copy(first.weights().begin(), first.weights().end(), second.weights().begin());
  for (int i = 0; i < 4; ++i) {
    const TrainingStep a = first.step(0.5), b = second.step(0.5);
    CHECK(a.batch.loss == b.batch.loss);
    CHECK(std::equal(first.weights().begin(), first.weights().end(), second.weights().begin()));
  }
}
