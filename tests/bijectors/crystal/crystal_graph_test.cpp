#include "erg/bijectors/crystal/crystal_graph.hpp"

#include "erg/bijectors/affine.hpp"
#include "erg/bijectors/couplings/particle_coupling.hpp"
#include "erg/bijectors/sequence.hpp"
#include "erg/networks/graph/message_passing.hpp"
#include "laws/field_bijector_laws.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

using Net = MessagePassing<Silu>;

const MessagePassingShape small{.features = 1, .outputs = Affine::parameters, .width = 4, .layers = 1, .radial = 3};

Crystal ice(int n) { return build_crystal(ice_cubic(), {n, n, n}, 1); }
ParticleGraph graph_of(const Crystal& crystal) { return crystal_graph(crystal, neighbour_shells(crystal, 2)); }

}  // namespace

TEST_CASE("crystal_graph: edges are the listed neighbours, from their sites, images included") {
  const Crystal crystal = ice(1);  // the second shell meets a site from both sides
  const Neighbours near = neighbour_shells(crystal, 2);
  const ParticleGraph graph = graph_of(crystal);
  CHECK(graph.most_edges() == 16);
  for (int i = 0; i < crystal.particles(); ++i) {
    REQUIRE(graph.first_edge(i + 1) - graph.first_edge(i) == near.count);
    for (int k = graph.first_edge(i); k < graph.first_edge(i + 1); ++k) {
      const GraphEdge& e = graph.edge(k);
      const Vec3<double> off =
          crystal.sites[static_cast<std::size_t>(i)] + e.offset - crystal.sites[static_cast<std::size_t>(e.sender)];
      CHECK(norm(crystal.box.minimum_image(off)) < 1e-10);
      CHECK(norm(e.offset) < graph.cutoff() / 1.49);
    }
  }
  CHECK_THROWS_AS(crystal_graph(crystal, near, 1), InputError);
}

TEST_CASE("crystal_graph: the weights of a small crystal serve a large one, which repeats what the small one does") {
  ParameterLayout layout;
  const Crystal one = ice(1), two = ice(2);
  const Net net(layout, "net", graph_of(one), small);
  const Net large = net.with_graph(graph_of(two));
  const auto theta = some_numbers(layout.size(), 4, 0.5);
  const int n = one.particles(), m = two.particles();
  const auto x = some_block<double>(4, n, 1, 0.1);
  std::vector<double> repeated(static_cast<std::size_t>(4 * m)), y(static_cast<std::size_t>(6 * n)),
      y_2(static_cast<std::size_t>(6 * m));
  for (int row = 0; row < 4; ++row)
    for (int i = 0; i < m; ++i)
      repeated[static_cast<std::size_t>(row * m + i)] = x[static_cast<std::size_t>(row * n + two.basis_of(i))];
  Tape<double> tape;
  net.forward(theta.data(), x.data(), y.data(), n, tape);
  large.forward(theta.data(), repeated.data(), y_2.data(), m, tape);
  for (int row = 0; row < 6; ++row)
    for (int i = 0; i < m; ++i)
      CHECK(y_2[static_cast<std::size_t>(row * m + i)] ==
            doctest::Approx(y[static_cast<std::size_t>(row * n + two.basis_of(i))]).epsilon(1e-11));
}

TEST_CASE("ParticleCoupling: sublattices of a crystal steered by messages of their neighbours, the laws of a bijector") {
  ParameterLayout layout;
  const Crystal crystal = ice(1);
  using Coupling = ParticleCoupling<Affine, Net>;
  std::vector<Coupling> layers;
  for (int half = 0; half < 2; ++half) {
    std::vector<bool> moved;
    for (int i = 0; i < crystal.particles(); ++i) moved.push_back((crystal.basis_of(i) < 4) == (half == 0));
    layers.emplace_back(ParticlePartition::masked(moved), Net(layout, "half." + std::to_string(half), graph_of(crystal), small));
  }
  const Repeat<Coupling> map(std::move(layers));
  const auto theta = some_numbers(layout.size(), 5, 0.3);
  const auto u = some_numbers(static_cast<std::size_t>(3 * crystal.particles()), 6, 0.1);
  check_field_bijector(map, theta, u);
  check_field_log_det(map, theta, u);
}
