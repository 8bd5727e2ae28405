/// \file
/// A trained flow from its file: drawn from, and looked up at the simulation's samples.
#pragma once

#include "flow/flow_file.hpp"
#include "sampling/stages.hpp"

#include "erg/densities/crystal/crystal_flow.hpp"
#include "erg/densities/flow_density.hpp"
#include "erg/estimators/importance_sampling.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace crystal_baseline {

/// The sublattice flow of a crystal with trained weights.
template <class P>
class LearnedFlow {
 public:
  /// Errors:  InputError when the weights are of another layout or the flow's colours do not fit the crystal.
  LearnedFlow(FlowFile& file, const Case& c, const P& potential)
      : lattice_(potential, crystal_of(c, c.particles),
                 erg::VibratingLattice<P>::surroundings_of(potential, c.unit, c.density, file.shape.shells), file.shape.shells,
                 c.beta()),
        flow_(lattice_.template flow<double>(layout_, file.shape)),
        source_(file.source()),
        theta_(file.weights(layout_)),
        density_(flow_, theta_) {}
  LearnedFlow(const LearnedFlow&) = delete;
  LearnedFlow& operator=(const LearnedFlow&) = delete;

  /// ln q of one tile of displacements.
  ///
  /// Errors:  InputError for NaN and +inf; −inf is a place where the flow never goes.
  template <class R>
  void log_density(erg::Tile<const R> u, double* log_q, erg::Tape<R>& tape) const {
    erg::TileBuffer<R> latent(u.rows, u.packs);
    density_.log_density(erg::NoParameters{}, u, latent.view(), log_q, tape);
    for (int s = 0; s < u.packs * erg::lanes_of<R>; ++s)
      require_usable("ln q of the flow at a sample of the simulation", log_q[s]);
  }

  /// Draws until there are o.flow_samples. `store()` is called every o.save_seconds and at the end.
  ///
  /// Errors:  Interrupted, after `store()`; InputError for a weight of NaN or +inf.
  template <class Store>
  void draw(const Options& o, const erg::Crystal& crystal, Record& record, Store&& store) const {
    using R = SampleLanes;
    constexpr std::int64_t chunk = 256;
    const auto target = lattice_.target();
    auto done = static_cast<std::int64_t>(record.flow_log_weight.size());
    erg::Progress line("flow", "samples", static_cast<double>(o.flow_samples));
    line.begin_at(static_cast<double>(done), static_cast<double>(done) / static_cast<double>(o.flow_samples));
    erg::Stopwatch since;
    const bool more = done < o.flow_samples;
    while (done < o.flow_samples) {
      const std::int64_t now = std::min(chunk, o.flow_samples - done);
      record.flow_rdf.resize(static_cast<std::size_t>(std::min<std::int64_t>(o.frames, done + now)) * rdf_bins);
      std::vector<erg::TileBuffer<R>> seen;  // drawn now, looked at when the clock is off
      seen.reserve(static_cast<std::size_t>(chunk));
      for (std::int64_t k = 0; k < now && done < o.frames; k += erg::lanes_of<R>) seen.emplace_back(flow_.rows(), 1);
      const double began = processor_seconds();
      const auto keep = [&](std::int64_t first, erg::Tile<const R> u) {
        const auto tile = static_cast<std::size_t>(first / erg::lanes_of<R>);
        if (tile < seen.size()) std::copy_n(u.data, u.size(), seen[tile].view().data);
      };
      const auto weighed =
          erg::weigh_samples<R>(flow_, std::span<const double>(theta_), target, {o.seed, erg::StreamName::base_density}, now,
                                keep, static_cast<std::uint64_t>(done));
      record.drawing_seconds += processor_seconds() - began;
      for (std::size_t tile = 0; tile < seen.size(); ++tile)
        for (int s = 0; s < erg::lanes_of<R>; ++s) {
          const std::size_t within = tile * erg::lanes_of<R> + static_cast<std::size_t>(s);
          const std::size_t at = (static_cast<std::size_t>(done) + within) * rdf_bins;
          if (static_cast<std::int64_t>(within) < now && at < record.flow_rdf.size())
            pair_distribution<R>(crystal, erg::Tile<const R>(seen[tile].view()), s, record.flow_rdf.data() + at);
        }
      for (std::size_t k = 0; k < weighed.log_weight.size(); ++k) {
        require_usable("ln weight of a sample of the flow", weighed.log_weight[k]);
        record.flow_log_weight.push_back(weighed.log_weight[k]);
        record.flow_potential.push_back(target.beta() * weighed.excess[k]);
      }
      done += now;
      line.update(static_cast<double>(done));
      if (erg::interrupted()) {
        store();
        throw Interrupted{};
      }
      if (since.seconds() >= o.save_seconds) {
        store();
        since.restart();
      }
    }
    if (more) store();
  }

 private:
  void require_usable(const char* what, double logarithm) const {
    if (std::isnan(logarithm) || logarithm == std::numeric_limits<double>::infinity())
      throw erg::InputError("--weights " + source_, what, erg::to_text(logarithm), finite_flow);
  }

  erg::VibratingLattice<P> lattice_;
  erg::ParameterLayout layout_;
  erg::CrystalFlow<double> flow_;
  std::string source_;
  std::vector<double> theta_;
  erg::FlowDensity<erg::CrystalFlow<double>> density_;
};

}  // namespace crystal_baseline
