// Normal numbers: ours, lane by lane, beside the standard library's and Random123's own Philox with Box–Muller, one thread.
#include "erg/base/random.hpp"

#include <benchmark/benchmark.h>

#include <Random123/boxmuller.hpp>
#include <random>
#include <vector>

namespace {

constexpr int rows = 192, packs = 4;

template <class R>
void ours(benchmark::State& state) {
  erg::TileBuffer<R> z(rows, packs);
  std::uint64_t first = 0;
  for (auto _ : state) {
    erg::normals({1, erg::StreamName::bench}, first += 64, z.view());
    benchmark::DoNotOptimize(z.view().data);
  }
  state.SetItemsProcessed(state.iterations() * rows * packs * erg::lanes_of<R>);
}
BENCHMARK(ours<erg::Lanes<float, 16>>)->Name("normals, 16 float lanes");
BENCHMARK(ours<erg::Lanes<double, 8>>)->Name("normals, 8 double lanes");
BENCHMARK(ours<double>)->Name("normals, double");

void standard_library(benchmark::State& state) {
  std::mt19937_64 engine(1);
  std::normal_distribution<float> normal;
  std::vector<float> z(rows * 64);
  for (auto _ : state) {
    for (float& x : z) x = normal(engine);
    benchmark::DoNotOptimize(z.data());
  }
  state.SetItemsProcessed(state.iterations() * std::int64_t(z.size()));
}
BENCHMARK(standard_library)->Name("std::normal_distribution<float>, mt19937_64");

void random123(benchmark::State& state) {
  std::vector<float> z(rows * 64);
  std::uint32_t first = 0;
  for (auto _ : state) {
    for (std::uint32_t i = 0; i < z.size(); i += 4) {
      const auto w = r123::Philox4x32{}({{first, i, 0, 0}}, {{1, 0}});
      const auto a = r123::boxmuller(w[0], w[1]), b = r123::boxmuller(w[2], w[3]);
      z[i] = a.x, z[i + 1] = a.y, z[i + 2] = b.x, z[i + 3] = b.y;
    }
    ++first;
    benchmark::DoNotOptimize(z.data());
  }
  state.SetItemsProcessed(state.iterations() * std::int64_t(z.size()));
}
BENCHMARK(random123)->Name("Random123 Philox4x32 and boxmuller, float");

}  // namespace
