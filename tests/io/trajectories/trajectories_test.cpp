#include "erg/io/npy.hpp"
#include "erg/io/trajectories/extxyz_trajectory.hpp"
#include "erg/io/trajectories/npy_trajectory.hpp"
#include "io/scratch.hpp"

#include <span>

using namespace erg;

namespace {

// Replicas as far as files are concerned: numbers that differ at every step.
struct Walkers {
  std::int64_t steps = 0;
  std::vector<double> energies{-1.5, 2.25}, scales{1, 1.5};
  int replicas() const { return 2; }
  int rows() const { return 9; }
  double position(int replica, int row) const { return 0.1 * row - replica + std::sqrt(double(steps)); }
  std::span<const double> energy() const { return energies; }
  std::span<const double> scale() const { return scales; }
  std::int64_t step() const { return steps; }
};
static_assert(ReplicaView<Walkers>);

Scene scene() { return {{{4, 0, 0}, {0.5, 5, 0}, {0, 0, 6}}, {"O", "Si", "Ar"}, {{0, 0, 0}, {1, 2, 3}, {0.5, 0.25, -1}}}; }

// Looks from step `first` to step `last`, both included.
template <class Trajectory>
void look(Trajectory& trajectory, int first, int last) {
  Walkers walkers;
  for (walkers.steps = first; walkers.steps <= last; ++walkers.steps) trajectory(walkers);
}

// A run that was killed after `killed` looks and somewhere in the next one, and went on from the checkpoint after 3, leaves the
// file of a run of 7.
template <class Trajectory>
void check_resume(const std::string& name) {
  const Scratch scratch;
  const auto whole = scratch / ("whole." + name), cut = scratch / ("cut." + name);
  {
    auto trajectory = Trajectory::create(whole, scene(), 2);
    look(trajectory, 1, 7);
    CHECK(trajectory.looks() == 7);
  }
  const std::string expected = slurp(whole);
  for (const int killed : {3, 5}) {
    std::string bytes;
    {
      auto trajectory = Trajectory::create(cut, scene(), 2);
      look(trajectory, 1, 3);
      trajectory.sync();
      look(trajectory, 4, killed);
      bytes = slurp(cut);
      look(trajectory, killed + 1, killed + 1);
    }
    const std::string later = slurp(cut);
    for (std::size_t size = bytes.size(); size < later.size(); size += 37) {
      spill(cut, bytes + later.substr(bytes.size(), size - bytes.size()));
      auto trajectory = Trajectory::resume(cut, scene(), 2, 3);
      CHECK(trajectory.looks() == 3);
      look(trajectory, 4, 7);
      CHECK(slurp(cut) == expected);
    }
  }
  spill(cut, expected.substr(0, expected.size() - 5));
  CHECK(contains(complaint([&] { Trajectory::resume(cut, scene(), 2, 7); }), "at least"));
  CHECK(complaint([&] { Trajectory::resume(scratch / "nothing", scene(), 2, 0); }) != "no InputError");
  auto fewer = scene();
  fewer.species.pop_back();
  fewer.origins.pop_back();
  CHECK(complaint([&] { Trajectory::resume(whole, fewer, 2, 1); }) != "no InputError");
  CHECK(slurp(whole) == expected);  // what is refused is left alone
  auto other = Trajectory::create(cut, fewer, 2);
  CHECK(complaint([&] { look(other, 1, 1); }) != "no InputError");
  CHECK(complaint([&] { Trajectory::create(cut, {scene().cell, {}, {}}, 2); }) != "no InputError");
}

}  // namespace

TEST_CASE("Trajectories: a run that is killed and goes on leaves the same file") {
  check_resume<ExtxyzTrajectory>("extxyz");
  check_resume<NpyTrajectory<double>>("npy");
  check_resume<NpyTrajectory<float>>("npy");
}

TEST_CASE("Trajectories: extxyz frames hold real positions, cells, energies, replicas and steps") {
  const Scratch scratch;
  auto trajectory = ExtxyzTrajectory::create(scratch / "a.extxyz", scene(), 2);
  look(trajectory, 4, 5);
  const auto frames = read_extxyz(scratch / "a.extxyz");
  REQUIRE(frames.size() == 4);
  Walkers walkers;
  walkers.steps = 5;
  CHECK(frames[3].info.at("replica") == "1");
  CHECK(frames[3].info.at("step") == "5");
  CHECK(*frames[3].energy == 2.25);
  CHECK((*frames[3].cell).b.y == 7.5);
  CHECK((*frames[2].cell).b.y == 5);
  CHECK(frames[3].positions[1].z == 1.5 * (3 + walkers.position(1, 5)));
  CHECK(frames[2].positions[2].x == 0.5 + walkers.position(0, 6));
  CHECK(frames[0].species == scene().species);
}

TEST_CASE("Trajectories: npy arrays are (look, replica, particle, axis), readable while they grow") {
  const Scratch scratch;
  const auto path = scratch / "a.npy";
  auto trajectory = NpyTrajectory<double>::create(path, scene(), 2);
  CHECK(read_npy<double>(path).shape()[0] == 0);
  look(trajectory, 1, 12);
  const auto array = read_npy<double>(path);
  REQUIRE(array.dimension() == 4);
  const std::array<std::size_t, 4> shape{12, 2, 3, 3};
  CHECK(std::equal(shape.begin(), shape.end(), array.shape().begin()));
  Walkers walkers;
  walkers.steps = 8;
  CHECK(array(7, 1, 2, 0) == 1.5 * (0.5 + walkers.position(1, 6)));
  run_python("npy trajectory", scratch,
             "import numpy, sys\na = numpy.load(sys.argv[1])\nassert a.shape == (12, 2, 3, 3), a.shape\n",
             "'" + path.string() + "'");
}
