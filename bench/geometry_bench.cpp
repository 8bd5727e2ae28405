// Near pairs of moving particles: cell list and Verlet list beside the double loop, one thread; and the fixed tables of a
// crystal. A liquid's density (0.85 per volume), cutoff 2.5 and skin 0.3. Items are particles: the rate must not fall with their
// number.
#include "erg/base/random.hpp"
#include "erg/geometry/colouring.hpp"
#include "erg/geometry/verlet_list.hpp"

#include <benchmark/benchmark.h>

#include <cmath>
#include <vector>

namespace {

constexpr double cutoff = 2.5, skin = 0.3;

/// A cube of the density, or the same volume sheared.
erg::Box box_of(int particles, bool sheared) {
  const double l = std::cbrt(particles / 0.85);
  return sheared ? erg::Box::triclinic({{l, 0, 0}, {0.3 * l, l, 0}, {-0.2 * l, 0.25 * l, l}}) : erg::Box::orthorhombic({l, l, l});
}

std::vector<erg::Vec3<double>> positions(const erg::Box& box, int count) {
  const erg::Stream stream{1, erg::StreamName::bench};
  std::vector<erg::Vec3<double>> x;
  for (int i = 0; i < count; ++i) {
    x.push_back(box.to_cartesian({erg::uniform(stream, i, 0), erg::uniform(stream, i, 1), erg::uniform(stream, i, 2)}));
  }
  return x;
}

void finish(benchmark::State& state, long long pairs) {
  benchmark::DoNotOptimize(pairs);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void double_loop(benchmark::State& state, bool sheared) {
  const int count = static_cast<int>(state.range(0));
  const erg::Box box = box_of(count, sheared);
  const auto x = positions(box, count);
  long long pairs = 0;
  for (auto _ : state) {
    for (int i = 0; i < count; ++i) {
      for (int j = i + 1; j < count; ++j) {
        const auto d = box.short_image(x[j] - x[i]);
        pairs += erg::dot(d, d) < (cutoff + skin) * (cutoff + skin);
      }
    }
  }
  finish(state, pairs);
}

void cell_list(benchmark::State& state, bool sheared) {
  const int count = static_cast<int>(state.range(0));
  const erg::Box box = box_of(count, sheared);
  const auto x = positions(box, count);
  erg::CellList list(box, cutoff + skin);
  long long pairs = 0;
  for (auto _ : state) {
    list.assign(x);
    list.for_pairs([&](int, int, erg::Vec3<double>) { ++pairs; });
  }
  finish(state, pairs);
}

void verlet_build(benchmark::State& state, bool sheared) {
  const int count = static_cast<int>(state.range(0));
  const erg::Box box = box_of(count, sheared);
  const auto x = positions(box, count);
  erg::VerletList list(box, cutoff, skin, 150);
  for (auto _ : state) list.build(x);
  finish(state, list.needed());
}

void verlet_check(benchmark::State& state, bool sheared) {
  const int count = static_cast<int>(state.range(0));
  const erg::Box box = box_of(count, sheared);
  const auto x = positions(box, count);
  erg::VerletList list(box, cutoff, skin, 150);
  list.build(x);
  bool stale = false;
  for (auto _ : state) benchmark::DoNotOptimize(stale = list.is_stale(x));
  finish(state, stale);
}

void crystal_tables(benchmark::State& state) {
  const auto cells = erg::cells_for(erg::ice_cubic(), static_cast<int>(state.range(0)));
  for (auto _ : state) {
    const auto crystal = erg::build_crystal(erg::ice_cubic(), cells, 1);
    const auto neighbours = erg::neighbour_shells(crystal, 2);
    benchmark::DoNotOptimize(erg::colour_sublattices(crystal, neighbours).count);
  }
  finish(state, 0);
}

BENCHMARK_CAPTURE(double_loop, cubic, false)->Arg(512)->Arg(4096);
BENCHMARK_CAPTURE(cell_list, cubic, false)->Arg(512)->Arg(4096)->Arg(32768);
BENCHMARK_CAPTURE(cell_list, sheared, true)->Arg(512)->Arg(4096)->Arg(32768);
BENCHMARK_CAPTURE(verlet_build, cubic, false)->Arg(512)->Arg(4096)->Arg(32768);
BENCHMARK_CAPTURE(verlet_build, sheared, true)->Arg(512)->Arg(4096)->Arg(32768);
BENCHMARK_CAPTURE(verlet_check, cubic, false)->Arg(4096)->Arg(32768);
BENCHMARK(crystal_tables)->Arg(64)->Arg(4096)->Arg(32768);

}  // namespace
