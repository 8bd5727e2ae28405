#include "report/report.hpp"

#include "erg/estimators/histogram.hpp"
#include "erg/estimators/radial_distribution.hpp"
#include "erg/io/plot.hpp"
#include "erg/io/result_file.hpp"
#include "erg/io/structures/extxyz.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace crystal_free_energy {

namespace {

std::vector<double> middles(const std::vector<double>& edges) {
  std::vector<double> x;
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) x.push_back((edges[i] + edges[i + 1]) / 2);
  return x;
}

char kind_letter(std::size_t kind) { return static_cast<char>('A' + kind); }

int of_species(const erg::UnitCell& unit, std::size_t species) {
  return static_cast<int>(std::count(unit.species.begin(), unit.species.end(), static_cast<int>(species)));
}

void print_table(const Case& c, const Findings& found) {
  std::printf("\n%s: T = %g %s, %g particles/%s^3\n", c.title.c_str(), c.temperature, c.temperature_unit.c_str(), c.density,
              c.length_unit == "sigma" ? "sigma" : "Angstrom");
  const erg::SiteKinds kinds = erg::site_kinds(c.unit);
  const auto plural = [](auto n) { return n == 1 ? "" : "s"; };
  std::printf("%d site%s in the unit cell, of %zu kind%s by symmetry", c.unit.size(), plural(c.unit.size()),
              kinds.reference.size(), plural(kinds.reference.size()));
  for (std::size_t k = 0; c.symbols.size() > 1 && k < c.symbols.size(); ++k)
    std::printf("; %d %s (kind %c)", of_species(c.unit, k), c.symbols[k].c_str(), kind_letter(k));
  if (!found.sizes.front().held)
    std::printf("; %d neighbours in %d shell%s", erg::neighbour_shells(found.crystals.front(), c.shells).count, c.shells,
                plural(c.shells));
  std::printf("\n");
  std::printf("trained %lld steps, %lld energy evaluations, %.1f s\n", static_cast<long long>(found.trained.steps),
              static_cast<long long>(found.trained.samples), found.trained.seconds);
  if (found.trained.skipped > 0)
    std::printf("%lld of the steps were skipped: their gradient was not finite\n", static_cast<long long>(found.trained.skipped));
  std::printf("\n");
  std::printf("      N  harmonic F/NkT   learned F/NkT     error     ESS  (%8s)   published  difference\n",
              found.sizes.front().held ? "base" : "harmonic");
  for (const SizeResult& r : found.sizes) {
    std::printf("%7d  %14.5f  %14.5f %c%8.1e  %6.4f  (%8.4f)", r.particles, r.harmonic, r.lfep, r.estimate.dominated ? '>' : ' ',
                r.lfep_error, r.estimate.effective_sample_size, r.base_ess);
    const auto known = c.published.find(r.particles);
    if (known != c.published.end()) std::printf("  %10.5f  %+10.5f", known->second, r.lfep - known->second);
    std::printf("\n");
  }
  const bool any =
      std::any_of(found.sizes.begin(), found.sizes.end(), [&](const SizeResult& r) { return c.published.contains(r.particles); });
  if (any) std::printf("published: %s\n", c.source.c_str());
  for (const SizeResult& r : found.sizes)
    if (r.estimate.dominated) std::fprintf(stderr, "warning: N = %d: %s\n", r.particles, erg::dominance_note(r.estimate).c_str());
}

void print_curve(const Case& c, const std::vector<StatePoint>& curve) {
  std::printf("\nN = %d, per particle; U in %s; %s\n", curve.front().size.particles, c.energy_unit.c_str(),
              c.wavelength == erg::Wavelength::thermal ? "U, S and C_v with the kinetic energy"
                                                       : "Lambda is a fixed length: U, S and C_v are configurational");
  std::printf(
      "        T         F/NkT     error             U     error       S/k     error     C_v/k     error     ESS  (harmonic)\n");
  for (const StatePoint& point : curve) {
    const auto u = point.energy(), s = point.entropy(), heat = point.heat_capacity();
    std::printf("%9.6g  %12.5f  %8.1e  %12.6f  %8.1e  %8.5f  %8.1e  %8.4f  %8.1e  %6.4f  (%8.4f)\n", point.at.temperature,
                point.size.lfep, point.size.lfep_error, u.value, u.standard_error, s.value, s.standard_error, heat.value,
                heat.standard_error, point.size.estimate.effective_sample_size, point.size.base_ess);
  }
  for (std::size_t i = 1; i < curve.size(); ++i)  // of the first the table of sizes has warned
    if (curve[i].size.estimate.dominated)
      std::fprintf(stderr, "warning: N = %d, T = %g: %s\n", curve[i].size.particles, curve[i].at.temperature,
                   erg::dominance_note(curve[i].size.estimate).c_str());
}

/// The keys that every size and every temperature has.
void put_free_energy(erg::Result& j, const Case& c, const SizeResult& r) {
  j["beta_f_per_particle"]["harmonic"]["value"] = r.harmonic;
  j["beta_f_per_particle"]["lfep"] = {{"value", r.lfep}, {"standard_error", r.lfep_error}};
  j["beta_f_per_particle"]["lfep_every_translation"] = {{"value", r.lfep_every_translation}, {"standard_error", r.lfep_error}};
  const auto known = c.published.find(r.particles);
  if (known != c.published.end()) j["beta_f_per_particle"]["published"] = {{"value", known->second}, {"source", c.source}};
  j["effective_sample_size"] = r.estimate.effective_sample_size;
  j[r.held ? "effective_sample_size_base" : "effective_sample_size_harmonic"] = r.base_ess;
  j["largest_weight"] = r.estimate.largest_weight;
  j["dominated"] = r.estimate.dominated;
  j["beta_f_per_particle"]["upper_bound_95"]["value"] =
      r.lfep + (erg::upper_bound_95(r.estimate) - r.estimate.delta_f) / r.particles;
  j["samples"] = r.estimate.samples;
}

/// The keys that every size has.
void put_size(erg::Result& j, const Options& o, const Case& c, const Trained& trained, const SizeResult& r) {
  j["crystal"] = c.name;
  j["particles"] = r.particles;
  put_free_energy(j, c, r);
  j["temperature"] = c.temperature;
  j["density"] = c.density;
  j["train_energy_evaluations"] = trained.samples;
  j["seconds"] = {{"training", trained.seconds}, {"sampling", r.seconds}};
  j["seed"] = o.seed;
  j["version"] = erg::version;
}

/// F, U, S and C_v at every temperature, per particle.
void put_curve(erg::Result& j, const std::vector<StatePoint>& curve) {
  j["temperatures"] = erg::Result::array();
  for (const StatePoint& point : curve) {
    erg::Result at;
    at["temperature"] = point.at.temperature;
    put_free_energy(at, point.at, point.size);
    for (const auto& [key, quantity] : {std::pair{"energy_per_particle", point.energy()},
                                        {"entropy_per_particle", point.entropy()},
                                        {"heat_capacity_per_particle", point.heat_capacity()}})
      at[key] = {{"value", quantity.value}, {"standard_error", quantity.standard_error}};
    j["temperatures"].push_back(at);
  }
}

erg::Result model_of(const Options& o, const Case& c) {
  if (o.model == sublattice) return {{"name", o.model}, {"shells", c.shells}, {"sweeps", o.sweeps}, {"hidden", o.hidden}};
  const PublishedModel model(o, c);
  return {{"name", o.model},
          {"layers", model.layers},
          {"width", model.width},
          {"frequencies", model.frequencies},
          {"noise", model.noise}};
}

void write_json(const Options& o, const Case& c, const Findings& found) {
  erg::Result j;
  put_size(j, o, c, found.trained, found.sizes.front());
  j["units"] = {{"energy", c.energy_unit}, {"length", c.length_unit}, {"temperature", c.temperature_unit}};
  for (std::size_t k = 0; k < c.symbols.size(); ++k) j["thermal_wavelength"][c.symbols[k]] = c.thermal_wavelengths[k];
  if (c.symbols.size() == 1) j["thermal_wavelength"] = c.thermal_wavelengths.front();
  if (o.temperature_range) {
    j["units"]["entropy"] = j["units"]["heat_capacity"] = "k_B";
    j["kinetic_energy"] = c.wavelength == erg::Wavelength::thermal ? "included" : "left out";
    put_curve(j, found.curves.front());
  }
  j["counting"] = "one_site_fixed";
  j["train_steps"] = found.trained.steps;
  j["train_steps_skipped"] = found.trained.skipped;
  j["transfer"] = erg::Result::array();
  for (std::size_t i = 1; i < found.sizes.size(); ++i) {
    erg::Result other;
    put_size(other, o, c, found.trained, found.sizes[i]);
    if (o.temperature_range) put_curve(other, found.curves[i]);
    j["transfer"].push_back(other);
  }
  for (std::size_t k = 0; c.symbols.size() > 1 && k < c.symbols.size(); ++k)
    j["kinds"][std::string(1, kind_letter(k))] = {{"species", c.symbols[k]},
                                                  {"particles", of_species(c.unit, k) * found.crystals.front().cell_count()}};
  const erg::SiteKinds kinds = erg::site_kinds(c.unit);
  j["site_kinds"] = kinds.kind;
  if (c.structure)
    j["structure"] = {{"file", c.structure->file.string()},
                      {"potential", c.potential},
                      {"unit_cells", c.structure->cells},
                      {"farthest_from_site", c.structure->moved}};
  j["model"] = model_of(o, c);
  erg::write_result(o.out / "result.json", j);
}

void write_frames(const Options& o, const Case& c, const Findings& found) {
  const SizeResult& main = found.sizes.front();
  const erg::Crystal& crystal = found.crystals.front();
  const double rest = main.terms.rest / c.beta();
  erg::ExtxyzWriter out(o.out / "samples.extxyz");
  for (std::size_t f = 0; f < main.frames.size(); ++f) {
    erg::Frame frame;
    frame.cell = crystal.box.cell();
    frame.periodic = {true, true, true};
    for (int site = 0; site < crystal.particles(); ++site)
      frame.species.push_back(c.symbols[static_cast<std::size_t>(crystal.species_of(site))]);
    frame.positions = main.frames[f];
    frame.energy = rest + main.flow.excess[f];
    frame.log_weight = main.flow.log_weight[f];
    out.write(frame);
  }
  out.commit();
}

/// The training table, column by column; empty when there is none.
std::vector<std::vector<double>> read_training(const std::filesystem::path& path) {
  std::vector<std::vector<double>> columns(training_columns().size());
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::istringstream fields(line);
    std::string field;
    for (std::size_t k = 0; k < columns.size() && std::getline(fields, field, ','); ++k) columns[k].push_back(std::stod(field));
  }
  return columns;
}

void plot_training(const Options& o) {
  if (o.weights) return;  // trained elsewhere
  const auto t = read_training(o.out / "training.csv");
  if (t[0].size() < 2)
    throw erg::InputError("steps of training", "training.csv", std::to_string(t[0].size()) + " rows", "at least two");
  const std::size_t window = std::max<std::size_t>(1, t[0].size() / 40);
  std::vector<double> x, smooth;
  for (std::size_t i = 0; i + window <= t[0].size(); i += window) {
    double mean = 0, at = 0;
    for (std::size_t k = i; k < i + window; ++k) mean += t[4][k] / window, at += t[1][k] / window;
    x.push_back(at);
    smooth.push_back(mean);
  }
  erg::Plot p;
  p.title = "Training: effective sample size of a batch";
  p.x_label = "energy evaluations";
  p.y_label = "effective sample size (fraction)";
  p.series = {{.label = "ten steps", .x = t[1], .y = t[4], .mark = erg::Mark::faint}, {.label = "average", .x = x, .y = smooth}};
  p.y_range = {{0.0, 1.0}};
  erg::draw(o.out / "training.png", p);
}

erg::Series density_of(const std::vector<double>& values, const std::vector<double>& log_weights, erg::Histogram h,
                       const std::string& label, erg::Mark mark) {
  for (std::size_t i = 0; i < values.size(); ++i) h.add(values[i], log_weights.empty() ? 0.0 : log_weights[i]);
  const auto profile = h.density();
  return {.label = label, .x = middles(profile.edges), .y = profile.value, .error = profile.standard_error, .mark = mark};
}

void plot_energies(const Options& o, const Case& c, const SizeResult& r) {
  const auto per_particle = [&](const std::vector<double>& excess) {
    std::vector<double> e;
    for (const double x : excess) e.push_back((r.terms.rest + c.beta() * x) / r.particles);
    return e;
  };
  const auto flow = per_particle(r.flow.excess), base = per_particle(r.base.excess);
  std::vector<double> sorted = flow, sorted_base = base;
  std::sort(sorted.begin(), sorted.end());
  std::sort(sorted_base.begin(), sorted_base.end());
  const double low = std::min(sorted.front(), sorted_base[sorted_base.size() / 200]);
  const double high = std::max(sorted.back(), sorted_base[sorted_base.size() - 1 - sorted_base.size() / 200]);
  const erg::Histogram empty(low, high, 60);
  erg::Plot p;
  p.title = "Potential energy: " + c.title + ", N = " + std::to_string(r.particles);
  p.x_label = "{/:Italic U} / {/:Italic N k_BT}";
  p.y_label = "probability density";
  p.series = {density_of(base, {}, empty, r.held ? "noise about the sites" : "harmonic crystal", erg::Mark::filled),
              density_of(flow, {}, empty, "flow", erg::Mark::line),
              density_of(flow, r.flow.log_weight, empty, "flow, reweighted", erg::Mark::points)};
  for (std::size_t s = 0; s < 2; ++s) p.series[s].error.clear();
  erg::draw(o.out / "energy_histogram.png", p);
}

/// Every pair of kinds that there is, with the species' names; nothing where all particles are alike.
std::vector<std::pair<std::array<int, 2>, std::string>> pairs_of_kinds(const Case& c, const erg::RadialDistribution& g) {
  std::vector<std::pair<std::array<int, 2>, std::string>> all;
  for (int a = 0; g.kinds() > 1 && a < g.kinds(); ++a)
    for (int b = a; b < g.kinds(); ++b)
      if (g.pairs(a, b) > 0)
        all.push_back({{a, b}, c.symbols[static_cast<std::size_t>(a)] + '-' + c.symbols[static_cast<std::size_t>(b)]});
  return all;
}

/// rdf.csv: r, then g and its error, of all pairs and of each pair of kinds.
void write_rdf(const std::filesystem::path& path, const Case& c, const erg::RadialDistribution& g) {
  std::vector<erg::Profile> profiles{g.profile()};
  std::string text = "r,g,g_error";
  for (const auto& [kinds, name] : pairs_of_kinds(c, g)) {
    text += ",g_" + name + ",g_" + name + "_error";
    profiles.push_back(g.profile(kinds[0], kinds[1]));
  }
  const std::vector<double> r = middles(profiles.front().edges);
  for (std::size_t b = 0; b < r.size(); ++b) {
    text += '\n' + erg::to_text(r[b]);
    for (const erg::Profile& p : profiles) text += ',' + erg::to_text(p.value[b]) + ',' + erg::to_text(p.standard_error[b]);
  }
  erg::write_bytes(path, text + '\n');
}

/// Radial distributions: the table, and then the picture of the flow with and without weights, or of each pair of kinds.
void plot_rdf(const Options& o, const Case& c, const SizeResult& r, const erg::Crystal& crystal) {
  if (r.frames.size() < 2) throw erg::InputError("--frames", "command line", std::to_string(r.frames.size()), "at least 2");
  const erg::Vec3<double> heights = crystal.box.heights();
  const double r_max = 0.4999 * std::min({heights.x, heights.y, heights.z});
  erg::RadialDistribution plain(r_max, 120), weighted(r_max, 120, crystal.species());
  // All pairs are counted: of large configurations a few tell as much as many small ones.
  const double pairs = static_cast<double>(r.particles) * r.particles;
  const std::size_t used = std::min(r.frames.size(), static_cast<std::size_t>(std::max(2.0, 4e8 / pairs)));
  for (std::size_t f = 0; f < used && !erg::interrupted(); ++f) {
    if (weighted.kinds() == 1) plain.add(crystal.box, r.frames[f]);
    weighted.add(crystal.box, r.frames[f], r.flow.log_weight[f]);
  }
  write_rdf(o.out / "rdf.csv", c, weighted);
  erg::Plot p;
  p.title = "Radial distribution: " + c.title;
  p.x_label = "{/:Italic r} (" + c.length_unit + ")";
  p.y_label = "{/:Italic g}({/:Italic r}) of " + std::to_string(used) + " configurations";
  const auto add = [&](const std::string& label, const erg::Profile& g, erg::Mark mark, bool errors) {
    p.series.push_back({.label = label,
                        .x = middles(g.edges),
                        .y = g.value,
                        .error = errors ? g.standard_error : std::vector<double>(),
                        .mark = mark});
  };
  if (weighted.kinds() == 1) {
    add("flow", plain.profile(), erg::Mark::line, false);
    add("flow, reweighted", weighted.profile(), erg::Mark::points, true);
  }
  for (const auto& [kinds, name] : pairs_of_kinds(c, weighted))
    add(name + ", reweighted", weighted.profile(kinds[0], kinds[1]), erg::Mark::line, true);
  erg::draw(o.out / "rdf.png", p);
}

void plot_convergence(const Options& o, const Case& c, const SizeResult& r) {
  erg::Series s{.label = "learned free energy perturbation", .x = {}, .y = {}, .error = {}, .mark = erg::Mark::line};
  // The first few samples would stretch the axis and say nothing; where there are no others they are shown.
  const std::int64_t first = r.estimate.samples >= 200 ? 100 : 0;
  for (const auto& point : erg::running_estimate(r.flow.log_weight, 90)) {
    if (point.samples < first) continue;
    s.x.push_back(static_cast<double>(point.samples));
    s.y.push_back(r.beta_f(point.delta_f));
    s.error.push_back(point.standard_error / r.particles);
  }
  erg::Plot p;
  p.title = "Free energy against samples: " + c.title + ", N = " + std::to_string(r.particles);
  p.x_label = "samples";
  p.y_label = "{/:Italic F} / {/:Italic N k_BT}";
  p.series = {s};
  const auto known = c.published.find(r.particles);
  if (known != c.published.end()) p.levels = {{"published", known->second}};
  p.log_x = true;
  erg::draw(o.out / "convergence.png", p);
}

void plot_thermodynamics(const Options& o, const Case& c, const std::vector<StatePoint>& curve) {
  const bool moving = c.wavelength == erg::Wavelength::thermal;
  erg::Series f{.label = "({/:Italic F} − {/:Italic U}_0) / {/:Italic k_BT}", .mark = erg::Mark::line};
  erg::Series u{.label = "({/:Italic U} − {/:Italic U}_0) / {/:Italic k_BT}", .mark = erg::Mark::line};
  erg::Series s{.label = "{/:Italic S} / {/:Italic k}_B", .mark = erg::Mark::line};
  erg::Series heat{.label = "{/:Italic C_v} / {/:Italic k}_B", .mark = erg::Mark::line};
  const auto add = [](erg::Series& to, double x, double y, double error) {
    to.x.push_back(x);
    to.y.push_back(y);
    to.error.push_back(error);
  };
  for (const StatePoint& point : curve) {
    const double t = point.at.temperature, beta = point.at.beta(), rest = point.size.terms.rest / point.size.particles;
    add(f, t, point.size.lfep - rest, point.size.lfep_error);
    add(u, t, beta * point.energy().value - rest, beta * point.energy().standard_error);
    add(s, t, point.entropy().value, point.entropy().standard_error);
    add(heat, t, point.heat_capacity().value, point.heat_capacity().standard_error);
  }
  erg::Plot p;
  p.title = "Thermodynamics per particle: " + c.title + ", N = " + std::to_string(curve.front().size.particles) +
            (moving ? "" : " (configurational)");
  p.x_label = "temperature (" + c.temperature_unit + ")";
  p.y_label = "per particle";
  p.series = {f, u, s, heat};
  double low = 0, high = 0;
  for (const auto& series : p.series)
    for (const double y : series.y) low = std::min(low, y), high = std::max(high, y);
  p.y_range = {{low - 0.05 * (high - low), high + 0.5 * (high - low)}};  // room for the legend: curves are flat
  erg::draw(o.out / "thermodynamics.png", p);
}

/// A picture is not worth a run: what speaks against it is a warning.
template <class Draw>
void draw_picture(const char* name, Draw&& draw) {
  if (erg::interrupted()) return;
  try {
    draw();
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "warning: %s was not drawn: %s\n", name, problem.what());
  }
}

}  // namespace

void report(const Options& o, const Case& c, const Findings& found) {
  const SizeResult& main = found.sizes.front();
  write_frames(o, c, found);  // before result.json, which speaks of it
  write_json(o, c, found);
  print_table(c, found);
  for (const auto& curve : found.curves) print_curve(c, curve);
  std::fflush(stdout);
  draw_picture("training.png", [&] { plot_training(o); });
  draw_picture("energy_histogram.png", [&] { plot_energies(o, c, main); });
  draw_picture("rdf.png", [&] { plot_rdf(o, c, main, found.crystals.front()); });
  draw_picture("convergence.png", [&] { plot_convergence(o, c, main); });
  if (o.temperature_range) draw_picture("thermodynamics.png", [&] { plot_thermodynamics(o, c, found.curves.front()); });
  std::printf("\nresults in %s\n", o.out.string().c_str());
}

}  // namespace crystal_free_energy
