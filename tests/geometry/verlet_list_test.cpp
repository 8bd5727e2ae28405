#include "erg/geometry/verlet_list.hpp"

#include "erg/base/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace erg;

namespace {

std::vector<Box> boxes() {
  return {Box::orthorhombic({9, 12, 15}), Box::triclinic({{9, 0, 0}, {3.5, 10, 0}, {-3, 4, 11}}),
          Box::orthorhombic({4.5, 5, 30})};
}

/// Uniform positions, some periods away from the box.
std::vector<Vec3<double>> random_positions(const Box& box, int count) {
  const Stream stream{31, StreamName::test};
  std::vector<Vec3<double>> x;
  for (int i = 0; i < count; ++i) {
    x.push_back(box.to_cartesian({4 * uniform(stream, i, 0) - 2, 4 * uniform(stream, i, 1) - 2, 4 * uniform(stream, i, 2) - 2}));
  }
  return x;
}

std::set<std::pair<int, int>> near_pairs(const Box& box, const std::vector<Vec3<double>>& x, double cutoff) {
  std::set<std::pair<int, int>> pairs;
  for (int i = 0; i < static_cast<int>(x.size()); ++i) {
    for (int j = i + 1; j < static_cast<int>(x.size()); ++j) {
      if (norm(box.minimum_image(x[j] - x[i])) < cutoff) pairs.insert({i, j});
    }
  }
  return pairs;
}

std::string message_of(VerletList& list, const std::vector<Vec3<double>>& x) {
  try {
    list.build(x);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("Cell list: finds the pairs of the double loop, each once, with the nearest image") {
  for (const Box& box : boxes()) {
    for (const int count : {1, 2, 40, 700}) {
      for (const double part : {0.3, 0.7, 1.0}) {  // of half the shortest height: from many cells down to one or two
        const double cutoff = part * box.half_height();
        const std::vector<Vec3<double>> x = random_positions(box, count);
        CellList list(box, cutoff);
        list.assign(x);
        std::set<std::pair<int, int>> found;
        int calls = 0, wrong = 0;
        list.for_pairs([&](int i, int j, Vec3<double> d) {
          found.insert(std::minmax(i, j));
          wrong += norm(d - box.minimum_image(x[j] - x[i])) > 1e-9;
          ++calls;
        });
        CHECK(found == near_pairs(box, x, cutoff));
        CHECK(calls == static_cast<int>(found.size()));
        CHECK(wrong == 0);
      }
    }
  }
}

TEST_CASE("Cell list: never more cells than particles, and bad input is refused by name") {
  CellList list(Box::orthorhombic({1000, 1000, 1000}), 1);
  const std::vector<Vec3<double>> x = random_positions(Box::orthorhombic({1000, 1000, 1000}), 50);
  list.assign(x);
  CHECK(list.cells()[0] * list.cells()[1] * list.cells()[2] <= 50);
  std::vector<Vec3<double>> bad = x;
  bad[7].y = std::nan("");
  CHECK_THROWS_WITH_AS(list.assign(bad), doctest::Contains("particle 7"), InputError);
  CHECK_THROWS_AS(CellList(boxes()[0], 1.01 * boxes()[0].half_height()), InputError);
}

TEST_CASE("Verlet list: holds each near pair under both its particles") {
  for (const Box& box : boxes()) {
    const std::vector<Vec3<double>> x = random_positions(box, 600);
    VerletList list(box, 1.5, 0.5, 120);
    list.build(x);
    std::set<std::pair<int, int>> found;
    int entries = 0, most = 0;
    for (int i = 0; i < list.particles(); ++i) {
      most = std::max(most, static_cast<int>(list.neighbours(i).size()));
      for (const int j : list.neighbours(i)) {
        found.insert(std::minmax(i, j));
        ++entries;
      }
    }
    CHECK(found == near_pairs(box, x, 2.0));
    CHECK(entries == 2 * static_cast<int>(found.size()));
    CHECK(list.needed() == most);
  }
}

TEST_CASE("Verlet list: an overflow is never silent: it says what is needed, and the list is not used") {
  const Box box = boxes()[0];
  const std::vector<Vec3<double>> x = random_positions(box, 600);
  VerletList roomy(box, 1.5, 0.5, 600);
  roomy.build(x);
  const int needed = roomy.needed();
  VerletList exact(box, 1.5, 0.5, needed), tight(box, 1.5, 0.5, needed - 1);
  CHECK(message_of(exact, x) == "accepted");
  CHECK(message_of(tight, x).find("got " + std::to_string(needed) + ", expected at most its capacity, " +
                                  std::to_string(needed - 1)) != std::string::npos);
  CHECK(tight.particles() == 0);
  CHECK(tight.is_stale(x));
  CHECK(tight.needed() == needed);
}

TEST_CASE("Verlet list: stale when a particle has moved half the skin, and until then no pair is missing") {
  const Box box = boxes()[1];
  std::vector<Vec3<double>> x = random_positions(box, 300);
  const double cutoff = 1.5, skin = 0.6;
  VerletList list(box, cutoff, skin, 120);
  CHECK(list.is_stale(x));
  CHECK(list.update(x));
  CHECK(!list.update(x));
  x[5] += box.to_cartesian({2, -1, 3});  // the same place in another period
  CHECK(!list.is_stale(x));
  const auto start = x;
  x[17].z += 0.49 * skin;
  CHECK(!list.is_stale(x));
  x[17].z = start[17].z + 0.51 * skin;
  CHECK(list.is_stale(x));
  x = start;
  for (std::size_t i = 0; i < x.size(); ++i) {  // all by almost half the skin, each its own way
    const double a = 2.4 * i, c = std::cos(1.7 * i);
    x[i] += 0.499 * skin * Vec3<double>{std::sqrt(1 - c * c) * std::cos(a), std::sqrt(1 - c * c) * std::sin(a), c};
  }
  REQUIRE(!list.is_stale(x));
  int missing = 0, crossed = 0;
  const auto before = near_pairs(box, start, cutoff);
  for (const auto& [i, j] : near_pairs(box, x, cutoff)) {
    const auto near = list.neighbours(i);
    missing += std::find(near.begin(), near.end(), j) == near.end();
    crossed += before.count({i, j}) == 0;
  }
  CHECK(missing == 0);
  CHECK(crossed > 0);  // the skin was needed
  x[3].x = std::nan("");
  CHECK(list.is_stale(x));
  CHECK_THROWS_WITH_AS(list.update(x), doctest::Contains("particle 3"), InputError);
  CHECK(list.particles() == 0);
}

TEST_CASE("Verlet list: parameters that make none are refused") {
  const Box box = boxes()[0];
  CHECK_THROWS_AS(VerletList(box, 4, 0.6, 10), InputError);  // cutoff + skin beyond 4.5
  CHECK_THROWS_AS(VerletList(box, 1, -0.1, 10), InputError);
  CHECK_THROWS_AS(VerletList(box, 1, std::nan(""), 10), InputError);
  CHECK_THROWS_AS(VerletList(box, 1, 0.1, 0), InputError);
  VerletList list(box, 1.5, 0.5, 100);
  list.build(random_positions(box, 30));
  CHECK_THROWS_AS(list.is_stale(random_positions(box, 31)), InputError);
}
