/// \file
/// LAMMPS as a peer in the same process, by its C interface, and a table of ratios to it.
#pragma once

#include <benchmark/benchmark.h>
#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

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
  /// Kinds from 0; particles at rest where no velocities are given.
  void create(const std::vector<double>& positions, std::vector<int> kinds, const std::vector<double>& velocities = {}) {
    for (int& kind : kinds) ++kind;  // LAMMPS counts from 1
    using Create = int(void*, int, const void*, const int*, const double*, const double*, const void*, int);
    find<Create>("lammps_create_atoms")(handle_, int(kinds.size()), nullptr, kinds.data(), positions.data(),
                                        velocities.empty() ? nullptr : velocities.data(), nullptr, 1);
  }

 private:
  template <class F>
  static F* find(const char* name) {
    return reinterpret_cast<F*>(dlsym(library_, name));
  }
  static inline void* library_ = nullptr;
  void* handle_ = nullptr;
};

/// A number with all its digits, after a space: a word of a LAMMPS command.
inline std::string number(double x) {
  char text[64];
  std::snprintf(text, sizeof(text), " %.17g", x);
  return text;
}

/// Monatomic water in LAMMPS's `sw` format, in a file of this process while it lives.
class WaterFile {
 public:
  WaterFile() : path_(std::filesystem::temp_directory_path() / ("erg_bench." + std::to_string(getpid()) + ".sw")) {
    std::ofstream(path_) << "X X X 6.189 2.3925 1.8 23.15 1.2 -0.33331324756 7.049556277 0.6022245584 4.0 0.0 0.0\n";
  }
  ~WaterFile() { std::filesystem::remove(path_); }
  WaterFile(const WaterFile&) = delete;
  WaterFile& operator=(const WaterFile&) = delete;
  static const std::string& pair_coeff() {
    static const WaterFile file;
    static const std::string coeff = "* * " + file.path_.string() + " X";
    return coeff;
  }

 private:
  std::filesystem::path path_;
};

// Prints as usual, and keeps the best speeds for a table of ratios to each LAMMPS style. Items are particles moved or evaluated
// once; benchmarks are named "system: code".
class Speeds : public benchmark::ConsoleReporter {
 public:
  // Systems by name, with their particles.
  explicit Speeds(std::map<std::string, int> systems) : systems_(std::move(systems)) {}

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
    for (const auto& [system, particles] : systems_) {
      for (const auto& [name, speed] : best_) {
        if (name.rfind(system + ": ", 0) != 0) continue;
        std::printf("%-18s %-22s %14.0f %14.2f  ", system.c_str(), name.substr(system.size() + 2).c_str(), speed / particles,
                    1e9 / speed);
        for (const auto& [other, other_speed] : best_) {
          if (other.rfind(system + ": LAMMPS", 0) == 0) {
            std::printf(" %.2f (%s)", speed / other_speed, other.substr(system.size() + 9).c_str());
          }
        }
        std::printf("\n");
      }
    }
  }

 private:
  std::map<std::string, int> systems_;
  std::map<std::string, double> best_;
};

}  // namespace erg::bench
