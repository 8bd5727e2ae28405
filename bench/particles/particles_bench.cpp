/// \file
/// Molecular dynamics of fluids and crystals at any positions, ours and LAMMPS in one process on one thread: steps per second.
///
/// Velocity Verlet at constant energy from one equilibrated state; neighbour lists are made anew as they must be. Ours computes
/// the energy in each step, LAMMPS only forces. LAMMPS: lists as its own benchmark `melt` has them (skin 0.3, every 20 steps),
/// for water when a particle has moved half a skin of 1 Å. docs/benchmarks.md has the floors.
/// ERG_LAMMPS_LIBRARY and LD_LIBRARY_PATH as potentials_bench; ERG_STEPS to equilibrate (2000).
#include "lammps_dynamics.hpp"

namespace {

using namespace erg;
using namespace erg::bench;

template <class R, class P>
void ours(benchmark::State& state, const P& potential, const System& system, const State& start, int replicas) {
  Dynamics<R, P> dynamics(potential, system, replicas);
  dynamics.set(start.u, start.v);
  const int steps = std::max(1, 64 / replicas) * 4;
  double made = 0;
  for (auto _ : state) {
    dynamics.run(steps);
    made += steps;
  }
  state.SetItemsProcessed(state.iterations() * steps * replicas * system.crystal.particles());
  state.counters["steps/list"] = made / dynamics.builds();
  state.counters["kT"] = dynamics.temperature();
}

template <class P>
void add(const P& potential, const System& system, bool with_peer) {
  const State start = equilibrated(potential, system);
  const auto entry = [&](const std::string& what, auto run) {
    benchmark::RegisterBenchmark((system.name + ": " + what).c_str(), run)->Repetitions(3)->ReportAggregatesOnly(false);
  };
  entry("double", [=](benchmark::State& s) { ours<double>(s, potential, system, start, 1); });
  entry("float", [=](benchmark::State& s) { ours<float>(s, potential, system, start, 1); });
  entry("double, batch of 64", [=](benchmark::State& s) { ours<Lanes<double, 8>>(s, potential, system, start, 64); });
  entry("float, batch of 64", [=](benchmark::State& s) { ours<Lanes<float, 16>>(s, potential, system, start, 64); });
  if (!with_peer) return;
  for (std::size_t at = 0, end = 0; at < system.pair_styles.size(); at = end + 1) {
    end = std::min(system.pair_styles.find(' ', at), system.pair_styles.size());
    const std::string style = system.pair_styles.substr(at, end - at);
    entry("LAMMPS " + style, [=](benchmark::State& s) { peer(s, system, style, start); });
  }
}

}  // namespace

int main(int argc, char** argv) {
  setenv("OMP_NUM_THREADS", "1", 1);
  benchmark::Initialize(&argc, argv);
  const bool with_peer = Lammps::load();
  for (const System& system : systems()) {
    if (system.name.rfind("water", 0) == 0) {
      add(monatomic_water<double>(), system, with_peer);
    } else {
      add(truncated_shifted_lennard_jones(1.0, 1.0, 2.5), system, with_peer);
    }
  }
  Speeds speeds(particles_of_systems());
  benchmark::RunSpecifiedBenchmarks(&speeds);
  speeds.print_ratios();
}
