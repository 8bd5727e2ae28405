#include "erg/io/checkpoint.hpp"

#include "scratch.hpp"

#include <limits>

using namespace erg;

namespace {

/// Two named parts, three weights.
ParameterLayout three_weights(const std::string& second = "b", std::vector<int> shape = {1, 2}) {
  ParameterLayout layout;
  layout.add("a", {1});
  layout.add(second, std::move(shape));
  return layout;
}

/// Reads a file into arrays that hold 7 everywhere and tells what was said; fails when they were touched.
template <class T>
std::string refused(const std::filesystem::path& path, const ParameterLayout& layout) {
  std::vector<T> weights(layout.size(), T(7));
  std::vector<double> state(4, 7.0);
  const std::vector<NamedArray> arrays{{"adam", state}};
  const std::string said = complaint([&] { read_checkpoint<T>(path, layout, weights, arrays); });
  CHECK(weights == std::vector<T>(layout.size(), T(7)));
  CHECK(state == std::vector<double>(4, 7.0));
  return said;
}

/// A good file, with one of its numbers replaced on the way.
void write_example(const std::filesystem::path& path, float weight = 2, double moment = 5) {
  std::vector<double> state{moment, 1, 2, 3};
  const std::vector<float> weights{1, weight, 3};
  write_checkpoint<float>(path, three_weights(), weights, std::vector<NamedArray>{{"adam", state}}, {{"program", "test"}});
}

}  // namespace

TEST_CASE("Checkpoint: weights alone can be read from a training's file") {
  const Scratch scratch;
  write_example(scratch / "w");
  std::vector<float> weights(3);
  read_checkpoint<float>(scratch / "w", three_weights(), weights);
  CHECK(weights == std::vector<float>{1, 2, 3});
  CHECK(refused<float>(scratch / "other", three_weights()) != "no InputError");  // there is no such file
}

TEST_CASE("Checkpoint: what an open file says comes first, then its weights") {
  const Scratch scratch;
  write_example(scratch / "w");
  TensorInput input(scratch / "w");
  CHECK(input.metadata().at("program") == "test");
  std::vector<float> weights(3);
  read_checkpoint<float>(input, three_weights(), weights);
  CHECK(weights == std::vector<float>{1, 2, 3});
}

TEST_CASE("Checkpoint: a file cut at any byte is refused and changes nothing") {
  const Scratch scratch;
  write_example(scratch / "whole");
  const std::string bytes = slurp(scratch / "whole");
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    spill(scratch / "cut", bytes.substr(0, length));
    CHECK_MESSAGE(contains(refused<float>(scratch / "cut", three_weights()), (scratch / "cut").string()), length);
  }
}

TEST_CASE("Checkpoint: foreign files are refused with the tensor's name and change nothing") {
  const Scratch scratch;
  write_example(scratch / "w");
  CHECK(contains(refused<float>(scratch / "w", three_weights("c")), "tensor 'c'"));
  CHECK(contains(refused<float>(scratch / "w", three_weights("b", {2, 1})), "got shape (1, 2), expected shape (2, 1)"));
  CHECK(contains(refused<float>(scratch / "w", three_weights("b", {3})), "tensor 'b'"));
  CHECK(contains(refused<double>(scratch / "w", three_weights()), "got F32, expected F64"));
  std::vector<float> weights(3, 7.f);
  std::vector<double> state(5, 7.0);
  const auto said = [&](const std::string& name) {
    return complaint([&] {
      read_checkpoint<float>(scratch / "w", three_weights(), weights, std::vector<NamedArray>{{name, state}});
    });
  };
  CHECK(contains(said("adam"), "tensor 'state.adam'"));  // five numbers where there are four
  CHECK(contains(said("average"), "tensor 'state.average'"));
  CHECK(weights == std::vector<float>(3, 7.f));
  spill(scratch / "text", "weights: 1 2 3\n");
  CHECK(contains(refused<float>(scratch / "text", three_weights()), (scratch / "text").string()));
}

TEST_CASE("Checkpoint: numbers that are not finite are refused and change nothing") {
  const Scratch scratch;
  write_example(scratch / "nan", std::numeric_limits<float>::quiet_NaN());
  CHECK(contains(refused<float>(scratch / "nan", three_weights()), "tensor b): got nan, expected finite numbers"));
  write_example(scratch / "inf", -std::numeric_limits<float>::infinity());
  CHECK(contains(refused<float>(scratch / "inf", three_weights()), "got -inf"));
  write_example(scratch / "state", 2, std::numeric_limits<double>::quiet_NaN());
  CHECK(contains(refused<float>(scratch / "state", three_weights()), "tensor state.adam): got nan"));
}
