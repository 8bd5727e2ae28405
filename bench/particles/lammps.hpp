/// \file
/// LAMMPS as a peer in one process, and the table of ratios.
#pragma once

#include "systems.hpp"

#include <benchmark/benchmark.h>
#include <dlfcn.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

namespace erg::bench {

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

inline std::string number(double x) {
  char text[64];
  std::snprintf(text, sizeof(text), " %.17g", x);
  return text;
}

/// `motion`: the fixes that move the particles.
inline void peer(benchmark::State& state, const System& system, const std::string& style, const State& start,
                 const std::string& motion = "fix motion all nve") {
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
             "\npair_modify shift yes\nneighbor " + system.neighbour + "\n" + motion + "\ntimestep" + number(system.lammps_step) +
             "\nthermo_modify norm no\nthermo 1000000\nrun 0 post no\n");
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

}  // namespace erg::bench
