#include "erg/estimators/histogram.hpp"

#include "erg/base/random.hpp"

#include "complaint.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

using namespace erg;

namespace {

/// Probability of a Gaussian of stiffness k below x.
double below(double x, double k) { return 0.5 * std::erfc(-x * std::sqrt(k / 2)); }

}  // namespace

TEST_CASE("Histogram: a reweighted Gaussian has the density of the other one, bin by bin, with honest errors") {
  const double stiffness = 1.5;
  Histogram histogram(-2, 2, 20);
  for (std::uint64_t k = 0; k < 20'000; ++k) {
    const double x = normal({1, StreamName::test}, k, 0);
    histogram.add(x, 800 - 0.5 * (stiffness - 1) * x * x);
  }
  const Profile found = histogram.density();
  REQUIRE(found.value.size() == 20);
  CHECK(found.centres()[0] == doctest::Approx(-1.9));
  double chi_square = 0, inside = 0;
  for (std::size_t b = 0; b < 20; ++b) {
    const double exact = (below(found.edges[b + 1], stiffness) - below(found.edges[b], stiffness)) / 0.2;
    chi_square += std::pow((found.value[b] - exact) / found.standard_error[b], 2);
    inside += found.value[b] * 0.2;
  }
  // χ² of about 20 degrees of freedom: outside 4 … 55 with probability 7e-5, for another seed.
  CHECK(chi_square > 4);
  CHECK(chi_square < 55);
  CHECK(histogram.outside() == doctest::Approx(1 - inside));
  CHECK(histogram.outside() == doctest::Approx(2 * below(-2, stiffness)).epsilon(0.2));
}

TEST_CASE("Histogram: exact counts, errors and edges of a small set") {
  Histogram histogram(0, 4, 4);
  for (const double x : {0.0, 0.5, 3.999, 1.0, 4.0, -0.1, 1.5, 2.0}) histogram.add(x);
  const Profile found = histogram.density();
  CHECK(found.value[0] == doctest::Approx(2. / 8));
  CHECK(found.value[1] == doctest::Approx(2. / 8));
  CHECK(found.value[2] == doctest::Approx(1. / 8));
  CHECK(found.value[3] == doctest::Approx(1. / 8));
  CHECK(found.standard_error[0] == doctest::Approx(std::sqrt(0.25 * 0.75 / 7)));
  CHECK(histogram.outside() == doctest::Approx(0.25));
}

TEST_CASE("Histogram: parts merged are the whole, whatever the order and size of the weights") {
  Histogram whole(-3, 3, 12), first(-3, 3, 12), second(-3, 3, 12), empty(-3, 3, 12);
  for (std::uint64_t k = 0; k < 1000; ++k) {
    const double x = normal({2, StreamName::test}, k, 0), w = k < 500 ? x : x + 30 + 0.01 * static_cast<double>(k);
    whole.add(x, w);
    (k < 500 ? first : second).add(x, w);
  }
  Histogram reversed = second;
  reversed.merge(first);
  first.merge(second);
  first.merge(empty);
  empty.merge(first);
  for (const Histogram* merged : {&first, &empty, &reversed})
    for (std::size_t b = 0; b < 12; ++b) {
      CHECK(merged->density().value[b] == doctest::Approx(whole.density().value[b]));
      CHECK(merged->density().standard_error[b] == doctest::Approx(whole.density().standard_error[b]));
    }
}

TEST_CASE("Histogram: weights of zero and of any size") {
  const double infinity = std::numeric_limits<double>::infinity();
  Histogram histogram(0, 2, 2);
  histogram.add(0.5, -infinity);
  CHECK(complaint([&] { histogram.density(); }).find("at least 2 samples") != std::string::npos);
  histogram.add(0.5, -1e4);
  histogram.add(1.5, 1e4);
  CHECK(histogram.density().value[0] == 0);
  CHECK(histogram.density().value[1] == doctest::Approx(1));
}

TEST_CASE("Histogram: impossible input is named") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(complaint([] { Histogram(1, 1, 3); }).find("bins") == 0);
  CHECK(complaint([] { Histogram(0, 1, 0); }).find("bins") == 0);
  CHECK(complaint([&] { Histogram(nan, 1, 3); }).find("bins") == 0);
  Histogram histogram(0, 1, 2);
  histogram.add(0.5);
  CHECK(complaint([&] { histogram.add(nan); }).find("sample 1") != std::string::npos);
  CHECK(complaint([&] { histogram.add(0.5, nan); }).find("sample 1") != std::string::npos);
  CHECK(complaint([&] { histogram.density(); }).find("1 samples") != std::string::npos);
}
