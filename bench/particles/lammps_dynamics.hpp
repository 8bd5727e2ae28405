/// \file
/// Dynamics of one of the systems by LAMMPS.
#pragma once

#include "../lammps.hpp"
#include "systems.hpp"

#include <cmath>

namespace erg::bench {

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
  lammps.create(x, std::vector<int>(x.size() / 3, 0), start.v);
  lammps.run("pair_style " + style + system.pair_style_arguments + "\npair_coeff " + system.pair_coeff +
             "\npair_modify shift yes\nneighbor " + system.neighbour + "\n" + motion + "\ntimestep" + number(system.lammps_step) +
             "\nthermo_modify norm no\nthermo 1000000\nrun 0 post no\n");
  if (lammps.failed() || std::abs(lammps.thermo("pe") - start.energy) > 1e-6 * std::abs(start.energy)) {
    state.SkipWithError("LAMMPS does not give our energy");
    return;
  }
  const int steps = 200;
  for (auto _ : state) lammps.run("run 200 pre no post no\n");
  state.SetItemsProcessed(state.iterations() * steps * system.crystal.particles());
  state.counters["T"] = lammps.thermo("temp");
}

/// The systems by name, for the table of speeds.
inline std::map<std::string, int> particles_of_systems() {
  std::map<std::string, int> all;
  for (const System& system : systems()) all[system.name] = system.crystal.particles();
  return all;
}

}  // namespace erg::bench
