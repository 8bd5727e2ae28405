#include "erg/base/random.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace erg;

TEST_CASE("part_of: streams, their parts and the parts of parts draw different numbers, under the same name") {
  std::set<double> normals_met, uniforms_met;
  int streams = 0;
  const auto meet = [&](Stream s) {
    CHECK(s.name == StreamName::test);
    normals_met.insert(normal(s, 3, 1));
    uniforms_met.insert(uniform(s, 3, 1));
    ++streams;
  };
  for (const std::uint64_t seed : {0, 1, 2}) {
    const Stream whole{seed, StreamName::test};
    meet(whole);
    for (std::uint32_t i = 0; i < 20; ++i) {
      meet(part_of(whole, i));
      for (std::uint32_t j = 0; j < 20; ++j) meet(part_of(part_of(whole, i), j));
    }
  }
  CHECK(streams == 3 * 421);
  CHECK(normals_met.size() == 3 * 421);
  CHECK(uniforms_met.size() == 3 * 421);
  CHECK(part_of({5, StreamName::test}, 7).seed == part_of({5, StreamName::test}, 7).seed);
  CHECK(part_of({5, StreamName::test}, 7).seed != part_of({5, StreamName::bench}, 7).seed);
}
