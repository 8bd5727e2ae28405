#include "erg/densities/crystal/published_2022.hpp"

#include "erg/geometry/lattice.hpp"
#include "laws/field_bijector_laws.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

Crystal ice(int cells) { return build_crystal(ice_cubic(), {cells, cells, cells}, 0.033567184); }
constexpr Published2022Shape small{.frequencies = 2, .layers = 3, .width = 8, .blocks = 1};

}  // namespace

TEST_CASE("Published2022: it has the published number of parameters") {
  ParameterLayout layout;
  published_2022<float>(layout, ice(2), {});
  // Per transformer block 4 (256² + 256) + 2 · 256 · 1024 + 1280; per coupling two of them, 16 a → 256 and 256 → 49 (3 − a), a
  // the given axes; per layer couplings of one and of two given axes, and a shift.
  constexpr std::size_t block = 4 * (256 * 256 + 256) + 2 * 256 * 1024 + 1280;
  constexpr auto coupling = [](std::size_t given) { return 2 * block + (16 * given + 1) * 256 + 257 * 49 * (3 - given); };
  CHECK(layout.size() == 24 * (coupling(1) + coupling(2) + 3));
  CHECK(layout.size() / 1'000'000 == 76);  // "77 million"
}

TEST_CASE("Published2022: before training it is its base density, whatever the number of layers") {
  for (const int layers : {1, 2, 3}) {
    ParameterLayout layout;
    auto shape = small;
    shape.layers = layers;
    const auto flow = published_2022<double>(layout, ice(1), shape);
    std::vector<double> theta(layout.size());
    std::uint64_t index = 0;
    flow.map().initialise(theta.data(), [&] { return normal({1, StreamName::initialise}, index++, 0); });
    auto u = some_numbers(static_cast<std::size_t>(flow.rows()), 1);
    for (double& x : u) x *= 0.2;
    const FieldImage image = forward_of(flow.map(), theta, u);
    CHECK(worst(image.point, u) < 1e-13);
    CHECK(std::abs(image.log_det) < 1e-10);
  }
}

TEST_CASE("Published2022: the laws of a bijector") {
  ParameterLayout layout;
  const auto flow = published_2022<double>(layout, ice(1), small);
  auto theta = some_numbers(layout.size(), 2), u = some_numbers(static_cast<std::size_t>(flow.rows()), 3);
  for (double& w : theta) w *= 0.12;
  for (double& x : u) x *= 0.2;
  check_field_round_trip(flow.map(), theta, u);
  check_field_vjp(flow.map(), theta, u, 2e-6, 1e-6);  // hundreds of knots: few are crossed within so short a step
  check_carry_score(flow.map(), theta, u, 2e-6, 1e-6);
}

TEST_CASE("Published2022: the layers commute with relabelling") {
  ParameterLayout layout;
  const auto flow = published_2022<double>(layout, ice(1), small);
  const auto& layers = flow.map().part<1>();
  auto theta = some_numbers(layout.size(), 4), x = some_numbers(21, 5);
  for (double& w : theta) w *= 0.3;
  for (double& f : x) f = on_circle(f);
  const ParticlePermutation shuffle({3, 0, 6, 1, 2, 5, 4});
  const auto first = forward_of(layers, theta, forward_of(shuffle, theta, x).point);
  const auto last = forward_of(layers, theta, x);
  CHECK(worst(first.point, forward_of(shuffle, theta, last.point).point) < 1e-12);
  CHECK(first.log_det == doctest::Approx(last.log_det).epsilon(1e-12));
}

TEST_CASE("Published2022: no layers are refused") {
  ParameterLayout layout;
  CHECK_THROWS_AS(published_2022<float>(layout, ice(1), {.layers = 0}), InputError);
}
