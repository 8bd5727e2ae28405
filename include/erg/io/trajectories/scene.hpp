/// \file
/// What trajectories write of replicas: real positions in real cells.
#pragma once

#include "erg/base/vector.hpp"
#include "erg/io/concept.hpp"

#include <concepts>
#include <cstdint>
#include <string>
#include <vector>

namespace erg {

/// A batch of configurations as observers see it, such as `Replicas`. Where it has scales, one per replica, cells and positions
/// are that many times larger than those given.
template <class V>
concept ReplicaView = requires(const V view, int i) {
  { view.replicas() } -> std::same_as<int>;
  { view.rows() } -> std::same_as<int>;
  { view.position(i, i) } -> std::convertible_to<double>;
  { view.energy()[i] } -> std::convertible_to<double>;
  { view.step() } -> std::convertible_to<std::int64_t>;
};

/// What coordinates are displaced from, and in which cell.
///
/// Shapes:  species and origins (particles); origins may be none: coordinates are positions then.
struct Scene {
  Mat3<double> cell;  ///< edges as rows, at scale 1  [length]
  std::vector<std::string> species;
  std::vector<Vec3<double>> origins;
};

namespace detail {

/// Errors:  InputError for no particles, and origins of another number.
inline void require_scene(const Scene& scene, const std::string& where) {
  if (scene.species.empty()) throw InputError("species", where, "none", "one per particle");
  if (!scene.origins.empty() && scene.origins.size() != scene.species.size())
    throw InputError("origins", where, std::to_string(scene.origins.size()),
                     std::to_string(scene.species.size()) + ", as many as species, or none");
}

template <ReplicaView V>
void require_view(const V& view, const Scene& scene, int replicas, const std::string& where) {
  if (view.replicas() != replicas) throw InputError("replicas", where, std::to_string(view.replicas()), std::to_string(replicas));
  if (static_cast<std::size_t>(view.rows()) != 3 * scene.species.size())
    throw InputError("coordinates", where, std::to_string(view.rows()), std::to_string(3 * scene.species.size()));
}

template <ReplicaView V>
double scale_of(const V& view, int replica) {
  if constexpr (requires { view.scale()[0]; }) {
    return view.scale()[static_cast<std::size_t>(replica)];
  } else {
    return 1;
  }
}

/// The real position of one particle of one replica.
template <ReplicaView V>
Vec3<double> real_position(const V& view, const Scene& scene, int replica, int particle) {
  const double scale = scale_of(view, replica);
  Vec3<double> x = scene.origins.empty() ? Vec3<double>{0, 0, 0} : scene.origins[static_cast<std::size_t>(particle)];
  for (int axis = 0; axis < 3; ++axis) x[axis] = scale * (x[axis] + view.position(replica, 3 * particle + axis));
  return x;
}

}  // namespace detail

}  // namespace erg
