#include "erg/networks/graph/message_passing.hpp"

#include "erg/networks/activations.hpp"
#include "laws/network_laws.hpp"

#include <functional>

using namespace erg;
using namespace erg::tests;

namespace {

using Net = MessagePassing<Silu>;

const MessagePassingShape small{.features = 2, .outputs = 2, .width = 3, .layers = 2, .radial = 3};
const Mat3<double> slanted{{4, 0, 0}, {0.7, 4.2, 0}, {-0.5, 0.9, 4.4}};

/// A ring in which each particle hears its two neighbours on one side, and one on the other; any turn of it is the same.
ParticleGraph ring(int particles) {
  std::vector<GraphEdge> edges;
  for (int i = 0; i < particles; ++i)
    for (const int step : {1, 2, particles - 1})
      edges.push_back({i, (i + step) % particles, {0.3 * step, -0.2, step == 1 ? 0.1 : 0}});
  return ParticleGraph::fixed(particles, edges, 3.5);
}

std::vector<double> output_of(const Net& net, const std::vector<double>& theta, const std::vector<double>& x) {
  Tape<double> tape;
  std::vector<double> y(static_cast<std::size_t>(net.outputs() * net.particles()));
  net.forward(theta.data(), x.data(), y.data(), net.particles(), tape);
  return y;
}
std::vector<double> pulled(const Net& net, const std::vector<double>& theta, const std::vector<double>& x) {
  Tape<double> tape;
  auto y = output_of(net, theta, x);
  auto g = some_numbers(y.size(), 9);
  std::vector<double> d_x(x.size());
  const auto kept = net.forward(theta.data(), x.data(), y.data(), net.particles(), tape);
  net.vjp(theta.data(), kept, g.data(), d_x.data(), static_cast<double*>(nullptr), net.particles(), tape);
  return d_x;
}

/// x with its coordinates (3, n) changed by f(particle, position).
template <class F>
std::vector<double> with_positions(std::vector<double> x, int n, F&& f) {
  for (int i = 0; i < n; ++i) {
    const auto at = [&](int a) -> double& { return x[static_cast<std::size_t>(a * n + i)]; };
    const Vec3<double> to = f(i, Vec3<double>{at(0), at(1), at(2)});
    for (int a = 0; a < 3; ++a) at(a) = to[a];
  }
  return x;
}

double silu(double t) { return t / (1 + std::exp(-t)); }

/// The formula of the header, loop by loop, for the features of `small` in the order that the layout names them; `ways` are the
/// displacements from i to j.
std::vector<double> plain(const ParameterLayout& layout, const std::vector<double>& theta, const std::vector<double>& x, int n,
                          double cutoff, const std::function<Vec3<double>(int, int)>& way) {
  const auto part = [&](const std::string& name) {
    for (const Slice& s : layout.slices())
      if (s.name == "net." + name) return theta.begin() + static_cast<std::ptrdiff_t>(s.offset);
    throw std::logic_error(name);
  };
  const auto affine = [](auto weight, auto bias, int outputs, const std::vector<double>& in) {
    std::vector<double> out;
    for (int o = 0; o < outputs; ++o) {
      out.push_back(bias[o]);
      for (std::size_t k = 0; k < in.size(); ++k)
        out.back() += weight[o * static_cast<int>(in.size()) + static_cast<int>(k)] * in[k];
    }
    return out;
  };
  const int width = small.width;
  std::vector<std::vector<double>> h;
  for (int i = 0; i < n; ++i)
    h.push_back(affine(part("start.weight"), part("start.bias"), width,
                       {x[static_cast<std::size_t>(3 * n + i)], x[static_cast<std::size_t>(4 * n + i)]}));
  for (int l = 0; l < small.layers; ++l) {
    const std::string layer = "layer." + std::to_string(l);
    const auto before = h;
    for (int i = 0; i < n; ++i) {
      std::vector<double> sum(static_cast<std::size_t>(width), 0.0);
      for (int j = 0; j < n; ++j) {
        const Vec3<double> d = way(i, j);
        const double s = dot(d, d) / (cutoff * cutoff);
        if (i == j || s >= 1) continue;
        const double angle = std::acos(2 * s - 1);
        const std::vector<double> e{1, std::cos(angle), std::cos(2 * angle), d.x / cutoff, d.y / cutoff, d.z / cutoff};
        const std::vector<double> none(static_cast<std::size_t>(2 * width), 0.0);
        const auto own = affine(part(layer + ".projections.weight"), part(layer + ".projections.bias"), 2 * width,
                                before[static_cast<std::size_t>(i)]);
        const auto other = affine(part(layer + ".projections.weight"), part(layer + ".projections.bias"), 2 * width,
                                  before[static_cast<std::size_t>(j)]);
        const auto by_edge = affine(part(layer + ".edges.weight"), none.begin(), width, e);
        for (int w = 0; w < width; ++w) {
          const auto k = static_cast<std::size_t>(w);
          sum[k] += std::pow(1 - s, 3) * silu(own[k] + other[k + static_cast<std::size_t>(width)] + by_edge[k]);
        }
      }
      const auto add = affine(part(layer + ".output.weight"), part(layer + ".output.bias"), width, sum);
      for (std::size_t w = 0; w < add.size(); ++w) h[static_cast<std::size_t>(i)][w] += add[w];
    }
  }
  std::vector<double> y(static_cast<std::size_t>(2 * n));
  for (int i = 0; i < n; ++i) {
    auto hidden = affine(part("readout.hidden.0.weight"), part("readout.hidden.0.bias"), width, h[static_cast<std::size_t>(i)]);
    for (double& t : hidden) t = silu(t);
    const auto out = affine(part("readout.last.weight"), part("readout.last.bias"), 2, hidden);
    for (int o = 0; o < 2; ++o) y[static_cast<std::size_t>(o * n + i)] = out[static_cast<std::size_t>(o)];
  }
  return y;
}

}  // namespace

TEST_CASE("MessagePassing: the formula, loop by loop") {
  ParameterLayout layout;
  const Net net(layout, "net", ParticleGraph::within(3, 6), small);
  const auto theta = some_numbers(layout.size(), 21, 0.7);
  const auto x = some_block<double>(5, 6, 1);
  const auto way = [&](int i, int j) {
    const auto at = [&](int p, int a) { return x[static_cast<std::size_t>(6 * a + p)]; };
    return Vec3<double>{at(j, 0) - at(i, 0), at(j, 1) - at(i, 1), at(j, 2) - at(i, 2)};
  };
  CHECK(worst(output_of(net, theta, x), plain(layout, theta, x, 6, 3, way)) < 1e-12);
}

TEST_CASE("MessagePassing: on all pairs, the laws of a network that mixes particles") {
  ParameterLayout layout;
  layout.add("something before", {2});
  const Net net(layout, "net", ParticleGraph::within(4, 4), small);
  check_particle_network(net, some_numbers(layout.size(), 22, 0.5));
}

TEST_CASE("MessagePassing: on a fixed graph that a turn of the labels leaves as it is, the same laws") {
  ParameterLayout layout;
  const Net net(layout, "net", ring(5), small);
  check_network_vjp(net, some_numbers(layout.size(), 23, 0.5), 10);
  check_relabelling(net, some_numbers(layout.size(), 23, 0.5));
}

TEST_CASE("MessagePassing: in a slanted cell, without features and directions, the same laws") {
  ParameterLayout layout;
  MessagePassingShape shape = small;
  shape.features = 0;
  shape.directions = false;
  const Net net(layout, "net", ParticleGraph::within(1.9, 12, slanted), shape);
  const auto theta = some_numbers(layout.size(), 24, 0.6);
  check_network_vjp(net, theta, 24);
  check_relabelling(net, theta);
}

TEST_CASE("MessagePassing: uniform shifts change nothing, images of a particle are that particle") {
  ParameterLayout layout;
  const Net net(layout, "net", ParticleGraph::within(1.7, 7, slanted), small);
  const auto theta = some_numbers(layout.size(), 25, 0.6);
  const auto x = some_block<double>(5, 7, 2);
  const auto y = output_of(net, theta, x);
  const auto d = pulled(net, theta, x);
  const auto shifted = with_positions(x, 7, [](int, Vec3<double> r) { return r + Vec3<double>{1.3, -7, 0.4}; });
  const auto imaged = with_positions(x, 7, [](int i, Vec3<double> r) {
    return r + Vec3<double>{double(i % 3 - 1), double(i % 2), double(-i % 4)} * slanted;
  });
  for (const auto& same : {shifted, imaged}) {
    CHECK(worst(output_of(net, theta, same), y) < 1e-12);
    CHECK(worst(pulled(net, theta, same), d) < 1e-11);
  }
  for (int a = 0; a < 3; ++a) {  // the product with a uniform shift is zero
    double total = 0;
    for (int i = 0; i < 7; ++i) total += d[static_cast<std::size_t>(7 * a + i)];
    CHECK(std::abs(total) < 1e-12);
  }
}

TEST_CASE("MessagePassing: without directions a rotation changes nothing, with them it does") {
  for (const bool directions : {false, true}) {
    ParameterLayout layout;
    MessagePassingShape shape = small;
    shape.directions = directions;
    const Net net(layout, "net", ParticleGraph::within(3, 5), shape);
    const auto theta = some_numbers(layout.size(), 26, 0.6);
    const auto x = some_block<double>(5, 5, 2);
    const Mat3<double> turn{{0.36, 0.48, -0.8}, {-0.8, 0.6, 0}, {0.48, 0.64, 0.6}};
    const auto turned = with_positions(x, 5, [&](int, Vec3<double> r) { return turn * r; });
    CHECK((worst(output_of(net, theta, turned), output_of(net, theta, x)) < 1e-12) == !directions);
  }
}

TEST_CASE("MessagePassing: outputs and products are continuous where a particle crosses the cutoff") {
  ParameterLayout layout;
  const Net net(layout, "net", ParticleGraph::within(2, 3), small);
  const auto theta = some_numbers(layout.size(), 27, 0.8);
  const auto at = [&](double distance) {
    return with_positions(some_block<double>(5, 3, 2), 3, [&](int i, Vec3<double>) {
      return i == 0 ? Vec3<double>{0, 0, 0} : i == 1 ? Vec3<double>{distance, 0, 0} : Vec3<double>{0, 1, 0.5};
    });
  };
  const auto jump = [&](double step) {
    return std::pair{worst(output_of(net, theta, at(2 - step)), output_of(net, theta, at(2 + step))),
                     worst(pulled(net, theta, at(2 - step)), pulled(net, theta, at(2 + step)))};
  };
  const auto [wide, wide_product] = jump(0.2);
  const auto [narrow, narrow_product] = jump(1e-4);
  CHECK(wide > 1e-5);
  CHECK(wide_product > 1e-4);
  CHECK(narrow < 2e-3 * wide);
  CHECK(narrow_product < 2e-3 * wide_product);
  // and smooth where two particles meet
  for (const double d : pulled(net, theta, at(0))) CHECK(std::isfinite(d));
}

TEST_CASE("MessagePassing: a table of the pairs within the cutoff says what all pairs say, images included") {
  ParameterLayout layout, again;
  const int n = 6;
  const double cutoff = 1.9;
  std::vector<Vec3<double>> sites;
  for (int i = 0; i < n; ++i) sites.push_back(Vec3<double>{0.17 * i, 0.2 * (i % 2), 0.15 * (i % 3)} * slanted);
  std::vector<GraphEdge> edges;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j)
      for (int k = 0; k < 27 && i != j; ++k) {
        const Vec3<double> d = sites[static_cast<std::size_t>(j)] - sites[static_cast<std::size_t>(i)] +
                               Vec3<double>{double(k / 9 - 1), double(k / 3 % 3 - 1), double(k % 3 - 1)} * slanted;
        if (norm(d) < 2.2) edges.push_back({i, j, d});
      }
  const Net pairs(layout, "net", ParticleGraph::within(cutoff, n, slanted, sites), small);
  const Net table = pairs.with_graph(ParticleGraph::fixed(n, edges, cutoff));
  const auto theta = some_numbers(layout.size(), 28, 0.6);
  const auto x = some_block<double>(5, n, 3, 0.05);
  CHECK(worst(output_of(table, theta, x), output_of(pairs, theta, x)) < 1e-12);
  CHECK(worst(pulled(table, theta, x), pulled(pairs, theta, x)) < 1e-12);
  const auto alone = output_of(pairs.with_graph(ParticleGraph::fixed(n, {}, cutoff)), theta, x);
  CHECK(worst(alone, output_of(pairs, theta, x)) > 1e-3);
}

TEST_CASE("MessagePassing: it starts at zero, and its gradient does not vanish there") {
  ParameterLayout layout;
  const Net net(layout, "net", ParticleGraph::within(3, 4), small);
  std::vector<double> theta(layout.size(), 7.0), d_theta(theta.size(), 0.0);
  std::uint64_t index = 0;
  net.initialise(theta.data(), [&] { return normal({1, StreamName::test}, index++, 0); });
  const auto x = some_block<double>(5, 4, 1);
  for (const double y : output_of(net, theta, x)) CHECK(y == 0);
  Tape<double> tape;
  std::vector<double> y(8);
  auto g = some_numbers(8, 2);
  for (const Slice& s : layout.slices())
    if (s.name == "net.readout.last.weight") theta[s.offset] = 1;
  const auto kept = net.forward(theta.data(), x.data(), y.data(), 4, tape);
  net.vjp(theta.data(), kept, g.data(), static_cast<double*>(nullptr), d_theta.data(), 4, tape);
  for (const Slice& s : layout.slices())
    if (s.name.ends_with("output.weight") || s.name.starts_with("net.readout")) {
      double square = 0;
      for (std::size_t i = 0; i < s.size(); ++i) square += d_theta[s.offset + i] * d_theta[s.offset + i];
      CHECK_MESSAGE(square > 1e-8, s.name);
    }
}

TEST_CASE("MessagePassing: what makes no network or graph is refused") {
  const auto refused = [](auto change) {
    MessagePassingShape shape = small;
    change(shape);
    ParameterLayout layout;
    CHECK_THROWS_AS(Net(layout, "net", ParticleGraph::within(1, 3), shape), std::invalid_argument);
  };
  refused([](auto& s) { s.features = -1; });
  refused([](auto& s) { s.outputs = 0; });
  refused([](auto& s) { s.width = 0; });
  refused([](auto& s) { s.layers = 0; });
  refused([](auto& s) { s.radial = 0; });
  CHECK_THROWS_AS(ParticleGraph::within(0, 3), InputError);
  CHECK_THROWS_AS(ParticleGraph::within(INFINITY, 3), InputError);
  CHECK_THROWS_AS(ParticleGraph::within(1, 0), InputError);
  CHECK_THROWS_AS(ParticleGraph::within(2.1, 3, slanted), InputError);  // half the shortest height is less
  CHECK_THROWS_AS(ParticleGraph::within(1, 3, Mat3<double>{{1, 0, 0}, {1, 0, 0}, {0, 0, 1}}), InputError);
  CHECK_THROWS_AS(ParticleGraph::within(1, 3, slanted, {{0, 0, 0}}), InputError);
  CHECK_THROWS_AS(ParticleGraph::fixed(3, {{0, 3}}, 1), InputError);
  CHECK_THROWS_AS(ParticleGraph::fixed(3, {{-1, 1}}, 1), InputError);
  CHECK_THROWS_AS(ParticleGraph::fixed(3, {{1, 1}}, 1), InputError);
  CHECK_THROWS_AS(ParticleGraph::fixed(3, {{0, 1, {INFINITY, 0, 0}}}, 1), InputError);
  ParameterLayout layout;
  const Net net(layout, "net", ring(5), small);
  CHECK_THROWS_AS(net.with_particles(6), std::invalid_argument);
  CHECK_THROWS_AS(net.with_graph(ParticleGraph::within(1, 5)), std::invalid_argument);
  CHECK(net.with_particles(5).particles() == 5);
  CHECK(Net(layout, "all", ParticleGraph::within(1, 5, slanted), small).with_particles(9).particles() == 9);
  Tape<double> tape;
  std::vector<double> x(30), y(30);
  CHECK_THROWS_AS(net.forward(std::vector<double>(layout.size()).data(), x.data(), y.data(), 6, tape), std::invalid_argument);
}
