/// \file
/// A small periodic crystal for the tests of host and device: simple cubic, three shells cut to pairs within a radius.
#pragma once

#include "erg/cuda/pair_energy.hpp"

#include <cmath>
#include <vector>

struct SmallCrystal {
  std::vector<int> first{0}, neighbour;
  std::vector<double> vector;

  explicit SmallCrystal(int edge = 4, double spacing = 1.1, double radius = 1.8) {
    const auto site = [edge](int x, int y, int z) {
      return (((x + edge) % edge) * edge + (y + edge) % edge) * edge + (z + edge) % edge;
    };
    for (int i = 0; i < edge * edge * edge; ++i) {
      const int x = i / (edge * edge), y = i / edge % edge, z = i % edge;
      for (int dx = -1; dx <= 1; ++dx) {
        for (int dy = -1; dy <= 1; ++dy) {
          for (int dz = -1; dz <= 1; ++dz) {
            const int j = site(x + dx, y + dy, z + dz);
            if (j <= i || spacing * std::sqrt(dx * dx + dy * dy + dz * dz) > radius) continue;
            neighbour.push_back(j);
            for (const int step : {dx, dy, dz}) vector.push_back(spacing * step);
          }
        }
      }
      first.push_back(static_cast<int>(neighbour.size()));
    }
  }
  int sites() const { return static_cast<int>(first.size()) - 1; }
  erg::PairTable<double> table() const { return {sites(), first.data(), neighbour.data(), vector.data()}; }
};

/// The Lennard-Jones potential of the tests: cut at 2.5 σ and shifted.
inline auto test_potential() {
  using Cut = erg::Truncated<erg::LennardJones<double>>;
  return erg::Shifted<Cut>(Cut({1.0, 1.0}, 2.5));
}
