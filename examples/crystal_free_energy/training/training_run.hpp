/// \file
/// Training with checkpoints, a table of progress, and a clean stop.
#pragma once

#include "crystals/published_model.hpp"
#include "directory/result_directory.hpp"

#include "erg/io/checkpoint.hpp"
#include "erg/io/csv.hpp"
#include "erg/io/interrupt.hpp"
#include "erg/io/progress.hpp"
#include "erg/training/trainer.hpp"
#include "erg/version.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace crystal_free_energy {

/// What training leaves behind.
struct Trained {
  std::vector<float> weights;  ///< running average: what to sample with
  std::int64_t steps = 0, samples = 0, skipped = 0;
  double seconds = 0;
  bool interrupted = false;
  std::optional<std::array<int, 3>> cells{};  ///< unit cells along each edge of the crystal trained with, where known
};

inline std::string cells_text(const std::array<int, 3>& cells) {
  return std::to_string(cells[0]) + " x " + std::to_string(cells[1]) + " x " + std::to_string(cells[2]);
}

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

inline std::string widths_text(const std::vector<int>& widths) {
  std::string text;
  for (const int w : widths) text.append(text.empty() ? "" : ",").append(std::to_string(w));
  return text;
}

/// The arrays that a training goes on from; counted up when they change. Weights alone can be read from any.
inline constexpr const char* checkpoint_format = "2";

/// What only the checkpoint of a flow that is told its temperature says.
inline constexpr const char* temperature_range_fact = "temperature_range";

/// What a checkpoint says of itself.
inline std::map<std::string, std::string> facts_of(const Options& o, const Case& c) {
  std::map<std::string, std::string> facts{{"program", "crystal_free_energy"},
                                           {"format", checkpoint_format},
                                           {"version", erg::version},
                                           {"crystal", c.identity},
                                           {"model", o.model},
                                           {"particles", std::to_string(c.particles)},
                                           {"cells", cells_text(crystal_of(c, c.particles).cells)},
                                           {"temperature", erg::to_text(c.temperature)},
                                           {"density", erg::to_text(c.density)},
                                           {"batch", std::to_string(o.batch)},
                                           {"rate", erg::to_text(o.rate)},
                                           {"seed", std::to_string(o.seed)}};
  if (o.model == published) {
    const PublishedModel model(o, c);
    facts.insert({{"layers", std::to_string(model.layers)},
                  {"width", std::to_string(model.width)},
                  {"frequencies", std::to_string(model.frequencies)},
                  {"noise", erg::to_text(model.noise)}});
  } else {
    facts.insert({{"shells", std::to_string(c.shells)}, {"sweeps", std::to_string(o.sweeps)}, {"hidden", widths_text(o.hidden)}});
  }
  return facts;
}

/// Names of the facts that weights need to be read at all: the published model's weights are of one number of particles.
inline std::vector<std::string> model_facts(const Options& o) {
  if (o.model == published) return {"program", "crystal", "model", "layers", "width", "frequencies", "noise", "particles"};
  return {"program", "crystal", "model", "shells", "sweeps", "hidden"};
}
/// Names of those that a training needs to go on as it was.
inline std::vector<std::string> training_facts(const Options& o) {
  std::vector<std::string> names = model_facts(o);
  names.insert(names.begin() + 1, "format");
  names.insert(names.end(), {"particles", "cells", "temperature", "density", "batch", "rate", "seed"});
  return names;
}

/// Errors: InputError naming the first fact of `file` that differs.
inline void require_facts(const std::filesystem::path& file, const std::map<std::string, std::string>& found,
                          const std::map<std::string, std::string>& expected, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const auto at = found.find(name);
    const std::string got = at == found.end() ? "none" : "'" + at->second + "'";
    const std::string why = name == "format" ? ": another version's training cannot go on, but --weights takes its weights" : "";
    if (at == found.end() || at->second != expected.at(name))
      throw erg::InputError("checkpoint " + file.string(), name, got, "'" + expected.at(name) + "'" + why);
  }
}

/// The temperatures that a flow is told, if it is one that is: those of --temperature-range, or of the weights to be used.
///
/// Errors:  InputError for weights of a flow that is told nothing where several temperatures are asked for, for temperatures
///          outside the weights' range, and for a file that is no checkpoint.
inline std::optional<TrainedRange> trained_range(const Options& o, double temperature) {
  if (!o.weights) return o.temperature_range ? std::optional(o.temperature_range->ends()) : std::nullopt;
  const auto facts = erg::read_safetensors(*o.weights).metadata;
  const auto said = facts.find(temperature_range_fact);
  const std::string place = "weights " + o.weights->string();
  if (said == facts.end()) {
    if (!o.temperature_range) return std::nullopt;
    throw erg::InputError("--temperature-range", place, "none in their training", "weights trained with --temperature-range");
  }
  const auto trained = detail::range_of(said->second);
  if (!trained) throw erg::InputError(temperature_range_fact, place, erg::excerpt(said->second), "T1:T2");
  const TrainedRange asked = o.temperature_range ? o.temperature_range->ends() : TrainedRange{temperature, temperature};
  if (trained->contains(asked.coldest) && trained->contains(asked.hottest)) return trained;
  throw erg::InputError(o.temperature_range ? "--temperature-range" : "--temperature", place,
                        o.temperature_range ? asked.text() : erg::to_text(temperature),
                        "temperatures within " + trained->text() + ", where they were trained");
}

/// Weights that were trained before, at any state point of the same crystal and at any size that the model is not bound to, with
/// what they say of their training.
///
/// Errors:  InputError when they are of another crystal or another model, or the file is no checkpoint.
inline Trained read_trained(const std::filesystem::path& file, const erg::ParameterLayout& layout, const Options& o,
                            const Case& c) {
  require_facts(file, erg::read_safetensors(file).metadata, facts_of(o, c), model_facts(o));
  Trained t;
  t.weights.resize(layout.size());
  const auto said = erg::read_checkpoint<float>(file, layout, t.weights);
  const auto number = [&](const std::string& name) {
    const auto at = said.find(name);
    const double x = at == said.end() ? 0 : erg::parse_number<double>(at->second).value_or(0);
    return x >= 0 && x < 9e15 ? x : 0;
  };
  t.steps = static_cast<std::int64_t>(number("steps"));
  t.samples = static_cast<std::int64_t>(number("samples"));
  t.skipped = static_cast<std::int64_t>(number("skipped"));
  t.seconds = number("seconds");
  std::array<int, 3> cells{};
  if (const auto at = said.find("cells");
      at != said.end() && std::sscanf(at->second.c_str(), "%4d x %4d x %4d", &cells[0], &cells[1], &cells[2]) == 3)
    t.cells = cells;
  return t;
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
                 {.batch = o.batch, .rate = {o.rate}, .clip = pace.largest_gradient, .average_decay = pace.average_decay},
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
    const auto found = erg::read_safetensors(file_).metadata;
    const std::string got = range_in(found), expected = range_in(facts_);
    if (got != expected)
      throw erg::InputError("checkpoint " + file_.string(), temperature_range_fact, erg::excerpt(got), "'" + expected + "'");
    require_facts(file_, found, facts_, training_facts(options_));
    iterate_.resize(layout_.size());
    std::vector<float> average(layout_.size());
    erg::read_checkpoint<float>(file_, layout_, average, arrays());
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
