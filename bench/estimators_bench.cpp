/// MBAR of 20 states × 10⁴ samples and of 200 × 10³: free energies from nothing, with all errors and the overlap matrix. The peer
/// is pymbar on JAX: peers/pymbar_mbar.py runs both, on one u_kn, in turns.
///
/// Floor of a pass: an exponential of some 30 operations and 8 bytes for each energy, and states² / 2 multiply–adds a sample
/// where products are asked for. `gradient_pass` and `product_pass` are the two kinds; `mbar` says how many it took.
/// ERG_U_KN=FILE makes `mbar/from_file` solve an npz of u_kn and N_k.

#include "erg/base/random.hpp"
#include "erg/estimators/multistate/mbar.hpp"
#include "erg/io/reduced_energies/u_kn_files.hpp"

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace {

/// Oscillators half a unit apart, of stiffness 1 to 5.
erg::ReducedEnergyTable oscillators(std::size_t states, std::size_t each) {
  erg::ReducedEnergyTable table{{}, std::vector<std::int64_t>(states, static_cast<std::int64_t>(each))};
  const auto stiffness = [&](std::size_t k) { return 1 + 4 * static_cast<double>(k) / static_cast<double>(states); };
  std::vector<double> x;
  for (std::size_t k = 0; k < states; ++k)
    for (std::size_t n = 0; n < each; ++n)
      x.push_back(0.5 * static_cast<double>(k) + erg::normal({1, erg::StreamName::bench}, x.size(), 0) / std::sqrt(stiffness(k)));
  table.u_kn.reserve(states * x.size());
  for (std::size_t k = 0; k < states; ++k)
    for (const double at : x) table.u_kn.push_back(0.5 * stiffness(k) * std::pow(at - 0.5 * static_cast<double>(k), 2));
  return table;
}

/// A line of /proc/self/status: memory that is resident (VmRSS), or was at most since the peak was last forgotten (VmHWM).
double status_bytes(const std::string& name) {
  std::ifstream status("/proc/self/status");
  std::string word;
  double kilobytes = 0;
  while (status >> word)
    if (word == name + ":") status >> kilobytes;
  return 1024 * kilobytes;
}
double resident_bytes() {
  std::ofstream("/proc/self/clear_refs") << 5;  // forgets the peak
  return status_bytes("VmRSS");
}

void solve(benchmark::State& state, const erg::ReducedEnergies& energies) {
  erg::MultistateEstimate found;
  const double before = resident_bytes();
  for (auto _ : state) found = erg::mbar(energies);
  const auto last = found.difference(0, found.states() - 1);
  std::fprintf(stderr, "delta_f %.12f +- %.12f, converged %d, residual %.2g\n", last.value, last.standard_error, found.converged,
               found.residual);
  state.counters["passes"] = found.iterations;
  state.counters["memory/u_kn"] = (status_bytes("VmHWM") - before) / (8 * static_cast<double>(energies.u_kn.size()));
}

void mbar(benchmark::State& state) {
  solve(state, oscillators(static_cast<std::size_t>(state.range(0)), static_cast<std::size_t>(state.range(1))));
}
BENCHMARK(mbar)->Args({20, 10'000})->Args({200, 1'000})->Unit(benchmark::kMillisecond)->UseRealTime()->MeasureProcessCPUTime();

void from_file(benchmark::State& state) {
  const char* path = std::getenv("ERG_U_KN");
  if (!path) return state.SkipWithError("ERG_U_KN names no npz file");
  const auto stored = erg::read_u_kn(path);
  solve(state, {stored.u_kn, stored.counts});
}
BENCHMARK(from_file)->Name("mbar/from_file")->Unit(benchmark::kMillisecond)->UseRealTime()->MeasureProcessCPUTime();

template <bool Products>
void one_pass(benchmark::State& state) {
  const auto table = oscillators(static_cast<std::size_t>(state.range(0)), static_cast<std::size_t>(state.range(1)));
  std::vector<std::size_t> rows;
  for (std::size_t k = 0; k < table.counts.size(); ++k) rows.push_back(k);
  const erg::WeightPass pass(table, rows, rows.size());
  const std::vector<double> offset(rows.size());
  for (auto _ : state) benchmark::DoNotOptimize(pass(offset, Products));
  state.counters["energies/s"] =
      benchmark::Counter(static_cast<double>(table.u_kn.size()), benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(one_pass<false>)
    ->Name("gradient_pass")
    ->Args({20, 10'000})
    ->Args({200, 1'000})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK(one_pass<true>)
    ->Name("product_pass")
    ->Args({20, 10'000})
    ->Args({200, 1'000})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
