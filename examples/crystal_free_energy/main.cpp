/// Absolute free energy of a crystal from its structure alone: see --help.

#include "run.hpp"

#include "erg/base/parallel.hpp"

#include <cstdio>
#include <filesystem>
#include <system_error>

namespace {

using namespace crystal_free_energy;

/// The directory for the results, there and writable, before any time is spent.
void prepare_directory(const std::filesystem::path& out) {
  std::error_code error;
  std::filesystem::create_directories(out, error);
  if (error) throw erg::InputError("--out", out.string(), error.message(), "a directory that can be made and written");
  erg::AtomicFile probe(out / "result.json");  // made aside and never committed
}

int run_program(int argc, const char* const* argv) {
  const auto options = read_options(argc, argv);
  if (!options) return 0;
  const Case c = case_of(*options);
  if (options->threads > 0) erg::set_threads(options->threads);
  prepare_directory(options->out);
  return c.name == "lj-fcc" ? run_lennard_jones(*options, c) : run_stillinger_weber(*options, c);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run_program(argc, argv);
  } catch (const erg::InputError& error) {
    std::fprintf(stderr, "crystal_free_energy: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "crystal_free_energy: %s\n", error.what());
    return 1;
  }
}
