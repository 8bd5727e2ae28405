/// Absolute free energy of a crystal from its structure alone: see --help.

#include "program/program.hpp"
#include "runs/run_case.hpp"

#include "erg/base/parallel.hpp"

namespace {

using namespace crystal_free_energy;

int run_program(int argc, const char* const* argv) {
  const auto options = read_options(argc, argv);
  if (!options) return 0;
  const Case c = case_of(*options);
  if (options->temperature_range)  // what only the hottest cannot be is said before any time is spent
    case_at(*options, c, options->temperature_range->hottest);
  if (options->threads > 0) erg::set_threads(options->threads);
  return run_case(*options, c);
}

}  // namespace

int main(int argc, char** argv) {
  return example_rooms::main_of("crystal_free_energy", "particles, samples, frames or threads", run_program, argc, argv);
}
