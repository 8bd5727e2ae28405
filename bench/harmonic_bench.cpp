// The harmonic crystal of monatomic water: set-up, and the transforms between modes and displacements, one thread. Items are
// coordinates of one pack of 16 float samples: the rate must hardly fall with the size. The peer is the dense matrix of modes in
// Eigen.
#include "erg/base/lanes.hpp"
#include "erg/densities/crystal/harmonic_crystal.hpp"
#include "erg/potentials/crystal/crystal_potential.hpp"
#include "erg/potentials/stillinger_weber.hpp"

#include <benchmark/benchmark.h>

#include <map>
#include <vector>

namespace {

using Narrow = erg::Lanes<float, 16>;
constexpr double beta = 1 / (0.0019872067 * 200);

struct Ice {
  erg::Crystal crystal;
  std::vector<double> columns;
};
const Ice& ice(int particles) {
  static std::map<int, Ice> made;
  if (!made.count(particles)) {
    const erg::Crystal crystal = erg::build_crystal(erg::ice_cubic(), erg::cells_for(erg::ice_cubic(), particles), 0.033567184);
    made.emplace(particles, Ice{crystal, erg::CrystalPotential(erg::monatomic_water<double>(), crystal).rest_hessian_columns()});
  }
  return made.at(particles);
}

void set_up(benchmark::State& state) {
  const Ice& made = ice(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    const erg::HarmonicCrystal harmonic(made.crystal, made.columns, beta);
    benchmark::DoNotOptimize(harmonic.free_energy());
  }
}

template <bool ToModes>
void transform(benchmark::State& state) {
  const Ice& made = ice(static_cast<int>(state.range(0)));
  const erg::HarmonicCrystal harmonic(made.crystal, made.columns, beta);
  const std::vector<float> scale(harmonic.amplitude().begin(), harmonic.amplitude().end());
  erg::TileBuffer<Narrow> z(harmonic.rows(), 1), u(harmonic.rows(), 1);
  z.fill(Narrow(0.5f));
  erg::Tape<Narrow> tape;
  for (auto _ : state) {
    if constexpr (ToModes) {
      harmonic.to_modes<Narrow>(u.view(), z.view(), tape);
    } else {
      harmonic.to_displacements<Narrow>(z.view(), scale.data(), u.view(), tape);
    }
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * harmonic.rows());
}

void dense_modes(benchmark::State& state) {
  const int rows = 3 * static_cast<int>(state.range(0));
  Eigen::setNbThreads(1);
  const Eigen::MatrixXf modes = Eigen::MatrixXf::Random(rows, rows);
  const Eigen::MatrixXf z = Eigen::MatrixXf::Random(rows, 16);
  Eigen::MatrixXf u(rows, 16);
  for (auto _ : state) {
    u.noalias() = modes * z;
    benchmark::DoNotOptimize(u.data());
  }
  state.SetItemsProcessed(state.iterations() * rows);
}

BENCHMARK(set_up)->Arg(64)->Arg(512)->Arg(4096)->Arg(32768)->Unit(benchmark::kMillisecond);
BENCHMARK(transform<false>)->Name("to_displacements")->Arg(64)->Arg(512)->Arg(4096)->Arg(32768);
BENCHMARK(transform<true>)->Name("to_modes")->Arg(64)->Arg(512)->Arg(4096)->Arg(32768);
BENCHMARK(dense_modes)->Arg(64)->Arg(512);

}  // namespace
