/// \file
/// Which particles a coupling layer moves, and which ones steer it.
#pragma once

#include "erg/base/error.hpp"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace erg {

/// Which half of an augmented point (x, a) a layer moves, given the other half.
enum class Moves { positions, auxiliaries };

/// The columns of a conditioner: column c reads particle `seen(c)` and steers particle `moved(c)`; −1 is none. Below the three
/// coordinates, which are 0 where no particle is seen, a column has the numbers of its `labels`.
///
/// Shapes:  seen, moved (columns); labels (rows, columns).
/// Laws:    no particle is both seen and moved, and none is moved twice.
class ParticlePartition {
 public:
  /// A mask over N particles, of a sublattice for instance: those where `moved` is true move, given the others. The first label
  /// is 1 where a particle is given and 0 where it moves; further rows (N numbers each) may tell sites apart.
  /// A particle that moves is seen at 0: at rest on its site, where coordinates are displacements.
  ///
  /// Errors:  InputError when all or none move, and for labels of another length or not finite.
  static ParticlePartition masked(const std::vector<bool>& moved, std::vector<std::vector<double>> labels = {}) {
    ParticlePartition p(static_cast<int>(moved.size()));
    std::vector<double> given;
    int moves = 0;
    for (int i = 0; i < p.particles_; ++i) {
      const bool one = moved[static_cast<std::size_t>(i)];
      moves += one;
      p.seen_.push_back(one ? -1 : i);
      p.moved_.push_back(one ? i : -1);
      given.push_back(one ? 0 : 1);
    }
    if (moves == 0 || moves == p.particles_)
      throw InputError("mask", "masked coupling", std::to_string(moves) + " of " + std::to_string(p.particles_) + " that move",
                       "at least one that moves and one that does not");
    for (const auto& row : labels) {
      if (row.size() != moved.size())
        throw InputError("labels", "masked coupling", std::to_string(row.size()) + " numbers",
                         std::to_string(p.particles_) + ", one per particle");
      for (const double x : row)
        if (!std::isfinite(x)) throw InputError("label", "masked coupling", std::to_string(x), "a finite number");
    }
    p.labels_.push_back(std::move(given));
    for (auto& row : labels) p.labels_.push_back(std::move(row));
    return p;
  }

  /// N particles (rows 0 … 3N − 1) and as many auxiliary ones (the 3N rows after): column i moves one particle i given the other.
  ///
  /// Errors:  InputError for fewer than one particle.
  static ParticlePartition augmented(int particles, Moves moves) {
    if (particles < 1) throw InputError("number of particles", "augmented coupling", std::to_string(particles), "at least 1");
    ParticlePartition p(2 * particles);
    for (int i = 0; i < particles; ++i) {
      p.seen_.push_back(moves == Moves::positions ? particles + i : i);
      p.moved_.push_back(moves == Moves::positions ? i : particles + i);
    }
    return p;
  }

  int particles() const { return particles_; }  ///< of the tile
  int columns() const { return static_cast<int>(seen_.size()); }
  int inputs() const { return 3 + static_cast<int>(labels_.size()); }
  int seen(int column) const { return seen_[static_cast<std::size_t>(column)]; }
  int moved(int column) const { return moved_[static_cast<std::size_t>(column)]; }
  double label(int row, int column) const { return labels_[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)]; }

 private:
  explicit ParticlePartition(int particles) : particles_(particles) {}

  int particles_;
  std::vector<int> seen_, moved_;
  std::vector<std::vector<double>> labels_;
};

}  // namespace erg
