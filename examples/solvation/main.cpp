/// Free energy of growing a solute in its solvent, by many estimators: see --help.

#include "directory/directory_lock.hpp"
#include "estimates/estimates.hpp"
#include "program/program.hpp"

#include "erg/base/parallel.hpp"

#include <csignal>
#include <cstdio>

namespace {

using namespace solvation;

int stopped(const char* what) {
  std::fprintf(stderr, "solvation: interrupted while %s; run again to go on\n", what);
  return 128 + (erg::interrupt_signal() != 0 ? erg::interrupt_signal() : SIGINT);
}

void print(const Comparison& comparison, const Ladder& ladder) {
  std::printf("MBAR, all samples: %.4f +- %.4f k_BT; %.1f frames count for one\n", ladder.free_energy.back(), ladder.error.back(),
              ladder.inefficiency);
  for (const auto& [name, lines] : comparison)
    for (const Estimates& e : lines)
      std::printf("%-20s %8d samples, %2d repeats: %9.4f +- %.4f (stated %.4f)\n", name.c_str(), e.samples, e.repeats, e.mean,
                  e.spread, e.stated);
}

int run_program(int argc, const char* const* argv) {
  const auto options = read_options(argc, argv);
  if (!options) return 0;
  const Options& o = *options;
  if (o.threads > 0) erg::set_threads(o.threads);
  const example_rooms::DirectoryLock lock(o.out);
  const erg::InterruptGuard guard;
  const System system(o);
  LadderRun sampling(o, system);
  if (!sampling.run()) return stopped("sampling");
  const Samples samples = sampling.read();
  erg::ParameterLayout layout;
  const SolventMap map = solvent_map(layout, o, system.particles());
  std::map<std::string, Works> works;
  for (const std::string& direction : o.directions) {
    const auto weights = train(o, system, map.with_steps(o.training_flow_steps), layout, samples, direction);
    if (!weights) return stopped("training");
    auto found = works_of(o, system, map, *weights, sampling, direction);
    if (!found) return stopped("mapping samples");
    works[direction] = std::move(*found);
  }
  const Comparison comparison = compare(o, samples, works);
  const Ladder ladder = ladder_of(o, samples);
  write_report(o, comparison, ladder);
  print(comparison, ladder);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return example_rooms::main_of("solvation", "particles, frames or threads", run_program, argc, argv);
}
