/// \file
/// Trajectories of replicas as one NumPy array that grows.
#pragma once

#include "erg/io/trajectories/grown_file.hpp"
#include "erg/io/trajectories/scene.hpp"

#include <bit>
#include <cstdint>
#include <utility>

namespace erg {

/// An observer that appends real positions to an .npy array: `run(…, Every{100, std::ref(it)})`.
///
/// Shapes:  the array is (look, replica, particle, axis), of float or double; it can be read at any time.
/// Units:   those of the replicas.
/// Errors:  as ExtxyzTrajectory. The header is written after the positions: a reader sees whole looks.
/// Laws:    as ExtxyzTrajectory.
template <std::floating_point T = double>
class NpyTrajectory {
  static_assert(std::endian::native == std::endian::little, "NpyTrajectory: writes little-endian numbers as they are in memory");

 public:
  /// A new file, in place of what stood at `path`.
  static NpyTrajectory create(const std::filesystem::path& path, Scene scene, int replicas) {
    detail::require_scene(scene, path.string());
    NpyTrajectory made(GrownFile::create(path), std::move(scene), replicas, 0);
    made.file_.append(made.header());
    return made;
  }
  /// The file at `path` with its first `looks` looks.
  static NpyTrajectory resume(const std::filesystem::path& path, Scene scene, int replicas, std::int64_t looks) {
    detail::require_scene(scene, path.string());
    if (looks < 0) throw InputError("looks", path.string(), std::to_string(looks), "none or more");
    require_header(path, scene.species.size(), replicas);
    const std::uintmax_t each = sizeof(T) * 3 * scene.species.size() * static_cast<std::uintmax_t>(replicas);
    NpyTrajectory made(GrownFile::resume(path, header_bytes + each * static_cast<std::uintmax_t>(looks)), std::move(scene),
                       replicas, looks);
    made.file_.replace(0, made.header());
    return made;
  }

  template <ReplicaView V>
  void operator()(const V& view) {
    detail::require_view(view, scene_, replicas_, file_.path().string());
    std::vector<T> all;
    all.reserve(3 * scene_.species.size() * static_cast<std::size_t>(replicas_));
    for (int r = 0; r < replicas_; ++r) {
      for (std::size_t i = 0; i < scene_.species.size(); ++i) {
        const Vec3<double> x = detail::real_position(view, scene_, r, static_cast<int>(i));
        for (int axis = 0; axis < 3; ++axis) all.push_back(static_cast<T>(x[axis]));
      }
    }
    file_.append({reinterpret_cast<const char*>(all.data()), all.size() * sizeof(T)});
    ++looks_;
    file_.replace(0, header());
  }
  /// How often it has looked: what a checkpoint holds, after `sync`.
  std::int64_t looks() const { return looks_; }
  void sync() { file_.sync(); }

 private:
  static constexpr std::size_t header_bytes = 128;

  NpyTrajectory(GrownFile file, Scene scene, int replicas, std::int64_t looks)
      : file_(std::move(file)), scene_(std::move(scene)), replicas_(replicas), looks_(looks) {
    if (replicas < 1) throw InputError("replicas", file_.path().string(), std::to_string(replicas), "at least 1");
  }

  /// Format version 1.0, filled up with blanks so that it never changes its length.
  static std::string header_of(std::int64_t looks, int replicas, std::size_t particles) {
    const std::string shape =
        "(" + std::to_string(looks) + ", " + std::to_string(replicas) + ", " + std::to_string(particles) + ", 3)";
    std::string text("\x93NUMPY\x01\x00", 8);
    text += static_cast<char>(header_bytes - 10);
    text += '\0';
    text += std::string("{'descr': '<f") + (sizeof(T) == 4 ? "4" : "8") + "', 'fortran_order': False, 'shape': " + shape + ", }";
    text.resize(header_bytes - 1, ' ');
    return text + '\n';
  }
  std::string header() const { return header_of(looks_, replicas_, scene_.species.size()); }

  /// Errors:  InputError unless the header is one of ours of this type and these numbers, whatever its number of looks.
  static void require_header(const std::filesystem::path& path, std::size_t particles, int replicas) {
    std::ifstream stream = open_file(path);
    std::string found(header_bytes, '\0');
    stream.read(found.data(), static_cast<std::streamsize>(header_bytes));
    const std::size_t open = found.find('(');
    const auto looks = parse_number<std::int64_t>(
        open == std::string::npos ? std::string_view()
                                  : std::string_view(found).substr(open + 1, found.find(',', open) - open - 1));
    if (!looks || found != header_of(*looks, replicas, particles))
      throw InputError("npy trajectory", path.string(), excerpt(found.substr(10), 100),
                       "a header of " + std::to_string(replicas) + " replicas of " + std::to_string(particles) + " particles");
  }

  GrownFile file_;
  Scene scene_;
  int replicas_;
  std::int64_t looks_;
};

}  // namespace erg
