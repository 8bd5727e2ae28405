/// \file
/// Unit cells of the common crystals.
#pragma once

#include "erg/base/vector.hpp"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace erg {

/// The part of a crystal that repeats: edge vectors (rows) and the sites inside.
///
/// Shapes:  basis in fractional coordinates, one species number per site.
/// Units:   the functions below give volume 1 per site; `scaled` brings a cell to any density.
struct UnitCell {
  std::string name;
  Mat3<double> vectors;
  std::vector<Vec3<double>> basis;
  std::vector<int> species;

  int size() const { return static_cast<int>(basis.size()); }
  double volume() const { return std::abs(determinant(vectors)); }
  Vec3<double> position(int site) const { return basis[site] * vectors; }

  /// The same cell, stretched evenly to this number of sites per volume.
  UnitCell scaled(double number_density) const {
    const double s = std::cbrt(size() / (number_density * volume()));
    UnitCell cell = *this;
    cell.vectors = {s * vectors.a, s * vectors.b, s * vectors.c};
    return cell;
  }
};

/// A cell with edges along the axes, of any length ratio, brought to volume 1 per site; all sites of species 0 unless said.
inline UnitCell orthorhombic_cell(std::string name, Vec3<double> edges, std::vector<Vec3<double>> basis,
                                  std::vector<int> species = {}) {
  if (species.empty()) species.assign(basis.size(), 0);
  const UnitCell cell{std::move(name), {{edges.x, 0, 0}, {0, edges.y, 0}, {0, 0, edges.z}}, std::move(basis), std::move(species)};
  return cell.scaled(1);
}

inline UnitCell simple_cubic() { return orthorhombic_cell("simple cubic", {1, 1, 1}, {{0, 0, 0}}); }

inline UnitCell body_centred_cubic() { return orthorhombic_cell("body-centred cubic", {1, 1, 1}, {{0, 0, 0}, {0.5, 0.5, 0.5}}); }

/// B2: the corners of species 0, the centres of species 1.
inline UnitCell caesium_chloride() {
  return orthorhombic_cell("caesium chloride", {1, 1, 1}, {{0, 0, 0}, {0.5, 0.5, 0.5}}, {0, 1});
}

inline UnitCell face_centred_cubic() {
  return orthorhombic_cell("face-centred cubic", {1, 1, 1}, {{0, 0, 0}, {0, 0.5, 0.5}, {0.5, 0, 0.5}, {0.5, 0.5, 0}});
}

/// Ideal close packing (c/a = √(8/3)) in the orthorhombic cell of 4 sites, edges 1 : √3 : √(8/3).
inline UnitCell hexagonal_close_packed() {
  return orthorhombic_cell("hexagonal close-packed", {1, std::sqrt(3.0), std::sqrt(8.0 / 3)},
                           {{0, 0, 0}, {0.5, 0.5, 0}, {0.5, 5.0 / 6, 0.5}, {0, 1.0 / 3, 0.5}});
}

/// Two face-centred lattices, the second moved by a quarter of the diagonal: 8 sites, each the centre of a tetrahedron.
inline UnitCell diamond_cubic() {
  return orthorhombic_cell("diamond cubic", {1, 1, 1},
                           {{0, 0, 0},
                            {0, 0.5, 0.5},
                            {0.5, 0, 0.5},
                            {0.5, 0.5, 0},
                            {0.25, 0.25, 0.25},
                            {0.25, 0.75, 0.75},
                            {0.75, 0.25, 0.75},
                            {0.75, 0.75, 0.25}});
}

/// Cubic ice without its protons: the oxygen sites, which are diamond-cubic.
inline UnitCell ice_cubic() {
  UnitCell cell = diamond_cubic();
  cell.name = "cubic ice";
  return cell;
}

/// Hexagonal ice without its protons: 8 sites, edges 1 : √3 : √(8/3), ideal tetrahedra. Each site of the close-packed
/// lattice and the one 3/8 of the height above it.
inline UnitCell ice_hexagonal() {
  UnitCell cell = hexagonal_close_packed();
  std::vector<Vec3<double>> basis = cell.basis;
  for (const Vec3<double>& site : cell.basis) basis.push_back(site + Vec3<double>{0, 0, 0.375});
  return orthorhombic_cell("hexagonal ice", {1, std::sqrt(3.0), std::sqrt(8.0 / 3)}, std::move(basis));
}

}  // namespace erg
