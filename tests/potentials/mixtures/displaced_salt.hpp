/// \file
/// What the tests of mixtures on crystals share: a salt, beside its displacements and what a potential says of them.
#pragma once

#include "erg/potentials/mixtures/kob_andersen.hpp"
#include "potentials/crystal/displaced_crystal.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace displaced_salt {

using namespace displaced_crystal;

using Argon = TruncatedShiftedLennardJones<double>;
using Mixture = ByKinds<Argon, 2>;

inline Crystal salt(int cells, double density = 1.7) { return build_crystal(caesium_chloride(), {cells, cells, cells}, density); }

// Largest difference, against the largest entry.
inline double distance(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double worst = 0, scale = 1e-300;
  for (std::size_t i = 0; i < a.size(); ++i) {
    worst = std::max(worst, std::abs(a[i] - b[i]));
    scale = std::max(scale, std::abs(b[i]));
  }
  return worst / scale;
}

}  // namespace displaced_salt
