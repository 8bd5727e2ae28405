#include "options/options.hpp"

#include "program/program.hpp"

#include "erg/base/error.hpp"
#include "erg/io/concept.hpp"
#include "erg/version.hpp"

#include <CLI/CLI.hpp>

#include <cmath>

namespace solvation {

namespace {

constexpr const char* about =
    "How much free energy it takes to grow a solute in a Lennard-Jones solvent: samples the ensembles of a ladder of radii,\n"
    "trains maps from one end to the other, and puts free energy perturbation, the Bennett acceptance ratio, their learned\n"
    "forms and multi-stage MBAR side by side against the number of samples (Wirnsberger et al. 2020, arXiv:2002.04913).";

constexpr const char* units =
    "Units: lengths in the solvent's sigma, temperature in its epsilon / k_B, free energies in k_BT. The solute stands at the\n"
    "origin and repels the solvent by the Weeks-Chandler-Andersen potential of epsilon 1 and sigma = its radius.\n"
    "Writes into --out: samples/ (NumPy arrays, in sigma), weights-*.safetensors, training-*.csv, works-*.npy, estimates.csv,\n"
    "ladder.csv, result.json and pictures. What stands there from an interrupted run is gone on from.\n"
    "Exit status: 0 done, 2 unusable input (one line says why), 128 + signal after an interrupt (run again to go on).";

void check_ranges(const Options& o) {
  using example_rooms::require;
  const auto positive = [](double x) { return std::isfinite(x) && x > 0; };
  require(o.particles >= 1 && o.particles <= 4096, "--particles", o.particles, "between 1 and 4096");
  require(positive(o.box), "--box", o.box, "a positive length");
  require(positive(o.radius_from), "--radius-from", o.radius_from, "a positive length");
  require(positive(o.radius_to) && o.radius_to != o.radius_from, "--radius-to", o.radius_to,
          "a positive length other than --radius-from");
  require(positive(o.temperature), "--temperature", o.temperature, "a positive number");
  if (o.cutoff) require(positive(*o.cutoff) && *o.cutoff <= o.box / 2, "--cutoff", *o.cutoff, "at most half of --box");
  require(o.stages >= 2 && o.stages <= 512, "--stages", o.stages, "between 2 and 512");
  require(o.training_frames >= 1, "--training-frames", o.training_frames, "at least 1");
  require(o.frames >= o.training_frames + 2 && o.frames <= 100'000'000, "--frames", o.frames,
          "at least two more than --training-frames");
  require(o.burn_in >= 1, "--burn-in", o.burn_in, "at least 1");
  require(o.stride >= 1, "--stride", o.stride, "at least 1");
  require(o.leaps >= 1, "--leaps", o.leaps, "at least 1");
  require(o.train_steps >= 1, "--train-steps", o.train_steps, "at least 1");
  require(o.batch >= 1 && o.batch <= 1 << 20, "--batch", o.batch, "between 1 and 1048576");
  require(positive(o.rate), "--rate", o.rate, "a positive number");
  require(o.training_flow_steps >= 1 && o.training_flow_steps <= 1000, "--training-flow-steps", o.training_flow_steps,
          "between 1 and 1000");
  require(o.flow_steps >= 1 && o.flow_steps <= 1000, "--flow-steps", o.flow_steps, "between 1 and 1000");
  require(!o.samples.empty(), "--samples", o.samples.size(), "at least one number");
  for (const int n : o.samples)
    require(n >= 2 && n <= (o.frames - o.training_frames) / 2, "--samples", n,
            "numbers from 2 to half of the frames that are not for training");
  require(o.repeats >= 2, "--repeats", o.repeats, "at least 2");
  require(o.threads >= 0 && o.threads <= 4096, "--threads", o.threads, "between 0 (all) and 4096");
  if (o.out.empty()) throw erg::InputError("--out", "command line", "nothing", "a directory");
}

}  // namespace

std::optional<Options> read_options(int argc, const char* const* argv) {
  Options o;
  CLI::App app{about};
  app.footer(units);
  app.set_version_flag("--version", erg::version);
  app.add_option("--particles", o.particles, "solvent particles")->capture_default_str();
  app.add_option("--box", o.box, "edge of the cubic box [sigma]")->capture_default_str();
  app.add_option("--radius-from", o.radius_from, "radius of the solute at first [sigma]")->capture_default_str();
  app.add_option("--radius-to", o.radius_to, "radius of the solute at last [sigma]")->capture_default_str();
  app.add_option("--temperature", o.temperature, "temperature [epsilon / k_B]")->capture_default_str();
  app.add_option("--cutoff", o.cutoff,
                 "where the solvent's potential is cut and shifted to zero [sigma] (default: half the box)");
  app.add_option("--stages", o.stages, "radii that are sampled, the ends included")->capture_default_str();
  app.add_option("--frames", o.frames, "samples of each radius in all")->capture_default_str();
  app.add_option("--training-frames", o.training_frames, "the first samples, for training alone")->capture_default_str();
  app.add_option("--burn-in", o.burn_in, "trajectories before the first sample")->capture_default_str();
  app.add_option("--stride", o.stride, "trajectories of Hamiltonian Monte Carlo between samples")->capture_default_str();
  app.add_option("--leaps", o.leaps, "time steps of a trajectory")->capture_default_str();
  app.add_option("--direction", o.directions, "forward, reverse, both: whose works the maps are trained on (default: each)")
      ->delimiter(',')
      ->check(CLI::IsMember({forward, reverse, both}));
  app.add_option("--train-steps", o.train_steps, "steps of training of each map")->capture_default_str();
  app.add_option("--batch", o.batch, "samples per step, rounded up to whole tiles")->capture_default_str();
  app.add_option("--rate", o.rate, "peak learning rate (warm-up, then cosine to 0)")->capture_default_str();
  app.add_option("--training-flow-steps", o.training_flow_steps, "Runge-Kutta steps of the map while it is trained")
      ->capture_default_str();
  app.add_option("--flow-steps", o.flow_steps, "Runge-Kutta steps of the map in estimates: their error falls as its fourth power")
      ->capture_default_str();
  app.add_option("--samples", o.samples, "numbers of samples of each ensemble to estimate from")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--repeats", o.repeats, "estimates from samples of their own, at most, at each number")->capture_default_str();
  app.add_option("--threads", o.threads, "threads, 0 for all")->capture_default_str();
  app.add_option("--seed", o.seed, "seed of every random stream")->check(example_rooms::not_negative)->capture_default_str();
  app.add_option("--out", o.out, "directory for the results")->capture_default_str();
  if (!example_rooms::parse(app, argc, argv)) return std::nullopt;
  check_ranges(o);
  return o;
}

std::string sampling_settings(const Options& o) {
  std::string text;
  const auto say = [&](const char* name, auto value) { text += std::string(name) + " " + erg::to_text(value) + "\n"; };
  say("particles", o.particles);
  say("box", o.box);
  say("radius-from", o.radius_from);
  say("radius-to", o.radius_to);
  say("temperature", o.temperature);
  say("cutoff", o.cut());
  say("stages", o.stages);
  say("burn-in", o.burn_in);
  say("stride", o.stride);
  say("leaps", o.leaps);
  say("seed", static_cast<double>(o.seed));
  return text;
}

}  // namespace solvation
