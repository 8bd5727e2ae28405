/// Rational-quadratic splines of 16 bins with linear tails: 65 536 numbers, each with 47 parameters of its own. Peer:
/// peers/torch_splines.py.
///
/// Two floors bound a pass. Bytes: per number it reads 47 parameters and x and writes y and log_det, 200 (float) or 400 (double)
/// bytes; the batch, 13 or 26 MB, streams from the last cache or from memory, and `read_parameters` measures how fast.
/// Arithmetic: per register of numbers 32 exponentials of 16 (float) or 21 (double) operations, 5 more for each of the 32 parts,
/// 57 selects to find the bin, 150 (220) for two softplus, the piece and a logarithm: about 880 (1100); two full registers a
/// cycle are what current cores do at best.

#include "erg/bijectors/rational_quadratic_spline.hpp"

#include <benchmark/benchmark.h>

#include <cmath>
#include <vector>

namespace {

using Spline = erg::RationalQuadraticSpline<16, erg::LinearTails<4>>;
constexpr int numbers = 1 << 16;

/// A pack is one register of numbers; its parameters lie together, (packs, parameters).
template <class T>
struct Batch {
  using R = erg::native_lanes<T>;
  static constexpr int packs = numbers / erg::lanes_of<R>;
  std::vector<R> p, x, y, log_det, d_p;

  Batch() : p(packs * Spline::parameters), x(packs), y(packs, R(T(0))), log_det(packs, R(T(0))) {
    for (std::size_t i = 0; i < p.size(); ++i)
      for (int s = 0; s < erg::lanes_of<R>; ++s) p[i].set(s, static_cast<T>(std::sin(0.7 * double(i) + 1.3 * s)));
    for (std::size_t i = 0; i < x.size(); ++i)
      for (int s = 0; s < erg::lanes_of<R>; ++s) x[i].set(s, static_cast<T>(4.4 * std::sin(1.1 * double(i) + 2.9 * s)));
  }
  template <class Pass>
  void time(benchmark::State& state, Pass&& pass) {
    for (auto _ : state) {
      for (int i = 0; i < packs; ++i) pass(i, p.data() + static_cast<std::ptrdiff_t>(i) * Spline::parameters);
      benchmark::ClobberMemory();
    }
    state.counters["elements/s"] = benchmark::Counter(numbers, benchmark::Counter::kIsIterationInvariantRate);
    state.counters["bytes/s"] =
        benchmark::Counter((Spline::parameters + 3) * double(numbers) * sizeof(T), benchmark::Counter::kIsIterationInvariantRate);
  }
};

template <class T>
void forward(benchmark::State& state) {
  Batch<T> b;
  b.time(state, [&](int i, const auto* p) {
    const auto image = Spline::forward(p, b.x[i]);
    b.y[i] = image.point, b.log_det[i] = image.log_det;
  });
}
template <class T>
void inverse(benchmark::State& state) {
  Batch<T> b;
  b.time(state, [&](int i, const auto* p) {
    const auto image = Spline::inverse(p, b.x[i]);
    b.y[i] = image.point, b.log_det[i] = image.log_det;
  });
}
/// One pass gives d_x and the cotangents of all parameters, forward included: 47 more numbers are written.
template <class T>
void vjp(benchmark::State& state) {
  Batch<T> b;
  b.d_p.resize(b.p.size());
  using R = typename Batch<T>::R;
  b.time(state, [&](int i, const auto* p) {
    b.y[i] = Spline::vjp(p, b.x[i], R(T(1)), R(T(-1)), b.d_p.data() + static_cast<std::ptrdiff_t>(i) * Spline::parameters);
  });
}
/// The floor in bytes: the sum of each number's parameters.
template <class T>
void read_parameters(benchmark::State& state) {
  Batch<T> b;
  b.time(state, [&](int i, const auto* p) {
    auto sum = b.x[i];
    for (int k = 0; k < Spline::parameters; ++k) sum += p[k];
    b.y[i] = sum, b.log_det[i] = sum;
  });
}

}  // namespace

BENCHMARK(forward<float>);
BENCHMARK(forward<double>);
BENCHMARK(inverse<float>);
BENCHMARK(inverse<double>);
BENCHMARK(vjp<float>);
BENCHMARK(vjp<double>);
BENCHMARK(read_parameters<float>);
BENCHMARK(read_parameters<double>);
