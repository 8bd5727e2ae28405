#include "erg/io/safetensors.hpp"

#include "scratch.hpp"

#include <limits>
#include <numbers>

using namespace erg;

namespace {

TensorFile example() {
  TensorFile file;
  file.tensors["weights/first"] = {{2, 3}, std::vector<float>{1.5f, -2, 3e-30f, 4, 5, 6}};
  file.tensors["moment"] = Tensor::of(std::vector<double>{std::numbers::pi, -1e300, 0}, {3});
  file.tensors["step"] = {{}, std::vector<std::int64_t>{-1'234'567'890'123}};
  file.tensors["flags"] = Tensor::of(std::vector<std::uint8_t>{0, 1, 2, 254, 255});
  file.tensors["nothing"] = {{0, 4}, std::vector<float>{}};
  file.metadata = {{"program", "crystal_free_energy"}, {"note", "Λ = 2.3925 Å, \"quoted\"\nline"}};
  return file;
}

}  // namespace

TEST_CASE("safetensors: what is written comes back") {
  const Scratch scratch;
  const TensorFile file = example();
  write_safetensors(scratch / "a.safetensors", file);
  const TensorFile back = read_safetensors(scratch / "a.safetensors");
  CHECK(back.tensors == file.tensors);
  CHECK(back.metadata == file.metadata);
  CHECK(back.get<float>("weights/first", {2, 3})[1] == -2);
  CHECK(back.text("program") == "crystal_free_energy");
  std::uint64_t header = 0;
  const std::string bytes = slurp(scratch / "a.safetensors");
  std::memcpy(&header, bytes.data(), 8);
  CHECK(header % 8 == 0);
}

TEST_CASE("safetensors: no tensors at all") {
  const Scratch scratch;
  write_safetensors(scratch / "a.safetensors", {});
  CHECK(read_safetensors(scratch / "a.safetensors").tensors.empty());
}

TEST_CASE("safetensors: Python reads ours, and we read Python's") {
  const Scratch scratch;
  write_safetensors(scratch / "ours.safetensors", example());
  const auto printed = run_python("safetensors: Python reads ours, and we read Python's", scratch, R"(
import sys, math, numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file
with safe_open(sys.argv[1], "numpy") as f:
    assert f.metadata()["note"] == "Λ = 2.3925 Å, \"quoted\"\nline"
    a = f.get_tensor("weights/first")
    assert a.dtype == np.float32 and a.shape == (2, 3) and a[0, 1] == -2
    m = f.get_tensor("moment")
    assert m.dtype == np.float64 and m[0] == math.pi and m[1] == -1e300
    assert f.get_tensor("step").shape == () and int(f.get_tensor("step")) == -1234567890123
    assert f.get_tensor("flags").tolist() == [0, 1, 2, 254, 255]
    assert f.get_tensor("nothing").shape == (0, 4)
save_file({"x": np.arange(6, dtype=np.float64).reshape(3, 2), "i": np.array([7], dtype=np.int64),
           "u": np.array([1, 2, 3], dtype=np.uint8), "f": np.float32([[0.1]])}, sys.argv[2], metadata={"by": "python"})
save_file({"h": np.zeros(2, dtype=np.float16)}, sys.argv[3])
)",
                                  (scratch / "ours.safetensors").string() + " " + (scratch / "theirs.safetensors").string() +
                                      " " + (scratch / "half.safetensors").string());
  if (!printed) return;
  const TensorFile theirs = read_safetensors(scratch / "theirs.safetensors");
  CHECK(theirs.get<double>("x", {3, 2}) == std::vector<double>{0, 1, 2, 3, 4, 5});
  CHECK(theirs.get<std::int64_t>("i", {1})[0] == 7);
  CHECK(theirs.get<std::uint8_t>("u", {3})[2] == 3);
  CHECK(theirs.get<float>("f", {1, 1})[0] == 0.1f);
  CHECK(theirs.text("by") == "python");
  CHECK(contains(complaint([&] { read_safetensors(scratch / "half.safetensors"); }), "F16"));
}

TEST_CASE("safetensors: a file cut at any byte is refused") {
  const Scratch scratch;
  write_safetensors(scratch / "whole", example());
  const std::string bytes = slurp(scratch / "whole");
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    spill(scratch / "cut", bytes.substr(0, length));
    const std::string said = complaint([&] { read_safetensors(scratch / "cut"); });
    CHECK_MESSAGE(contains(said, (scratch / "cut").string()), length);
  }
  spill(scratch / "long", bytes + "x");
  CHECK(contains(complaint([&] { read_safetensors(scratch / "long"); }), "1 bytes after the last tensor"));
}

TEST_CASE("TensorInput: names, shapes and texts come before any number is read") {
  const Scratch scratch;
  write_safetensors(scratch / "a", example());
  const TensorInput input(scratch / "a");
  CHECK(input.metadata() == example().metadata);
  CHECK(input.source() == (scratch / "a").string());
  CHECK(input.header().tensors.size() == example().tensors.size());
  const TensorEntry& first = input.header().tensors.at("weights/first");
  CHECK(first.shape == std::vector<std::size_t>{2, 3});
  CHECK(tensor_types[first.type].name == "F32");
  CHECK(first.end - first.begin == 24);
}

TEST_CASE("TensorInput: reads the tensors that are asked for and there") {
  const Scratch scratch;
  write_safetensors(scratch / "a", example());
  TensorInput input(scratch / "a");
  const TensorFile some = input.read(std::vector<std::string>{"flags", "absent", "moment", "nothing"});
  CHECK(some.tensors.size() == 3);
  for (const char* name : {"flags", "moment", "nothing"}) CHECK(some.tensors.at(name) == example().tensors.at(name));
  CHECK(some.metadata == example().metadata);
  CHECK(complaint([&] { some.get<float>("absent"); }) ==
        "tensor 'absent' (" + (scratch / "a").string() + "): got none of that name, expected a tensor");
}

TEST_CASE("TensorInput: header and numbers are of one file, though another takes its name") {
  const Scratch scratch;
  TensorFile other = example();
  other.tensors["weights/first"] = {{2, 3}, std::vector<float>{0, 0, 0, 0, 0, 0}};
  write_safetensors(scratch / "a", example());
  TensorInput input(scratch / "a");
  write_safetensors(scratch / "a", other);
  CHECK(input.read().tensors == example().tensors);
  TensorInput shortened(scratch / "a");
  std::filesystem::resize_file(scratch / "a", std::filesystem::file_size(scratch / "a") - 1);
  CHECK(contains(complaint([&] { shortened.read(); }), "a file that stays as it is"));
}

TEST_CASE("safetensors: asking for what is not there") {
  TensorFile file = example();
  file.source = "w.safetensors";
  CHECK(complaint([&] { file.get<float>("second"); }) ==
        "tensor 'second' (w.safetensors): got none of that name, expected a tensor");
  CHECK(complaint([&] { file.get<double>("weights/first"); }) == "tensor 'weights/first' (w.safetensors): got F32, expected F64");
  CHECK(contains(complaint([&] { file.get<float>("weights/first", {3, 2}); }), "got shape (2, 3), expected shape (3, 2)"));
  CHECK(contains(complaint([&] { file.text("missing"); }), "metadata 'missing'"));
}

TEST_CASE("safetensors: tensors that cannot be written leave no file") {
  const Scratch scratch;
  TensorFile file;
  file.tensors["a"] = {{3}, std::vector<float>{1, 2}};
  CHECK(contains(complaint([&] { write_safetensors(scratch / "a", file); }), "2 numbers"));
  file.tensors = {{"__metadata__", {{1}, std::vector<float>{1}}}};
  CHECK(contains(complaint([&] { write_safetensors(scratch / "a", file); }), "the format's own"));
  file.tensors = {{"bad \xff name", {{1}, std::vector<float>{1}}}};
  CHECK(contains(complaint([&] { write_safetensors(scratch / "a", file); }), "UTF-8"));
  CHECK(scratch.entries() == 0);
}
