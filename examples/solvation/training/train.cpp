#include "training/train.hpp"

#include "training/directed_loss.hpp"

#include "erg/io/checkpoint.hpp"
#include "erg/io/csv.hpp"
#include "erg/io/npy.hpp"
#include "erg/training/trainer.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>

namespace solvation {

namespace {

std::map<std::string, std::string> facts_of(const Options& o, const std::string& direction) {
  return {{"direction", direction},
          {"settings", sampling_settings(o)},
          {"training_frames", std::to_string(o.training_frames)},
          {"steps", std::to_string(o.train_steps)},
          {"batch", std::to_string(o.batch)},
          {"rate", erg::to_text(o.rate)},
          {"training_flow_steps", std::to_string(o.training_flow_steps)}};
}

/// A training with its files.
class Run {
 public:
  Run(const Options& o, const SolventMap& map, const erg::ParameterLayout& layout, DirectedLoss& loss,
      const std::string& direction)
      : options_(o),
        layout_(layout),
        file_(o.out / ("weights-" + direction + ".safetensors")),
        table_(o.out / ("training-" + direction + ".csv")),
        direction_(direction),
        facts_(facts_of(o, direction)),
        trainer_(loss, start_of(map, layout, o.seed), {.batch = o.batch, .rate = {o.rate}}, o.seed) {}

  /// Goes on with the checkpoint; false where there is none.
  bool resume() {
    const bool there = std::filesystem::exists(file_);
    if (there) load();
    return there;
  }
  std::optional<std::vector<float>> to_the_end() {
    auto table = erg::CsvTable::resume(table_, {"step", "loss_nats", "spread_nats", "gradient_norm", "rate", "skipped"},
                                       trainer_.steps_done());
    const erg::InterruptGuard guard;
    erg::Progress line("training " + direction_, "steps", options_.train_steps);
    line.begin_at(static_cast<double>(trainer_.steps_done()));
    erg::Stopwatch since_save;
    while (trainer_.steps_done() < options_.train_steps) {
      if (erg::interrupted()) return save(), std::nullopt;
      const auto done = trainer_.step(static_cast<double>(trainer_.steps_done()) / options_.train_steps);
      table.append(done.step, {done.batch.loss, done.batch.spread, done.gradient_norm, done.rate, double(done.skipped)});
      char note[48];
      std::snprintf(note, sizeof note, "work %.2f, spread %.2f", done.batch.loss, done.batch.spread);
      line.update(static_cast<double>(done.step), note);
      if (since_save.seconds() > 20) save(), since_save.restart();
    }
    save();
    return trainer_.averaged_weights();
  }

 private:
  static std::vector<float> start_of(const SolventMap& map, const erg::ParameterLayout& layout, std::uint64_t seed) {
    std::vector<float> weights(layout.size());
    std::uint64_t index = 0;
    map.initialise(weights.data(), [&] { return erg::normal({seed, erg::StreamName::initialise}, index++, 0); });
    return weights;
  }
  std::vector<erg::NamedArray> arrays() {
    std::vector<erg::NamedArray> all{{"iterate", iterate_}};
    for (const auto& part : trainer_.state()) all.push_back({part.name, part.values});
    return all;
  }
  void save() {
    if (trainer_.steps_done() == 0) return;
    iterate_.assign(trainer_.weights().begin(), trainer_.weights().end());
    const auto average = trainer_.averaged_weights();
    erg::write_checkpoint<float>(file_, layout_, average, arrays(), facts_);
  }
  void load() {
    erg::TensorInput input(file_);
    for (const auto& [name, value] : facts_) {
      const auto at = input.metadata().find(name);
      const std::string got = at == input.metadata().end() ? "nothing" : at->second;
      if (got != value)
        throw erg::InputError("checkpoint " + file_.string(), name, erg::excerpt(got),
                              erg::excerpt(value) + ", as the options say, or another --out");
    }
    iterate_.resize(layout_.size());
    std::vector<float> average(layout_.size());
    erg::read_checkpoint<float>(input, layout_, average, arrays());
    std::copy(iterate_.begin(), iterate_.end(), trainer_.weights().begin());
  }

  const Options& options_;
  const erg::ParameterLayout& layout_;
  std::filesystem::path file_, table_;
  std::string direction_;
  std::map<std::string, std::string> facts_;
  erg::Trainer<DirectedLoss> trainer_;
  std::vector<double> iterate_;
};

using Double = erg::native_lanes<double>;

/// Works depend on the weights and on the steps of the flow: what stands in the file is of these steps.
std::filesystem::path works_file(const Options& o, const std::string& direction, bool back) {
  return o.out / (std::string("works-").append(direction).append(back ? "-reverse-" : "-forward-") +
                  std::to_string(o.flow_steps) + "-steps.npy");
}
/// Of weights that are trained now, no works are known: those of other weights go.
void forget_works(const Options& o, const std::string& direction) {
  for (const auto& entry : std::filesystem::directory_iterator(o.out))
    if (entry.path().filename().string().starts_with("works-" + direction + "-")) std::filesystem::remove(entry.path());
}

/// Works by the map or its inverse, kept in a file.
class WorkRun {
 public:
  WorkRun(const Options& o, const System& system, const SolventMap& map, const std::vector<float>& weights, bool back,
          const std::string& direction)
      : system_(system),
        map_(map),
        theta_(weights.begin(), weights.end()),
        back_(back),
        skip_(static_cast<std::size_t>(o.training_frames)),
        file_(works_file(o, direction, back)),
        tapes_(static_cast<std::size_t>(erg::thread_count())) {
    if (!std::filesystem::exists(file_)) return;
    const auto kept = erg::read_npy<double>(file_);
    works_.assign(kept.begin(), kept.end());
  }

  /// The first `count` of them; nothing after an interrupt.
  std::optional<std::vector<double>> to_the_end(const LadderRun& samples, std::size_t count) {
    const std::size_t before = works_.size();
    const erg::InterruptGuard guard;
    erg::Progress line(back_ ? "mapping back" : "mapping", "samples", static_cast<int>(count));
    line.begin_at(static_cast<double>(before));
    erg::Stopwatch since_save;
    samples.positions(back_ ? End::last : End::first, skip_ + works_.size(), skip_ + std::max(count, works_.size()),
                      [&](std::span<const double> x) {
                        if (erg::interrupted()) return;
                        add(x);
                        line.update(static_cast<double>(works_.size()), "");
                        if (since_save.seconds() > 20) save(), since_save.restart();
                      });
    if (works_.size() != before) save();
    if (works_.size() < count) return std::nullopt;
    line.finish();
    return std::vector<double>(works_.begin(), works_.begin() + static_cast<std::ptrdiff_t>(count));
  }

 private:
  void save() const { erg::write_npy<double, 1>(file_, works_, {works_.size()}); }

  /// Those of some samples.
  void add(std::span<const double> samples) {
    constexpr int width = erg::lanes_of<Double>;
    const auto from = system_.solute().at(back_ ? 1 : 0), to = system_.solute().at(back_ ? 0 : 1);
    const int rows = 3 * system_.particles(), count = static_cast<int>(samples.size() / static_cast<std::size_t>(rows));
    const int tiles = (count + width - 1) / width;
    const std::size_t done = works_.size();
    works_.resize(done + static_cast<std::size_t>(tiles) * width);
    erg::parallel_for(tiles, [&](int tile, int thread) {
      auto& tape = tapes_[static_cast<std::size_t>(thread)];
      erg::TileBuffer<Double> buffer(rows, 1);
      const auto u = buffer.view();
      for (int s = 0; s < width; ++s) {
        const auto sample = static_cast<std::size_t>(std::min(tile * width + s, count - 1));
        for (int row = 0; row < rows; ++row) set_lane(u(row, 0), s, samples[sample * static_cast<std::size_t>(rows) + row]);
      }
      double before[width], after[width], log_det[width] = {};
      from.exact_energy(erg::Tile<const Double>(u), before, tape);
      if (back_) {
        map_.inverse<Double>(theta_.data(), u, log_det, tape);
      } else {
        map_.forward<Double>(theta_.data(), u, log_det, tape);
      }
      to.exact_energy(erg::Tile<const Double>(u), after, tape);
      for (int s = 0; s < width; ++s)
        works_[done + static_cast<std::size_t>(tile * width + s)] = system_.beta() * (after[s] - before[s]) - log_det[s];
    });
    works_.resize(done + static_cast<std::size_t>(count));
  }

  const System& system_;
  const SolventMap& map_;
  std::vector<double> theta_;
  bool back_;
  std::size_t skip_;
  std::filesystem::path file_;
  std::vector<erg::Tape<Double>> tapes_;
  std::vector<double> works_;
};

/// How many samples beyond those of training the estimates take.
std::size_t needed(const Options& o) {
  const auto free = static_cast<std::size_t>(o.frames - o.training_frames);
  std::size_t most = 0;
  for (const int n : o.samples) {
    const auto each = static_cast<std::size_t>(n);
    most = std::max(most, each * std::min(free / each, static_cast<std::size_t>(o.repeats)));
  }
  return most;
}

}  // namespace

std::optional<std::vector<float>> train(const Options& o, const System& system, const SolventMap& map,
                                        const erg::ParameterLayout& layout, const Samples& samples,
                                        const std::string& direction) {
  DirectedLoss loss(system, map, samples.first, samples.last, direction);
  Run run(o, map, layout, loss, direction);
  if (!run.resume()) forget_works(o, direction);
  return run.to_the_end();
}

std::optional<Works> works_of(const Options& o, const System& system, const SolventMap& map, const std::vector<float>& weights,
                              const LadderRun& samples, const std::string& direction) {
  Works works;
  for (const bool back : {false, true}) {
    if (direction == (back ? forward : reverse)) continue;
    auto all = WorkRun(o, system, map, weights, back, direction).to_the_end(samples, needed(o));
    if (!all) return std::nullopt;
    (back ? works.reverse : works.forward) = std::move(*all);
  }
  return works;
}

}  // namespace solvation
