#include "erg/networks/multiply_lanes.hpp"

#include "laws/numbers.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

/// The largest distance of C (+)= A Bᵀ from plain loops in double; C stands in a larger block, whose other numbers must stay.
template <class R>
double product_error(int rows, int columns, int depth, bool add) {
  const auto a = some_block<R>(depth, rows, 1), b = some_block<R>(columns, depth, 2),
             before = some_block<R>(2 * columns, rows + 1, 3);
  auto c = before;
  Tape<R> tape;
  const LaneMatrix<R> left{const_cast<R*>(a.data()), rows, depth, 1, rows},
      right{const_cast<R*>(b.data()), columns, depth, depth, 1};
  const LaneMatrix<R> product{c.data(), rows, columns, 1, 2 * (rows + 1)};
  multiply_lanes(left, right, product, add, tape);
  double most = 0;
  for (int s = 0; s < lanes_of<R>; ++s) {
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < columns; ++j) {
        const std::size_t at = static_cast<std::size_t>(2 * j * (rows + 1) + i);
        double sum = add ? lane(before[at], s) : 0;
        for (int k = 0; k < depth; ++k)
          sum += static_cast<double>(lane(a[static_cast<std::size_t>(k * rows + i)], s)) *
                 lane(b[static_cast<std::size_t>(j * depth + k)], s);
        most = std::max(most, worst(std::vector{static_cast<double>(lane(c[at], s))}, std::vector{sum}));
        set_lane(c[at], s, lane(before[at], s));
      }
    for (std::size_t i = 0; i < c.size(); ++i)
      if (lane(c[i], s) != lane(before[i], s)) return INFINITY;  // wrote elsewhere
  }
  return most;
}

template <class R>
void check_products(double tolerance) {
  for (const int rows : {1, 7, 8, 9, 17})
    for (const int columns : {1, 2, 3, 4, 10})
      for (const int depth : {1, 2, 33})
        for (const bool add : {false, true})
          CHECK_MESSAGE(product_error<R>(rows, columns, depth, add) < tolerance, rows << " x " << columns << " x " << depth);
}

}  // namespace

TEST_CASE("multiply_lanes: plain loops for each sample, in every number type and at odd sizes") {
  check_products<double>(1e-13);
  check_products<float>(1e-5);
  check_products<Lanes<float, 16>>(1e-5);
  check_products<Lanes<double, 8>>(1e-13);
}

TEST_CASE("multiply_lanes: no depth gives zero, or leaves what is added to") {
  double none = 0, c[2] = {3, 4};
  Tape<double> tape;
  const LaneMatrix<double> a{&none, 2, 0, 0, 0}, b{&none, 1, 0, 0, 0}, product{c, 2, 1, 1, 2};
  multiply_lanes(a, b, product, true, tape);
  CHECK(c[1] == 4);
  multiply_lanes(a, b, product, false, tape);
  CHECK(c[1] == 0);
}
