/// The matrix products of a dense layer, ours beside Eigen's on the same numbers.
/// Rates are in fused multiply-adds per second; the floor is one register of them per cycle and port.

#include "erg/networks/multiply.hpp"
#include "erg/networks/perceptron.hpp"

#include <benchmark/benchmark.h>
#include <Eigen/Dense>

#include <vector>

namespace {

using R = erg::native_lanes<float>;
constexpr int lanes = erg::lanes_of<R>;
using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// y = W x + b for (outputs, inputs) weights and (inputs, columns) registers.
struct Layer {
  int outputs, inputs, columns;
  std::vector<float> w, b;
  std::vector<R> x, y;

  explicit Layer(const benchmark::State& state)
      : outputs(static_cast<int>(state.range(0))),
        inputs(static_cast<int>(state.range(1))),
        columns(static_cast<int>(state.range(2))) {
    w.assign(static_cast<std::size_t>(outputs * inputs), 0.01f);
    b.assign(static_cast<std::size_t>(outputs), 0.1f);
    x.assign(static_cast<std::size_t>(inputs * columns), R(0.5f));
    y.assign(static_cast<std::size_t>(outputs * columns), R(0.25f));
  }
  void count(benchmark::State& state) const {
    state.counters["fma/s"] = benchmark::Counter(static_cast<double>(outputs) * inputs * columns * lanes,
                                                 benchmark::Counter::kIsIterationInvariantRate);
  }
  Eigen::Map<Matrix> weights() { return {w.data(), outputs, inputs}; }
  Eigen::Map<Matrix> points() { return {reinterpret_cast<float*>(x.data()), inputs, columns * lanes}; }
  Eigen::Map<Matrix> images() { return {reinterpret_cast<float*>(y.data()), outputs, columns * lanes}; }
};

void forward_ours(benchmark::State& state) {
  Layer l(state);
  for (auto _ : state) {
    erg::multiply<R>(l.w.data(), l.inputs, 1, l.outputs, l.inputs, l.x.data(), l.y.data(), l.columns, l.b.data());
    benchmark::ClobberMemory();
  }
  l.count(state);
}
void forward_eigen(benchmark::State& state) {
  Layer l(state);
  const Eigen::Map<Eigen::VectorXf> bias(l.b.data(), l.outputs);
  for (auto _ : state) {
    l.images().noalias() = l.weights() * l.points();
    l.images().colwise() += bias;
    benchmark::ClobberMemory();
  }
  l.count(state);
}
void transposed_ours(benchmark::State& state) {
  Layer l(state);
  for (auto _ : state) {
    erg::multiply<R>(l.w.data(), 1, l.inputs, l.inputs, l.outputs, l.y.data(), l.x.data(), l.columns);
    benchmark::ClobberMemory();
  }
  l.count(state);
}
void transposed_eigen(benchmark::State& state) {
  Layer l(state);
  for (auto _ : state) {
    l.points().noalias() = l.weights().transpose() * l.images();
    benchmark::ClobberMemory();
  }
  l.count(state);
}
void outer_ours(benchmark::State& state) {
  Layer l(state);
  erg::Tape<R> tape;
  for (auto _ : state) {
    erg::add_outer_product<R>(l.y.data(), l.x.data(), l.outputs, l.inputs, l.columns, l.w.data(), tape);
    benchmark::ClobberMemory();
  }
  l.count(state);
}
void outer_eigen(benchmark::State& state) {
  Layer l(state);
  for (auto _ : state) {
    l.weights().noalias() += l.images() * l.points().transpose();
    benchmark::ClobberMemory();
  }
  l.count(state);
}

void sizes(benchmark::internal::Benchmark* b) {
  b->Args({48, 48, 16})->Args({15, 48, 16})->Args({48, 48, 24})->Args({256, 256, 24});
}

void silu(benchmark::State& state) {
  std::vector<R> x(768, R(0.3f)), d(768);
  for (auto _ : state) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto s = erg::Silu::at(x[i]);
      x[i] = s.value + R(0.3f);
      d[i] = s.derivative;
    }
    benchmark::ClobberMemory();
  }
  state.counters["elements/s"] = benchmark::Counter(768.0 * lanes, benchmark::Counter::kIsIterationInvariantRate);
}

}  // namespace

BENCHMARK(forward_ours)->Apply(sizes);
BENCHMARK(forward_eigen)->Apply(sizes);
BENCHMARK(transposed_ours)->Apply(sizes);
BENCHMARK(transposed_eigen)->Apply(sizes);
BENCHMARK(outer_ours)->Apply(sizes);
BENCHMARK(outer_eigen)->Apply(sizes);
BENCHMARK(silu);
