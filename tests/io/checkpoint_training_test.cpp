#include "erg/io/checkpoint.hpp"

#include "erg/training/trainer.hpp"
#include "scratch.hpp"
#include "training/noisy_bowl.hpp"

using namespace erg;
using erg::tests::NoisyBowl;

namespace {

std::vector<NamedArray> state_of(Trainer<NoisyBowl>& trainer) {
  std::vector<NamedArray> arrays;
  for (const auto& part : trainer.state()) arrays.push_back({part.name, part.values});
  return arrays;
}

Trainer<NoisyBowl> start(NoisyBowl& bowl) {
  TrainingOptions options;
  options.batch = 6;
  options.rate = {0.05};
  return {bowl, {0, 0, 0}, options, 5};
}

std::vector<float> weights_of(Trainer<NoisyBowl>& trainer) { return {trainer.weights().begin(), trainer.weights().end()}; }

}  // namespace

TEST_CASE("Checkpoint: a training read back goes on bit for bit") {
  const Scratch scratch;
  NoisyBowl bowl;
  bowl.spoiled = {24};  // one step is skipped before, one after
  bowl.spoiled.insert(72);
  auto whole = start(bowl), first = start(bowl), second = start(bowl);
  for (int i = 0; i < 20; ++i) whole.step(i / 20.0);
  for (int i = 0; i < 7; ++i) first.step(i / 20.0);
  ParameterLayout layout;
  layout.add("a", {1});
  layout.add("b", {1, 2});
  write_checkpoint<float>(scratch / "w", layout, first.weights(), state_of(first), {{"crystal", "ice-cubic"}});
  const auto facts = read_checkpoint<float>(scratch / "w", layout, second.weights(), state_of(second));
  CHECK(facts.at("crystal") == "ice-cubic");
  CHECK(second.steps_done() == 7);
  CHECK(weights_of(second) == weights_of(first));
  CHECK(second.averaged_weights() == first.averaged_weights());
  TrainingStep last;
  for (int i = 7; i < 20; ++i) last = second.step(i / 20.0);
  CHECK(last.step == 20);
  CHECK(last.skipped == 2);
  CHECK(weights_of(second) == weights_of(whole));
  CHECK(second.averaged_weights() == whole.averaged_weights());
}
