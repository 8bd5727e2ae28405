#include "report/report.hpp"

#include "report/pictures.hpp"
#include "sampling/pair_distances.hpp"

#include "erg/io/interrupt.hpp"
#include "erg/io/result_file.hpp"
#include "erg/version.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <optional>
#include <string>

namespace crystal_baseline {

namespace {

/// What every method is asked to reach.  [k_BT per particle]
constexpr double target_error = 1e-4;

erg::Result with_error(const erg::Estimate& x) { return {{"value", x.value}, {"standard_error", x.standard_error}}; }

erg::Result method_of(const Case& c, const Method& m) {
  const auto if_known = [&](double x) { return m.known() ? erg::Result(x) : erg::Result(); };  // else null
  erg::Result j{{"value", if_known(m.beta_f)}, {"standard_error", if_known(m.error)}};
  if (const auto known = c.published.find(c.particles); known != c.published.end())
    j["difference_from_published"] = if_known(m.beta_f - known->second);
  j["reliable"] = m.reliable;
  if (!m.note.empty()) j["note"] = m.note;
  j["energy_evaluations"] = m.evaluations;
  j["energy_evaluations_to_1e-4"] = if_known(m.evaluations * m.factor_to(target_error));
  j["processor_seconds"] = m.seconds;
  j["processor_seconds_to_1e-4"] = if_known(m.seconds * m.factor_to(target_error));
  return j;
}

/// Every two methods that have a figure: how far apart, and the error of that if they shared no samples.
erg::Result differences_of(const std::vector<Method>& all_methods) {
  std::vector<Method> methods;
  std::copy_if(all_methods.begin(), all_methods.end(), std::back_inserter(methods), [](const Method& m) { return m.known(); });
  erg::Result all = erg::Result::array();
  for (std::size_t a = 0; a < methods.size(); ++a)
    for (std::size_t b = a + 1; b < methods.size(); ++b)
      all.push_back({{"methods", {methods[a].name, methods[b].name}},
                     {"value", methods[b].beta_f - methods[a].beta_f},
                     {"standard_error", std::hypot(methods[a].error, methods[b].error)}});
  return all;
}

erg::Result comparison_of(const EnergyComparison& e, const DistributionComparison& g) {
  return {{"mean_energy_difference_per_particle", with_error(e.mean_difference)},
          {"kolmogorov_smirnov", with_error(e.distance)},
          {"kolmogorov_smirnov_of_equals", e.expected},
          {"probability_if_equal", e.probability},
          {"rdf_relative_difference", with_error(g.distance)},
          {"rdf_noise", g.noise},
          {"rdf_chi_square_per_shell", g.chi_square}};
}

void write_json(const Options& o, const Case& c, const Setup& setup, const Record& record, const ChainFacts& chain,
                const Estimates& found, const std::optional<Similarity>& similar) {
  erg::Result j;
  j["crystal"] = c.name;
  j["particles"] = c.particles;
  j["temperature"] = c.temperature;
  j["density"] = c.density;
  j["units"] = {{"energy", c.energy_unit}, {"length", c.length_unit}, {"temperature", c.temperature_unit}};
  j["counting"] = "one_site_fixed";
  j["harmonic"] = erg::free_energy_per_particle(setup.terms, 0);
  if (const auto known = c.published.find(c.particles); known != c.published.end())
    j["published"] = {{"value", known->second}, {"source", c.source}};
  for (const Method& m : found.methods) j["beta_f_per_particle"][m.name] = method_of(c, m);
  j["differences"] = differences_of(found.methods);
  j["reference"] = o.reference;
  j["path"] = erg::Result::array();
  for (std::size_t k = 0; k < setup.stages(); ++k) {
    const MeanForce& f = found.forces[k];
    erg::Result stage{{"coupling", f.coupling},
                      {"mean_force", {{"value", f.value}, {"standard_error", f.error}}},
                      {"statistical_inefficiency", f.inefficiency},
                      {"free_energy", std::isfinite(found.stage_f[k]) ? erg::Result(found.stage_f[k]) : erg::Result()}};
    if (k + 1 < setup.stages()) {
      stage["overlap_with_next"] = found.overlap[k];
      stage["exchanged_with_next"] = std::isfinite(chain.exchange[k]) ? chain.exchange[k] : 0.0;
    }
    j["path"].push_back(stage);
  }
  j["sampling"] = {{"ladders", o.ladders},
                   {"samples", setup.samples(record)},
                   {"trajectories", record.trajectories},
                   {"leaps", o.leaps},
                   {"time_step", chain.step},
                   {"acceptance", chain.acceptance},
                   {"energy_evaluations", record.evaluations}};
  if (similar) {
    j["flow"] = {{"samples", record.flow_log_weight.size()},
                 {"ess", found.effective_sample_size},
                 {"overlap_with_crystal", found.bar_overlap},
                 {"training_energy_evaluations", setup.training_evaluations},
                 {"training_seconds", setup.training_seconds}};
    j["flow_beside_simulation"] = {{"as_drawn", comparison_of(similar->plain, similar->g_plain)},
                                   {"reweighted", comparison_of(similar->weighted, similar->g_weighted)}};
  }
  j["seconds"] = {{"sampling", record.sampling_seconds},
                  {"flow_at_crystal_samples", record.look_up_seconds},
                  {"flow_samples", record.drawing_seconds}};
  j["seed"] = o.seed;
  j["version"] = erg::version;
  erg::write_result(o.out / "result.json", j);
}

/// methods.csv and mean_force.csv, and with a flow rdf.csv. What is not known is left empty.
void write_tables(const Options& o, const Estimates& found, const std::optional<Similarity>& similar) {
  const auto row = [](std::initializer_list<double> numbers) {
    std::string text;
    for (const double x : numbers) {
      if (std::isfinite(x)) text += erg::to_text(x);
      text += ',';
    }
    text.back() = '\n';
    return text;
  };
  std::string methods =
      "method,beta_f_per_particle,standard_error,processor_seconds,energy_evaluations,processor_seconds_to_1e-4,"
      "energy_evaluations_to_1e-4\n";
  for (const Method& m : found.methods) {
    const double factor = m.factor_to(target_error);
    methods += m.name + "," + row({m.beta_f, m.error, m.seconds, m.evaluations, factor * m.seconds, factor * m.evaluations});
  }
  erg::write_bytes(o.out / "methods.csv", methods);
  std::string forces = "coupling,mean_force,standard_error,statistical_inefficiency\n";
  for (const MeanForce& f : found.forces) forces += row({f.coupling, f.value, f.error, f.inefficiency});
  erg::write_bytes(o.out / "mean_force.csv", forces);
  if (!similar) return;
  const Similarity& s = *similar;
  std::string rdf = "r,g_simulation,g_simulation_error,g_flow,g_flow_error,g_flow_reweighted,g_flow_reweighted_error\n";
  for (std::size_t b = 0; b < s.r.size(); ++b)
    rdf += row({s.r[b], s.g_crystal[b], s.g_crystal_error[b], s.g_flow[b], s.g_flow_error[b], s.g_flow_weighted[b],
                s.g_flow_weighted_error[b]});
  erg::write_bytes(o.out / "rdf.csv", rdf);
}

void print_comparison(const char* what, const EnergyComparison& e, const DistributionComparison& g) {
  std::printf(
      "  %-11s mean energy %+.2e ± %.0e k_BT, Kolmogorov–Smirnov %.4f ± %.4f (equals: %.4f), g(r) %.1e ± %.0e (noise %.0e)\n",
      what, e.mean_difference.value, e.mean_difference.standard_error, e.distance.value, e.distance.standard_error, e.expected,
      g.distance.value, g.distance.standard_error, g.noise);
}

void print_table(const Case& c, const Setup& setup, const Estimates& found, const std::optional<Similarity>& similar) {
  std::printf("%s, N = %d, F/(N k_BT)\n\n", c.title.c_str(), c.particles);
  std::printf("  %-26s %12s %10s %12s %14s %12s %14s\n", "", "F/(N k_BT)", "error", "CPU s", "evaluations", "CPU s, 1e-4",
              "ev., 1e-4");
  for (const Method& m : found.methods) {
    const double factor = m.factor_to(target_error);
    // the dash of a title takes three bytes and one place
    const int wide =
        26 + static_cast<int>(std::count_if(m.title.begin(), m.title.end(), [](char x) { return (x & 0xC0) == 0x80; }));
    if (m.known())
      std::printf("  %-*s %12.5f %c%9.6f %12.1f %14.0f %12.1f %14.0f\n", wide, m.title.c_str(), m.beta_f, m.reliable ? ' ' : '>',
                  m.error, m.seconds, m.evaluations, factor * m.seconds, factor * m.evaluations);
    else
      std::printf("  %-*s %12s %10s %12.1f %14.0f %12s %14s\n", wide, m.title.c_str(), "not known", "-", m.seconds, m.evaluations,
                  "-", "-");
    if (!m.note.empty()) std::printf("    %s\n", m.note.c_str());
  }
  std::printf("  %-26s %12.5f\n", "harmonic", erg::free_energy_per_particle(setup.terms, 0));
  if (const auto known = c.published.find(c.particles); known != c.published.end())
    std::printf("  %-26s %12.5f            %s\n", "published", known->second, c.source.c_str());
  if (!similar) return;
  std::printf("\nflow beside simulation (training: %.0f s, %.0f evaluations, not in the table)\n", setup.training_seconds,
              setup.training_evaluations);
  print_comparison("as drawn", similar->plain, similar->g_plain);
  print_comparison("reweighted", similar->weighted, similar->g_weighted);
}

}  // namespace

void report(const Options& o, const Case& c, const erg::Crystal& crystal, const Setup& setup, const Record& record,
            const ChainFacts& chain) {
  const Estimates found = estimate(record, setup);
  std::optional<Similarity> similar;
  if (!record.flow_log_weight.empty()) similar = compare(record, setup, rdf_reach(crystal));
  write_tables(o, found, similar);
  write_json(o, c, setup, record, chain, found, similar);
  print_table(c, setup, found, similar);
  std::fflush(stdout);
  draw_pictures(o, c, setup, record, found, similar);
  std::printf("\nresults in %s\n", o.out.string().c_str());
}

}  // namespace crystal_baseline
