#include "estimates/estimates.hpp"

#include "erg/estimators/multistate/mbar.hpp"
#include "erg/estimators/time_series/correlation.hpp"
#include "erg/estimators/two_states/bennett.hpp"
#include "erg/io/csv.hpp"
#include "erg/io/plot.hpp"
#include "erg/io/result_file.hpp"

#include <algorithm>
#include <cmath>
#include <span>

namespace solvation {

namespace {

constexpr erg::Bootstrap few_rounds{.rounds = 10};  // the stated errors are the analytic ones

/// Reduced energies of the solute in frames [begin, end), all stages.
erg::ReducedEnergyTable table_of(const Samples& samples, std::size_t stages, std::size_t begin, std::size_t end) {
  const std::size_t frames = end - begin;
  erg::ReducedEnergyTable table{{}, std::vector<std::int64_t>(stages, static_cast<std::int64_t>(frames))};
  table.u_kn.reserve(stages * stages * frames);
  for (std::size_t k = 0; k < stages; ++k)
    for (std::size_t sampled = 0; sampled < stages; ++sampled)
      for (std::size_t f = begin; f < end; ++f) table.u_kn.push_back(samples.reduced[(f * stages + sampled) * stages + k]);
  return table;
}

/// Works of instantaneous growth, from the first or to the first radius, of all frames.
std::vector<double> plain_works(const Samples& samples, std::size_t stages, bool back) {
  std::vector<double> works;
  for (std::size_t f = 0; f < samples.frames; ++f) {
    const float* const energies = samples.reduced.data() + (f * stages + (back ? stages - 1 : 0)) * stages;
    const double across = static_cast<double>(energies[stages - 1]) - static_cast<double>(energies[0]);
    works.push_back(back ? -across : across);
  }
  return works;
}

/// Estimates of repeats as one line.
class Repeats {
 public:
  void add(double value, double stated) {
    values_.push_back(value);
    stated_ += stated;
  }
  Estimates sum_up(int samples) const {
    const auto n = static_cast<double>(values_.size());
    double mean = 0, square = 0;
    for (const double v : values_) mean += v / n;
    for (const double v : values_) square += (v - mean) * (v - mean);
    return {samples, static_cast<int>(n), mean, std::sqrt(square / (n - 1)), stated_ / n};
  }

 private:
  std::vector<double> values_;
  double stated_ = 0;
};

}  // namespace

Comparison compare(const Options& o, const Samples& samples, const std::map<std::string, Works>& works) {
  const auto stages = static_cast<std::size_t>(o.stages), skip = static_cast<std::size_t>(o.training_frames),
             free = samples.frames - skip;
  const auto up = plain_works(samples, stages, false), down = plain_works(samples, stages, true);
  Comparison all;
  std::vector<int> numbers = o.samples;
  std::sort(numbers.begin(), numbers.end());
  for (const int number : numbers) {
    const auto n = static_cast<std::size_t>(number),
               repeats = std::min<std::size_t>(free / n, static_cast<std::size_t>(o.repeats));
    std::map<std::string, Repeats> found;
    for (std::size_t r = 0; r < repeats; ++r) {
      const auto part = [&](const std::vector<double>& of, std::size_t first) { return std::span(of).subspan(first + r * n, n); };
      const auto one_sided = [&](const std::string& name, std::span<const double> w, erg::Direction direction) {
        const auto e = erg::exponential_average(w, direction, few_rounds);
        found[name].add(e.delta_f, e.analytic_error);
      };
      const auto two_sided = [&](const std::string& name, std::span<const double> f, std::span<const double> b) {
        const auto e = erg::bennett_acceptance_ratio(f, b, few_rounds);
        found[name].add(e.delta_f, e.analytic_error);
      };
      one_sided("FEP forward", part(up, skip), erg::Direction::forward);
      one_sided("FEP reverse", part(down, skip), erg::Direction::reverse);
      two_sided("BAR", part(up, skip), part(down, skip));
      const auto many = erg::mbar(table_of(samples, stages, skip + r * n, skip + (r + 1) * n)).difference(0, stages - 1);
      found["MBAR"].add(many.value, many.standard_error);
      for (const auto& [direction, w] : works) {
        if (direction == forward) one_sided("learned FEP forward", part(w.forward, 0), erg::Direction::forward);
        if (direction == reverse) one_sided("learned FEP reverse", part(w.reverse, 0), erg::Direction::reverse);
        if (direction == both) two_sided("learned BAR", part(w.forward, 0), part(w.reverse, 0));
      }
    }
    for (const auto& [name, repeats_of] : found) all[name].push_back(repeats_of.sum_up(number));
  }
  return all;
}

Ladder ladder_of(const Options& o, const Samples& samples) {
  const auto stages = static_cast<std::size_t>(o.stages);
  const auto found = erg::mbar(table_of(samples, stages, 0, samples.frames));
  Ladder ladder{.radius = {}, .free_energy = {}, .error = {}, .inefficiency = 1};
  for (std::size_t k = 0; k < stages; ++k) {
    const auto from_start = found.difference(0, k);
    ladder.radius.push_back(o.radius_from + (o.radius_to - o.radius_from) * static_cast<double>(k) / (o.stages - 1));
    ladder.free_energy.push_back(from_start.value);
    ladder.error.push_back(from_start.standard_error);
  }
  for (const std::size_t end : {std::size_t{0}, stages - 1}) {
    std::vector<double> series;
    for (std::size_t f = 0; f < samples.frames; ++f) series.push_back(samples.reduced[(f * stages + end) * stages + end]);
    ladder.inefficiency = std::max(ladder.inefficiency, erg::statistical_inefficiency(series));
  }
  return ladder;
}

void write_report(const Options& o, const Comparison& comparison, const Ladder& ladder) {
  auto curve = erg::CsvTable::create(o.out / "ladder.csv", {"stage", "radius_sigma", "free_energy_kT", "error_kT"});
  for (std::size_t k = 0; k < ladder.radius.size(); ++k)
    curve.append(static_cast<std::int64_t>(k), {ladder.radius[k], ladder.free_energy[k], ladder.error[k]});

  std::string text = "estimator,samples,repeats,mean_kT,spread_kT,stated_error_kT\n";
  erg::Plot values{.title = "Growing the solute", .x_label = "samples of each ensemble", .y_label = "ΔF / k_BT", .log_x = true};
  erg::Plot errors{.title = "Spread over repeats",
                   .x_label = "samples of each ensemble",
                   .y_label = "error of ΔF / k_BT",
                   .log_x = true,
                   .log_y = true};
  erg::Result result;
  for (const auto& [name, lines] : comparison) {
    erg::Series value{.label = name, .mark = erg::Mark::points}, error{.label = name};
    for (const Estimates& e : lines) {
      text += name + "," + std::to_string(e.samples) + "," + std::to_string(e.repeats);
      for (const double x : {e.mean, e.spread, e.stated}) text += "," + erg::to_text(x);
      text += "\n";
      value.x.push_back(e.samples), value.y.push_back(e.mean), value.error.push_back(e.spread);
      error.x.push_back(e.samples), error.y.push_back(e.spread);
    }
    if (!lines.empty() && std::isfinite(lines.back().mean + lines.back().spread))
      result["estimates"][name] = {{"samples", lines.back().samples},
                                   {"repeats", lines.back().repeats},
                                   {"mean_kT", lines.back().mean},
                                   {"spread_kT", lines.back().spread}};
    values.series.push_back(std::move(value));
    errors.series.push_back(std::move(error));
  }
  values.levels.push_back({"MBAR, all samples", ladder.free_energy.back()});
  erg::write_bytes(o.out / "estimates.csv", text);
  result["free_energy_kT"] = {{"value", ladder.free_energy.back()}, {"error", ladder.error.back()}};
  result["frames_per_independent_sample"] = ladder.inefficiency;
  erg::write_result(o.out / "result.json", result);
  erg::draw(o.out / "estimates.png", values);
  erg::draw(o.out / "errors.png", errors);
  erg::draw(o.out / "ladder.png", {.title = "Free energy along the ladder",
                                   .x_label = "radius of the solute / σ",
                                   .y_label = "ΔF / k_BT",
                                   .series = {{.x = ladder.radius, .y = ladder.free_energy, .error = ladder.error}}});
}

}  // namespace solvation
