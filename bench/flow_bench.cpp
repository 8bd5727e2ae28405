/// The crystal flow, part by part: one thread, cubic ice, three sweeps of 48 × 48. `particles/s` counts particles of samples.
/// `sampling/N` shows how the cost of a particle depends on the size of the crystal.

#include "erg/densities/crystal/crystal_flow.hpp"
#include "erg/geometry/lattice.hpp"
#include "erg/potentials/stillinger_weber.hpp"
#include "erg/training/adam.hpp"
#include "erg/training/reverse_kl.hpp"

#include <benchmark/benchmark.h>

#include <map>
#include <memory>

namespace {

using Water = erg::StillingerWeber<double>;
using R = erg::native_lanes<float>;
using Model = erg::CrystalFlow<float>;
constexpr double beta = 1 / (0.0019872067 * 200), density = 0.033567184;

/// A crystal, its flow with weights that are no identity, and a thread's memory.
struct Setting {
  erg::VibratingLattice<Water> lattice;
  erg::ParameterLayout layout;
  Model flow;
  std::vector<float> theta, d_theta;
  std::vector<double> d_prepared;
  Model::Prepared prepared;
  Model::Workspace<R> work;
  erg::TileBuffer<R> force;
  std::vector<double> energy;

  Setting(int particles, int packs)
      : lattice(make(particles)),
        flow(lattice.flow<float>(layout, {})),
        theta(erg::initial_weights(flow, layout, 0)),
        d_theta(layout.size()),
        d_prepared(static_cast<std::size_t>(3 * particles)),
        prepared((perturb(), flow.base().prepare(theta.data()))),
        work(flow.rows(), packs),
        force(flow.rows(), packs),
        energy(static_cast<std::size_t>(packs) * erg::lanes_of<R>) {}

  static erg::VibratingLattice<Water> make(int particles) {
    const auto water = erg::monatomic_water<double>();
    const auto unit = erg::ice_cubic();
    static const auto surroundings = erg::VibratingLattice<Water>::surroundings_of(water, unit, density, 2);
    return {water, erg::build_crystal(unit, erg::cells_for(unit, particles), density), surroundings, 2, beta};
  }
  void perturb() {
    for (std::size_t i = 0; i < theta.size(); ++i)
      theta[i] += 0.003f * static_cast<float>(erg::normal({1, erg::StreamName::bench}, i, 0));
  }
  void draw() {
    flow.base().draw(prepared, {1, erg::StreamName::bench}, 0, work.latent.view(), work.u.view(), work.log_q.data(), work.tape);
  }
  void count(benchmark::State& state) const {
    const double samples = work.u.view().packs * erg::lanes_of<R>;
    state.counters["samples/s"] = benchmark::Counter(samples, benchmark::Counter::kIsIterationInvariantRate);
    state.counters["ns/particle"] = benchmark::Counter(
        samples * flow.rows() / 3 * 1e-9, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  }
};

void base_draw(benchmark::State& state) {
  Setting s(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
  for (auto _ : state) {
    const auto mark = s.work.tape.mark();
    s.draw();
    s.work.tape.release(mark);
  }
  s.count(state);
}
void map_forward(benchmark::State& state) {
  Setting s(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
  s.draw();
  for (auto _ : state) {
    const auto mark = s.work.tape.mark();
    s.flow.map().forward(s.theta.data(), s.work.u.view(), s.work.log_det.data(), s.work.tape);
    s.work.tape.release(mark);
    state.PauseTiming();
    s.draw();
    state.ResumeTiming();
  }
  s.count(state);
}
template <bool Score>
void map_forward_and_vjp(benchmark::State& state) {
  Setting s(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
  s.draw();
  for (auto _ : state) {  // vjp takes u back to where it was
    const auto mark = s.work.tape.mark();
    if constexpr (Score) {
      s.flow.map().carry_score(s.theta.data(), s.work.u.view(), s.work.log_det.data(), s.work.d_u.view(), s.work.kept,
                               s.work.tape);
    } else {
      s.flow.map().forward(s.theta.data(), s.work.u.view(), s.work.log_det.data(), s.work.kept, s.work.tape);
    }
    s.work.d_u.fill(R(0.01f));
    s.flow.map().vjp(s.theta.data(), s.work.u.view(), s.work.kept, s.work.d_u.view(), -1.0f, s.d_theta.data(), s.work.tape);
    s.work.tape.release(mark);
  }
  s.count(state);
}
void energy_and_gradient(benchmark::State& state) {
  Setting s(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
  s.draw();
  for (auto _ : state) {
    const auto mark = s.work.tape.mark();
    s.lattice.potential().energy_and_gradient(erg::Tile<const R>(s.work.u.view()), s.energy.data(), s.force.view(), s.work.tape);
    s.work.tape.release(mark);
  }
  s.count(state);
}
void sampling(benchmark::State& state) {
  Setting s(static_cast<int>(state.range(0)), 1);
  for (auto _ : state) {
    const auto mark = s.work.tape.mark();
    s.flow.draw(s.prepared, s.theta.data(), {1, erg::StreamName::bench}, 0, s.work);
    s.lattice.potential().energy(erg::Tile<const R>(s.work.u.view()), s.energy.data(), s.work.tape);
    s.work.tape.release(mark);
  }
  s.count(state);
}
/// One step of training on all threads, batch 128.
void training_step(benchmark::State& state) {
  Setting s(64, 2);
  const auto kind = state.range(0) ? erg::GradientKind::path : erg::GradientKind::total;
  erg::ReverseKl<Model, erg::CrystalPotential<Water>, R> loss(s.flow, s.lattice.target(), kind, 2);
  erg::Adam adam(s.theta.size());
  std::vector<double> gradient(s.theta.size());
  std::uint64_t first = 0;
  for (auto _ : state) {
    loss.gradient(s.theta, {1, erg::StreamName::bench}, first, 128, gradient);
    adam.step(std::span<float>(s.theta), std::span<const double>(gradient), 1e-5);
    first += 128;
  }
  state.counters["samples/s"] = benchmark::Counter(128, benchmark::Counter::kIsIterationInvariantRate);
}

}  // namespace

BENCHMARK(base_draw)->Args({64, 2});
BENCHMARK(map_forward)->Args({64, 2})->Args({64, 1});
BENCHMARK(map_forward_and_vjp<false>)->Args({64, 2})->Args({64, 3})->Args({64, 1})->Args({512, 1});
BENCHMARK(map_forward_and_vjp<true>)->Args({64, 2})->Args({64, 3})->Args({64, 1})->Args({512, 1});
BENCHMARK(energy_and_gradient)->Args({64, 2});
BENCHMARK(sampling)->Arg(64)->Arg(216)->Arg(512)->Arg(1728)->Arg(4096);
BENCHMARK(training_step)->ArgName("path")->Arg(0)->Arg(1)->UseRealTime()->MeasureProcessCPUTime();
