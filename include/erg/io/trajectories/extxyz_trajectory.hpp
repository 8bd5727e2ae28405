/// \file
/// Trajectories of replicas in the extended XYZ format.
#pragma once

#include "erg/io/structures/extxyz.hpp"
#include "erg/io/trajectories/grown_file.hpp"
#include "erg/io/trajectories/scene.hpp"

#include <cstdint>
#include <utility>

namespace erg {

/// An observer that appends a frame of each replica, with its cell, energy, number and step: `run(…, Every{100, std::ref(it)})`.
///
/// Units:   those of the replicas; energy is what they keep.
/// Errors:  InputError for other numbers of replicas or particles, and as Scene, ExtxyzText and GrownFile; on resume also for
///          a file that holds fewer looks, or frames of other numbers of particles.
/// Laws:    a run that is killed and goes on from a checkpoint that holds `looks()`, taken after `sync`, leaves the same file as
///          one that was not: `resume` cuts off what was written later, whole frames and broken ones.
class ExtxyzTrajectory {
 public:
  /// A new file, in place of what stood at `path`.
  static ExtxyzTrajectory create(const std::filesystem::path& path, Scene scene, int replicas) {
    detail::require_scene(scene, path.string());
    return ExtxyzTrajectory(GrownFile::create(path), std::move(scene), replicas, 0);
  }
  /// The file at `path` with its first `looks` looks.
  static ExtxyzTrajectory resume(const std::filesystem::path& path, Scene scene, int replicas, std::int64_t looks) {
    detail::require_scene(scene, path.string());
    const std::uintmax_t bytes = bytes_of(path, scene.species.size(), looks * replicas);
    return ExtxyzTrajectory(GrownFile::resume(path, bytes), std::move(scene), replicas, looks);
  }

  template <ReplicaView V>
  void operator()(const V& view) {
    detail::require_view(view, scene_, replicas_, file_.path().string());
    std::string all;
    for (int r = 0; r < replicas_; ++r) all += text_.of(frame(view, r));
    file_.append(all);
    ++looks_;
  }
  /// How often it has looked: what a checkpoint holds, after `sync`.
  std::int64_t looks() const { return looks_; }
  void sync() { file_.sync(); }

 private:
  ExtxyzTrajectory(GrownFile file, Scene scene, int replicas, std::int64_t looks)
      : file_(std::move(file)), text_(file_.path().string()), scene_(std::move(scene)), replicas_(replicas), looks_(looks) {
    if (replicas < 1) throw InputError("replicas", file_.path().string(), std::to_string(replicas), "at least 1");
  }

  template <ReplicaView V>
  Frame frame(const V& view, int r) const {
    Frame frame;
    frame.cell = scene_.cell;
    for (int axis = 0; axis < 3; ++axis) (*frame.cell)[axis] = detail::scale_of(view, r) * scene_.cell[axis];
    frame.species = scene_.species;
    for (std::size_t i = 0; i < scene_.species.size(); ++i)
      frame.positions.push_back(detail::real_position(view, scene_, r, static_cast<int>(i)));
    const double energy = view.energy()[static_cast<std::size_t>(r)];
    if (std::isfinite(energy)) frame.energy = energy;
    frame.info = {{"replica", std::to_string(r)}, {"step", std::to_string(view.step())}};
    return frame;
  }

  /// Where the first `frames` frames end.
  static std::uintmax_t bytes_of(const std::filesystem::path& path, std::size_t particles, std::int64_t frames) {
    if (frames < 0) throw InputError("frames", path.string(), std::to_string(frames), "none or more");
    std::ifstream stream = open_file(path);
    std::uintmax_t bytes = 0;
    std::string line;
    for (std::int64_t frame = 0; frame < frames; ++frame) {
      for (std::size_t k = 0; k < particles + 2; ++k) {
        if (!std::getline(stream, line) || stream.eof())  // a last line without its end is a broken one
          throw InputError("trajectory", path.string(), std::to_string(frame) + " whole frames",
                           "at least " + std::to_string(frames));
        if (k == 0 && line != std::to_string(particles))
          throw InputError("particles", path.string() + ", frame " + std::to_string(frame), excerpt(line),
                           std::to_string(particles));
        bytes += line.size() + 1;
      }
    }
    return bytes;
  }

  GrownFile file_;
  ExtxyzText text_;
  Scene scene_;
  int replicas_;
  std::int64_t looks_;
};

}  // namespace erg
