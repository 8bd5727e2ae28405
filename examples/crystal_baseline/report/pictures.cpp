#include "report/pictures.hpp"

#include "erg/estimators/histogram.hpp"
#include "erg/io/interrupt.hpp"
#include "erg/io/plot.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <limits>
#include <string>
#include <vector>

namespace crystal_baseline {

namespace {

std::string size_text(const Case& c) { return c.title + ", N = " + std::to_string(c.particles); }

void plot_forces(const Options& o, const Case& c, const Estimates& found) {
  erg::Series s{.mark = erg::Mark::points};
  for (const MeanForce& f : found.forces) {
    s.x.push_back(f.coupling);
    s.y.push_back(f.value / c.particles);
    s.error.push_back(f.error / c.particles);
  }
  erg::Plot p;
  p.title = "Mean force: " + size_text(c);
  p.x_label = "coupling λ";
  p.y_label = "⟨β∂{/:Italic U}/∂λ⟩ / {/:Italic N}";
  p.series = {s};
  p.x_range = {{-0.02, 1.02}};
  erg::draw(o.out / "mean_force.png", p);
}

/// Errors against the time they took, from the first eighth of all samples to all.
void plot_cost(const Options& o, const Case& c, const Setup& setup, const Record& record, const Estimates& all) {
  erg::Plot p;
  p.title = "Error against processor time: " + size_text(c);
  p.x_label = "processor time (s)";
  p.y_label = "error of {/:Italic F} / {/:Italic N k_BT}";
  double quickest = 1e300, longest = 0, least = 1e-4, most = 1e-4;
  for (const Method& m : all.methods) p.series.push_back({.label = m.title, .mark = erg::Mark::points});
  for (const double fraction : {0.125, 0.25, 0.5, 1.0}) {
    const Estimates part = fraction == 1 ? all : estimate(record, setup, fraction);
    for (std::size_t k = 0; k < all.methods.size(); ++k) {
      const Method* m = part.find(all.methods[k].name);
      if (m == nullptr || !m->known() || !(m->seconds > 0) || !(m->error > 0)) continue;
      quickest = std::min(quickest, m->seconds), longest = std::max(longest, m->seconds);
      least = std::min(least, m->error), most = std::max(most, m->error);
      p.series[k].x.push_back(m->seconds);
      p.series[k].y.push_back(m->error);
    }
  }
  p.levels = {{"10^{−4} {/:Italic k_BT}", 1e-4}};
  p.log_x = p.log_y = true;
  // points stand off the axes, and the legend above them all
  p.x_range = {{quickest / 1.5, longest * 4}};
  p.y_range = {{least / 2, most * 8}};
  erg::draw(o.out / "cost.png", p);
}

/// Nothing where nothing was found: dots along the axis only hide the rest.
void leave_out_zeros(erg::Series& s) {
  for (double& y : s.y)
    if (y == 0) y = std::numeric_limits<double>::quiet_NaN();
}

erg::Series density_of(const std::vector<double>& values, const std::vector<double>& log_weights, erg::Histogram h,
                       const std::string& label, erg::Mark mark) {
  for (std::size_t i = 0; i < values.size(); ++i) h.add(values[i], log_weights.empty() ? 0.0 : log_weights[i]);
  const auto profile = h.density();
  erg::Series s{.label = label, .x = profile.centres(), .y = profile.value, .mark = mark};
  if (mark == erg::Mark::points) {
    s.error = profile.standard_error;
    leave_out_zeros(s);
  }
  return s;
}

void plot_energies(const Options& o, const Case& c, const Setup& setup, const Record& record) {
  const auto crystal = crystal_energies(record, setup), flow = flow_energies(record, setup);
  const auto [low, high] = std::minmax_element(crystal.begin(), crystal.end());
  const double margin = 0.2 * (*high - *low);
  const erg::Histogram empty(*low - margin, *high + margin, 60);
  erg::Plot p;
  p.title = "Potential energy: " + size_text(c);
  p.x_label = "{/:Italic U} / {/:Italic N k_BT}";
  p.y_label = "probability density";
  p.series = {density_of(crystal, {}, empty, "simulation", erg::Mark::filled),
              density_of(flow, {}, empty, "flow", erg::Mark::line),
              density_of(flow, record.flow_log_weight, empty, "flow, reweighted", erg::Mark::points)};
  erg::draw(o.out / "energy_histogram.png", p);
}

void plot_rdf(const Options& o, const Case& c, const Similarity& s) {
  erg::Plot p;
  p.title = "Radial distribution: " + size_text(c);
  p.x_label = "{/:Italic r} (" + c.length_unit + ")";
  p.y_label = "{/:Italic g}({/:Italic r})";
  p.series = {{.label = "simulation", .x = s.r, .y = s.g_crystal, .mark = erg::Mark::filled},
              {.label = "flow", .x = s.r, .y = s.g_flow, .mark = erg::Mark::line},
              {.label = "flow, reweighted",
               .x = s.r,
               .y = s.g_flow_weighted,
               .error = s.g_flow_weighted_error,
               .mark = erg::Mark::points}};
  leave_out_zeros(p.series.back());
  std::size_t first = 0;
  while (first + 1 < s.r.size() && s.g_crystal[first] == 0 && s.g_flow[first] == 0) ++first;
  p.x_range = {{0.95 * s.r[first], s.r.back()}};
  erg::draw(o.out / "rdf.png", p);
}

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

void draw_pictures(const Options& o, const Case& c, const Setup& setup, const Record& record, const Estimates& found,
                   const std::optional<Similarity>& similar) {
  draw_picture("mean_force.png", [&] { plot_forces(o, c, found); });
  draw_picture("cost.png", [&] { plot_cost(o, c, setup, record, found); });
  if (!similar) return;
  draw_picture("energy_histogram.png", [&] { plot_energies(o, c, setup, record); });
  draw_picture("rdf.png", [&] { plot_rdf(o, c, *similar); });
}

}  // namespace crystal_baseline
