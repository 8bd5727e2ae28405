/// \file
/// Samplers on fluids and crystals, ours and LAMMPS in one process on one thread: steps per second and replica; and replica
/// exchange on one and on two threads.
///
/// Dynamics go on from one equilibrated state: velocity Verlet beside LAMMPS' `fix nve`, Langevin beside `fix nve` with
/// `fix langevin`; `followed` is FollowedParticles, `crystal` is CrystalPotential, whose table of neighbours never changes. Ours
/// computes the energy in each step, LAMMPS only forces; LAMMPS' lists as in particles_bench.
/// ERG_LAMMPS_LIBRARY, LD_LIBRARY_PATH and ERG_STEPS as particles_bench. For exchanges OMP_NUM_THREADS must not be 1.
#include "erg/potentials/crystal/crystal_potential.hpp"
#include "erg/potentials/moving/followed_particles.hpp"
#include "erg/samplers/dynamics/langevin.hpp"
#include "erg/samplers/dynamics/velocity_verlet.hpp"
#include "erg/samplers/replica_exchange.hpp"
#include "erg/samplers/run.hpp"
#include "lammps_dynamics.hpp"

#include <fstream>

namespace {

using namespace erg;
using namespace erg::bench;

// Replicas in lanes, all from one state.
template <class R>
Replicas<R> replicas_at(const System& system, const State& start, int count) {
  Replicas<R> replicas(static_cast<int>(start.u.size()), count, 1 / system.kT, 1);
  for (int pack = 0; pack < replicas.packs(); ++pack) {
    for (int row = 0; row < replicas.rows(); ++row) {
      const auto at = static_cast<std::size_t>(row);
      replicas.positions(pack)(row, 0) = R(static_cast<scalar_t<R>>(start.u[at]));
      replicas.momenta(pack)(row, 0) = R(static_cast<scalar_t<R>>(system.mass * start.v[at]));
    }
    replicas.moved(pack);
  }
  return replicas;
}

Masses masses_of(const System& system) {
  return Masses(std::vector<double>(static_cast<std::size_t>(system.crystal.particles()), system.mass));
}

// The friction of both codes: a bath that takes 200 steps.
double damping(double step) { return 200 * step; }

template <class R, class Kernel>
void ours(benchmark::State& state, Kernel& kernel, const System& system, const State& start, int count) {
  set_threads(1);
  auto replicas = replicas_at<R>(system, start, count);
  const int steps = std::max(1, 64 / count) * 4;
  for (auto _ : state) kernel.advance(replicas, steps);
  state.SetItemsProcessed(state.iterations() * steps * count * system.crystal.particles());
}

template <class P>
void exchanges(benchmark::State& state, const FollowedParticles<P>& energy, const System& system, const State& start,
               int threads) {
  set_threads(threads);
  auto replicas = replicas_at<double>(system, start, 16);
  ReplicaExchange exchange(energy, geometric_betas(1 / system.kT, 1 / (1.1 * system.kT), 16), 16);
  exchange.place(replicas);
  Langevin dynamics(energy, masses_of(system), system.step, 1 / damping(system.step));
  InTurn chain(dynamics, 10, exchange, 1);
  chain.advance(replicas, 2);
  for (auto _ : state) chain.advance(replicas, 2);
  state.SetItemsProcessed(state.iterations() * 20 * 16 * system.crystal.particles());
  state.counters["swapped"] = exchange.acceptance(0);
  set_threads(1);
}

// All kinds of dynamics in one energy.
template <class Energy, class Entry>
void add_dynamics(const std::string& name, const Energy& energy, const System& system, const State& start, const Entry& entry) {
  const auto with = [&](const std::string& how, auto make) {
    const auto one = [&]<class R>(const std::string& number, R, int count) {
      entry(how + " " + name + ", " + number, [=, &system, &start](benchmark::State& s) {
        auto kernel = make();
        ours<R>(s, kernel, system, start, count);
      });
    };
    one("double", double{}, 1);
    one("float", float{}, 1);
    one("double, batch of 64", Lanes<double, 8>(0.0), 64);
    one("float, batch of 64", Lanes<float, 16>(0.0f), 64);
  };
  with("Verlet", [&energy, &system] { return VelocityVerlet(energy, masses_of(system), system.step); });
  with("Langevin", [&energy, &system] { return Langevin(energy, masses_of(system), system.step, 1 / damping(system.step)); });
}

// Lives as long as the program: benchmarks run after all have been named.
template <class P>
struct Case {
  System system;
  State start;
  ListedParticles<P> listed;
  FollowedParticles<P> followed;
  CrystalPotential<P> crystal;

  Case(const P& potential, const System& of)
      : system(of),
        start(equilibrated(potential, of)),
        listed(potential, of.crystal.box, of.crystal.sites,
               ListedParticles<P>::usual_skin(of.crystal.box, of.crystal.particles())),
        followed(listed),
        crystal(potential, of.crystal) {}
};

template <class P>
void add(const P& potential, const System& of, bool with_peer) {
  const auto& it = *new Case<P>(potential, of);
  const auto entry = [&](const std::string& what, auto run) {
    return benchmark::RegisterBenchmark((it.system.name + ": " + what).c_str(), run)->Repetitions(3)->ReportAggregatesOnly(false);
  };
  add_dynamics("followed", it.followed, it.system, it.start, entry);
  const bool is_solid = it.system.name.find("liquid") == std::string::npos;
  if (is_solid) add_dynamics("crystal", it.crystal, it.system, it.start, entry);
  if (!is_solid) {
    for (const int threads : {1, 2}) {
      entry("exchange of 16, threads " + std::to_string(threads), [&it, threads](benchmark::State& s) {
        exchanges(s, it.followed, it.system, it.start, threads);
      })->UseRealTime();
    }
  }
  if (!with_peer) return;
  const std::string style = it.system.pair_styles.substr(it.system.pair_styles.find(' ') + 1);
  const std::string best = style.substr(0, style.find(' '));
  entry("LAMMPS " + best, [&it, best](benchmark::State& s) { peer(s, it.system, best, it.start); });
  const double lammps_kT = it.system.units == "lj" ? it.system.kT : it.system.kT / 0.0019872067;
  const std::string bath = "fix motion all nve\nfix bath all langevin" + number(lammps_kT) + number(lammps_kT) +
                           number(damping(it.system.lammps_step)) + " 1234";
  entry("LAMMPS langevin " + best, [&it, best, bath](benchmark::State& s) { peer(s, it.system, best, it.start, bath); });
}

}  // namespace

int main(int argc, char** argv) {
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
