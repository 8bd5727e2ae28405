/// \file
/// Training with checkpoints, a table of progress, and a clean stop.
#pragma once

#include "directory/result_directory.hpp"
#include "training/trained_weights.hpp"

#include "erg/io/csv.hpp"
#include "erg/io/interrupt.hpp"
#include "erg/io/progress.hpp"
#include "erg/training/trainer.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace crystal_free_energy {

/// What the next row of training.csv will say: means over the steps since the row before. It is kept in checkpoints, so that a
/// row may be begun before an interruption and ended after it.
class TrainingRow {
 public:
  void add(const erg::TrainingStep& s) {
    ++sums_[count];
    sums_[samples] = static_cast<double>(s.samples);
    sums_[loss] += s.batch.loss;
    sums_[spread] += s.batch.spread;
    sums_[ess] += s.batch.effective_sample_size;
    sums_[gradient_norm] += s.gradient_norm;
    sums_[rate] = s.rate;
    sums_[skipped] = static_cast<double>(s.skipped);
  }
  double mean_ess() const { return sums_[ess] / sums_[count]; }
  double steps_skipped() const { return sums_[skipped]; }

  /// The row in the order of `training_columns`, without the step; the next one begins.
  std::array<double, 7> finish() {
    const double n = sums_[count];
    const std::array<double, 7> row{sums_[samples],           sums_[loss] / n, sums_[spread] / n, sums_[ess] / n,
                                    sums_[gradient_norm] / n, sums_[rate],     sums_[skipped]};
    for (const Sum s : {count, loss, spread, ess, gradient_norm}) sums_[s] = 0;
    return row;
  }
  std::span<double> state() { return sums_; }

 private:
  enum Sum { count, samples, loss, spread, ess, gradient_norm, rate, skipped, size };
  std::array<double, size> sums_{};
};

inline constexpr int steps_per_row = 10;

inline const std::vector<std::string>& training_columns() {
  static const std::vector<std::string> names{"step",      "samples",       "loss_nats", "spread_nats",
                                              "batch_ess", "gradient_norm", "rate",      "skipped"};
  return names;
}

/// Packs per tile: two share each weight that is loaded; one where configurations are large.
inline int packs_for(int particles) { return particles < 200 ? 2 : 1; }

/// What of a training is the model's and no option.
struct Pace {
  double largest_gradient = 100;  ///< norm [nats] above which it is scaled down
  double average_decay = 0.998;   ///< per step, of the running average of weights
};

/// Trains one set of weights by any loss.
template <class Loss>
class TrainingRun {
 public:
  /// `layout` names the weights, `facts` what a checkpoint says of them; the loss stays with the caller.
  TrainingRun(const Options& o, std::map<std::string, std::string> facts, erg::ParameterLayout layout, Loss& loss,
              std::vector<float> initial, const Pace& pace = {})
      : options_(o),
        facts_(std::move(facts)),
        file_(o.out / "weights.safetensors"),
        layout_(std::move(layout)),
        trainer_(loss, std::move(initial),
                 {.batch = o.batch,
                  .rate = {o.rate},
                  .clip = pace.largest_gradient,
                  .average_decay = pace.average_decay,
                  .tied = !o.free_weights},
                 o.seed) {}

  Trained run(const ResultDirectory& directory) {
    if (options_.resume) load();
    directory.set_aside(options_.resume ? ResultDirectory::Training::stays : ResultDirectory::Training::moves);
    auto table = options_.resume ? erg::CsvTable::resume(options_.out / "training.csv", training_columns(), trainer_.steps_done())
                                 : erg::CsvTable::create(options_.out / "training.csv", training_columns());
    const double total = options_.train_steps ? static_cast<double>(*options_.train_steps) : options_.train_seconds;
    const erg::InterruptGuard guard;
    const erg::Stopwatch since_start;
    const double before = clock_[0];
    double done = progress(total);
    erg::Progress line("training", "steps", options_.train_steps ? total : 0);
    line.begin_at(static_cast<double>(trainer_.steps_done()), done);
    erg::Stopwatch since_save;
    double pause = 1;  // seconds to the next save: soon at first, then rarely
    while (done < 1 && !erg::interrupted()) {
      row_.add(trainer_.step(done));
      clock_[0] = before + since_start.seconds();
      done = progress(total);
      if (trainer_.steps_done() % steps_per_row == 0 || done >= 1) {
        char note[64];
        std::snprintf(note, sizeof note, "ESS %.2f", row_.mean_ess());
        line.update(static_cast<double>(trainer_.steps_done()), note, done);
        table.append(trainer_.steps_done(), row_.finish());
      }
      if (since_save.seconds() > pause) {
        const erg::Stopwatch saving;
        save();
        pause = std::max(std::min(2 * pause, 30.0),
                         20 * saving.seconds());  // a big model is saved no more than a twentieth of the time
        since_save.restart();
      }
    }
    line.finish();
    save();
    return {
        average(), trainer_.steps_done(), trainer_.samples_drawn(), static_cast<std::int64_t>(row_.steps_skipped()), clock_[0],
        done < 1};
  }

 private:
  double progress(double total) const {
    if (options_.train_steps) return total == 0 ? 1 : static_cast<double>(trainer_.steps_done()) / total;
    return clock_[0] / total;
  }

  /// What to sample with; before the first step there is no average yet.
  std::vector<float> average() {
    if (trainer_.steps_done() > 0) return trainer_.averaged_weights();
    return {trainer_.weights().begin(), trainer_.weights().end()};
  }

  /// The averaged weights stand under the layers' names; the iterate, the optimiser and the clock under state.*.
  void save() {
    iterate_.assign(trainer_.weights().begin(), trainer_.weights().end());
    auto facts = facts_;
    facts["steps"] = std::to_string(trainer_.steps_done());
    facts["samples"] = std::to_string(trainer_.samples_drawn());
    facts["skipped"] = erg::to_text(row_.steps_skipped());
    facts["seconds"] = erg::to_text(clock_[0]);
    erg::write_checkpoint<float>(file_, layout_, average(), arrays(), facts);
  }
  void load() {
    const auto range_in = [](const auto& facts) {
      const auto at = facts.find(temperature_range_fact);
      return at == facts.end() ? std::string("none") : at->second;
    };
    erg::TensorInput input(file_);
    const std::string got = range_in(input.metadata()), expected = range_in(facts_);
    if (got != expected)
      throw erg::InputError("checkpoint " + file_.string(), temperature_range_fact, erg::excerpt(got), "'" + expected + "'");
    require_facts(input, facts_, training_facts(options_));
    iterate_.resize(layout_.size());
    std::vector<float> average(layout_.size());
    erg::read_checkpoint<float>(input, layout_, average, arrays());
    std::copy(iterate_.begin(), iterate_.end(), trainer_.weights().begin());
  }
  std::vector<erg::NamedArray> arrays() {
    std::vector<erg::NamedArray> all{{"iterate", iterate_}, {"clock", clock_}, {"row", row_.state()}};
    for (const auto& part : trainer_.state()) all.push_back({part.name, part.values});
    return all;
  }

  const Options& options_;
  std::map<std::string, std::string> facts_;
  std::filesystem::path file_;
  erg::ParameterLayout layout_;
  erg::Trainer<Loss> trainer_;
  std::vector<double> iterate_;
  std::vector<double> clock_{0.0};  ///< seconds of training so far
  TrainingRow row_;
};

}  // namespace crystal_free_energy
