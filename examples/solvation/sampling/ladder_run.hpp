/// \file
/// Samples of every stage by Hamiltonian Monte Carlo with exchanges between neighbouring radii, kept on disk as they come.
#pragma once

#include "system/system.hpp"

#include "erg/io/interrupt.hpp"
#include "erg/io/npy.hpp"
#include "erg/io/progress.hpp"
#include "erg/samplers/hamiltonian_monte_carlo.hpp"
#include "erg/samplers/replica_exchange.hpp"
#include "erg/samplers/run.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <numeric>
#include <span>
#include <string>
#include <vector>

namespace solvation {

/// What was sampled, but for the positions that no map is trained on.
///
/// Shapes:  first, last (training frame, particle, axis): positions at the first and the last radius; reduced (frame, sampled
///          stage, stage): β times what the solute adds to the energy.
/// Units:   positions in fractions of the box, within ±½.
struct Samples {
  std::size_t frames = 0;
  std::vector<double> first, last;
  std::vector<float> reduced;
};

/// One end of the ladder.
enum class End { first, last };

/// Sampling in chunks of frames, each written before the state of the replicas that begins the next: an interrupted run goes on
/// from its last whole chunk, bit for bit.
class LadderRun {
 public:
  using R = erg::native_lanes<double>;
  static constexpr int chunk = 250;  // frames

  LadderRun(const Options& o, const System& system)
      : options_(o),
        system_(system),
        folder_(o.out / "samples"),
        replicas_(3 * system.particles(), replica_count(o.stages), system.beta(), o.seed),
        dynamics_(system.solute(), erg::Masses(system.particles(), erg::Centre::free), {.step = 0.002, .leaps = o.leaps}),
        exchange_(system.solute(), erg::even_couplings(system.beta(), o.stages), replicas_.replicas()),
        ladders_(replicas_.replicas() / o.stages) {}

  /// Whether all frames are there; false after an interrupt.
  bool run() {
    std::filesystem::create_directories(folder_);
    require_same_settings();
    begin();
    const erg::InterruptGuard guard;
    erg::Progress line("sampling", "frames", options_.frames);
    line.begin_at(static_cast<double>(done_), static_cast<double>(done_) / options_.frames);
    while (done_ < static_cast<std::size_t>(options_.frames)) {
      if (erg::interrupted() || !sample_chunk()) return false;
      line.update(static_cast<double>(done_), note(), static_cast<double>(done_) / options_.frames);
    }
    line.finish();
    return true;
  }

  /// The frames that the options ask for.
  Samples read() const {
    Samples all;
    all.frames = static_cast<std::size_t>(options_.frames);
    const auto training = static_cast<std::size_t>(options_.training_frames);
    positions(End::first, 0, training, [&](std::span<const double> x) { all.first.insert(all.first.end(), x.begin(), x.end()); });
    positions(End::last, 0, training, [&](std::span<const double> x) { all.last.insert(all.last.end(), x.begin(), x.end()); });
    const auto per_frame = static_cast<std::size_t>(options_.stages) * static_cast<std::size_t>(options_.stages);
    for (std::size_t k = 0; k * chunk_frames() < all.frames; ++k) {
      const auto array = erg::read_npy<float>(file("reduced", k));
      all.reduced.insert(all.reduced.end(), array.begin(), array.end());
    }
    all.reduced.resize(all.frames * per_frame);
    return all;
  }
  /// visit(positions) of frames begin … end − 1 at one end of the ladder, some at a time, in order.
  template <class Visit>
  void positions(End end, std::size_t begin, std::size_t stop, const Visit& visit) const {
    const auto rows = static_cast<std::size_t>(replicas_.rows());
    std::vector<double> x;
    for (std::size_t at = begin; at < stop;) {
      const std::size_t k = at / chunk_frames(), from = at - k * chunk_frames(), to = std::min(chunk_frames(), from + stop - at);
      const auto array = erg::read_npy<float>(file(end == End::first ? "first" : "last", k));
      x.assign((to - from) * rows, 0.0);
      for (std::size_t n = 0; n < x.size(); ++n) x[n] = static_cast<double>(array.data()[from * rows + n]) / options_.box;
      visit(std::span<const double>(x));
      at += to - from;
    }
  }
  /// Fractions accepted, the smallest of the exchanges.
  double acceptance() const { return dynamics_.acceptance(); }
  double least_exchange() const {
    double least = 1;
    for (int k = 0; k + 1 < options_.stages; ++k) least = std::min(least, exchange_.acceptance(k));
    return least;
  }

 private:
  /// Whole ladders in whole packs, at least one pack for each of two threads.
  static int replica_count(int stages) { return std::lcm(stages, 2 * erg::lanes_of<R>); }
  std::size_t chunk_frames() const { return static_cast<std::size_t>(chunk) * static_cast<std::size_t>(ladders_); }
  std::filesystem::path file(const std::string& what, std::size_t k) const {
    char number[24];
    std::snprintf(number, sizeof number, "%05zu", k);
    return folder_ / (what + "-" + number + ".npy");
  }

  void require_same_settings() const {
    const auto path = folder_ / "settings.txt";
    const std::string mine = sampling_settings(options_);
    if (!std::filesystem::exists(path)) return erg::write_bytes(path, mine);
    const std::string theirs = erg::read_bytes(path);
    if (theirs != mine)
      throw erg::InputError("samples", path.string(), "those of other options: " + erg::excerpt(theirs, 200),
                            "the same physics and sampler, or another --out");
  }

  void begin() {
    const auto path = folder_ / "state.npy";
    if (std::filesystem::exists(path)) {
      const auto state = erg::read_npy<double>(path);
      done_ = static_cast<std::size_t>(state.data()[0]);
      erg::restore(std::span<const double>(state.data() + 1, state.size() - 1), replicas_, dynamics_, exchange_);
      return;
    }
    place_on_lattice();
    exchange_.place(replicas_);
    for (int k = 0; k < options_.burn_in; ++k) {
      dynamics_.equilibrate(replicas_, 1);
      exchange_.advance(replicas_, 1);
    }
    save();
  }
  void save() {
    std::vector<double> state{static_cast<double>(done_)};
    const auto rest = erg::saved(replicas_, dynamics_, exchange_);
    state.insert(state.end(), rest.begin(), rest.end());
    erg::write_npy<double, 1>(folder_ / "state.npy", state, {state.size()});
  }

  /// The sites of a cubic lattice that are farthest from the solute.
  void place_on_lattice() {
    const int n = static_cast<int>(std::ceil(std::cbrt(1.7 * system_.particles())));
    std::vector<erg::Vec3<double>> sites;
    for (int i = 0; i < n * n * n; ++i)
      sites.push_back({(i % n + 0.5) / n - 0.5, (i / n % n + 0.5) / n - 0.5, (i / n / n + 0.5) / n - 0.5});
    std::stable_sort(sites.begin(), sites.end(), [](const auto& a, const auto& b) { return dot(a, a) > dot(b, b); });
    for (int r = 0; r < replicas_.replicas(); ++r)
      for (int row = 0; row < replicas_.rows(); ++row) replicas_.place(r, row, sites[static_cast<std::size_t>(row / 3)][row % 3]);
  }

  /// False after an interrupt, and then nothing is kept of it.
  bool sample_chunk() {
    std::vector<float> first, last, reduced;
    for (int frame = 0; frame < chunk; ++frame) {
      if (erg::interrupted()) return false;
      for (int k = 0; k < options_.stride; ++k) {
        dynamics_.advance(replicas_, 1);
        exchange_.advance(replicas_, 1);
      }
      look(first, last, reduced);
    }
    const auto frames = chunk_frames(), particles = static_cast<std::size_t>(system_.particles()),
               stages = static_cast<std::size_t>(options_.stages), k = done_ / frames;
    erg::write_npy<float, 3>(file("first", k), first, {frames, particles, 3});
    erg::write_npy<float, 3>(file("last", k), last, {frames, particles, 3});
    erg::write_npy<float, 3>(file("reduced", k), reduced, {frames, stages, stages});
    done_ += frames;
    save();
    return true;
  }

  /// One frame of each ladder.
  void look(std::vector<float>& first, std::vector<float>& last, std::vector<float>& reduced) {
    const int stages = options_.stages, count = replicas_.replicas();
    std::vector<double> energies(static_cast<std::size_t>(count) * stages);  // (stage, replica)
    replicas_.for_packs([&](int pack, erg::Tape<R>&) {
      double slope[erg::lanes_of<R>];
      for (int k = 0; k < stages; ++k) {
        const std::vector<double> coupling(erg::lanes_of<R>, system_.coupling(k));
        system_.solute().solute_energy(erg::Tile<const R>(replicas_.positions(pack)), coupling.data(),
                                       energies.data() + k * count + pack * erg::lanes_of<R>, slope);
      }
    });
    std::vector<int> holder(static_cast<std::size_t>(count));
    for (int r = 0; r < count; ++r) holder[static_cast<std::size_t>(r / stages * stages + exchange_.rung_of(r))] = r;
    for (int ladder = 0; ladder < ladders_; ++ladder)
      for (int stage = 0; stage < stages; ++stage) {
        const int r = holder[static_cast<std::size_t>(ladder * stages + stage)];
        for (int k = 0; k < stages; ++k)
          reduced.push_back(static_cast<float>(system_.beta() * energies[static_cast<std::size_t>(k * count + r)]));
        if (stage == 0) positions(r, first);
        if (stage == stages - 1) positions(r, last);
      }
  }
  void positions(int r, std::vector<float>& to) const {
    for (int row = 0; row < replicas_.rows(); ++row) {
      const double x = replicas_.position(r, row);
      to.push_back(static_cast<float>(options_.box * (x - std::nearbyint(x))));
    }
  }
  std::string note() const {
    char text[80];
    std::snprintf(text, sizeof text, "accepted %.2f, exchanged at least %.2f", acceptance(), least_exchange());
    return text;
  }

  const Options& options_;
  const System& system_;
  std::filesystem::path folder_;
  erg::Replicas<R> replicas_;
  erg::HamiltonianMonteCarlo<System::Solute> dynamics_;
  erg::ReplicaExchange<System::Solute> exchange_;
  int ladders_;
  std::size_t done_ = 0;  // frames
};

}  // namespace solvation
