#include "options/options.hpp"

#include "program/program.hpp"

#include "erg/base/error.hpp"
#include "erg/io/concept.hpp"
#include "erg/version.hpp"

#include <CLI/CLI.hpp>

#include <cmath>
#include <cstdio>

namespace crystal_free_energy {

namespace {

constexpr const char* about =
    "Absolute Helmholtz free energy of a crystal from its structure and potential alone: trains a normalizing flow\n"
    "without simulation data, weighs its samples against the Boltzmann density, and carries the weights to larger crystals.";

constexpr const char* units =
    "Units: ice-cubic, ice-hexagonal (monatomic water): K, molecules/Angstrom^3, kcal/mol. silicon: K, atoms/Angstrom^3, eV.\n"
    "lj-fcc: reduced (epsilon, sigma). lj-cscl, of two kinds: reduced by those of its larger particles (written as Ni).\n"
    "--structure: those of its potential. Masses enter by thermal wavelengths alone, the potential's; a file's are not read.\n"
    "Entropies and heat capacities in k_B. Silicon's energies hold the kinetic 3/2 k_B T of its atoms; water and Lennard-Jones\n"
    "have a fixed thermal wavelength (sigma), and their U, S and C_v are configurational.\n"
    "Exit status: 0 done, 2 unusable input (one line says why), 128 + signal after an interrupt (what was trained is saved;\n"
    "--resume goes on).\n"
    "Nothing is lost: what an earlier run left in --out is moved to previous-1, previous-2, ... there; the highest number is\n"
    "the latest. One run at a time writes into a directory; a second one is refused.";

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

constexpr int most_particles = 1'000'000;

/// What CLI11 would accept without a word.
void check_ranges(const Options& o) {
  using example_rooms::require;
  const auto positive = [](double x) { return std::isfinite(x) && x > 0; };
  require(positive(o.train_seconds), "--train-seconds", o.train_seconds, "a positive number of seconds");
  require(positive(o.rate), "--rate", o.rate, "a positive number");
  if (o.temperature) require(positive(*o.temperature), "--temperature", *o.temperature, "a positive number");
  if (o.density) require(positive(*o.density), "--density", *o.density, "a positive number");
  if (o.particles)
    require(*o.particles > 0 && *o.particles <= most_particles, "--particles", *o.particles, "between 1 and 1000000");
  if (o.train_steps) require(*o.train_steps >= 0, "--train-steps", *o.train_steps, "0 or more");
  require(o.batch > 0 && o.batch <= 1 << 20, "--batch", o.batch, "between 1 and 1048576");
  require(o.samples >= 2 && o.samples <= 100'000'000, "--samples", o.samples, "between 2 and 100000000");
  require(o.frames >= 0, "--frames", o.frames, "0 or more");
  require(o.threads >= 0 && o.threads <= 4096, "--threads", o.threads, "between 0 (all) and 4096");
  require(o.shells >= 0 && o.shells <= 6, "--shells", o.shells, "between 1 and 6, or 0 for the crystal's default");
  require(o.sweeps >= 1 && o.sweeps <= 100, "--sweeps", o.sweeps, "between 1 and 100");
  require(!o.hidden.empty() && o.hidden.size() <= 8, "--hidden", o.hidden.size(), "between 1 and 8 widths");
  for (const int width : o.hidden) require(width >= 1 && width <= 4096, "--hidden", width, "widths between 1 and 4096");
  if (o.layers) require(*o.layers >= 1 && *o.layers <= 1000, "--layers", *o.layers, "between 1 and 1000");
  if (o.width)
    require(*o.width >= 2 && *o.width <= 4096 && *o.width % 2 == 0, "--width", *o.width, "an even number from 2 to 4096");
  if (o.frequencies) require(*o.frequencies >= 1 && *o.frequencies <= 256, "--frequencies", *o.frequencies, "between 1 and 256");
  if (o.noise) require(positive(*o.noise), "--noise", *o.noise, "a positive number");
  for (const int size : o.transfer)
    require(size > 0 && size <= most_particles, "--transfer", size, "whole numbers between 1 and 1000000");
  if (o.structure && o.structure->empty()) throw erg::InputError("--structure", "command line", "nothing", "a file");
  if (!o.kinds.empty() && (o.kinds.size() != 2 || o.kinds[0] == o.kinds[1] || o.kinds[0].empty() || o.kinds[1].empty()))
    throw erg::InputError("--kinds", "command line", "'" + joined(o.kinds) + "'", "two different names, of A and of B, as Ni,P");
  if (o.out.empty()) throw erg::InputError("--out", "command line", "nothing", "a directory");
}

/// What is said of the other model would be passed over without a word. A rate that was not given is the model's.
void settle_model(Options& o, const CLI::App& app) {
  const bool is_published = o.model == published;
  const auto refuse = [&](const std::string& option) {
    if (app.count(option) > 0)
      throw erg::InputError(option, "command line", "--model " + o.model,
                            std::string("--model ") + (is_published ? sublattice : published) + " with it");
  };
  if (is_published) {
    for (const char* option : {"--shells", "--sweeps", "--hidden", "--free-weights"}) refuse(option);
    if (app.count("--transfer") > 0)
      throw erg::InputError("--transfer", "command line", "--model published",
                            "--model sublattice with it: this model's weights are of one box and number of particles");
    if (app.count("--temperature-range") > 0)
      throw erg::InputError("--temperature-range", "command line", "--model published",
                            "--model sublattice with it: this model is not told its temperature");
    if (app.count("--rate") == 0) o.rate = 1e-3;
  } else {
    for (const char* option : {"--layers", "--width", "--frequencies", "--noise"}) refuse(option);
  }
}

/// One line for what --weights leaves without effect. No error: scripts say the same of training before and after.
void warn_of_training_options(const CLI::App& app) {
  std::string idle;
  for (const char* option : {"--train-seconds", "--train-steps", "--batch", "--rate", "--free-weights"})
    if (app.count(option) > 0) idle.append(idle.empty() ? "" : ", ").append(option);
  if (!idle.empty()) std::fprintf(stderr, "warning: without effect, since --weights skips the training: %s\n", idle.c_str());
}

}  // namespace

std::optional<Options> read_options(int argc, const char* const* argv) {
  Options o;
  CLI::App app{about};
  app.footer(units);
  app.set_version_flag("--version", erg::version);
  auto* crystal = app.add_option("--crystal", o.crystal, "ice-cubic, ice-hexagonal, silicon, lj-fcc or lj-cscl")
                      ->check(CLI::IsMember({"ice-cubic", "ice-hexagonal", "silicon", "lj-fcc", "lj-cscl"}))
                      ->capture_default_str();
  auto* structure = app.add_option("--structure", o.structure,
                                   "a crystal at rest, extended XYZ or POSCAR, in place of --crystal; its density is the default")
                        ->excludes(crystal);
  app.add_option("--potential", o.potential,
                 "potential of --structure: mw, silicon, lj or kob-andersen, the one for two species\n"
                 "(default: O is mw, Si silicon, Ar lj, Ni and P kob-andersen)")
      ->check(CLI::IsMember({"mw", "silicon", "lj", "kob-andersen"}))
      ->needs(structure);
  app.add_option("--kinds", o.kinds,
                 "what --structure calls the kinds A, the larger particles, and B of kob-andersen, as Na,Cl (default: Ni,P)")
      ->delimiter(',')
      ->needs(structure);
  app.add_option(
      "--particles", o.particles,
      "particles to train with: whole unit cells, n x n x n (default: 64; lj-fcc 256, lj-cscl 432; those of --structure)");
  app.add_option("--model", o.model, "sublattice, or published: that of Wirnsberger et al. 2022, arXiv:2111.08696")
      ->check(CLI::IsMember({sublattice, published}))
      ->capture_default_str();
  app.add_option("--temperature", o.temperature, "K, or reduced for lj-fcc and lj-cscl (defaults: 200, 200, 300; 2, 0.2)");
  std::string range;
  auto* several = app.add_option("--temperature-range", range,
                                 "T1:T2:n: one flow for all temperatures from T1 to T2, and F, U, S and C_v at n of them\n"
                                 "(equally spaced, at fixed density) instead of F at one --temperature");
  several->excludes("--temperature");
  app.add_option("--density", o.density,
                 "particles per volume, Angstrom^-3 or reduced (default: the published state; silicon: zero pressure)");
  auto* seconds = app.add_option("--train-seconds", o.train_seconds, "seconds of training")->capture_default_str();
  app.add_option("--train-steps", o.train_steps, "steps of training instead of seconds: repeatable to the bit")
      ->excludes(seconds);
  app.add_option("--batch", o.batch, "samples per step, rounded up to whole tiles")->capture_default_str();
  app.add_option("--rate", o.rate, "peak learning rate (warm-up, then cosine to 0); --model published: 0.001")
      ->capture_default_str();
  app.add_option("--samples", o.samples, "samples for the free energy, at each size")->capture_default_str();
  app.add_option("--transfer", o.transfer, "further sizes to carry the weights to, N1,N2,...")->delimiter(',');
  app.add_option("--frames", o.frames, "configurations to write to samples.extxyz")->capture_default_str();
  app.add_option("--threads", o.threads, "threads, 0 for all")->capture_default_str();
  app.add_option("--seed", o.seed, "seed of every random stream")->check(example_rooms::not_negative)->capture_default_str();
  app.add_option("--out", o.out, "directory for the results")->capture_default_str();
  auto* weights =
      app.add_option("--weights", o.weights,
                     "use these trained weights, skip training (a warning names the options of training that are given)");
  app.add_flag("--resume", o.resume, "go on from the checkpoint in --out")->excludes(weights);
  app.add_option("--shells", o.shells, "neighbour shells a particle sees, 0 for the crystal's default")->capture_default_str();
  app.add_option("--sweeps", o.sweeps, "times the flow passes over all sublattices")->capture_default_str();
  app.add_option("--hidden", o.hidden, "widths of the hidden layers")->delimiter(',')->capture_default_str();
  app.add_flag("--free-weights", o.free_weights,
               "train without the symmetry of the sites in the weights: slower at first, better after many minutes");
  app.add_option("--layers", o.layers, "--model published: layers, of two couplings each (default: 24)");
  app.add_option("--width", o.width, "--model published: width of the transformers, even (default: 256)");
  app.add_option("--frequencies", o.frequencies,
                 "--model published: waves along an edge that a coordinate is told by (default: by size, 8 and more)");
  app.add_option(
      "--noise", o.noise,
      "--model published: standard deviation about the sites (default: ice 0.2, silicon 0.1 Angstrom; lj-fcc 0.01 sigma)");
  if (!example_rooms::parse(app, argc, argv)) return std::nullopt;
  if (several->count() > 0) {
    o.temperature_range = parse_temperature_range(range);
    o.temperature = o.temperature_range->coldest;
  }
  settle_model(o, app);
  check_ranges(o);
  if (o.weights) warn_of_training_options(app);
  return o;
}

}  // namespace crystal_free_energy
