#include "erg/estimators/importance_sampling.hpp"

#include "densities/crystal/spring_target.hpp"
#include "erg/base/statistics.hpp"

#include <atomic>

using namespace erg;
using namespace erg::tests;

namespace {

const Stream stream{3, StreamName::base_density};
const auto look_away = [](std::int64_t, const auto&) {};

struct Threads {
  int before = thread_count();
  ~Threads() { set_threads(before); }
};

}  // namespace

TEST_CASE("weigh_samples: neither threads nor lanes change a weight, and each sample is seen once") {
  const Threads restore;
  SpringIce ice({1, 1, 1});
  ice.target.quartic = 0.5;
  ParameterLayout layout;
  const auto flow = ice.flow<double>(layout);
  const auto theta = some_numbers(layout.size(), 2, 0.12);
  set_threads(1);
  const int samples = 83;  // no whole number of registers
  const auto alone =
      weigh_samples<double>(flow, std::span<const double>(theta), Boltzmann(ice.target, spring_beta), stream, samples, look_away);
  CHECK(moments(alone.log_weight).variance > 1e-3);
  for (const int threads : {1, 3}) {
    set_threads(threads);
    std::vector<std::atomic<int>> seen(96);
    std::vector<double> first_x(96);
    const auto wide = weigh_samples<Lanes<double, 8>>(flow, std::span<const double>(theta), Boltzmann(ice.target, spring_beta),
                                                      stream, samples, [&](std::int64_t first, Tile<const Lanes<double, 8>> u) {
                                                        for (int s = 0; s < 8; ++s) {
                                                          ++seen[static_cast<std::size_t>(first + s)];
                                                          first_x[static_cast<std::size_t>(first + s)] = u(0, 0)[s];
                                                        }
                                                      });
    CHECK(worst(wide.log_weight, alone.log_weight) < 1e-12);
    CHECK(worst(wide.excess, alone.excess) < 1e-12);
    for (std::size_t i = 0; i < 88; ++i) CHECK(seen[i] == 1);
    CHECK(seen[88] == 0);
    SpringCrystalFlow<double>::Workspace<double> w(flow.rows(), 1);
    flow.draw(flow.base().prepare(theta.data()), theta.data(), stream, 77, w);
    CHECK(first_x[77] == doctest::Approx(w.u.view()(0, 0)).epsilon(1e-12));
    CHECK(weigh_samples<double>(flow, std::span<const double>(theta), Boltzmann(ice.target, spring_beta), stream, samples,
                                look_away)
              .log_weight == alone.log_weight);
  }
}
