#include "erg/networks/multiply.hpp"

#include "erg/base/random.hpp"
#include "laws/numbers.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

template <class R>
double tolerance() {
  return sizeof(scalar_t<R>) == 4 ? 1e-5 : 1e-13;
}

/// The largest distance of C = A B + bias from plain loops in double, A (rows, depth) or, transposed, stored (depth, rows).
template <class R>
double multiply_error(int rows, int depth, int columns, bool transposed, bool with_bias) {
  using T = scalar_t<R>;
  const auto a = some_block<T>(rows, depth, 1), bias = some_block<T>(rows, 1, 2);
  const auto b = some_block<R>(depth, columns, 3);
  std::vector<R> c(static_cast<std::size_t>(rows) * columns + 1, R(T(77)));
  std::vector<T> stored(a.size());
  for (int r = 0; r < rows; ++r)
    for (int k = 0; k < depth; ++k)
      stored[static_cast<std::size_t>(transposed ? k * rows + r : r * depth + k)] = a[r * depth + k];
  multiply<R>(stored.data(), transposed ? 1 : depth, transposed ? rows : 1, rows, depth, b.data(), c.data(), columns,
              with_bias ? bias.data() : nullptr);
  double most = 0;
  for (int r = 0; r < rows; ++r)
    for (int j = 0; j < columns; ++j)
      for (int s = 0; s < lanes_of<R>; ++s) {
        double sum = with_bias ? bias[r] : 0.0;
        for (int k = 0; k < depth; ++k) sum += static_cast<double>(a[r * depth + k]) * lane(b[k * columns + j], s);
        most = std::max(most, worst(std::vector{static_cast<double>(lane(c[r * columns + j], s))}, std::vector{sum}));
      }
  for (int s = 0; s < lanes_of<R>; ++s)
    if (lane(c.back(), s) != T(77)) return INFINITY;  // wrote past the end
  return most;
}

template <class R>
double outer_error(int rows, int columns, int length) {
  using T = scalar_t<R>;
  const auto a = some_block<R>(rows, length, 4), b = some_block<R>(columns, length, 5);
  std::vector<T> c(static_cast<std::size_t>(rows) * columns + 1, T(2));
  Tape<R> tape;
  add_outer_product<R>(a.data(), b.data(), rows, columns, length, c.data(), tape);
  if (c.back() != T(2)) return INFINITY;
  double most = 0;
  for (int r = 0; r < rows; ++r)
    for (int j = 0; j < columns; ++j) {
      double sum = 2;
      for (int k = 0; k < length; ++k)
        for (int s = 0; s < lanes_of<R>; ++s) sum += static_cast<double>(lane(a[r * length + k], s)) * lane(b[j * length + k], s);
      most = std::max(most, std::abs(c[r * columns + j] - sum) / (1 + std::sqrt(length * lanes_of<R>)));
    }
  return most;
}

template <class R>
void check_products() {
  for (const int rows : {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 23})
    for (const int columns : {1, 2, 3, 4, 5, 7, 23, 24, 25, 50})
      for (const int depth : {1, 3, 17}) {
        const double most =
            std::max({multiply_error<R>(rows, depth, columns, false, true), multiply_error<R>(rows, depth, columns, true, false),
                      outer_error<R>(rows, columns, depth)});
        CHECK_MESSAGE(most < tolerance<R>(), rows << " x " << depth << " x " << columns);
      }
}

}  // namespace

TEST_CASE("multiply: transposed weights that are wide, and as deep as is packed or deeper") {
  for (const int rows : {136, 141})
    for (const int depth : {40, 1024, 1025})
      for (const int columns : {11, 12, 26}) {
        // A rounding of half a unit in the last place for each of `depth` partial sums, of size √depth at most here, and twice
        // that.
        CHECK(multiply_error<Lanes<float, 16>>(rows, depth, columns, true, true) < 1e-5 + depth * 0x1p-23);
        CHECK(multiply_error<double>(rows, depth, columns, true, true) < 1e-13);
      }
}

TEST_CASE("multiply, add_outer_product: plain loops, in every number type and at odd sizes") {
  check_products<double>();
  check_products<float>();
  check_products<Lanes<float, 16>>();
  check_products<Lanes<double, 8>>();
}

TEST_CASE("multiply: no depth gives the bias, no columns nothing") {
  const double bias[3] = {1, 2, 3};
  double c[6] = {9, 9, 9, 9, 9, 9};
  multiply<double>(nullptr, 0, 1, 3, 0, nullptr, c, 2, bias);
  CHECK(c[0] == 1);
  CHECK(c[5] == 3);
  multiply<double>(nullptr, 0, 1, 3, 0, nullptr, c, 0, bias);
  CHECK(c[0] == 1);
}
