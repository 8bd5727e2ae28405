/// \file
/// The sublattices of a crystal and the harmonic mean of each particle given its neighbours, from the Hessian at rest.
#pragma once

#include "erg/bijectors/crystal/sublattices.hpp"
#include "erg/geometry/colouring.hpp"

#include <cmath>
#include <span>
#include <vector>

namespace erg {

/// How a particle of each kind sits among its neighbours when all move harmonically; the same for every size of the crystal.
///
/// Shapes:  mean (kinds; 3, 3 · neighbours), in the orientation of the kind's reference; rows sum to 1 over the neighbours.
/// Units:   stiffness in energy / length²: a third of the trace of a particle's own block of the Hessian, averaged over sites.
struct HarmonicSurroundings {
  std::vector<std::vector<double>> mean;
  double stiffness = 0;
};

/// Reads the surroundings off the Hessian of a reference crystal that is large enough for no neighbour to appear twice.
///
/// Shapes:  columns (3 · basis sites, 3 · particles): second derivatives with the sites of cell 0, as
///          `CrystalPotential::rest_hessian_columns` gives them.
/// Errors:  InputError when the columns do not fit, or a neighbour appears twice in the reference crystal.
inline HarmonicSurroundings harmonic_surroundings(const Crystal& reference, const Neighbours& near,
                                                  std::span<const double> columns) {
  const int n3 = 3 * reference.particles(), basis = reference.basis_size();
  if (columns.size() != static_cast<std::size_t>(3 * basis) * n3)
    throw InputError("Hessian columns", reference.unit.name, std::to_string(columns.size()) + " numbers",
                     std::to_string(3 * basis) + " columns of " + std::to_string(n3));
  HarmonicSurroundings found;
  found.mean.assign(static_cast<std::size_t>(near.kinds), std::vector<double>(static_cast<std::size_t>(9) * near.count, 0.0));
  std::vector<int> sites_of_kind(static_cast<std::size_t>(near.kinds), 0);
  for (int b = 0; b < basis; ++b) {
    const int site = reference.site_at(b, {0, 0, 0});
    const auto& sign = near.sign[static_cast<std::size_t>(site)];
    const auto column = [&](int a) { return columns.data() + static_cast<std::size_t>(3 * b + a) * n3; };
    for (int a = 0; a < 3; ++a) found.stiffness += column(a)[3 * site + a] / (3 * basis);
    Mat3<double> total{};
    std::vector<int> seen;
    for (int k = 0; k < near.count; ++k) {
      const int j = near.site[static_cast<std::size_t>(site) * near.count + k];
      if (j == site || std::find(seen.begin(), seen.end(), j) != seen.end())
        throw InputError("reference crystal", reference.unit.name, "a neighbour that appears twice", "a larger crystal");
      seen.push_back(j);
      for (int a = 0; a < 3; ++a)
        for (int c = 0; c < 3; ++c) total[a][c] -= column(a)[3 * j + c];
    }
    const Mat3<double> weight = inverse(total);
    auto& mean = found.mean[static_cast<std::size_t>(near.kind[static_cast<std::size_t>(site)])];
    ++sites_of_kind[static_cast<std::size_t>(near.kind[static_cast<std::size_t>(site)])];
    for (int k = 0; k < near.count; ++k) {
      const int j = near.site[static_cast<std::size_t>(site) * near.count + k];
      for (int a = 0; a < 3; ++a)
        for (int c = 0; c < 3; ++c) {
          double m = 0;
          for (int e = 0; e < 3; ++e) m -= weight[a][e] * column(e)[3 * j + c];
          mean[static_cast<std::size_t>(a) * 3 * near.count + 3 * k + c] += sign[a] * sign[c] * m;
        }
    }
  }
  for (std::size_t kind = 0; kind < found.mean.size(); ++kind)
    for (double& m : found.mean[kind]) m /= sites_of_kind[kind];
  return found;
}

/// The operations of the site that each kind refers to, with the neighbours in the kind's orientation.
inline std::vector<std::vector<SiteOperation>> site_operations(const Crystal& crystal, const Neighbours& near) {
  std::vector<std::vector<SiteOperation>> all(static_cast<std::size_t>(near.kinds));
  for (int b = 0; b < crystal.basis_size(); ++b) {
    const int site = crystal.site_at(b, {0, 0, 0});
    auto& operations = all[static_cast<std::size_t>(near.kind[static_cast<std::size_t>(site)])];
    if (!operations.empty()) continue;
    const auto seen = [&](int k) {
      const auto at = static_cast<std::size_t>(site) * near.count + k;
      return turned(near.sign[static_cast<std::size_t>(site)], near.vector[at]);
    };
    for (const auto& sign : site_group(crystal.unit, b)) {
      SiteOperation operation{sign, {}};
      for (int k = 0; k < near.count; ++k) {
        const Vec3<double> image = turned(sign, seen(k));
        int nearest = 0;
        for (int j = 1; j < near.count; ++j)
          if (norm(seen(j) - image) < norm(seen(nearest) - image)) nearest = j;
        operation.neighbour.push_back(nearest);
      }
      operations.push_back(std::move(operation));
    }
  }
  return all;
}

/// The sublattices of `crystal` for a SublatticeFlow; `unit` is one particle's harmonic width, 1 / √(β · stiffness).
///
/// Errors:  InputError when the colours do not fit the crystal's cells (`colour_sublattices`) or a particle would see its own
/// image.
inline Sublattices<double> crystal_sublattices(const Crystal& crystal, const Neighbours& near,
                                               const HarmonicSurroundings& harmonic, double beta) {
  const Colouring colouring = colour_sublattices(crystal, near);
  Sublattices<double> s{near.count, 1 / std::sqrt(beta * harmonic.stiffness), {}, harmonic.mean, site_operations(crystal, near)};
  for (const auto& sites : colouring.sites) {
    Sublattice<double> colour{near.kind[static_cast<std::size_t>(sites.front())], sites, {}, {}};
    for (const int i : sites) {
      const auto first = near.site.begin() + static_cast<std::ptrdiff_t>(i) * near.count;
      colour.neighbour.insert(colour.neighbour.end(), first, first + near.count);
      for (const int axis_sign : near.sign[static_cast<std::size_t>(i)]) colour.sign.push_back(axis_sign);
    }
    for (std::size_t e = 0; e < colour.neighbour.size(); ++e)
      if (colouring.of[static_cast<std::size_t>(colour.neighbour[e])] == colouring.of[static_cast<std::size_t>(sites.front())])
        throw InputError("crystal", crystal.unit.name, "a neighbour of a particle's own colour",
                         "more unit cells along each edge");
    s.colours.push_back(std::move(colour));
  }
  return s;
}

}  // namespace erg
