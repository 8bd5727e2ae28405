#include "erg/densities/crystal/lattice_fourier.hpp"

#include "erg/base/random.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
#include <set>
#include <vector>

using namespace erg;

namespace {

constexpr int components = 3;
const std::vector<std::array<int, 3>> shapes{{1, 1, 1}, {2, 2, 2}, {1, 3, 2}, {4, 5, 6}, {7, 2, 3}, {8, 8, 8}};

std::vector<double> random_grid(std::size_t size, std::uint64_t index) {
  TileBuffer<double> numbers(static_cast<int>(size), 1);
  normals(Stream{17, StreamName::test}, index, numbers.view());
  return {numbers.view().data, numbers.view().data + size};
}

/// Keeps the entries of the grid and clears the gaps.
std::vector<double> without_gaps(const LatticeFourier& fourier, const std::vector<double>& grid) {
  std::vector<double> entries;
  for (int x = 0; x < fourier.cells()[0]; ++x) {
    for (int y = 0; y < fourier.cells()[1]; ++y) {
      for (int z = 0; z < fourier.cells()[2]; ++z) {
        for (int c = 0; c < components; ++c) entries.push_back(grid[fourier.offset({x, y, z}) + c]);
      }
    }
  }
  return entries;
}

const auto nothing = [](int) {};

}  // namespace

TEST_CASE("Lattice Fourier: analyse undoes synthesise, and lengths are kept") {
  for (const auto& cells : shapes) {
    const LatticeFourier fourier(cells, components);
    Tape<double> tape;
    const std::vector<double> before = random_grid(fourier.grid_size(), 1);
    std::vector<double> grid = before;
    fourier.synthesise(grid.data(), tape, nothing);
    const auto waves = without_gaps(fourier, before), field = without_gaps(fourier, grid);
    fourier.analyse(grid.data(), tape, nothing);
    const auto back = without_gaps(fourier, grid);
    double change = 0, length = 0, length_after = 0;
    for (std::size_t i = 0; i < waves.size(); ++i) {
      change = std::max(change, std::abs(back[i] - waves[i]));
      length += waves[i] * waves[i];
      length_after += field[i] * field[i];
    }
    CHECK(change < 1e-13);
    CHECK(length_after == doctest::Approx(length).epsilon(1e-13));
  }
}

TEST_CASE("Lattice Fourier: the groups list every place of the grid once and every pair of wave vectors once") {
  for (const auto& cells : shapes) {
    const LatticeFourier fourier(cells, components);
    std::set<std::ptrdiff_t> places;
    std::set<std::array<int, 3>> waves;
    int listed = 0, count = 0;
    for (const WaveGroup& group : fourier.groups()) {
      for (int i = 0; i < group.members; ++i) {
        places.insert(group.even[i]);
        ++listed;
        if (!group.self_conjugate) {
          places.insert(group.odd[i]);
          ++listed;
        }
        std::array<int, 3> there = group.wave[i], back = there;
        for (int axis = 0; axis < 3; ++axis) {
          there[axis] = (there[axis] + cells[axis]) % cells[axis];
          back[axis] = (cells[axis] - there[axis]) % cells[axis];
        }
        CHECK((there == back) == group.self_conjugate);
        waves.insert(there);
        waves.insert(back);
        count += group.self_conjugate ? 1 : 2;
      }
    }
    const int all = cells[0] * cells[1] * cells[2];
    CHECK(listed == all);
    CHECK(static_cast<int>(places.size()) == all);
    CHECK(static_cast<int>(waves.size()) == all);
    CHECK(count == all);
    CHECK(fourier.groups()[0].wave[0] == std::array<int, 3>{0, 0, 0});
  }
}

TEST_CASE("Lattice Fourier: each entry in wave space is the product of a cosine or sine per axis") {
  const std::array<int, 3> cells{4, 3, 5};
  const LatticeFourier fourier(cells, components);
  const auto along = [&](int axis, int p, int m) {
    const int n = cells[axis];
    const double weight = std::sqrt((p == 0 || 2 * p == n ? 1.0 : 2.0) / n);
    return weight * (2 * p <= n ? std::cos(2 * std::numbers::pi * p * m / n) : std::sin(2 * std::numbers::pi * (n - p) * m / n));
  };
  Tape<double> tape;
  double worst = 0;
  for (const std::array<int, 3> p : {std::array{0, 0, 0}, std::array{2, 0, 1}, std::array{3, 2, 4}, std::array{1, 1, 3}}) {
    std::vector<double> grid(fourier.grid_size(), 0.0);
    grid[fourier.offset(p) + 1] = 1;
    fourier.synthesise(grid.data(), tape, nothing);
    for (int x = 0; x < cells[0]; ++x) {
      for (int y = 0; y < cells[1]; ++y) {
        for (int z = 0; z < cells[2]; ++z) {
          const double expected = along(0, p[0], x) * along(1, p[1], y) * along(2, p[2], z);
          worst = std::max(worst, std::abs(grid[fourier.offset({x, y, z}) + 1] - expected));
          worst = std::max(worst, std::abs(grid[fourier.offset({x, y, z})]));  // the other components stay empty
        }
      }
    }
  }
  CHECK(worst < 1e-14);
}
