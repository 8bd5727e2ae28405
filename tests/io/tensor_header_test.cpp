#include "erg/io/tensor_header.hpp"

#include "erg/io/safetensors.hpp"
#include "scratch.hpp"

#include <cstdint>

using namespace erg;

namespace {

/// A file of a header text and as many bytes of data.
std::string made(const std::string& header, std::size_t data_bytes) {
  const std::uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), 8) + header + std::string(data_bytes, '\1');
}

const std::string four_floats = R"({"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}})";

}  // namespace

TEST_CASE("safetensors: foreign and broken headers, each with its sentence") {
  const Scratch scratch;
  const auto said = [&](const std::string& header, std::size_t data_bytes) {
    spill(scratch / "bad", made(header, data_bytes));
    return complaint([&] { read_safetensors(scratch / "bad"); });
  };
  CHECK(said(four_floats, 16) == "no InputError");
  CHECK(contains(said("not json", 16), "JSON object"));
  CHECK(contains(said("[1]", 0), "JSON object"));
  CHECK(contains(said("", 0), "JSON object"));
  CHECK(contains(said(R"({"a":3})", 0), "dtype, shape and data_offsets"));
  CHECK(contains(said(R"({"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}})", 4), "BF16"));
  CHECK(contains(said(R"({"a":{"dtype":32,"shape":[2],"data_offsets":[0,8]}})", 8), "F32, F64, I64 or U8"));
  CHECK(contains(said(R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", 8), "shape (3)"));
  CHECK(contains(said(R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})", 8), "whole numbers from 0"));
  CHECK(contains(said(R"({"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}})", 8), "a list"));
  CHECK(contains(said(R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})", 0),
                 "shape (4611686018427387904, 4)"));
  CHECK(contains(said(R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}})", 4), "inside the 4 bytes"));
  CHECK(contains(said(R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[4,0]}})", 4), "inside the 4 bytes"));
  CHECK(contains(said(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}})", 1), "[begin, end]"));
  CHECK(contains(said(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1.5]}})", 1), "whole numbers from 0"));
  const std::string b = R"(,"b":{"dtype":"U8","shape":[4],"data_offsets":)";
  CHECK(contains(said(four_floats.substr(0, four_floats.size() - 1) + b + "[14,18]}}", 18), "overlap at byte 14"));
  CHECK(contains(said(four_floats.substr(0, four_floats.size() - 1) + b + "[20,24]}}", 24), "gap before byte 20"));
  const std::string again = four_floats.substr(1, four_floats.size() - 2);
  CHECK(contains(said("{" + again + "," + again + "}", 16), "'a' twice"));
  CHECK(contains(said(R"({"__metadata__":{"k":1}})", 0), "a text"));
  CHECK(contains(said(R"({"__metadata__":7})", 0), "an object of texts"));
  spill(scratch / "bad", std::string(8, '\xff') + "{}");
  CHECK(contains(complaint([&] { read_safetensors(scratch / "bad"); }), "a header inside the file"));
}
