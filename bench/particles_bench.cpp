/// \file
/// Molecular dynamics of fluids and crystals at any positions, ours and LAMMPS in one process on one thread: steps per second.
///
/// Velocity Verlet at constant energy from one equilibrated state; neighbour lists are made anew as they must be. Ours computes
/// the energy in each step, LAMMPS only forces. LAMMPS: lists as its own benchmark `melt` has them (skin 0.3, every 20 steps),
/// for water when a particle has moved half a skin of 1 Å. docs/benchmarks.md has the floors.
/// ERG_LAMMPS_LIBRARY and LD_LIBRARY_PATH as potentials_bench; ERG_STEPS to equilibrate (2000).
#include "erg/geometry/crystal.hpp"
#include "erg/potentials/moving/listed_particles.hpp"
#include "erg/potentials/wrappers.hpp"

#include <benchmark/benchmark.h>
#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>

namespace {

using namespace erg;

const std::string parameter_file =
    std::filesystem::temp_directory_path() / ("erg_particles_bench." + std::to_string(getpid()) + ".sw");

// One system: in units of ε, σ and the mass, or kcal/mol, Å and g/mol, where kT and time have these units.
struct System {
  std::string name;
  Crystal crystal;
  double kT, mass, step;  // mass · length² / time² in units of energy
  double hot;             // what kT is at first, to melt it
  std::string pair_styles, pair_style_arguments, pair_coeff, neighbour, units;
  double lammps_step, lammps_mass;
};

std::vector<System> systems() {
  // mass of 1 g/mol: 1 (Å/fs)² is 2390.06 kcal/mol
  const double water_mass = 18.015 * 2390.0573615334906, k = 0.0019872067;
  const std::string water = std::string("* * ") + parameter_file + " X", melt = "0.3 bin\nneigh_modify delay 0 every 20 check no",
                    check = "1.0 bin\nneigh_modify delay 0 every 1 check yes", lj = "lj/cut lj/cut/opt lj/cut/omp";
  const auto argon = [](double density) { return build_crystal(face_centred_cubic(), {6, 6, 6}, density); };
  return {{"argon liquid 864", argon(0.8442), 0.85, 1, 0.005, 3, lj, " 2.5", "1 1 1.0 1.0", melt, "lj", 0.005, 1},
          {"argon solid 864", argon(1.05), 0.85, 1, 0.005, 0.85, lj, " 2.5", "1 1 1.0 1.0", melt, "lj", 0.005, 1},
          {"water liquid 512", build_crystal(ice_cubic(), {4, 4, 4}, 0.0334), 300 * k, water_mass, 5, 2500 * k, "sw sw/omp", "",
           water, check, "real", 5, 18.015},
          {"water ice 512", build_crystal(ice_cubic(), {4, 4, 4}, 0.033567184), 250 * k, water_mass, 5, 250 * k, "sw sw/omp", "",
           water, check, "real", 5, 18.015}};
}

// Replicas in lanes, all from one state.
template <class R, class P>
class Dynamics {
 public:
  using T = scalar_t<R>;
  Dynamics(const P& potential, const System& system, int replicas)
      : system_(system),
        energies_(potential, system.crystal.box, system.crystal.sites,
                  ListedParticles<P>::usual_skin(system.crystal.box, system.crystal.particles())),
        lists_(energies_.lists(replicas)),
        u_(3 * energies_.particles(), replicas / lanes_of<R>),
        v_(u_),
        gradient_(u_),
        energy_(replicas) {}

  void set(const std::vector<double>& u, const std::vector<double>& v) {
    for (std::size_t row = 0; row < u.size(); ++row) {
      for (int pack = 0; pack < u_.view().packs; ++pack) {
        u_.view()(row, pack) = R(T(u[row]));
        v_.view()(row, pack) = R(T(v[row]));
      }
    }
    energies_.template energy_and_gradient<R>(u_.view(), energy_.data(), gradient_.view(), tape_, lists_);
  }
  void run(int steps) {
    const R kick(T(-0.5 * system_.step / system_.mass)), drift(T(system_.step));
    for (int k = 0; k < steps; ++k) {
      R *u = u_.view().data, *v = v_.view().data;
      const R* slope = gradient_.view().data;
      for (std::size_t i = 0; i < u_.view().size(); ++i) {
        v[i] += kick * slope[i];
        u[i] += drift * v[i];
      }
      energies_.template energy_and_gradient<R>(u_.view(), energy_.data(), gradient_.view(), tape_, lists_);
      for (std::size_t i = 0; i < u_.view().size(); ++i) v[i] += kick * slope[i];
    }
  }
  // Of the first replica.
  void scale_to(double kT) {
    const double factor = std::sqrt(kT / temperature());
    for (std::size_t i = 0; i < v_.view().size(); ++i) v_.view().data[i] *= R(T(factor));
  }
  double temperature() {
    double sum = 0;
    for (int row = 0; row < v_.view().rows; ++row) sum += std::pow(double(lane(v_.view()(row, 0), 0)), 2);
    return sum * system_.mass / v_.view().rows;
  }
  double energy() const { return energy_[0]; }
  double builds() const { return double(lists_.builds()) / lists_.replicas(); }
  std::vector<double> state(bool velocities) {
    const Tile<R> of = velocities ? v_.view() : u_.view();
    std::vector<double> x(of.rows);
    for (int row = 0; row < of.rows; ++row) x[row] = lane(of(row, 0), 0);
    return x;
  }

 private:
  const System& system_;
  ListedParticles<P> energies_;
  NeighbourLists lists_;
  TileBuffer<R> u_, v_, gradient_;
  std::vector<double> energy_;
  Tape<R> tape_;
};

struct State {
  std::vector<double> u, v;
  double energy;
};

template <class P>
State equilibrated(const P& potential, const System& system) {
  const char* given = std::getenv("ERG_STEPS");
  const int steps = given ? std::atoi(given) : 2000;
  Dynamics<double, P> dynamics(potential, system, 1);
  std::mt19937_64 engine(1);
  std::normal_distribution<double> normal;
  std::vector<double> u(3 * system.crystal.particles(), 0.0), v(u.size());
  Vec3<double> mean{0, 0, 0};
  for (std::size_t row = 0; row < v.size(); ++row) mean[row % 3] += (v[row] = normal(engine)) * 3 / double(v.size());
  for (std::size_t row = 0; row < v.size(); ++row) v[row] -= mean[row % 3];
  dynamics.set(u, v);
  for (int k = 0; k < steps; k += 10) {
    dynamics.scale_to(k < steps / 2 ? system.hot : system.kT);
    dynamics.run(10);
  }
  return {dynamics.state(false), dynamics.state(true), dynamics.energy()};
}

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
  state.SetItemsProcessed(state.iterations() * steps * replicas);
  state.counters["steps/list"] = made / dynamics.builds();
  state.counters["kT"] = dynamics.temperature();
}

// The C interface of LAMMPS, found at run time.
class Lammps {
 public:
  static bool load() {
    const char* path = std::getenv("ERG_LAMMPS_LIBRARY");
    library_ = path ? dlopen(path, RTLD_NOW | RTLD_GLOBAL) : nullptr;
    if (path && !library_) std::printf("LAMMPS not loaded: %s\n", dlerror());
    if (!path) std::printf("ERG_LAMMPS_LIBRARY is not set: the peer is missing, ours only.\n");
    return library_;
  }
  Lammps() {
    const char* arguments[] = {"lammps", "-log", "none", "-screen", "none"};
    handle_ = find<void*(int, const char**, void**)>("lammps_open_no_mpi")(5, arguments, nullptr);
  }
  ~Lammps() { find<void(void*)>("lammps_close")(handle_); }
  Lammps(const Lammps&) = delete;
  Lammps& operator=(const Lammps&) = delete;

  void run(const std::string& commands) { find<void(void*, const char*)>("lammps_commands_string")(handle_, commands.c_str()); }
  bool failed() const { return find<int(void*)>("lammps_has_error")(handle_) != 0; }
  double thermo(const char* what) const { return find<double(void*, const char*)>("lammps_get_thermo")(handle_, what); }
  void create(const std::vector<double>& positions, const std::vector<double>& velocities) {
    const std::vector<int> type(positions.size() / 3, 1);
    using Create = int(void*, int, const void*, const int*, const double*, const double*, const void*, int);
    find<Create>("lammps_create_atoms")(handle_, int(type.size()), nullptr, type.data(), positions.data(), velocities.data(),
                                        nullptr, 1);
  }

 private:
  template <class F>
  static F* find(const char* name) {
    return reinterpret_cast<F*>(dlsym(library_, name));
  }
  static inline void* library_ = nullptr;
  void* handle_ = nullptr;
};

std::string number(double x) {
  char text[64];
  std::snprintf(text, sizeof(text), " %.17g", x);
  return text;
}

void peer(benchmark::State& state, const System& system, const std::string& style, const State& start) {
  Lammps lammps;
  const Mat3<double>& cell = system.crystal.box.cell();
  const Vec3<double> edge{cell.a.x, cell.b.y, cell.c.z};
  std::string box = "package omp 1\nunits " + system.units + "\natom_style atomic\nboundary p p p\nregion box block";
  for (int axis = 0; axis < 3; ++axis) box += " 0" + number(edge[axis]);
  lammps.run(box + "\ncreate_box 1 box\nmass 1" + number(system.lammps_mass) + "\n");
  std::vector<double> x = start.u;
  for (int row = 0; row < int(x.size()); ++row) {
    x[row] += system.crystal.sites[row / 3][row % 3];
    x[row] -= edge[row % 3] * std::floor(x[row] / edge[row % 3]);
  }
  lammps.create(x, start.v);
  lammps.run("pair_style " + style + system.pair_style_arguments + "\npair_coeff " + system.pair_coeff +
             "\npair_modify shift yes\nneighbor " + system.neighbour + "\nfix motion all nve\ntimestep" +
             number(system.lammps_step) + "\nthermo_modify norm no\nthermo 1000000\nrun 0 post no\n");
  if (lammps.failed() || std::abs(lammps.thermo("pe") - start.energy) > 1e-6 * std::abs(start.energy)) {
    state.SkipWithError("LAMMPS does not give our energy");
    return;
  }
  const int steps = 200;
  for (auto _ : state) lammps.run("run 200 pre no post no\n");
  state.SetItemsProcessed(state.iterations() * steps);
  state.counters["T"] = lammps.thermo("temp");
}

// Prints as usual, and keeps the speeds for the ratios.
class Speeds : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      if (!run.error_occurred && run.counters.count("items_per_second")) {
        double& best = best_[run.benchmark_name().substr(0, run.benchmark_name().find("/repeats"))];
        best = std::max(best, double(run.counters.at("items_per_second")));
      }
    }
  }
  void print_ratios() const {
    std::printf("\n%-18s %-22s %14s %14s   ratio to each LAMMPS style\n", "system", "code", "steps/s/replica", "ns/particle");
    for (const System& system : systems()) {
      for (const auto& [name, speed] : best_) {
        if (name.rfind(system.name + ": ", 0) != 0) continue;
        std::printf("%-18s %-22s %14.0f %14.1f  ", system.name.c_str(), name.substr(system.name.size() + 2).c_str(), speed,
                    1e9 / speed / system.crystal.particles());
        for (const auto& [other, other_speed] : best_) {
          if (other.rfind(system.name + ": LAMMPS", 0) == 0) {
            std::printf(" %.2f (%s)", speed / other_speed, other.substr(system.name.size() + 9).c_str());
          }
        }
        std::printf("\n");
      }
    }
  }

 private:
  std::map<std::string, double> best_;
};

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
  std::ofstream(parameter_file) << "X X X 6.189 2.3925 1.8 23.15 1.2 -0.33331324756 7.049556277 0.6022245584 4.0 0.0 0.0\n";
  for (const System& system : systems()) {
    if (system.name.rfind("water", 0) == 0) {
      add(monatomic_water<double>(), system, with_peer);
    } else {
      add(truncated_shifted_lennard_jones(1.0, 1.0, 2.5), system, with_peer);
    }
  }
  Speeds speeds;
  benchmark::RunSpecifiedBenchmarks(&speeds);
  speeds.print_ratios();
  std::remove(parameter_file.c_str());
}
