/// \file
/// The graph of a crystal's neighbours, along which a network passes messages.
#pragma once

#include "erg/geometry/crystal.hpp"
#include "erg/geometry/neighbours.hpp"
#include "erg/networks/graph/particle_graph.hpp"

#include <algorithm>
#include <vector>

namespace erg {

/// Every site hears its listed neighbours; coordinates are displacements about the sites. Messages fade out at `reach` times the
/// farthest neighbour's distance, far enough for displacements to leave the graph as it is.
///
/// Laws:    images count one by one, so that networks on crystals of one kind share weights and agree, whatever the size.
/// Units:   those of the crystal.
/// Errors:  InputError for a reach of at most 1.
inline ParticleGraph crystal_graph(const Crystal& crystal, const Neighbours& near, double reach = 1.5) {
  if (!(reach > 1)) throw InputError("reach", "graph of a crystal", to_text(reach), "above 1");
  std::vector<GraphEdge> edges;
  double farthest = 0;
  for (int i = 0; i < crystal.particles(); ++i)
    for (int k = 0; k < near.count; ++k) {
      const auto entry = static_cast<std::size_t>(i) * static_cast<std::size_t>(near.count) + static_cast<std::size_t>(k);
      edges.push_back({i, near.site[entry], near.vector[entry]});
      farthest = std::max(farthest, norm(near.vector[entry]));
    }
  return ParticleGraph::fixed(crystal.particles(), edges, reach * farthest);
}

}  // namespace erg
