/// \file
/// How far particles are from their sites, from weighted samples.
#pragma once

#include "erg/estimators/reweighting.hpp"
#include "erg/geometry/box.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace erg {

/// What becomes of a common displacement of all particles.
enum class CentreOfMass { kept, removed };

/// ⟨|u|²⟩, u_i the displacement of particle i from site i by its nearest image, averaged over particles and weighted samples.
///
/// With the centre of mass removed, displacements are taken seen from particle 0 before their (mass-weighted) mean is subtracted:
/// a uniform shift of any length changes nothing, as long as no particle is half a box from where particle 0 says.
/// A particle that has hopped to another site counts with its hop.
/// Shapes:  sites, positions, masses (particles); masses may be left out where all are equal.
/// Units:   sites and positions in the box's; results in its square. Log-weights in nats.
/// Errors:  InputError for no sites, other numbers of positions or masses, masses that are not positive, and positions that
///          are not finite; as `reweighted_mean`.
class MeanSquareDisplacement {
 public:
  MeanSquareDisplacement(const Box& box, std::vector<Vec3<double>> sites, CentreOfMass centre = CentreOfMass::removed,
                         const std::vector<double>& masses = {})
      : box_(box), sites_(std::move(sites)), centre_(centre), share_(sites_.size(), 1 / static_cast<double>(sites_.size())) {
    if (sites_.empty()) throw InputError("sites", "mean-square displacement", "none", "at least 1");
    if (masses.empty()) return;
    if (masses.size() != sites_.size())
      throw InputError("masses", "mean-square displacement", std::to_string(masses.size()), std::to_string(sites_.size()));
    double total = 0;
    for (const double m : masses) {
      if (!(m > 0) || !std::isfinite(m)) throw InputError("mass", "mean-square displacement", to_text(m), "a positive number");
      total += m;
    }
    for (std::size_t i = 0; i < masses.size(); ++i) share_[i] = masses[i] / total;
  }

  /// One sample.
  void add(std::span<const Vec3<double>> positions, double log_weight = 0) {
    const std::string sample = "sample " + std::to_string(samples());
    require_log_weight(log_weight, samples());
    if (positions.size() != sites_.size())
      throw InputError("positions", sample, std::to_string(positions.size()), std::to_string(sites_.size()) + ", one per site");
    for (std::size_t i = 0; i < positions.size(); ++i)
      if (!std::isfinite(dot(positions[i], positions[i])))
        throw InputError("position", sample + ", particle " + std::to_string(i), "a number that is not finite",
                         "finite coordinates");
    std::array<double, 3> squares{};
    const Vec3<double> seen_from = centre_ == CentreOfMass::removed ? positions[0] - sites_[0] : Vec3<double>{0, 0, 0};
    const auto displacement = [&](std::size_t i) { return box_.minimum_image(positions[i] - sites_[i] - seen_from); };
    Vec3<double> mean{0, 0, 0};
    if (centre_ == CentreOfMass::removed)
      for (std::size_t i = 0; i < sites_.size(); ++i) mean += share_[i] * displacement(i);
    for (std::size_t i = 0; i < sites_.size(); ++i) {
      const Vec3<double> u = displacement(i) - mean;
      for (int a = 0; a < 3; ++a) squares[static_cast<std::size_t>(a)] += u[a] * u[a] / static_cast<double>(sites_.size());
    }
    for (std::size_t a = 0; a < 3; ++a) along_[a].push_back(squares[a]);
    log_weights_.push_back(log_weight);
  }

  /// The samples of another set about the same sites, as gathered by another thread.
  void merge(const MeanSquareDisplacement& other) {
    for (std::size_t a = 0; a < 3; ++a) along_[a].insert(along_[a].end(), other.along_[a].begin(), other.along_[a].end());
    log_weights_.insert(log_weights_.end(), other.log_weights_.begin(), other.log_weights_.end());
  }

  std::size_t samples() const { return log_weights_.size(); }

  /// ⟨|u|²⟩ with its error.
  WeightedMean mean(const Bootstrap& bootstrap = {}) const {
    std::vector<double> total(samples());
    for (std::size_t s = 0; s < total.size(); ++s) total[s] = along_[0][s] + along_[1][s] + along_[2][s];
    return reweighted_mean(log_weights_, total, bootstrap);
  }
  /// ⟨u_a²⟩ along a Cartesian axis, 0 … 2; the three add up to `mean`.
  WeightedMean along(int axis, const Bootstrap& bootstrap = {}) const {
    if (axis < 0 || axis > 2) throw InputError("axis", "mean-square displacement", std::to_string(axis), "0, 1 or 2");
    return reweighted_mean(log_weights_, along_[static_cast<std::size_t>(axis)], bootstrap);
  }

 private:
  Box box_;
  std::vector<Vec3<double>> sites_;
  CentreOfMass centre_;
  std::vector<double> share_, log_weights_;
  std::array<std::vector<double>, 3> along_;
};

}  // namespace erg
