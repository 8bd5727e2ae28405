#include "erg/bijectors/couplings/particle_coupling.hpp"

#include "erg/bijectors/chain.hpp"
#include "erg/bijectors/sequence.hpp"
#include "erg/bijectors/sinh_arcsinh.hpp"
#include "erg/networks/transformer.hpp"
#include "laws/field_bijector_laws.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

using Moved = Chain<UnitTriangular, SinhArcsinh, Affine>;
using Net = Transformer<Gelu>;
using Coupling = ParticleCoupling<Moved, Net>;
using Layers = Repeat<Coupling>;

Net net(ParameterLayout& layout, const std::string& name, const ParticlePartition& partition) {
  return Net(layout, name,
             {.inputs = partition.inputs(),
              .outputs = Moved::parameters,
              .particles = partition.columns(),
              .width = 4,
              .blocks = 1,
              .heads = 2,
              .widening = 1});
}
Coupling coupling(ParameterLayout& layout, const std::string& name, ParticlePartition partition) {
  Net conditioner = net(layout, name, partition);
  return {std::move(partition), std::move(conditioner)};
}

/// Two layers, one for each half of three particles and their auxiliary ones.
Layers augmented(ParameterLayout& layout, int particles = 3) {
  return Layers({coupling(layout, "x", ParticlePartition::augmented(particles, Moves::positions)),
                 coupling(layout, "a", ParticlePartition::augmented(particles, Moves::auxiliaries))});
}
/// Four particles on two sublattices, with numbers that tell the sites apart.
Layers masked(ParameterLayout& layout) {
  const std::vector<std::vector<double>> sites{{0.3, -1, 0.7, 2}};
  return Layers({coupling(layout, "even", ParticlePartition::masked({true, false, true, false}, sites)),
                 coupling(layout, "odd", ParticlePartition::masked({false, true, false, true}, sites))});
}

std::vector<double> weights(const ParameterLayout& layout) { return some_numbers(layout.size(), 3, 0.25); }

void check_laws_and_start(const Layers& map, const ParameterLayout& layout, int particles) {
  const auto rows = static_cast<std::size_t>(3 * particles);
  const auto u = some_numbers(rows, 1, 0.7);
  check_field_bijector(map, weights(layout), u);
  check_field_log_det(map, weights(layout), u);
  check_field_lanes<double>(map, map, weights(layout), 3 * particles, 3, 0.7, 1e-12);
  std::vector<double> start(layout.size(), 7.0);
  std::uint64_t k = 0;
  map.initialise(start.data(), [&] { return normal({1, StreamName::test}, k++, 0); });
  const FieldImage image = forward_of(map, start, u);
  CHECK(worst(image.point, u) < 1e-14);
  CHECK(std::abs(image.log_det) < 1e-14);
}

/// The same configuration with particles a and b exchanged.
std::vector<double> exchanged(std::vector<double> u, std::size_t a, std::size_t b) {
  for (std::size_t axis = 0; axis < 3; ++axis) std::swap(u[3 * a + axis], u[3 * b + axis]);
  return u;
}

}  // namespace

TEST_CASE("ParticleCoupling, augmented: the laws of a bijector") {
  ParameterLayout layout;
  const Layers map = augmented(layout);
  check_laws_and_start(map, layout, 6);
}

TEST_CASE("ParticleCoupling, masked: the laws of a bijector") {
  ParameterLayout layout;
  const Layers map = masked(layout);
  check_laws_and_start(map, layout, 4);
}

TEST_CASE("ParticleCoupling: moves what the partition says, and nothing else") {
  ParameterLayout layout;
  const auto moves = [&](const Coupling& map, std::vector<bool> expected) {
    const auto theta = some_numbers(layout.size(), 3, 0.25);
    const auto u = some_numbers(3 * expected.size(), 1);
    const auto v = forward_of(map, theta, u).point;
    for (std::size_t i = 0; i < u.size(); ++i) CHECK((v[i] != u[i]) == expected[i / 3]);
  };
  moves(coupling(layout, "a", ParticlePartition::masked({true, false, true, false})), {true, false, true, false});
  moves(coupling(layout, "b", ParticlePartition::augmented(2, Moves::positions)), {true, true, false, false});
  moves(coupling(layout, "c", ParticlePartition::augmented(2, Moves::auxiliaries)), {false, false, true, true});
}

TEST_CASE("ParticleCoupling, augmented: particles relabelled together with their auxiliary ones move alike") {
  ParameterLayout layout;
  const Layers map = augmented(layout);
  const auto theta = weights(layout);
  const auto u = some_numbers(18, 5);
  const FieldImage image = forward_of(map, theta, u), other = forward_of(map, theta, exchanged(exchanged(u, 0, 2), 3, 5));
  CHECK(worst(other.point, exchanged(exchanged(image.point, 0, 2), 3, 5)) < 1e-13);
  CHECK(other.log_det == doctest::Approx(image.log_det));
  CHECK(worst(forward_of(map, theta, exchanged(u, 0, 2)).point, exchanged(image.point, 0, 2)) > 1e-3);  // not without them
}

TEST_CASE("ParticleCoupling, masked: relabelling within the mask, unless labels tell sites apart") {
  ParameterLayout layout;
  const Coupling plain = coupling(layout, "plain", ParticlePartition::masked({true, true, false, false}));
  const Coupling told = coupling(layout, "told", ParticlePartition::masked({true, true, false, false}, {{0, 1, 0, 1}}));
  const auto theta = weights(layout);
  const auto u = some_numbers(12, 6);
  for (const std::size_t first : {0u, 2u}) {
    const auto v = forward_of(plain, theta, exchanged(u, first, first + 1)).point;
    CHECK(worst(v, exchanged(forward_of(plain, theta, u).point, first, first + 1)) < 1e-13);
    const auto w = forward_of(told, theta, exchanged(u, first, first + 1)).point;
    CHECK(worst(w, exchanged(forward_of(told, theta, u).point, first, first + 1)) > 1e-4);
  }
}

TEST_CASE("ParticleCoupling: a network whose columns do not mix steers it too") {
  ParameterLayout layout;
  const ParticleCoupling<Affine, Perceptron<Tanh>> map(ParticlePartition::augmented(2, Moves::positions),
                                                       Perceptron<Tanh>(layout, "c", {3, 5, Affine::parameters}));
  const auto theta = some_numbers(layout.size(), 3, 0.3);
  check_field_bijector(map, theta, some_numbers(12, 1, 0.7));
}

TEST_CASE("ParticleCoupling: what does not fit is refused") {
  CHECK_THROWS_AS(ParticlePartition::masked({true, true}), InputError);
  CHECK_THROWS_AS(ParticlePartition::masked({false}), InputError);
  CHECK_THROWS_AS(ParticlePartition::masked({}), InputError);
  CHECK_THROWS_AS(ParticlePartition::masked({true, false}, {{1, 2, 3}}), InputError);
  CHECK_THROWS_AS(ParticlePartition::masked({true, false}, {{1, std::nan("")}}), InputError);
  CHECK_THROWS_AS(ParticlePartition::augmented(0, Moves::positions), InputError);
  ParameterLayout layout;
  const auto three = ParticlePartition::augmented(3, Moves::positions);
  CHECK_THROWS_AS(Coupling(ParticlePartition::augmented(2, Moves::positions), net(layout, "n", three)), std::invalid_argument);
  CHECK_THROWS_AS(Coupling(ParticlePartition::masked({true, false, false}), net(layout, "n", three)), std::invalid_argument);
  const Coupling map(three, net(layout, "n", three));
  const auto theta = weights(layout);
  CHECK_THROWS_AS(forward_of(map, theta, some_numbers(9, 1)), std::invalid_argument);
}
