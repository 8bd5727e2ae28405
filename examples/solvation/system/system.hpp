/// \file
/// The solute and its solvent, in units of the box.
#pragma once

#include "options/options.hpp"

#include "erg/potentials/solvation/all_pairs.hpp"
#include "erg/potentials/solvation/growing_solute.hpp"
#include "erg/potentials/wrappers.hpp"

#include <vector>

namespace solvation {

/// Energies of positions in fractions of the box, whose centre, the origin, is the solute's place: lengths divided by the edge
/// change no energy.
class System {
 public:
  using Argon = erg::TruncatedShiftedLennardJones<double>;
  using Solute = erg::GrowingSolute<erg::AllPairs<Argon>>;
  using TrainingSolute = erg::GrowingSolute<erg::AllPairs<erg::TrainingForm<Argon>>>;

  explicit System(const Options& o)
      : beta_(1 / o.temperature),
        stages_(o.stages),
        solvent_(argon(o), cube(), o.particles),
        solute_(solvent_, cube(), 1.0, o.radius_from / o.box, o.radius_to / o.box),
        soft_solvent_(erg::training_form(argon(o), 0.8 / o.box), cube(), o.particles),
        soft_solute_(soft_solvent_, cube(), 1.0, o.radius_from / o.box, o.radius_to / o.box) {}
  System(const System&) = delete;
  System& operator=(const System&) = delete;

  double beta() const { return beta_; }
  int particles() const { return solvent_.particles(); }
  int stages() const { return stages_; }
  /// The coupling of a stage, 0 to 1.
  double coupling(int stage) const { return static_cast<double>(stage) / (stages_ - 1); }
  const Solute& solute() const { return solute_; }
  /// With a solvent whose repulsion is a straight line at short distance.
  const TrainingSolute& training_solute() const { return soft_solute_; }

 private:
  static erg::Box cube() { return erg::Box::orthorhombic({1, 1, 1}); }
  static Argon argon(const Options& o) { return erg::truncated_shifted_lennard_jones(1.0, 1 / o.box, o.cut() / o.box); }

  double beta_;
  int stages_;
  erg::AllPairs<Argon> solvent_;
  Solute solute_;
  erg::AllPairs<erg::TrainingForm<Argon>> soft_solvent_;
  TrainingSolute soft_solute_;
};

}  // namespace solvation
