/// The model of "Normalizing flows for atomic solids" (2022): at 64 molecules and full size, and the tutorial's at 8. Peers, with
/// the same modes: bench/peers/jax_published_2022.py and bench/peers/torch_published_2022.py; in turns with ours:
/// bench/peers/published_2022_rounds.py.
///
/// Floor: `Size::products` counts the fused multiply–adds that the networks of one sample cannot do without, forward; a training
/// step does three times that. `peak_share` is their rate over 57 · 10⁹ per second and thread, one 512-bit instruction a cycle.
/// At 64 molecules a sample is 4.98 · 10⁹, so that two threads draw at most 22.9 samples/s and train on 7.6. The weights come on
/// top: a step moves some 7 GB for them (clearing and adding the threads' gradients, two norms, Adam in double), half a second.
/// At 8 molecules the tutorial's shape has 1.8 · 10⁶: the splines, not the products, take the time.
///
/// `published_bench --write-comparison=FILE` writes a small model, some draws and what becomes of them, for the peers' `--check`.

#include "erg/densities/crystal/published_2022.hpp"
#include "erg/estimators/weights.hpp"
#include "erg/geometry/lattice.hpp"
#include "erg/io/safetensors.hpp"
#include "erg/potentials/crystal/crystal_potential.hpp"
#include "erg/potentials/crystal/held_particle.hpp"
#include "erg/training/adam.hpp"
#include "erg/training/reverse_kl.hpp"

#include <benchmark/benchmark.h>

#include <chrono>
#include <ctime>
#include <iostream>
#include <string_view>

namespace {

using Water = erg::StillingerWeber<double>;
using Soft = erg::LinearBelow<Water>;
using R = erg::native_lanes<float>;
using D = erg::native_lanes<double>;
template <class T>
using Model = erg::Published2022<T>;
constexpr double beta = 1 / (0.0019872067 * 200), density = 0.033567184, peak = 57e9;

/// A crystal of cells³ cells of cubic ice and the extents of its model.
struct Size {
  int cells;
  erg::Published2022Shape shape;

  int moving() const { return 8 * cells * cells * cells - 1; }
  /// Fused multiply–adds of the networks for one sample, forward.
  double products() const {
    const double w = shape.width, n = moving();
    const auto coupling = [&](int given) {
      return n * (2.0 * shape.frequencies * given * w + shape.blocks * (12 * w * w + 2 * n * w) +
                  w * (3 - given) * erg::PublishedSpline::parameters);
    };
    return shape.layers * (coupling(1) + coupling(2));
  }
};
constexpr Size tutorial{1, {.frequencies = 2, .layers = 4, .width = 32}}, published{2, {}};

/// The crystal, the model and its weights before training.
struct Setting {
  Size size;
  erg::Crystal crystal;
  erg::ParameterLayout layout;
  Model<float> flow;
  std::vector<float> theta;

  explicit Setting(const Size& s, std::uint64_t seed = 1)
      : size(s),
        crystal(erg::build_crystal(erg::ice_cubic(), {s.cells, s.cells, s.cells}, density)),
        flow(erg::published_2022<float>(layout, crystal, s.shape)),
        theta(layout.size()) {
    std::uint64_t index = 0;
    flow.map().initialise(theta.data(), [&] { return erg::normal({seed, erg::StreamName::initialise}, index++, 0); });
  }
};

/// The rates of a loop over `batch` samples, each `passes` times the products of a forward pass.
void count(benchmark::State& state, const Size& size, int batch, int passes) {
  const auto rate = [](double x) { return benchmark::Counter(x, benchmark::Counter::kIsIterationInvariantRate); };
  state.counters["samples/s"] = rate(batch);
  state.counters["GFLOP/s"] = rate(2e-9 * passes * batch * size.products());
  state.counters["peak_share"] = rate(passes * batch * size.products() / (peak * erg::thread_count()));
}

/// Draws with their log-density, tiles of `packs` registers dealt out to the threads.
void sampling(benchmark::State& state, const Size& size) {
  const int packs = static_cast<int>(state.range(1)), tile = packs * erg::lanes_of<R>,
            tiles = (static_cast<int>(state.range(0)) + tile - 1) / tile;
  const Setting s(size);
  const auto prepared = s.flow.base().prepare(s.theta.data());
  std::vector<Model<float>::Workspace<R>> work;
  for (int i = 0; i < erg::thread_count(); ++i) work.emplace_back(s.flow.rows(), packs);
  for (auto _ : state) {
    erg::parallel_for(tiles, [&](int i, int thread) {
      s.flow.draw(prepared, s.theta.data(), {1, erg::StreamName::bench}, static_cast<std::uint64_t>(i) * tile, work[thread]);
    });
  }
  count(state, size, tiles * tile, 1);
}

/// What trains a setting: reverse KL against a potential that is linear below 1.2 Å, clipped gradients, Adam.
struct Training {
  using Energy = erg::HeldParticle<erg::CrystalPotential<Soft>>;
  Setting& setting;
  erg::CrystalPotential<Soft> potential;
  Energy held;
  erg::ReverseKl<Model<float>, Energy, R> loss;
  erg::Adam adam;
  std::vector<double> gradient;
  std::uint64_t first = 0;

  Training(Setting& s, erg::GradientKind kind, int packs)
      : setting(s),
        potential(Soft(erg::monatomic_water<double>(), 1.2), s.crystal),
        held(potential),
        loss(s.flow, erg::Boltzmann(held, beta), kind, packs),
        adam(s.theta.size()),
        gradient(s.theta.size()) {}

  bool step(int batch, double rate, std::uint64_t seed = 1) {
    const auto report = loss.gradient(setting.theta, {seed, erg::StreamName::base_density}, first, batch, gradient);
    first += static_cast<std::uint64_t>(loss.samples_of(batch));
    if (!report.usable) return false;
    erg::clip_norm(gradient, 1e4);
    adam.step(std::span<float>(setting.theta), std::span<const double>(gradient), rate);
    return true;
  }
};

/// Arguments: batch, packs, path gradient or total. The path gradient does a fourth pass more, which does not count.
void training_step(benchmark::State& state, const Size& size) {
  const int batch = static_cast<int>(state.range(0));
  Setting s(size);
  Training training(s, state.range(2) ? erg::GradientKind::path : erg::GradientKind::total, static_cast<int>(state.range(1)));
  training.step(batch, 7e-5);  // memory comes with the first
  for (auto _ : state)
    if (!training.step(batch, 7e-5)) state.SkipWithError("a step that cannot be used");
  count(state, size, training.loss.samples_of(batch), 3);
}

/// The optimiser alone: what a step costs for having so many weights.
void adam_step(benchmark::State& state, const Size& size) {
  Setting s(size);
  erg::Adam adam(s.theta.size());
  std::vector<double> gradient(s.theta.size(), 1e-3);
  for (auto _ : state) {
    benchmark::DoNotOptimize(erg::clip_norm(gradient, 1e4));
    adam.step(std::span<float>(s.theta), std::span<const double>(gradient), 7e-5);
  }
  state.counters["weights"] = static_cast<double>(s.theta.size());
}

/// Effective sample size over `samples` draws in double against the true potential.
double effective_samples(const Setting& s, int samples) {
  const erg::CrystalPotential<Water> potential(erg::monatomic_water<double>(), s.crystal);
  const erg::HeldParticle held(potential);
  erg::ParameterLayout layout;
  const auto flow = erg::published_2022<double>(layout, s.crystal, s.size.shape);
  const std::vector<double> theta(s.theta.begin(), s.theta.end());
  const auto prepared = flow.base().prepare(theta.data());
  constexpr int lanes = erg::lanes_of<D>;
  std::vector<double> log_weights(static_cast<std::size_t>(samples / lanes * lanes));
  std::vector<Model<double>::Workspace<D>> work;
  for (int i = 0; i < erg::thread_count(); ++i) work.emplace_back(flow.rows(), 1);
  erg::parallel_for(samples / lanes, [&](int i, int thread) {
    auto& w = work[thread];
    flow.draw(prepared, theta.data(), {7, erg::StreamName::bench}, static_cast<std::uint64_t>(i) * lanes, w);
    double energy[lanes];
    held.exact_energy(erg::Tile<const D>(w.u.view()), energy, w.tape);
    for (int k = 0; k < lanes; ++k) log_weights[static_cast<std::size_t>(i * lanes + k)] = -beta * energy[k] - w.log_q[k];
  });
  return erg::effective_sample_size(log_weights);
}

/// Training alone, as the peers' `train8`: a look at 4,096 draws every 25 steps until one finds an ESS of 0.1.
/// Arguments: seed, packs, path gradient or total.
void time_to_ess(benchmark::State& state) {
  const auto seed = static_cast<std::uint64_t>(state.range(0));
  for (auto _ : state) {
    Setting s(tutorial, seed);
    Training training(s, state.range(2) ? erg::GradientKind::path : erg::GradientKind::total, static_cast<int>(state.range(1)));
    double seconds = 0, processor = 0, ess = 0;
    int steps = 0;
    while (ess < 0.1 && steps < 2000) {
      const auto start = std::chrono::steady_clock::now();
      const std::clock_t processor_start = std::clock();
      for (int i = 0; i < 25; ++i) training.step(128, 1e-3, seed);
      seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      processor += static_cast<double>(std::clock() - processor_start) / CLOCKS_PER_SEC;
      steps += 25;
      ess = effective_samples(s, 4096);
    }
    if (ess < 0.1) state.SkipWithError("an ESS of 0.1 was not reached");
    state.SetIterationTime(seconds);
    state.counters["steps"] = steps;
    state.counters["processor"] = processor;
    state.counters["ESS"] = ess;
    state.counters["ms/step"] = 1e3 * seconds / steps;
  }
}

/// Weights that are no identity, draws of the base density, their energies, images and the images' log-densities, in double.
void write_comparison(const std::string& file) {
  const erg::Published2022Shape shape{.frequencies = 3, .layers = 4, .width = 32};
  const auto crystal = erg::build_crystal(erg::ice_cubic(), {1, 1, 1}, density);
  erg::ParameterLayout layout;
  const auto flow = erg::published_2022<double>(layout, crystal, shape);
  const erg::CrystalPotential<Water> potential(erg::monatomic_water<double>(), crystal);
  constexpr int samples = 64;
  std::vector<double> theta(layout.size()), base, image, log_q, energies;
  for (std::size_t i = 0; i < theta.size(); ++i) theta[i] = 0.1 * erg::normal({1, erg::StreamName::bench}, i, 0);
  const auto prepared = flow.base().prepare(theta.data());
  Model<double>::Workspace<double> w(flow.rows(), 1);
  erg::TileBuffer<double> u(flow.rows(), 1);
  for (int i = 0; i < samples; ++i) {
    flow.base().draw(prepared, {1, erg::StreamName::bench}, static_cast<std::uint64_t>(i), w.latent.view(), u.view(),
                     w.log_q.data(), w.tape);
    base.insert(base.end(), u.view().data, u.view().data + flow.rows());
    flow.draw(prepared, theta.data(), {1, erg::StreamName::bench}, static_cast<std::uint64_t>(i), w);
    image.insert(image.end(), w.u.view().data, w.u.view().data + flow.rows());
    log_q.push_back(w.log_q[0]);
    double energy = 0;
    erg::HeldParticle(potential).energy(erg::Tile<const double>(u.view()), &energy, w.tape);
    energies.push_back(energy);
  }
  erg::TensorFile out;
  const std::vector<std::size_t> configurations{samples, static_cast<std::size_t>(crystal.particles() - 1), 3};
  out.tensors["draws.base"] = erg::Tensor::of(base, configurations);
  out.tensors["draws.image"] = erg::Tensor::of(image, configurations);
  out.tensors["draws.log_density"] = erg::Tensor::of(log_q);
  out.tensors["draws.energy"] = erg::Tensor::of(energies);
  for (const erg::Slice& slice : layout.slices())
    out.tensors[slice.name] =
        erg::Tensor::of(std::vector<double>(theta.begin() + static_cast<std::ptrdiff_t>(slice.offset),
                                            theta.begin() + static_cast<std::ptrdiff_t>(slice.offset + slice.size())),
                        std::vector<std::size_t>(slice.shape.begin(), slice.shape.end()));
  out.metadata = {{"cells", "1"},
                  {"layers", std::to_string(shape.layers)},
                  {"frequencies", std::to_string(shape.frequencies)},
                  {"width", std::to_string(shape.width)},
                  {"blocks", std::to_string(shape.blocks)}};
  erg::write_safetensors(file, out);
}

void of_batch(benchmark::internal::Benchmark* b) {
  b->ArgNames({"batch", "packs"})->UseRealTime()->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);
}
void of_step(benchmark::internal::Benchmark* b) {
  b->ArgNames({"batch", "packs", "path"})->UseRealTime()->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);
}

}  // namespace

BENCHMARK_CAPTURE(sampling, 8, tutorial)->Apply(of_batch)->Args({128, 1})->Args({128, 2});
BENCHMARK_CAPTURE(sampling, 64, published)->Apply(of_batch)->Args({32, 1});
BENCHMARK_CAPTURE(training_step, 8, tutorial)->Apply(of_step)->Args({128, 1, 0})->Args({128, 2, 0})->Args({128, 1, 1});
BENCHMARK_CAPTURE(training_step, 64, published)->Apply(of_step)->Args({32, 1, 0});
BENCHMARK_CAPTURE(adam_step, 64, published)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(time_to_ess)
    ->ArgNames({"seed", "packs", "path"})
    ->ArgsProduct({{1, 2, 3}, {1}, {0, 1}})
    ->Iterations(1)
    ->UseManualTime()
    ->Unit(benchmark::kSecond);

int main(int argc, char** argv) {
  constexpr std::string_view option = "--write-comparison=";
  if (argc == 2 && std::string_view(argv[1]).starts_with(option)) {
    write_comparison(std::string(std::string_view(argv[1]).substr(option.size())));
    return 0;
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
