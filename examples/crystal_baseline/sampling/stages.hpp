/// \file
/// The simulation: replicas at every stage between reference and crystal, exchanged, resumable after every trajectory.
#pragma once

#include "options/options.hpp"
#include "sampling/counted_energy.hpp"
#include "sampling/pair_distances.hpp"
#include "sampling/record.hpp"

#include "erg/estimators/integration/quadrature.hpp"
#include "erg/io/interrupt.hpp"
#include "erg/io/progress.hpp"
#include "erg/samplers/hamiltonian_monte_carlo.hpp"
#include "erg/samplers/replica_exchange.hpp"
#include "erg/samplers/run.hpp"

#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace crystal_baseline {

/// What ends a run when SIGINT or SIGTERM arrived; all is saved.
struct Interrupted {};

using SampleLanes = erg::native_lanes<double>;

/// The stages' couplings: 0, the points of Gauss–Legendre, 1.
inline std::vector<double> couplings_of(const erg::Quadrature& rule) {
  std::vector<double> couplings{0};
  couplings.insert(couplings.end(), rule.point.begin(), rule.point.end());
  couplings.push_back(1);
  return couplings;
}

/// Hamiltonian Monte Carlo at U_λ = (1 − λ) U_reference + λ U, a trajectory and an exchange in turn.
///
/// Shapes:  o.ladders independent ladders of one replica for each coupling.
/// Laws:    what `record` holds after so many trajectories depends on seed and options alone: not on threads, nor on where runs
///          ended and went on. The centre of mass is held: samples are of the 3N − 3 vibrations.
template <class Reference, class Energy>
class Stages {
  using R = SampleLanes;
  using Counted = CountedEnergy<Energy>;
  using Path = erg::EnergyPath<Reference, Counted>;

 public:
  /// `step` is the time step to begin with. The energies must outlive it.
  Stages(const Options& o, const Reference& reference, const Energy& energy, const std::vector<double>& couplings, double beta,
         double step)
      : o_(o),
        beta_(beta),
        reference_(&reference),
        counted_(energy),
        path_(reference, counted_),
        replicas_(3 * energy.particles(), static_cast<int>(couplings.size()) * o.ladders, beta, o.seed),
        chain_(path_, erg::Masses(energy.particles()), {.step = step, .leaps = o.leaps}),
        exchange_(path_, rungs(couplings, beta), replicas_.replicas()),
        tapes_(static_cast<std::size_t>(erg::thread_count())) {
    exchange_.place(replicas_);
  }
  Stages(const Stages&) = delete;
  Stages& operator=(const Stages&) = delete;

  double step() const { return chain_.step(); }
  double acceptance() const { return chain_.acceptance(); }
  double exchange_acceptance(int gap) const { return exchange_.acceptance(gap); }

  /// What is done with the crystal's own samples: one tile of them, of ladders first, first + 1, …
  using Look = std::function<void(std::size_t first, erg::Tile<const R> u, erg::Tape<R>& tape)>;

  /// Goes on until every replica has o.samples samples. `store()` is called every o.save_seconds and at the end.
  ///
  /// Errors:  Interrupted, after `store()`; as Hamiltonian Monte Carlo.
  template <class Store, class LookFor>
  void run(Record& record, Store&& store, LookFor&& look_for) {
    if (!record.chain.empty()) erg::restore(record.chain, replicas_, chain_, exchange_);
    const std::int64_t total = o_.burn_in + o_.samples * o_.every;
    erg::Progress line("sampling " + std::to_string(exchange_.rungs()) + " stages", "trajectories", static_cast<double>(total));
    line.begin_at(static_cast<double>(record.trajectories),
                  static_cast<double>(record.trajectories) / static_cast<double>(total));
    erg::Stopwatch since;
    const auto keep = [&] {
      record.chain = erg::saved(replicas_, chain_, exchange_);
      store();
      since.restart();
    };
    const bool more = record.trajectories < total;
    while (record.trajectories < total) {
      advance(record);
      const std::int64_t after = record.trajectories - o_.burn_in;
      if (after > 0 && after % o_.every == 0) observe(record, after / o_.every - 1, look_for);
      line.update(static_cast<double>(record.trajectories));
      if (erg::interrupted()) {
        keep();
        throw Interrupted{};
      }
      if (since.seconds() >= o_.save_seconds) keep();
    }
    if (more) keep();
  }

 private:
  static std::vector<erg::Rung> rungs(const std::vector<double>& couplings, double beta) {
    std::vector<erg::Rung> ladder;
    for (const double coupling : couplings) ladder.push_back({beta, coupling});
    return ladder;
  }

  void advance(Record& record) {
    const double began = processor_seconds();
    const std::int64_t before = counted_.evaluations();
    if (record.trajectories < o_.burn_in / 2) {
      chain_.equilibrate(replicas_, 1);
    } else {
      chain_.advance(replicas_, 1);
    }
    exchange_.advance(replicas_, 1);
    ++record.trajectories;
    record.evaluations += counted_.evaluations() - before;
    record.sampling_seconds += processor_seconds() - began;
  }

  template <class LookFor>
  void observe(Record& record, std::int64_t sample, LookFor&& look_for) {
    constexpr int width = erg::lanes_of<R>;
    const double began = processor_seconds();
    const std::int64_t before = counted_.evaluations();
    const std::size_t first = record.reference.size();
    record.reference.resize(first + static_cast<std::size_t>(replicas_.replicas()));
    record.potential.resize(record.reference.size());
    std::vector<int> crystal(static_cast<std::size_t>(o_.ladders));  // the replica at coupling 1 of each ladder
    const int stages = exchange_.rungs();
    for (int r = 0; r < replicas_.replicas(); ++r)
      if (exchange_.rung_of(r) + 1 == stages) crystal[static_cast<std::size_t>(r / stages)] = r;
    replicas_.for_packs([&](int pack, erg::Tape<R>& tape) {
      double from[width], to[width];
      const erg::Tile<const R> u = std::as_const(replicas_).positions(pack);
      reference_->energy(u, from, tape);
      counted_.exact_energy(u, to, tape);
      for (int s = 0; s < width; ++s) {
        const int r = pack * width + s;
        const std::size_t place = first + static_cast<std::size_t>(exchange_.rung_of(r) * o_.ladders + r / stages);
        record.reference[place] = beta_ * from[s];
        record.potential[place] = beta_ * to[s];
      }
    });
    record.evaluations += counted_.evaluations() - before;
    record.sampling_seconds += processor_seconds() - began;
    if (const Look look = look_for(sample)) show(crystal, look);
  }

  /// The crystal's samples, gathered into tiles.
  void show(const std::vector<int>& crystal, const Look& look) {
    constexpr int width = erg::lanes_of<R>;
    erg::parallel_for(o_.ladders / width, [&](int tile, int thread) {
      erg::TileBuffer<R> u(replicas_.rows(), 1);
      for (int s = 0; s < width; ++s) {
        const int r = crystal[static_cast<std::size_t>(tile * width + s)];
        for (int row = 0; row < replicas_.rows(); ++row) set_lane(u.view()(row, 0), s, replicas_.position(r, row));
      }
      look(static_cast<std::size_t>(tile) * width, erg::Tile<const R>(u.view()), tapes_[static_cast<std::size_t>(thread)]);
    });
  }

  const Options& o_;
  double beta_;
  const Reference* reference_;
  Counted counted_;
  Path path_;
  erg::Replicas<R> replicas_;
  erg::HamiltonianMonteCarlo<Path> chain_;
  erg::ReplicaExchange<Path> exchange_;
  std::vector<erg::Tape<R>> tapes_;
};

}  // namespace crystal_baseline
