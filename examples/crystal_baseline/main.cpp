/// Free energies of crystals by simulation, beside those of a flow: see --help.

#include "runs/run.hpp"

#include "erg/base/parallel.hpp"

#include <csignal>
#include <cstdio>
#include <new>

namespace {

using namespace crystal_baseline;

int run_program(int argc, const char* const* argv) {
  const auto options = read_options(argc, argv);
  if (!options) return 0;
  const Case c = case_of(*options);
  if (options->threads > 0) erg::set_threads(options->threads);
  if (c.potential == "kob-andersen") return run_mixture(*options, c);
  return c.potential == "lj" ? run_lennard_jones(*options, c) : run_stillinger_weber(*options, c);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error to report, not a reason to be killed
  try {
    return run_program(argc, argv);
  } catch (const erg::InputError& error) {
    std::fprintf(stderr, "crystal_baseline: %s\n", error.what());
    return 2;
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr,
                 "crystal_baseline: memory: got too little for this many particles, samples or replicas, expected fewer\n");
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "crystal_baseline: %s\n", error.what());
    return 1;
  }
}
