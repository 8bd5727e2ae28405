/// Free energies of crystals by simulation, beside those of a flow: see --help.

#include "program/program.hpp"
#include "runs/run_case.hpp"

#include "erg/base/parallel.hpp"

namespace {

using namespace crystal_baseline;

int run_program(int argc, const char* const* argv) {
  const auto options = read_options(argc, argv);
  if (!options) return 0;
  const Case c = case_of(*options);
  if (options->threads > 0) erg::set_threads(options->threads);
  return run_case(*options, c);
}

}  // namespace

int main(int argc, char** argv) {
  return example_rooms::main_of("crystal_baseline", "particles, samples or replicas", run_program, argc, argv);
}
