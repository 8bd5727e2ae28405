#include "estimates/methods.hpp"

#include "erg/base/statistics.hpp"
#include "erg/estimators/multistate/mbar.hpp"
#include "erg/estimators/time_series/correlation.hpp"
#include "erg/estimators/two_states/bennett.hpp"
#include "erg/estimators/two_states/free_energy_perturbation.hpp"

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <span>
#include <string>
#include <utility>

namespace crystal_baseline {

namespace {

/// Series of one number in every ladder, and the mean of their statistical inefficiencies: one alone is noisy.
struct LadderSeries {
  std::vector<std::vector<double>> of;
  double inefficiency = 1;

  template <class F>
  LadderSeries(std::size_t samples, std::size_t ladders, F&& value) : of(ladders, std::vector<double>(samples)) {
    double sum = 0;
    for (std::size_t l = 0; l < ladders; ++l) {
      for (std::size_t t = 0; t < samples; ++t) of[l][t] = value(t, l);
      sum += erg::statistical_inefficiency(of[l]);
    }
    inefficiency = sum / static_cast<double>(ladders);
  }
  /// Of all ladders, which share one mean.
  erg::Estimate mean() const {
    std::vector<double> all;
    for (const auto& series : of) all.insert(all.end(), series.begin(), series.end());
    const auto found = erg::moments(all);
    return {found.mean, std::sqrt(found.variance * inefficiency / static_cast<double>(all.size()))};
  }
  std::vector<double> independent() const {
    std::vector<double> kept;
    for (const auto& series : of)
      for (const std::size_t t : erg::uncorrelated_steps(series.size(), inefficiency)) kept.push_back(series[t]);
    return kept;
  }
};

/// (1 − λ) a + λ b, where an end does not look at the other's energy.
double mixed(double coupling, double a, double b) {
  return coupling == 0 ? a : coupling == 1 ? b : (1 - coupling) * a + coupling * b;
}

/// What each sample moves f_last − f_0 by, to first order: MBAR's equations Σ_n W_ni = 1, linearised about their solution.
///
/// Shapes:  table.u_kn (states, samples); result (samples), up to a constant for each stage.
std::vector<double> influences(const erg::ReducedEnergyTable& table, const std::vector<double>& f) {
  const auto states = static_cast<Eigen::Index>(f.size()), samples = static_cast<Eigen::Index>(table.u_kn.size()) / states;
  const Eigen::Map<const Eigen::MatrixXd> u(table.u_kn.data(), samples, states);
  const Eigen::Map<const Eigen::RowVectorXd> free_energy(f.data(), states);
  Eigen::RowVectorXd count(states);
  for (Eigen::Index k = 0; k < states; ++k) count[k] = static_cast<double>(table.counts[static_cast<std::size_t>(k)]);
  Eigen::MatrixXd w(samples, states);
  for (Eigen::Index n = 0; n < samples; ++n) {
    const Eigen::RowVectorXd exponent = free_energy - u.row(n);
    w.row(n) = (exponent.array() - exponent.maxCoeff()).exp();
    w.row(n) /= count.dot(w.row(n));
  }
  const Eigen::MatrixXd balance = Eigen::MatrixXd::Identity(states, states) - w.transpose() * w * count.asDiagonal();
  Eigen::VectorXd ends = Eigen::VectorXd::Zero(states);
  ends[0] = -1, ends[states - 1] = 1;
  const Eigen::VectorXd moved = -w * balance.transpose().completeOrthogonalDecomposition().solve(ends);
  return {moved.begin(), moved.end()};
}

/// What to say of stages whose overlap with the next is too small for MBAR's error to be believed: nothing, as a rule.
std::string overlap_note(const std::vector<double>& overlap, const std::vector<double>& couplings) {
  const auto least = std::min_element(overlap.begin(), overlap.end());
  if (*least >= least_trusted_overlap) return {};
  const auto k = static_cast<std::size_t>(least - overlap.begin());
  char text[240];
  std::snprintf(text, sizeof(text),
                "stages %.4g and %.4g overlap by %.2g, below %.2g: few samples carry the result, and the error may be far too "
                "small; take more stages",
                couplings[k], couplings[k + 1], *least, least_trusted_overlap);
  return text;
}

class Estimator {
 public:
  Estimator(const Record& record, const Setup& setup, double fraction)
      : r_(record), s_(setup), samples_(part(setup.samples(record), fraction)), share_(fraction) {
    flow_samples_ = part(record.flow_log_weight.size(), fraction);
  }

  Estimates operator()() {
    add_mbar();
    add_integration();
    if (flow_samples_ >= 2) add_flow();
    return std::move(found_);
  }

 private:
  static std::size_t part(std::size_t all, double fraction) {
    return static_cast<std::size_t>(std::llround(fraction * static_cast<double>(all)));
  }
  double n() const { return s_.terms.particles; }
  /// Of the simulation, that of so many of its stages.
  double stage_seconds(double stages) const { return share_ * r_.sampling_seconds * stages / static_cast<double>(s_.stages()); }
  double stage_evaluations(double stages) const {
    return share_ * static_cast<double>(r_.evaluations) * stages / static_cast<double>(s_.stages());
  }
  double difference(std::size_t t, std::size_t k, std::size_t l) const {
    return r_.potential[s_.place(t, k, l)] - r_.reference[s_.place(t, k, l)];
  }

  /// All stages are thinned alike, so that the error can be taken from the sum over each ladder: its replicas carry what they
  /// remember from stage to stage, and samples of different stages are no more independent than those of one.
  void add_mbar() {
    double inefficiency = std::numeric_limits<double>::infinity();
    for (std::size_t k = 0; k < s_.stages(); ++k) {
      const LadderSeries series(samples_, s_.ladders, [&](std::size_t t, std::size_t l) { return difference(t, k, l); });
      const auto [value, error] = series.mean();
      found_.forces.push_back({s_.couplings[k], value, error, series.inefficiency});
      inefficiency = std::min(inefficiency, series.inefficiency);
    }
    const std::vector<std::size_t> steps = erg::uncorrelated_steps(samples_, inefficiency);
    const std::size_t of_ladder = steps.size(), of_stage = s_.ladders * of_ladder;
    erg::ReducedEnergyTable table;
    table.counts.assign(s_.stages(), static_cast<std::int64_t>(of_stage));
    table.u_kn.reserve(of_stage * s_.stages() * s_.stages());
    for (const double coupling : s_.couplings)
      for (std::size_t k = 0; k < s_.stages(); ++k)
        for (std::size_t l = 0; l < s_.ladders; ++l)
          for (const std::size_t t : steps) {
            const std::size_t place = s_.place(t, k, l);
            table.u_kn.push_back(mixed(coupling, r_.reference[place], r_.potential[place]));
          }
    const erg::MultistateEstimate mbar = erg::mbar(table);
    const auto last = s_.stages() - 1;
    found_.stage_f = mbar.free_energy;
    for (std::size_t k = 0; k < last; ++k)
      found_.overlap.push_back(mbar.overlap(static_cast<Eigen::Index>(k), static_cast<Eigen::Index>(k + 1)));
    erg::Estimate f{std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()};
    if (mbar.connected()) {
      const std::vector<double> moved = influences(table, mbar.free_energy);
      const LadderSeries sum(of_ladder, s_.ladders, [&](std::size_t step, std::size_t l) {
        double of_all = 0;
        for (std::size_t k = 0; k < s_.stages(); ++k) of_all += moved[k * of_stage + l * of_ladder + step];
        return of_all;
      });
      f = {mbar.difference(0, last).value, sum.mean().standard_error * static_cast<double>(of_stage)};
    }
    std::string note = erg::multistate_note(mbar);
    if (note.empty()) note = overlap_note(found_.overlap, s_.couplings);
    found_.methods.push_back({"mbar", "MBAR", s_.beta_f(f.value), f.standard_error / n(), stage_seconds(double(s_.stages())),
                              stage_evaluations(double(s_.stages())), note.empty(), note});
  }

  /// The sum over the path is taken at each time: replicas carry what they remember from stage to stage, and the inefficiency of
  /// the sum knows of it.
  void add_integration() {
    const LadderSeries sum(samples_, s_.ladders, [&](std::size_t t, std::size_t l) {
      double delta_f = 0;
      for (std::size_t k = 0; k < s_.rule.point.size(); ++k) delta_f += s_.rule.weight[k] * difference(t, k + 1, l);
      return delta_f;
    });
    const auto [value, error] = sum.mean();
    const auto points = static_cast<double>(s_.rule.point.size());
    found_.methods.push_back({"frenkel_ladd", "Frenkel–Ladd integration", s_.beta_f(value), error / n(), stage_seconds(points),
                              stage_evaluations(points)});
  }

  void add_flow() {
    const std::span<const double> log_weight(r_.flow_log_weight.data(), flow_samples_);
    const erg::Bootstrap bootstrap{.seed = s_.seed};
    const erg::FreeEnergyEstimate lfep = erg::free_energy_perturbation(log_weight, bootstrap);
    found_.effective_sample_size = lfep.effective_sample_size;
    const double drawing = share_ * r_.drawing_seconds, draws = static_cast<double>(flow_samples_);
    found_.methods.push_back({"lfep", "learned FEP", s_.beta_f(lfep.delta_f), lfep.standard_error / n(), drawing, draws,
                              !lfep.dominated, lfep.dominated ? "few samples carry the result: the error is too small" : ""});
    const std::size_t crystal = s_.stages() - 1;
    const LadderSeries series(samples_, s_.ladders, [&](std::size_t t, std::size_t l) {
      return -r_.log_flow[t * s_.ladders + l] - r_.potential[s_.place(t, crystal, l)];
    });
    std::vector<double> forward;
    for (const double w : log_weight) forward.push_back(-w);
    const auto bar = erg::bennett_acceptance_ratio(forward, series.independent(), bootstrap);
    found_.bar_overlap = bar.overlap;
    found_.methods.push_back({"learned_bar", "learned BAR", s_.beta_f(bar.delta_f), bar.standard_error / n(),
                              drawing + share_ * r_.look_up_seconds + stage_seconds(1), draws + stage_evaluations(1),
                              bar.converged && !bar.disjoint,
                              bar.disjoint ? "flow and crystal share no samples: not known; train the flow for longer" : ""});
  }

  const Record& r_;
  const Setup& s_;
  std::size_t samples_, flow_samples_ = 0;
  double share_;
  Estimates found_;
};

}  // namespace

Estimates estimate(const Record& record, const Setup& setup, double fraction) { return Estimator(record, setup, fraction)(); }

std::vector<std::size_t> independent_crystal_samples(const Record& record, const Setup& setup) {
  const std::size_t samples = setup.samples(record), crystal = setup.stages() - 1;
  const LadderSeries series(samples, setup.ladders,
                            [&](std::size_t t, std::size_t l) { return record.potential[setup.place(t, crystal, l)]; });
  return erg::uncorrelated_steps(samples, series.inefficiency);
}

}  // namespace crystal_baseline
