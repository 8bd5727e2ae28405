#include "erg/base/lanes.hpp"

#include <doctest/doctest.h>

#include <vector>

using erg::Lanes;

namespace {
template <class T, int W>
Lanes<T, W> counting(T first, T step) {
  Lanes<T, W> x;
  for (int s = 0; s < W; ++s) x.set(s, first + step * T(s));
  return x;
}
}  // namespace

TEST_CASE_TEMPLATE("Lanes: arithmetic is lane by lane", L, Lanes<float, 16>, Lanes<double, 8>, Lanes<double, 2>,
                   Lanes<float, 1>) {
  using T = typename L::Scalar;
  constexpr int W = L::width;
  const L a = counting<T, W>(T(1.5), T(0.25)), b = counting<T, W>(T(-2), T(0.5));
  L c = a;
  c += b, c *= b, c -= a, c /= a;
  for (int s = 0; s < W; ++s) {
    CHECK((a + b)[s] == a[s] + b[s]);
    CHECK((a - b)[s] == a[s] - b[s]);
    CHECK((a * b)[s] == a[s] * b[s]);
    CHECK((b / a)[s] == b[s] / a[s]);
    CHECK((-a)[s] == -a[s]);
    CHECK((2 * a)[s] == 2 * a[s]);
    CHECK(c[s] == doctest::Approx(((a[s] + b[s]) * b[s] - a[s]) / a[s]));
  }
}

TEST_CASE_TEMPLATE("Lanes: comparison, select and any follow each lane", L, Lanes<float, 16>, Lanes<double, 8>) {
  using T = typename L::Scalar;
  constexpr int W = L::width;
  const L a = counting<T, W>(T(0), T(1)), three(T(3));
  const auto below = a<three, up_to = a <= three, above = a> three, from = a >= three, equal = a == three;
  const L chosen = select(below, a, -three);
  for (int s = 0; s < W; ++s) {
    CHECK(below[s] == (s < 3));
    CHECK(up_to[s] == (s <= 3));
    CHECK(above[s] == (s > 3));
    CHECK(from[s] == (s >= 3));
    CHECK(equal[s] == (s == 3));
    CHECK((below | equal)[s] == (s <= 3));
    CHECK((up_to & from)[s] == (s == 3));
    CHECK((!below)[s] == (s >= 3));
    CHECK(chosen[s] == (s < 3 ? T(s) : T(-3)));
  }
  CHECK(erg::any(equal));
  CHECK_FALSE(erg::any(a < L(T(0))));
  CHECK(erg::any(a > L(T(W - 2))));  // the last lane alone
}

TEST_CASE("Lanes: load and store keep order at any alignment") {
  std::vector<float> memory(40);
  for (std::size_t i = 0; i < memory.size(); ++i) memory[i] = float(i);
  const auto x = Lanes<float, 16>::load(memory.data() + 3);
  for (int s = 0; s < 16; ++s) CHECK(x[s] == float(s + 3));
  (x + x).store(memory.data() + 5);
  for (int s = 0; s < 16; ++s) CHECK(memory[5 + s] == float(2 * (s + 3)));
  CHECK(memory[4] == 4);
  CHECK(memory[21] == 21);
}

TEST_CASE("Lanes: sum adds every lane once") {
  CHECK(sum(counting<float, 16>(1, 1)) == 136);
  CHECK(sum(counting<double, 8>(1, 1)) == 36);
  CHECK(sum(counting<double, 1>(5, 1)) == 5);
  CHECK(erg::sum(2.5) == 2.5);
}

TEST_CASE("Lanes: a scalar is a register of one lane") {
  double x = 4;
  erg::set_lane(x, 0, 5.);
  CHECK(erg::lane(x, 0) == 5);
  CHECK(erg::lanes_of<double> == 1);
  CHECK(erg::lanes_of<Lanes<float, 16>> == 16);
  CHECK(erg::native_lanes<float>::width == 2 * erg::native_lanes<double>::width);
  CHECK(erg::select(true, 1., 2.) == 1);
  CHECK_FALSE(erg::any(false));
}
