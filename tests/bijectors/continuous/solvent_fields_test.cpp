#include "erg/bijectors/continuous/solvent_pairs.hpp"
#include "erg/bijectors/continuous/solvent_shells.hpp"
#include "erg/bijectors/continuous/sum_of_fields.hpp"
#include "laws/velocity_field_laws.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

// Particles about the origin, some of them across a face or in another cell.
std::vector<double> solvent(std::size_t particles, std::uint64_t set) {
  auto x = some_numbers(3 * particles, set, 0.3);
  x[1] += 2, x[5] -= 1;
  return x;
}

}  // namespace

TEST_CASE("SoluteDistance: derivatives, whole edges, the square near the origin") {
  for (const double at : {-0.5, -0.31, 0.0, 0.02, 0.4999, 0.73, 2.2}) {
    const auto h = [](double x, int which) {
      const SoluteDistance<double> s({x, 0.1, -0.2});
      return which == 0 ? s.squared : which == 1 ? s.first.x : s.second.x;
    };
    const SoluteDistance<double> s({at, 0.1, -0.2});
    CHECK(s.first.x == doctest::Approx(slope([&](double d) { return h(at + d, 0); })).epsilon(1e-9));
    CHECK(s.second.x == doctest::Approx(slope([&](double d) { return h(at + d, 1); })).epsilon(1e-8));
    CHECK(std::abs(s.third.x - slope([&](double d) { return h(at + d, 2); })) < 1e-5);
    CHECK(SoluteDistance<double>({at - 3, 1.1, -0.2}).squared == doctest::Approx(s.squared).epsilon(1e-12));
    CHECK(s.laplacian() == doctest::Approx(s.second.x + s.second.y + s.second.z));
  }
  CHECK(SoluteDistance<double>({0.1, 0.2, 0.1}).squared == doctest::Approx(0.06).epsilon(1e-4));
}

TEST_CASE("SolventShells: the laws of a velocity field") {
  ParameterLayout layout;
  const SolventShells<> field(layout, "shells", 5, SoluteRange(0.25));
  for (const double time : {0.0, 0.3, 1.0}) check_velocity_field(field, some_numbers(layout.size(), 3), solvent(5, 7), time);
}

TEST_CASE("SolventPairs: the laws of a velocity field") {
  ParameterLayout layout;
  const SolventPairs<> field(layout, "pairs", 6, SoluteRange(0.25), 0.1, 0.45);
  for (const double time : {0.0, 0.3, 1.0}) check_velocity_field(field, some_numbers(layout.size(), 3), solvent(6, 9), time);
}
