/// \file
/// A perfect crystal in its periodic box.
#pragma once

#include "erg/geometry/box.hpp"
#include "erg/geometry/lattice.hpp"

#include <array>
#include <cmath>
#include <string>
#include <vector>

namespace erg {

/// Unit cells stacked along their edges.
///
/// Shapes:  site = basis · cell_count + cell, cell = (ix · n_y + iy) · n_z + iz.
struct Crystal {
  UnitCell unit;  ///< scaled to the crystal's density
  std::array<int, 3> cells;
  Box box;
  std::vector<Vec3<double>> sites;

  int basis_size() const { return unit.size(); }
  int cell_count() const { return cells[0] * cells[1] * cells[2]; }
  int particles() const { return basis_size() * cell_count(); }
  double number_density() const { return particles() / box.volume(); }

  int basis_of(int site) const { return site / cell_count(); }
  int species_of(int site) const { return unit.species[basis_of(site)]; }
  /// Of every site.
  std::vector<int> species() const {
    std::vector<int> all;
    for (int site = 0; site < particles(); ++site) all.push_back(species_of(site));
    return all;
  }
  std::array<int, 3> cell_of(int site) const {
    const int cell = site % cell_count();
    return {cell / (cells[1] * cells[2]), cell / cells[2] % cells[1], cell % cells[2]};
  }
  /// The site of that basis number in the cell (ix, iy, iz), which may lie outside the box: the crystal repeats.
  int site_at(int basis, std::array<int, 3> cell) const {
    for (int axis = 0; axis < 3; ++axis) cell[axis] = ((cell[axis] % cells[axis]) + cells[axis]) % cells[axis];
    return basis * cell_count() + (cell[0] * cells[1] + cell[1]) * cells[2] + cell[2];
  }
};

/// The crystal of cells[0] × cells[1] × cells[2] unit cells at `number_density` sites per volume.
///
/// Errors:  InputError for a cell count below 1 and a density that is not a positive number.
inline Crystal build_crystal(const UnitCell& unit, std::array<int, 3> cells, double number_density) {
  if (!(number_density > 0) || !std::isfinite(number_density)) {
    throw InputError("number density", unit.name, to_text(number_density), "a positive number");
  }
  for (const int n : cells) {
    if (n < 1) throw InputError("unit cells along an edge", unit.name, std::to_string(n), "at least 1");
  }
  const UnitCell scaled = unit.scaled(number_density);
  const Mat3<double>& v = scaled.vectors;
  Crystal crystal{scaled, cells, Box::triclinic({double(cells[0]) * v.a, double(cells[1]) * v.b, double(cells[2]) * v.c}), {}};
  crystal.sites.reserve(crystal.particles());
  for (const Vec3<double>& within : scaled.basis) {
    for (int ix = 0; ix < cells[0]; ++ix) {
      for (int iy = 0; iy < cells[1]; ++iy) {
        for (int iz = 0; iz < cells[2]; ++iz) {
          crystal.sites.push_back((within + Vec3<double>{double(ix), double(iy), double(iz)}) * v);
        }
      }
    }
  }
  return crystal;
}

/// How many unit cells along each edge give this number of particles: n × n × n.
///
/// Errors:  InputError that names the nearest numbers of particles which do.
inline std::array<int, 3> cells_for(const UnitCell& unit, int particles) {
  const auto count = [&](int n) { return static_cast<long long>(unit.size()) * n * n * n; };
  int n = 1;
  while (count(n + 1) <= particles) ++n;
  if (count(n) == particles) return {n, n, n};
  const std::string nearest = particles < count(1) ? std::to_string(count(1)) + " or " + std::to_string(count(2))
                                                   : std::to_string(count(n)) + " or " + std::to_string(count(n + 1));
  throw InputError("number of particles", unit.name, std::to_string(particles),
                   std::to_string(unit.size()) + " n^3 for a whole n; the nearest are " + nearest);
}

}  // namespace erg
