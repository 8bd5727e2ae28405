/// \file
/// The whole job for one potential: simulate, draw from the flow, report.
#pragma once

#include "flow/learned_flow.hpp"
#include "report/report.hpp"
#include "runs/checkpoint.hpp"

#include "erg/densities/crystal/einstein_crystal.hpp"
#include "erg/densities/crystal/vibrating_crystal.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace crystal_baseline {

/// Between two configurations of the crystal that are looked at for its radial distribution.
inline constexpr std::int64_t samples_between_frames = 10;

/// use(reference): where the path begins, as an energy whose exp(−βU) is normalised over the 3N − 3 vibrations. Einstein's
/// springs give every particle the mean amplitude of its harmonic motion.
template <class Use>
void with_reference(const Options& o, const std::shared_ptr<const erg::HarmonicCrystal>& motion, Use&& use) {
  const double beta = motion->beta();
  if (o.reference == harmonic) {
    erg::ParameterLayout layout;
    const erg::VibratingCrystal<double> density(layout, motion);
    const std::vector<double> unstretched(layout.size(), 0.0);
    const auto prepared = density.prepare(unstretched.data());
    use(erg::DensityEnergy(density, prepared, beta));
  } else {
    double squares = 0;
    for (const double a : motion->amplitude()) squares += a * a;
    const double spring = motion->rows() / (beta * squares);
    const erg::EinsteinCrystal<double> density(std::vector<double>(static_cast<std::size_t>(motion->particles()), spring), beta);
    const erg::NoParameters prepared{};
    use(erg::DensityEnergy(density, prepared, beta));
  }
}

/// What is looked up of the crystal's own samples: the flow's density at each, distances of pairs at some.
template <class P>
class CrystalLook {
 public:
  CrystalLook(const Options& o, const erg::Crystal& crystal, const LearnedFlow<P>* flow, Record& record)
      : o_(&o), crystal_(&crystal), flow_(flow), record_(&record) {}

  std::function<void(std::size_t, erg::Tile<const SampleLanes>, erg::Tape<SampleLanes>&)> operator()(std::int64_t sample) {
    const std::int64_t frame = sample / samples_between_frames;
    const bool framed = sample % samples_between_frames == 0 && frame * o_->ladders < o_->frames;
    if (flow_ == nullptr && !framed) return {};
    const auto ladders = static_cast<std::size_t>(o_->ladders);
    const std::size_t at = record_->log_flow.size(), frame_at = record_->crystal_rdf.size();
    if (flow_ != nullptr) record_->log_flow.resize(at + ladders);
    if (framed) record_->crystal_rdf.resize(frame_at + ladders * rdf_bins);
    return [this, framed, at, frame_at](std::size_t first, erg::Tile<const SampleLanes> u, erg::Tape<SampleLanes>& tape) {
      if (flow_ != nullptr) {
        const double began = thread_seconds();
        flow_->log_density(u, record_->log_flow.data() + at + first, tape);
        const double took = thread_seconds() - began;
        const std::lock_guard<std::mutex> alone(mutex_);
        record_->look_up_seconds += took;
      }
      for (int s = 0; framed && s < erg::lanes_of<SampleLanes>; ++s)
        pair_distribution(*crystal_, u, s,
                          record_->crystal_rdf.data() + frame_at + (first + static_cast<std::size_t>(s)) * rdf_bins);
    };
  }

 private:
  const Options* o_;
  const erg::Crystal* crystal_;
  const LearnedFlow<P>* flow_;
  Record* record_;
  std::mutex mutex_;
};

/// The simulation up to its end. `store()` keeps the record.
///
/// Errors:  Interrupted.
template <class P, class Store>
ChainFacts simulate(const Options& o, const erg::CrystalPotential<P>& energy, const Setup& setup,
                    const std::shared_ptr<const erg::HarmonicCrystal>& motion, const LearnedFlow<P>* flow, Record& record,
                    Store&& store) {
  ChainFacts facts;
  const auto& stiffness = motion->stiffness();
  const double step = 0.6 / std::sqrt(*std::max_element(stiffness.begin(), stiffness.end()));
  CrystalLook<P> look(o, energy.crystal(), flow, record);
  with_reference(o, motion, [&](const auto& reference) {
    Stages stages(o, reference, energy, setup.couplings, motion->beta(), step);
    stages.run(record, store, [&](std::int64_t sample) { return look(sample); });
    facts.step = stages.step();
    facts.acceptance = stages.acceptance();
    for (std::size_t k = 0; k + 1 < setup.stages(); ++k)
      facts.exchange.push_back(stages.exchange_acceptance(static_cast<int>(k)));
  });
  return facts;
}

inline Setup setup_of(const Options& o, const Case& c, const erg::Crystal& crystal, double rest, double vibration) {
  Setup s;
  s.terms = {c.particles,
             c.beta() * rest,
             vibration,
             crystal.box.volume(),
             c.thermal_wavelengths.front(),
             erg::primitive_size(c.unit),
             erg::other_kinds(crystal, c.thermal_wavelengths)};
  s.rule = erg::gauss_legendre(o.stage_count(c.particles));
  s.couplings = couplings_of(s.rule);
  s.ladders = static_cast<std::size_t>(o.ladders);
  s.seed = o.seed;
  return s;
}

template <class P>
int run(const Options& o, const Case& c, const P& potential) {
  const erg::Crystal crystal = crystal_of(c, c.particles);
  const erg::CrystalPotential<P> energy(potential, crystal);
  const auto motion = std::make_shared<const erg::HarmonicCrystal>(crystal, energy.rest_hessian_columns(), c.beta());
  Setup setup = setup_of(o, c, crystal, energy.rest_energy(), motion->free_energy());
  std::optional<FlowFile> file;
  std::unique_ptr<const LearnedFlow<P>> flow;
  if (o.weights) {
    file.emplace(*o.weights, c);
    setup.training_seconds = file->training_seconds;
    setup.training_evaluations = file->training_evaluations;
    flow = std::make_unique<const LearnedFlow<P>>(*file, c, potential);
  }
  const Checkpoint checkpoint(o, facts_of(o, c, file ? file->digest : "none"));
  Record record = checkpoint.begin(setup);
  const erg::InterruptGuard guard;
  const auto store = [&] { checkpoint.store(record); };
  ChainFacts chain;
  try {
    chain = simulate(o, energy, setup, motion, flow.get(), record, store);
    if (flow) flow->draw(o, crystal, record, store);
  } catch (const Interrupted&) {
    std::fprintf(stderr, "interrupted after %lld trajectories; saved to %s, go on with --resume\n",
                 static_cast<long long>(record.trajectories), o.out.c_str());
    return 128 + erg::interrupt_signal();
  }
  report(o, c, crystal, setup, record, chain);
  if (!erg::interrupted()) return 0;
  std::fprintf(stderr, "interrupted while drawing; all numbers are written\n");
  return 128 + erg::interrupt_signal();
}

}  // namespace crystal_baseline
