#include "erg/networks/transformer.hpp"

#include "laws/network_laws.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

using Normalised = Transformer<Gelu, Normalisation::before_each_branch>;

constexpr TransformerShape small{.inputs = 3, .outputs = 2, .particles = 3, .width = 4, .blocks = 2, .heads = 2, .widening = 2};

template <class Net>
void check_start() {
  ParameterLayout layout;
  const Net net(layout, "net", small);
  std::vector<double> theta(layout.size(), 7.0);
  std::uint64_t index = 0;
  net.initialise(theta.data(), [&] { return normal({1, StreamName::test}, index++, 0); });
  const auto x = some_block<double>(3, 6, 1);
  auto g = some_block<double>(2, 6, 2);
  std::vector<double> y(12, 1.0), d_theta(theta.size(), 0.0);
  Tape<double> tape;
  const auto kept = net.forward(theta.data(), x.data(), y.data(), 6, tape);
  for (const double v : y) CHECK(v == 0);
  net.vjp(theta.data(), kept, g.data(), static_cast<double*>(nullptr), d_theta.data(), 6, tape);
  CHECK(dot(d_theta, d_theta) > 0.01);
  // Once the last layer is not zero, the zero output projections of the branches receive gradients too.
  for (const Slice& s : layout.slices())
    if (s.name == "net.last.weight") theta[s.offset] = 1;
  const auto again = net.forward(theta.data(), x.data(), y.data(), 6, tape);
  net.vjp(theta.data(), again, g.data(), static_cast<double*>(nullptr), d_theta.data(), 6, tape);
  for (const Slice& s : layout.slices())
    if (s.name.ends_with("output.weight") || s.name.ends_with("narrow.weight")) {
      double square = 0;
      for (std::size_t i = 0; i < s.size(); ++i) square += d_theta[s.offset + i] * d_theta[s.offset + i];
      CHECK_MESSAGE(square > 1e-6, s.name);
    }
}

using Block = std::vector<double>;

/// y = part(x) for all columns of `small`, six of them.
template <class Part>
Block through(const Part& part, const Block& theta, const Block& x) {
  Tape<double> tape;
  Block y(static_cast<std::size_t>(part.outputs()) * 6);
  part.forward(theta.data(), x.data(), y.data(), 6, tape);
  return y;
}
Block sum_of(Block a, const Block& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}

/// The transformer against its parts, put together by hand with the same weights.
template <class Net, bool normalised>
void check_composition() {
  ParameterLayout layout, again;
  const Net net(layout, "net", small);
  const Dense<Identity> first(again, "first", 3, 4), last(again, "last", 4, 2);
  const auto theta = some_numbers(layout.size(), 55, 0.6);
  const auto x = some_block<double>(3, 6, 1);
  const auto normalise = [&](const char* name, const Block& h) {
    return normalised ? through(LayerNorm(again, name, 4), theta, h) : h;
  };
  Block h = through(first, theta, x);
  for (int b = 0; b < small.blocks; ++b) {
    const SelfAttention attention(again, "attention", 4, 2, 3);
    const FeedForward<Gelu> feed_forward(again, "feed_forward", 4, 8);
    h = sum_of(h, through(attention, theta, normalise("before_attention", h)));
    h = sum_of(h, through(feed_forward, theta, normalise("before_feed_forward", h)));
  }
  h = normalise("before_last", h);
  CHECK(again.size() == layout.size());
  CHECK(worst(through(net, theta, x), through(last, theta, h)) < 1e-14);
}

}  // namespace

TEST_CASE("Transformer: its parts, each branch added to what enters it") {
  check_composition<Transformer<Gelu>, false>();
  check_composition<Normalised, true>();
}

TEST_CASE("Transformer: the laws of a network that mixes particles") {
  ParameterLayout layout;
  layout.add("something before", {2});
  const Transformer<Gelu> net(layout, "net", small);
  check_particle_network(net, some_numbers(layout.size(), 52, 0.5));
}

TEST_CASE("Transformer with layer normalisation: the laws of a network that mixes particles") {
  ParameterLayout layout;
  layout.add("something before", {2});
  const Normalised net(layout, "net", small);
  check_particle_network(net, some_numbers(layout.size(), 53, 0.5));
}

TEST_CASE("Transformer: it starts at zero, its gradient does not vanish there, and each branch can leave zero") {
  check_start<Transformer<Gelu>>();
  check_start<Normalised>();
}

TEST_CASE("Transformer: the published extents, and the weights of one size for another") {
  ParameterLayout layout;
  const Transformer<Gelu> net(layout, "net", {.inputs = 32, .outputs = 98, .particles = 63});
  const std::size_t w = 256;
  CHECK(layout.size() == 32 * w + w + 2 * (4 * (w * w + w) + 2 * 4 * w * w + 5 * w) + 98 * w + 98);
  ParameterLayout of_small;
  const Transformer<Gelu> three(of_small, "net", small);
  check_relabelling(three.with_particles(10), some_numbers(of_small.size(), 54, 0.5));
}

TEST_CASE("Transformer: what makes no transformer is refused") {
  const auto refused = [](auto change) {
    TransformerShape shape = small;
    change(shape);
    ParameterLayout layout;
    CHECK_THROWS_AS(Transformer<Gelu>(layout, "net", shape), std::invalid_argument);
  };
  refused([](auto& s) { s.inputs = 0; });
  refused([](auto& s) { s.outputs = -1; });
  refused([](auto& s) { s.particles = 0; });
  refused([](auto& s) { s.width = 5; });
  refused([](auto& s) { s.blocks = 0; });
  refused([](auto& s) { s.heads = 3; });
  refused([](auto& s) { s.widening = 0; });
}
