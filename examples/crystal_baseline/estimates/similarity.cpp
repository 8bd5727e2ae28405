#include "estimates/similarity.hpp"

#include "erg/base/statistics.hpp"
#include "erg/estimators/bootstrap.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>

namespace crystal_baseline {

namespace {

/// Samples with weights that sum to 1.
struct Weighted {
  std::vector<double> value, weight;

  double effective() const {
    double squares = 0;
    for (const double w : weight) squares += w * w;
    return 1 / squares;
  }
};

std::vector<double> normalised(std::span<const double> log_weight) {
  const double all = erg::log_sum_exp(log_weight);
  std::vector<double> weight;
  for (const double w : log_weight) weight.push_back(std::exp(w - all));
  return weight;
}

std::vector<double> equal_weights(std::size_t count) { return std::vector<double>(count, 1 / static_cast<double>(count)); }

double mean(const Weighted& x) { return std::inner_product(x.value.begin(), x.value.end(), x.weight.begin(), 0.0); }

/// The largest difference of two distribution functions.
double largest_gap(const Weighted& a, const Weighted& b) {
  const auto order = [](const Weighted& x) {
    std::vector<std::pair<double, double>> sorted;
    for (std::size_t k = 0; k < x.value.size(); ++k) sorted.emplace_back(x.value[k], x.weight[k]);
    std::sort(sorted.begin(), sorted.end());
    return sorted;
  };
  const auto x = order(a), y = order(b);
  double below_x = 0, below_y = 0, gap = 0;
  for (std::size_t i = 0, j = 0; i < x.size() || j < y.size();) {
    const double at = j == y.size() || (i < x.size() && x[i].first <= y[j].first) ? x[i].first : y[j].first;
    for (; i < x.size() && x[i].first == at; ++i) below_x += x[i].second;
    for (; j < y.size() && y[j].first == at; ++j) below_y += y[j].second;
    gap = std::max(gap, std::abs(below_x - below_y));
  }
  return gap;
}

/// Samples drawn again with replacement; their own weights go along.
template <class Draw>
Weighted resampled(const Weighted& x, std::size_t set, const Draw& draw) {
  Weighted again{std::vector<double>(x.value.size()), std::vector<double>(x.value.size())};
  double total = 0;
  for (std::size_t k = 0; k < x.value.size(); ++k) {
    const std::size_t from = draw(set, k);
    again.value[k] = x.value[from];
    total += again.weight[k] = x.weight[from];
  }
  for (double& w : again.weight) w /= total;
  return again;
}

/// Source:  Kolmogorov 1933; the sum is his distribution's, of large samples.
double kolmogorov_tail(double x) {
  if (x < 0.2) return 1;
  double sum = 0;
  for (int k = 1; k <= 100; ++k) sum += (k % 2 == 1 ? 2 : -2) * std::exp(-2.0 * k * k * x * x);
  return std::clamp(sum, 0.0, 1.0);
}

EnergyComparison compare_energies(const Weighted& flow, const Weighted& crystal, std::uint64_t seed) {
  const std::array<std::size_t, 2> sizes{flow.value.size(), crystal.value.size()};
  const auto spread =
      erg::bootstrap_spreads<2>(std::span<const std::size_t>(sizes), {.rounds = 100, .seed = seed}, [&](const auto& draw) {
        const Weighted a = resampled(flow, 0, draw), b = resampled(crystal, 1, draw);
        return std::array<double, 2>{mean(a) - mean(b), largest_gap(a, b)};
      });
  const double gap = largest_gap(flow, crystal), noise = std::sqrt(1 / flow.effective() + 1 / crystal.effective());
  // the mean of Kolmogorov's distribution is √(π/2) ln 2
  return {{mean(flow) - mean(crystal), spread[0].standard_error},
          {gap, spread[1].standard_error},
          std::sqrt(std::numbers::pi / 2) * std::numbers::ln2 * noise,
          kolmogorov_tail(gap / noise)};
}

/// Radial distributions of configurations, (frames, rdf_bins), with weights that sum to 1.
struct Frames {
  std::span<const double> g;
  std::vector<double> weight;

  std::size_t count() const { return weight.size(); }
};

/// The weighted mean of each shell and the variance of that mean.
struct Mean {
  std::vector<double> value = std::vector<double>(rdf_bins), variance = std::vector<double>(rdf_bins);
};

template <class Pick>
Mean mean_of(const Frames& frames, const Pick& pick) {
  Mean m;
  double total = 0, squares = 0;
  for (std::size_t f = 0; f < frames.count(); ++f) {
    const double w = frames.weight[pick(f)];
    const double* g = frames.g.data() + pick(f) * rdf_bins;
    total += w;
    for (std::size_t b = 0; b < rdf_bins; ++b) m.value[b] += w * g[b];
  }
  for (double& x : m.value) x /= total;
  for (std::size_t f = 0; f < frames.count(); ++f) {
    const double w = frames.weight[pick(f)] / total;
    const double* g = frames.g.data() + pick(f) * rdf_bins;
    squares += w * w;
    for (std::size_t b = 0; b < rdf_bins; ++b) m.variance[b] += w * w * (g[b] - m.value[b]) * (g[b] - m.value[b]);
  }
  for (double& x : m.variance) x /= std::max(1e-300, 1 - squares);
  return m;
}

struct Distances {
  double square, noise_square, chi_square;
};

Distances distances(const Mean& a, const Mean& b) {
  double seen = 0, noise = 0, scale = 0, chi = 0, shells = 0;
  for (std::size_t k = 0; k < rdf_bins; ++k) {
    const double middle = static_cast<double>(k) + 0.5, weight = middle * middle;
    const double difference = a.value[k] - b.value[k], variance = a.variance[k] + b.variance[k];
    seen += weight * difference * difference;
    noise += weight * variance;
    scale += weight * b.value[k] * b.value[k];
    if (!(variance > 0)) continue;
    chi += difference * difference / variance;
    shells += 1;
  }
  return {(seen - noise) / scale, noise / scale, chi / std::max(1.0, shells)};
}

DistributionComparison compare_distributions(const Frames& flow, const Frames& crystal, std::uint64_t seed) {
  const auto plain = [](std::size_t f) { return f; };
  const Mean crystal_mean = mean_of(crystal, plain);
  const Distances found = distances(mean_of(flow, plain), crystal_mean);
  const std::array<std::size_t, 2> sizes{flow.count(), crystal.count()};
  const auto spread =
      erg::bootstrap_spreads<1>(std::span<const std::size_t>(sizes), {.rounds = 100, .seed = seed}, [&](const auto& draw) {
        const Mean a = mean_of(flow, [&](std::size_t f) { return draw(0, f); });
        const Mean b = mean_of(crystal, [&](std::size_t f) { return draw(1, f); });
        return std::array<double, 1>{distances(a, b).square};
      });
  const double distance = std::sqrt(std::max(0.0, found.square));
  // the error of a root: first order where the distance is seen, the root of the error where it is not
  const double error = spread[0].standard_error;
  return {{distance, found.square > error ? error / (2 * distance) : std::sqrt(error)},
          std::sqrt(found.noise_square),
          found.chi_square};
}

std::vector<double> errors_of(const Mean& m) {
  std::vector<double> errors;
  for (const double v : m.variance) errors.push_back(std::sqrt(v));
  return errors;
}

}  // namespace

std::vector<double> crystal_energies(const Record& record, const Setup& setup) {
  std::vector<double> energies;
  for (const std::size_t t : independent_crystal_samples(record, setup))
    for (std::size_t l = 0; l < setup.ladders; ++l)
      energies.push_back((setup.terms.rest + record.potential[setup.place(t, setup.stages() - 1, l)]) / setup.terms.particles);
  return energies;
}

std::vector<double> flow_energies(const Record& record, const Setup& setup) {
  std::vector<double> energies;
  for (const double u : record.flow_potential) energies.push_back((setup.terms.rest + u) / setup.terms.particles);
  return energies;
}

Similarity compare(const Record& record, const Setup& setup, double reach) {
  Similarity s;
  Weighted crystal{crystal_energies(record, setup), {}}, flow{flow_energies(record, setup), {}};
  crystal.weight = equal_weights(crystal.value.size());
  flow.weight = equal_weights(flow.value.size());
  s.plain = compare_energies(flow, crystal, setup.seed);
  flow.weight = normalised(record.flow_log_weight);
  s.weighted = compare_energies(flow, crystal, setup.seed);

  const std::size_t flow_frames = record.flow_rdf.size() / rdf_bins, crystal_frames = record.crystal_rdf.size() / rdf_bins;
  const Frames of_crystal{record.crystal_rdf, equal_weights(crystal_frames)};
  const Frames plain{record.flow_rdf, equal_weights(flow_frames)};
  const Frames weighted{record.flow_rdf, normalised(std::span(record.flow_log_weight).first(flow_frames))};
  s.g_plain = compare_distributions(plain, of_crystal, setup.seed);
  s.g_weighted = compare_distributions(weighted, of_crystal, setup.seed);
  const auto all = [](std::size_t f) { return f; };
  const Mean c = mean_of(of_crystal, all), f = mean_of(plain, all), w = mean_of(weighted, all);
  for (std::size_t b = 0; b < rdf_bins; ++b) s.r.push_back((static_cast<double>(b) + 0.5) * reach / double(rdf_bins));
  s.g_crystal = c.value, s.g_flow = f.value, s.g_flow_weighted = w.value;
  s.g_crystal_error = errors_of(c), s.g_flow_error = errors_of(f), s.g_flow_weighted_error = errors_of(w);
  return s;
}

}  // namespace crystal_baseline
