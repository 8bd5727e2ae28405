#include "erg/training/trainer.hpp"

#include "training/noisy_bowl.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <string>

using namespace erg;
using namespace erg::tests;

namespace {

TrainingOptions options() {
  TrainingOptions o;
  o.batch = 6;
  o.rate = {0.05};
  o.average_decay = 0.95;
  return o;
}

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no InputError";
}

}  // namespace

TEST_CASE("Trainer: it finds the bottom, and the average of weights is nearer to it than a first guess") {
  NoisyBowl bowl;
  Trainer trainer(bowl, {0, 0, 0}, options(), 1);
  const int steps = 400;
  TrainingStep last;
  for (int i = 0; i < steps; ++i) last = trainer.step(double(i) / steps);
  const auto average = trainer.averaged_weights();
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(std::abs(trainer.weights()[k] - bowl.goal[k]) < 0.05);
    CHECK(std::abs(average[k] - bowl.goal[k]) < 0.05);
  }
  CHECK(last.step == steps);
  CHECK(last.samples == 8 * steps);  // batches of 6 are drawn as whole tiles of 4
  CHECK(last.skipped == 0);
  CHECK(trainer.steps_done() == steps);
  CHECK(trainer.samples_drawn() == 8 * steps);
  CHECK(last.batch.loss > 0);
}

TEST_CASE("Trainer: every step draws new samples, the same for one seed and others for another") {
  const auto path = [](std::uint64_t seed) {
    NoisyBowl bowl;
    Trainer trainer(bowl, {0, 0, 0}, options(), seed);
    std::vector<double> losses;
    for (int i = 0; i < 5; ++i) losses.push_back(trainer.step(0).batch.loss);  // the rate is zero at the start of the course
    return losses;
  };
  const auto losses = path(1);
  CHECK(losses == path(1));
  CHECK(losses[0] != losses[1]);
  CHECK(losses[0] != path(2)[0]);
}

TEST_CASE("Trainer: the norm that is reported is that before clipping, and a long gradient changes no direction") {
  NoisyBowl bowl;
  bowl.noise = 0;
  auto o = options();
  o.clip = 1e-3;
  Trainer clipped(bowl, {100, 0, 0}, o, 1), whole(bowl, {100, 0, 0}, options(), 1);
  const auto step = clipped.step(0.5);
  CHECK(step.gradient_norm == doctest::Approx(std::sqrt(99 * 99 + 4 * 4 + 1.5 * 1.5)));
  CHECK(step.rate == doctest::Approx(options().rate(0.5)));
  whole.step(0.5);
  CHECK(clipped.weights()[0] == doctest::Approx(whole.weights()[0]));  // Adam's first step does not know the length
}

TEST_CASE("Trainer: weights that the loss says are tied stay so to the bit, and find the bottom along them") {
  struct TiedBowl : NoisyBowl {
    TiedWeights ties() const {  // the second is minus the first
      TiedWeights t;
      t.tie(0, 2, 1, {{{0, 1}, {1, 1}}, {{1, 0}, {-1, -1}}}, {{{0}, {1}}, {{0}, {1}}});
      return t;
    }
  };
  TiedBowl bowl;
  Trainer trainer(bowl, {0, 0, 0}, options(), 1);
  for (int i = 0; i < 400; ++i) {
    trainer.step(i / 400.0);
    CHECK(trainer.weights()[1] == -trainer.weights()[0]);
  }
  CHECK(std::abs(trainer.weights()[0] - (1 * 1 + 2 * 2) / 3.0) < 0.05);  // least Σ k (θ_k − goal_k)² with θ_2 = −θ_1
  CHECK(std::abs(trainer.weights()[2] - bowl.goal[2]) < 0.05);
}

TEST_CASE("Trainer: a step without a usable gradient is skipped and counted, and leaves weights and optimiser alone") {
  NoisyBowl bowl;
  bowl.spoiled = {8, 16};
  Trainer trainer(bowl, {0, 0, 0}, options(), 1);
  trainer.step(0.5);
  const std::vector<float> weights(trainer.weights().begin(), trainer.weights().end());
  const auto parts = trainer.state();
  const std::vector<double> adam(parts[0].values.begin(), parts[0].values.end()),
      average(parts[1].values.begin(), parts[1].values.end());
  for (int skip = 1; skip <= 2; ++skip) {
    const TrainingStep step = trainer.step(0.5);
    CHECK(!step.batch.usable);
    CHECK(step.skipped == skip);
    CHECK(step.samples == 8 * (skip + 1));  // the next step draws others
    CHECK(std::equal(weights.begin(), weights.end(), trainer.weights().begin()));
    CHECK(std::equal(adam.begin(), adam.end(), trainer.state()[0].values.begin()));
    CHECK(std::equal(average.begin(), average.end(), trainer.state()[1].values.begin()));
  }
  const TrainingStep step = trainer.step(0.5);
  CHECK(step.batch.usable);
  CHECK(step.skipped == 2);
  CHECK(trainer.weights()[0] != weights[0]);
}

TEST_CASE("Trainer: it gives up after so many unusable steps in a row, not in all") {
  NoisyBowl bowl;
  auto o = options();
  o.most_skips = 3;
  for (std::uint64_t first : {0, 8, 24, 32, 48, 56}) bowl.spoiled.insert(first);  // never three in a row
  Trainer trainer(bowl, {0, 0, 0}, o, 1);
  for (int i = 0; i < 10; ++i) trainer.step(0.5);
  bowl.always_spoiled = true;
  trainer.step(0.5);
  trainer.step(0.5);
  const std::string said = message_of([&] { trainer.step(0.5); });
  CHECK(said.find("gradient (step 13): got not finite in 3 consecutive steps") != std::string::npos);
}

TEST_CASE("Trainer: a training that is restored counts its unusable steps on") {
  NoisyBowl bowl;
  bowl.always_spoiled = true;
  auto o = options();
  o.most_skips = 3;
  Trainer first(bowl, {0, 0, 0}, o, 1), second(bowl, {0, 0, 0}, o, 1);
  first.step(0.5);
  first.step(0.5);
  const auto from = first.state(), to = second.state();
  for (std::size_t k = 0; k < from.size(); ++k) {
    REQUIRE(from[k].name == to[k].name);
    std::copy(from[k].values.begin(), from[k].values.end(), to[k].values.begin());
  }
  CHECK(message_of([&] { second.step(0.5); }) == message_of([&] { first.step(0.5); }));
  CHECK(message_of([&] { second.step(0.5); }).find("consecutive steps") != std::string::npos);
}

TEST_CASE("Trainer: a batch of nothing is refused") {
  NoisyBowl bowl;
  auto o = options();
  o.batch = 0;
  CHECK(message_of([&] { Trainer(bowl, {0, 0, 0}, o, 1); }) == "batch (training): got 0, expected at least 1");
}
