/// \file
/// Training with checkpoints, a table of progress, and a clean stop.
#pragma once

#include "crystals.hpp"

#include "erg/densities/crystal_flow.hpp"
#include "erg/io/checkpoint.hpp"
#include "erg/io/csv.hpp"
#include "erg/io/interrupt.hpp"
#include "erg/io/progress.hpp"
#include "erg/potentials/wrappers.hpp"
#include "erg/training/reverse_kl.hpp"
#include "erg/training/trainer.hpp"
#include "erg/version.hpp"

#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace crystal_free_energy {

/// What training leaves behind.
struct Trained {
  std::vector<float> weights;  ///< running average: what to sample with
  std::int64_t steps = 0, samples = 0, skipped = 0;
  double seconds = 0;
  bool interrupted = false;
};

/// A row of training.csv: means over the steps since the row before.
struct TrainingRow {
  std::int64_t step = 0;
  double samples = 0, loss = 0, spread = 0, ess = 0, gradient_norm = 0, rate = 0, skipped = 0;
};

inline constexpr int steps_per_row = 10;

inline const std::vector<std::string>& training_columns() {
  static const std::vector<std::string> names{"step",          "samples",       "loss_nats", "spread_nats",
                                              "batch_ess",     "gradient_norm", "rate",      "skipped"};
  return names;
}

inline std::string widths_text(const std::vector<int>& widths) {
  std::string text;
  for (const int w : widths) text += (text.empty() ? "" : ",") + std::to_string(w);
  return text;
}

/// What a checkpoint says of itself. `same_model` are the facts that weights need to be read at all, the others those that a training
/// needs to go on as it was.
inline std::map<std::string, std::string> facts_of(const Options& o, const Case& c) {
  return {{"program", "crystal_free_energy"},
          {"version", erg::version},
          {"crystal", c.name},
          {"shells", std::to_string(c.shells)},
          {"sweeps", std::to_string(o.sweeps)},
          {"hidden", widths_text(o.hidden)},
          {"particles", std::to_string(c.particles)},
          {"temperature", erg::to_text(c.temperature)},
          {"density", erg::to_text(c.density)},
          {"batch", std::to_string(o.batch)},
          {"rate", erg::to_text(o.rate)},
          {"seed", std::to_string(o.seed)}};
}

/// Errors: InputError naming the first fact that differs.
inline void require_facts(const std::filesystem::path& file, const std::map<std::string, std::string>& expected,
                          const std::vector<std::string>& names) {
  const auto found = erg::read_safetensors(file).metadata;
  for (const std::string& name : names) {
    const auto at = found.find(name);
    const std::string got = at == found.end() ? "none" : "'" + at->second + "'";
    if (at == found.end() || at->second != expected.at(name))
      throw erg::InputError("checkpoint " + file.string(), name, got, "'" + expected.at(name) + "'");
  }
}

/// Trains the flow of `lattice` against the potential's training form.
template <class P>
class TrainingRun {
  using Lanes = erg::native_lanes<float>;
  using Flow = erg::CrystalFlow<float>;
  using Target = erg::CrystalPotential<erg::TrainingForm<P>>;
  using Loss = erg::ReverseKl<Flow, Target, Lanes>;

 public:
  TrainingRun(const Options& o, const Case& c, const erg::VibratingLattice<P>& lattice, double soft_radius)
      : options_(o),
        facts_(facts_of(o, c)),
        file_(o.out / "weights.safetensors"),
        flow_(lattice.template flow<float>(layout_, {c.shells, o.sweeps, o.hidden})),
        target_(erg::TrainingForm<P>(lattice.potential().potential(), soft_radius), lattice.crystal()),
        loss_(flow_, target_, lattice.beta(), erg::GradientKind::path, packs_for(c.particles)),
        trainer_(loss_, erg::initial_weights(flow_, layout_, o.seed), {.batch = o.batch, .rate = {o.rate}}, o.seed) {}

  Trained run() {
    if (options_.resume) load();
    auto table = options_.resume ? erg::CsvTable::resume(options_.out / "training.csv", training_columns(), trainer_.steps_done())
                                 : erg::CsvTable::create(options_.out / "training.csv", training_columns());
    const double total = options_.train_steps ? static_cast<double>(*options_.train_steps) : options_.train_seconds;
    erg::Progress line("training", "steps", options_.train_steps ? total : 0);
    erg::InterruptGuard guard;
    erg::Stopwatch since_start, since_save;
    const double before = clock_[0];
    TrainingRow row;
    double done = progress(total);
    while (done < 1 && !(erg::interrupted() && trainer_.steps_done() % steps_per_row == 0)) {
      add(row, trainer_.step(done));
      clock_[0] = before + since_start.seconds();
      done = progress(total);
      if (trainer_.steps_done() % steps_per_row == 0 || done >= 1) {
        char note[64];
        std::snprintf(note, sizeof note, "ESS %.2f", row.ess / counted(row));
        line.update(static_cast<double>(row.step), note, done);
        append(table, row);
        row = {};
        if (since_save.seconds() > 20) {
          save();
          since_save.restart();
        }
      }
    }
    line.finish();
    save();
    return {trainer_.averaged_weights(), trainer_.steps_done(), trainer_.samples_drawn(), skipped_, clock_[0], done < 1};
  }

 private:
  /// Packs per tile: two share each weight that is loaded; one where configurations are large.
  static int packs_for(int particles) { return particles < 200 ? 2 : 1; }

  double progress(double total) const {
    if (options_.train_steps) return total == 0 ? 1 : static_cast<double>(trainer_.steps_done()) / total;
    return clock_[0] / total;
  }

  static double counted(const TrainingRow& row) { return row.step % steps_per_row ? static_cast<double>(row.step % steps_per_row) : steps_per_row; }

  void add(TrainingRow& row, const erg::TrainingStep& s) {
    row.step = s.step;
    row.samples = static_cast<double>(s.samples);
    row.loss += s.batch.loss;
    row.spread += s.batch.spread;
    row.ess += s.batch.effective_sample_size;
    row.gradient_norm += s.gradient_norm;
    row.rate = s.rate;
    row.skipped = static_cast<double>(s.skipped);
    skipped_ = s.skipped;
  }
  void append(erg::CsvTable& table, const TrainingRow& r) {
    const double n = counted(r);
    table.append(r.step, {r.samples, r.loss / n, r.spread / n, r.ess / n, r.gradient_norm / n, r.rate, r.skipped});
  }

  /// The averaged weights stand under the layers' names; the iterate, the optimiser and the clock under state.*.
  void save() {
    iterate_.assign(trainer_.weights().begin(), trainer_.weights().end());
    const auto average = trainer_.steps_done() ? trainer_.averaged_weights() : std::vector<float>(trainer_.weights().begin(), trainer_.weights().end());
    erg::write_checkpoint<float>(file_, layout_, average, arrays(), facts_);
  }
  void load() {
    require_facts(file_, facts_, {"program", "crystal", "shells", "sweeps", "hidden", "particles", "temperature", "density", "batch", "rate", "seed"});
    iterate_.resize(layout_.size());
    std::vector<float> average(layout_.size());
    erg::read_checkpoint<float>(file_, layout_, average, arrays());
    std::copy(iterate_.begin(), iterate_.end(), trainer_.weights().begin());
  }
  std::vector<erg::NamedArray> arrays() {
    std::vector<erg::NamedArray> all{{"iterate", iterate_}, {"clock", clock_}};
    for (const auto& part : trainer_.state()) all.push_back({part.name, part.values});
    return all;
  }

  const Options& options_;
  std::map<std::string, std::string> facts_;
  std::filesystem::path file_;
  erg::ParameterLayout layout_;
  Flow flow_;
  Target target_;
  Loss loss_;
  erg::Trainer<Loss> trainer_;
  std::vector<double> iterate_;
  std::vector<double> clock_{0.0};  ///< seconds of training so far
  std::int64_t skipped_ = 0;
};

}  // namespace crystal_free_energy
