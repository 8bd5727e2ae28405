/// The transformer of "Normalizing flows for atomic solids" at 64 molecules of which one is held: its products, its attention,
/// and all of it, for 16 samples in float on one thread. The peer is bench/peers/torch_transformer.py. Rates are in fused
/// multiply–adds per second and thread; `peak` is what the registers alone reach. Those of a gradient are three times those of
/// forward, whatever is computed again.

#include "erg/base/random.hpp"
#include "erg/networks/transformer.hpp"

#include <benchmark/benchmark.h>

#include <vector>

namespace {

using R = erg::native_lanes<float>;
constexpr int lanes = erg::lanes_of<R>;

void count(benchmark::State& state, double products) {
  state.counters["fma/s"] = benchmark::Counter(products, benchmark::Counter::kIsIterationInvariantRate);
}

std::vector<float> numbers(std::size_t n, std::uint64_t set, double scale) {
  std::vector<float> x(n);
  for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<float>(scale * erg::normal({set, erg::StreamName::test}, i, 0));
  return x;
}
std::vector<R> registers(std::size_t n, std::uint64_t set, double scale) {
  const auto x = numbers(n * lanes, set, scale);
  std::vector<R> r(n);
  for (std::size_t i = 0; i < n; ++i) r[i] = R::load(x.data() + i * lanes);
  return r;
}

/// 1000 multiply–adds in each of 12 registers: twice what the latency asks for.
[[gnu::noinline]] R in_registers(R x, R y) {
  R sum[12];
  for (R& s : sum) s = y;
  for (int k = 0; k < 1000; ++k)
    for (R& s : sum) s = s * x + y;
  for (const R& s : sum) y += s;
  return y;
}
void peak(benchmark::State& state) {
  for (auto _ : state) {
    const R total = in_registers(R(0.999f), R(0.001f));
    benchmark::DoNotOptimize(total);
  }
  count(state, 12'000.0 * lanes);
}

/// Arguments: outputs, inputs, columns; which product: 0 W x, 1 Wᵀ y, 2 y xᵀ.
void dense(benchmark::State& state) {
  const int outputs = static_cast<int>(state.range(0)), inputs = static_cast<int>(state.range(1)),
            columns = static_cast<int>(state.range(2));
  auto w = numbers(static_cast<std::size_t>(outputs * inputs), 1, 0.05);
  auto x = registers(static_cast<std::size_t>(inputs * columns), 2, 1),
       y = registers(static_cast<std::size_t>(outputs * columns), 3, 1);
  auto target = numbers(w.size(), 4, 0);
  erg::Tape<R> tape;
  for (auto _ : state) {
    if (state.range(3) == 0) erg::multiply<R>(w.data(), inputs, 1, outputs, inputs, x.data(), y.data(), columns);
    if (state.range(3) == 1) erg::multiply<R>(w.data(), 1, inputs, inputs, outputs, y.data(), x.data(), columns);
    if (state.range(3) == 2) erg::add_outer_product<R>(y.data(), x.data(), outputs, inputs, columns, target.data(), tape);
    benchmark::ClobberMemory();
  }
  count(state, static_cast<double>(outputs) * inputs * columns * lanes);
}

/// Arguments: particles, d; which product: 0 queries · keys, 1 weights · values. The panels of keys and values are made
/// beforehand.
void head(benchmark::State& state) {
  const int n = static_cast<int>(state.range(0)), d = static_cast<int>(state.range(1));
  auto q = registers(static_cast<std::size_t>(n * d), 1, 1), k = registers(static_cast<std::size_t>(n * d), 2, 1);
  std::vector<R> scores(static_cast<std::size_t>(n * n), R(0.1f));
  const erg::LaneMatrix<R> queries{q.data(), n, d, 1, n}, keys{k.data(), n, d, 1, n}, block{scores.data(), n, n, n, 1};
  erg::Tape<R> tape;
  const auto right = erg::panels_of<erg::right_width>(keys, tape);
  const auto left = erg::panels_of<erg::left_width>(keys.transposed(), tape);
  for (auto _ : state) {
    const auto mark = tape.mark();
    if (state.range(2) == 0)
      multiply_lanes(erg::panels_of<erg::left_width>(queries, tape), right, block);
    else
      multiply_lanes(left, erg::panels_of<erg::right_width>(block, tape), queries.transposed());
    tape.release(mark);
    benchmark::ClobberMemory();
  }
  count(state, static_cast<double>(n) * n * d * lanes);
}

/// A network, its weights and one batch of 16 lanes; forward alone or with its gradient.
template <class Net>
void network(benchmark::State& state, const Net& net, std::size_t weights, int columns, double products, bool gradient) {
  const auto theta = numbers(weights, 1, 0.05);
  const auto x = registers(static_cast<std::size_t>(net.inputs() * columns), 2, 1);
  auto d_y = registers(static_cast<std::size_t>(net.outputs() * columns), 3, 1);
  std::vector<R> y(d_y.size()), d_x(x.size());
  std::vector<float> d_theta(weights);
  erg::Tape<R> tape;
  for (auto _ : state) {
    const auto mark = tape.mark();
    const auto kept = net.forward(theta.data(), x.data(), y.data(), columns, tape);
    if (gradient) net.vjp(theta.data(), kept, d_y.data(), d_x.data(), d_theta.data(), columns, tape);
    tape.release(mark);
    benchmark::ClobberMemory();
  }
  count(state, products * lanes * (gradient ? 3 : 1));
  state.counters["samples/s"] = benchmark::Counter(lanes, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["tape_MB"] = static_cast<double>(tape.bytes()) / (1 << 20);
}

/// Arguments: particles, whether with gradient. Width 256, 2 heads.
void attention(benchmark::State& state) {
  const int n = static_cast<int>(state.range(0));
  erg::ParameterLayout layout;
  const erg::SelfAttention net(layout, "net", 256, 2, n);
  network(state, net, layout.size(), n, n * (4.0 * 256 * 256 + 2.0 * n * 256), state.range(1) != 0);
}

void feed_forward(benchmark::State& state) {
  const int n = static_cast<int>(state.range(0));
  erg::ParameterLayout layout;
  const erg::FeedForward<erg::Gelu> net(layout, "net", 256, 1024);
  network(state, net, layout.size(), n, n * 8.0 * 256 * 256, state.range(1) != 0);
}

void transformer(benchmark::State& state) {
  const int n = static_cast<int>(state.range(0));
  erg::ParameterLayout layout;
  const erg::Transformer<erg::Gelu> net(layout, "net", {.inputs = 32, .outputs = 49, .particles = n});
  const double products = n * (32.0 * 256 + 2 * (12.0 * 256 * 256 + 2.0 * n * 256) + 49.0 * 256);
  network(state, net, layout.size(), n, products, state.range(1) != 0);
}

void dense_sizes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"outputs", "inputs", "columns", "product"});
  for (const int product : {0, 1, 2})
    b->Args({768, 256, 63, product})
        ->Args({256, 256, 63, product})
        ->Args({1024, 256, 12, product})
        ->Args({256, 1024, 12, product});
}
void sizes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"particles", "gradient"})->Unit(benchmark::kMillisecond);
  for (const int n : {63, 511}) b->Args({n, 0})->Args({n, 1});
}

}  // namespace

BENCHMARK(peak);
BENCHMARK(dense)->Apply(dense_sizes);
BENCHMARK(head)->ArgNames({"particles", "d", "product"})->Args({63, 128, 0})->Args({63, 128, 1});
BENCHMARK(attention)->Apply(sizes);
BENCHMARK(feed_forward)->Apply(sizes);
BENCHMARK(transformer)->Apply(sizes);
