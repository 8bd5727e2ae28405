#include "options/options.hpp"

#include "program/program.hpp"

#include "erg/base/error.hpp"
#include "erg/io/concept.hpp"
#include "erg/version.hpp"

#include <CLI/CLI.hpp>

#include <cmath>

namespace crystal_baseline {

namespace {

constexpr const char* about =
    "The absolute Helmholtz free energy of a crystal by simulation, to compare a trained flow with: multistate Bennett (MBAR) "
    "and\n"
    "thermodynamic integration (Frenkel-Ladd) from a crystal of known free energy, and with the weights of crystal_free_energy\n"
    "learned Bennett (BAR). Says how alike flow and simulation are, and what each method costs to reach 1e-4 k_BT per particle.";

constexpr const char* units =
    "Units: ice-cubic, ice-hexagonal (monatomic water): K, molecules/Angstrom^3, kcal/mol. silicon: K, atoms/Angstrom^3, eV.\n"
    "lj-fcc, lj-cscl: reduced (epsilon, sigma). Free energies are F/(N k_BT), in the convention of "
    "docs/free-energy-conventions.md;\n"
    "costs are seconds of processor time, all threads together, and energy evaluations of one configuration.\n"
    "Sampling: Hamiltonian Monte Carlo with the centre of mass held, exchanged between stages (1 - x) U_reference + x U_crystal "
    "at\n"
    "the points x of Gauss-Legendre and at both ends. A run that is interrupted or killed goes on with --resume, to the same "
    "answer;\n"
    "--resume with more --samples or --flow-samples makes a finished run longer.\n"
    "Exit status: 0 done, 2 unusable input (one line says why), 128 + signal after an interrupt.";

/// What CLI11 would accept without a word.
void check_ranges(const Options& o) {
  using example_rooms::require;
  const auto positive = [](double x) { return std::isfinite(x) && x > 0; };
  if (o.temperature) require(positive(*o.temperature), "--temperature", *o.temperature, "a positive number");
  if (o.density) require(positive(*o.density), "--density", *o.density, "a positive number");
  if (o.particles) require(*o.particles >= 2 && *o.particles <= 1'000'000, "--particles", *o.particles, "between 2 and 1000000");
  require(o.stages >= 0 && o.stages <= 200, "--stages", o.stages, "between 1 and 200, or 0 for the default");
  require(o.ladders >= 8 && o.ladders <= 1024 && o.ladders % 8 == 0, "--ladders", o.ladders, "a multiple of 8 from 8 to 1024");
  require(o.leaps >= 1 && o.leaps <= 1000, "--leaps", o.leaps, "between 1 and 1000");
  require(o.every >= 1 && o.every <= 10000, "--every", o.every, "between 1 and 10000");
  require(o.burn_in >= 2 && o.burn_in <= 1'000'000, "--burn-in", o.burn_in, "between 2 and 1000000");
  require(o.samples >= 20 && o.samples <= 10'000'000, "--samples", o.samples, "between 20 and 10000000");
  require(o.flow_samples >= 20 && o.flow_samples <= 100'000'000, "--flow-samples", o.flow_samples, "between 20 and 100000000");
  require(o.frames >= 16 && o.frames <= 1'000'000, "--frames", o.frames, "between 16 and 1000000");
  require(o.threads >= 0 && o.threads <= 4096, "--threads", o.threads, "between 0 (all) and 4096");
  require(std::isfinite(o.save_seconds) && o.save_seconds >= 0, "--save-seconds", o.save_seconds, "0 or more");
  if (!o.kinds.empty() && (o.kinds.size() != 2 || o.kinds[0] == o.kinds[1] || o.kinds[0].empty() || o.kinds[1].empty()))
    throw erg::InputError("--kinds", "command line", erg::to_text(o.kinds.size()) + " names",
                          "two different names, of A and of B");
  if (o.out.empty()) throw erg::InputError("--out", "command line", "nothing", "a directory");
}

void add_crystal(CLI::App& app, Options& o) {
  auto* crystal = app.add_option("--crystal", o.crystal, "ice-cubic, ice-hexagonal, silicon, lj-fcc or lj-cscl")
                      ->check(CLI::IsMember({"ice-cubic", "ice-hexagonal", "silicon", "lj-fcc", "lj-cscl"}))
                      ->capture_default_str();
  auto* structure = app.add_option("--structure", o.structure, "a crystal at rest, extended XYZ or POSCAR, in place of --crystal")
                        ->excludes(crystal);
  app.add_option("--potential", o.potential, "potential of --structure: mw, silicon, lj or kob-andersen")
      ->check(CLI::IsMember({"mw", "silicon", "lj", "kob-andersen"}))
      ->needs(structure);
  app.add_option("--kinds", o.kinds, "what --structure calls the kinds A and B of kob-andersen, as Na,Cl (default: Ni,P)")
      ->delimiter(',')
      ->needs(structure);
  app.add_option("--particles", o.particles,
                 "whole unit cells, n x n x n (default: 64; lj-fcc 256, lj-cscl 432; those of --structure)");
  app.add_option("--temperature", o.temperature, "K, or reduced for lj-fcc and lj-cscl (defaults: 200, 200, 300; 2, 0.2)");
  app.add_option("--density", o.density, "particles per volume, Angstrom^-3 or reduced (default: the published state)");
}

}  // namespace

std::optional<Options> read_options(int argc, const char* const* argv) {
  Options o;
  CLI::App app{about};
  app.footer(units);
  app.set_version_flag("--version", erg::version);
  add_crystal(app, o);
  app.add_option("--reference", o.reference,
                 "harmonic: the crystal's own harmonic motion; einstein: springs of the same amplitude")
      ->check(CLI::IsMember({harmonic, einstein}))
      ->capture_default_str();
  app.add_option("--stages", o.stages,
                 "Gauss-Legendre points between the ends, which are sampled too (0: 6, 10 or 14 by size;\n"
                 "einstein: three times as many)")
      ->capture_default_str();
  app.add_option("--ladders", o.ladders, "independent copies of all stages, a multiple of 8")->capture_default_str();
  app.add_option("--leaps", o.leaps, "time steps of a trajectory")->capture_default_str();
  app.add_option("--every", o.every, "trajectories from one sample to the next")->capture_default_str();
  app.add_option("--burn-in", o.burn_in, "trajectories before the first sample; half of them learn the time step")
      ->capture_default_str();
  app.add_option("--samples", o.samples, "samples of each replica")->capture_default_str();
  app.add_option("--weights", o.weights, "weights.safetensors of crystal_free_energy (--model sublattice), for learned BAR");
  app.add_option("--flow-samples", o.flow_samples, "samples of the flow")->capture_default_str();
  app.add_option("--frames", o.frames, "configurations for the radial distributions, of flow and simulation each")
      ->capture_default_str();
  app.add_option("--threads", o.threads, "threads, 0 for all")->capture_default_str();
  app.add_option("--seed", o.seed, "seed of every random stream")->check(example_rooms::not_negative)->capture_default_str();
  app.add_option("--out", o.out, "directory for the results")->capture_default_str();
  app.add_option("--save-seconds", o.save_seconds, "seconds between checkpoints")->capture_default_str();
  app.add_flag("--resume", o.resume, "go on from the checkpoint in --out, or begin where there is none");
  if (!example_rooms::parse(app, argc, argv)) return std::nullopt;
  check_ranges(o);
  return o;
}

std::map<std::string, std::string> facts_of(const Options& o, const Case& c, const std::string& weights_digest) {
  return {{"program", "crystal_baseline"},
          {"format", "1"},
          {"crystal", c.identity},
          {"particles", std::to_string(c.particles)},
          {"temperature", erg::to_text(c.temperature)},
          {"density", erg::to_text(c.density)},
          {"reference", o.reference},
          {"stages", std::to_string(o.stage_count(c.particles))},
          {"ladders", std::to_string(o.ladders)},
          {"leaps", std::to_string(o.leaps)},
          {"every", std::to_string(o.every)},
          {"burn-in", std::to_string(o.burn_in)},
          {"frames", std::to_string(o.frames)},
          {"weights", weights_digest},
          {"seed", std::to_string(o.seed)}};
}

}  // namespace crystal_baseline
