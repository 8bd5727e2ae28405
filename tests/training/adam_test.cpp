#include "erg/training/adam.hpp"

#include "erg/training/schedule.hpp"
#include "laws/numbers.hpp"

#include <array>
#include <numbers>

using namespace erg;
using namespace erg::tests;

static_assert(Optimiser<Adam, float> && Optimiser<Adam, double>);

TEST_CASE("Adam: a steady gradient moves each weight by the rate, whatever its size") {
  Adam adam(3);
  std::vector<double> theta{1, 2, 3};
  const std::vector<double> gradient{1e-3, -50, 0};
  for (int step = 1; step <= 4; ++step) {
    adam.step(std::span<double>(theta), std::span<const double>(gradient), 0.1);
    CHECK(theta[0] == doctest::Approx(1 - 0.1 * step).epsilon(1e-4));
    CHECK(theta[1] == doctest::Approx(2 + 0.1 * step));
    CHECK(theta[2] == 3);
  }
  CHECK(adam.state()[6] == 4);
}

TEST_CASE("Adam: two steps by hand") {
  Adam adam(1, 0.5, 0.75, 0);
  std::vector<double> theta{0};
  const auto step = [&](double g) { adam.step(std::span<double>(theta), std::span<const double>(&g, 1), 1); };
  step(2);  // m = 1, v = 1; corrected 2, 4
  CHECK(theta[0] == doctest::Approx(-1));
  step(-4);  // m = −1.5, v = 4.75; corrected −2, 4.75 / 0.4375
  CHECK(theta[0] == doctest::Approx(-1 + 2 / std::sqrt(4.75 / 0.4375)));
}

TEST_CASE("Adam: the weights that PyTorch gives") {
  // tests/reference/adam_golden.py, torch 2.15.0
  const double golden[6][3] = {{0.90000000333333319, -2.0999990000099999, 0.40000000005000003},
                               {0.85174090305948336, -2.0973674473781578, 0.3584701233947209},
                               {0.81980752941547619, -2.1085604473792769, 0.33490751091124527},
                               {0.79579727297662639, -2.1072446710633561, 0.31958251232429602},
                               {0.77645252450991287, -2.1113329308327571, 0.30880705411754483},
                               {0.76017865326487788, -2.1104557466221432, 0.30083757483622625}};
  Adam adam(3);
  std::vector<double> theta{1, -2, 0.5};
  for (int step = 1; step <= 6; ++step) {
    const std::vector<double> gradient{0.3 * step, step % 2 ? 1e-3 : -1e-3, 20.0 / (step * step)};
    adam.step(std::span<double>(theta), std::span<const double>(gradient), 0.1 / step);
    for (int i = 0; i < 3; ++i) CHECK(theta[i] == doctest::Approx(golden[step - 1][i]).epsilon(1e-13));
  }
}

TEST_CASE("Adam: it goes on from its state bit for bit") {
  Adam whole(5), first(5), second(5);
  std::vector<float> theta(5, 1.f), other(5, 1.f);
  const auto step = [](Adam& adam, std::vector<float>& weights, std::uint64_t k) {
    const auto gradient = some_numbers(5, k);
    adam.step(std::span<float>(weights), std::span<const double>(gradient), 0.01);
  };
  for (std::uint64_t k = 0; k < 20; ++k) step(whole, theta, k);
  for (std::uint64_t k = 0; k < 11; ++k) step(first, other, k);
  std::copy(first.state().begin(), first.state().end(), second.state().begin());
  for (std::uint64_t k = 11; k < 20; ++k) step(second, other, k);
  CHECK(theta == other);
}

TEST_CASE("clip_norm: long gradients are shortened, short ones left alone, the length is reported") {
  std::vector<double> g{3, 0, -4};
  CHECK(clip_norm(g, 5) == 5);
  CHECK(g == std::vector<double>{3, 0, -4});
  CHECK(clip_norm(g, 1) == 5);
  CHECK(g[0] == doctest::Approx(0.6));
  CHECK(g[2] == doctest::Approx(-0.8));
  std::vector<double> zero(3, 0.0);
  CHECK(clip_norm(zero, 1) == 0);
  CHECK(zero[0] == 0);
}

TEST_CASE("WeightAverage: unbiased from the first step, and by its formula after") {
  WeightAverage<float> average(2, 0.9);
  const std::vector<float> constant{2.5f, -7};
  average.add(constant);
  CHECK(average.average() == constant);
  for (int k = 0; k < 50; ++k) average.add(constant);
  CHECK(worst(average.average(), std::vector<double>{2.5, -7}) < 1e-6);
  WeightAverage<double> mean(1, 0.75);
  for (const double x : {4.0, 8.0, 1.0}) mean.add(std::array{x});
  const double a = 0.75 * 0.75, b = 0.75;  // shares of the three, newest last
  CHECK(mean.average()[0] == doctest::Approx((a * 4 + b * 8 + 1) / (a + b + 1)).epsilon(1e-14));
}

TEST_CASE("WarmUpCosine: up along a line, down along half a cosine, held outside the course") {
  const WarmUpCosine rate{2, 0.5, 0.1};
  CHECK(rate(0) == 0);
  CHECK(rate(0.05) == doctest::Approx(1));
  CHECK(rate(0.1) == doctest::Approx(2));
  CHECK(rate(0.55) == doctest::Approx(1.25));
  CHECK(rate(1) == doctest::Approx(0.5));
  CHECK(rate(7) == rate(1));
  CHECK(rate(-1) == 0);
  const double third = 0.1 + 0.9 / 3;
  CHECK(rate(third) == doctest::Approx(0.5 + 0.75 * (1 + std::cos(std::numbers::pi / 3))));
  CHECK(WarmUpCosine{3, 0, 0}(0) == 3);
  CHECK(WarmUpCosine{3, 1, 1}(1) == 3);  // all of the course is warm-up
}
