/// \file
/// What a safetensors file says of itself before its numbers: names, types, shapes, metadata.
#pragma once

#include "erg/io/concept.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace erg {

/// A type of number that tensors of a file may have.
struct TensorType {
  std::string_view name;
  std::size_t bytes;  ///< of one number
};
inline constexpr TensorType tensor_types[] = {{"F32", 4}, {"F64", 8}, {"I64", 8}, {"U8", 1}};

/// A tensor of a file, without its numbers.
struct TensorEntry {
  std::size_t type;                ///< place in tensor_types
  std::vector<std::size_t> shape;  ///< row-major
  std::size_t begin, end;          ///< bytes, counted from the end of the header
};

/// The header of a safetensors file.
struct TensorHeader {
  std::map<std::string, TensorEntry> tensors;
  std::map<std::string, std::string> metadata;
};

inline std::string shape_text(const std::vector<std::size_t>& shape) {
  std::string text = "(";
  for (std::size_t k = 0; k < shape.size(); ++k) text += (k ? ", " : "") + std::to_string(shape[k]);
  return text + ")";
}

namespace detail {

/// Reads the parts of a header, each with a sentence for what may be wrong with it.
class TensorHeaderReader {
 public:
  /// `data_bytes` follow the header in the file `source`.
  TensorHeaderReader(std::size_t data_bytes, std::string source) : data_bytes_(data_bytes), source_(std::move(source)) {}

  TensorHeader read(std::string_view text) const {
    const Json parsed = parse(text);
    TensorHeader header;
    for (const auto& [name, entry] : parsed.items()) {
      if (name == "__metadata__") {
        header.metadata = read_metadata(entry);
      } else {
        header.tensors.emplace(name, read_entry("tensor '" + name + "'", entry));
      }
    }
    require_tiling(header);
    return header;
  }

 private:
  using Json = nlohmann::ordered_json;  // as in result files: one JSON type compiles faster than two

  [[noreturn]] void fail(const std::string& what, const std::string& got, const std::string& expected) const {
    throw InputError(what, source_, got, expected);
  }

  Json parse(std::string_view text) const {
    std::vector<std::set<std::string>> seen;
    std::string twice;
    const auto watch = [&](int, Json::parse_event_t event, Json& parsed) {
      using Event = Json::parse_event_t;
      if (event == Event::object_start) seen.emplace_back();
      if (event == Event::object_end) seen.pop_back();
      if (event == Event::key && !seen.back().insert(parsed.get<std::string>()).second) twice = parsed.get<std::string>();
      return true;
    };
    Json header = Json::parse(text, watch, false);
    if (header.is_discarded() || !header.is_object() || text.front() != '{')
      fail("safetensors header", excerpt(text), "a JSON object");
    if (!twice.empty()) fail("safetensors header", "the name '" + twice + "' twice", "each name once");
    return header;
  }

  std::map<std::string, std::string> read_metadata(const Json& entry) const {
    if (!entry.is_object()) fail("safetensors metadata", entry.type_name(), "an object of texts");
    std::map<std::string, std::string> texts;
    for (const auto& [key, value] : entry.items()) {
      if (!value.is_string()) fail("metadata '" + key + "'", value.type_name(), "a text");
      texts[key] = value.get<std::string>();
    }
    return texts;
  }

  std::size_t unsigned_in(const std::string& what, const Json& value) const {
    if (!value.is_number_unsigned()) fail(what, excerpt(value.dump()), "whole numbers from 0");
    return value.get<std::size_t>();
  }

  TensorEntry read_entry(const std::string& what, const Json& entry) const {
    if (!entry.is_object() || !entry.contains("dtype") || !entry.contains("shape") || !entry.contains("data_offsets"))
      fail(what, excerpt(entry.dump()), "an object with dtype, shape and data_offsets");
    const Json &type = entry["dtype"], &extents = entry["shape"], &offsets = entry["data_offsets"];
    if (!extents.is_array()) fail(what + " shape", extents.type_name(), "a list");
    if (!offsets.is_array() || offsets.size() != 2) fail(what + " data_offsets", excerpt(offsets.dump()), "[begin, end]");
    const auto begin = unsigned_in(what + " data_offsets", offsets[0]), end = unsigned_in(what + " data_offsets", offsets[1]);
    if (begin > end || end > data_bytes_)
      fail(what + " data_offsets", excerpt(offsets.dump()),
           "a range inside the " + std::to_string(data_bytes_) + " bytes of data");

    const auto* known = std::find_if(std::begin(tensor_types), std::end(tensor_types),
                                     [&](const TensorType& t) { return type.is_string() && t.name == type.get<std::string>(); });
    if (known == std::end(tensor_types)) fail(what + " dtype", excerpt(type.dump()), "F32, F64, I64 or U8");
    TensorEntry tensor{static_cast<std::size_t>(known - std::begin(tensor_types)), {}, begin, end};
    std::size_t bytes = known->bytes;
    bool fits = true;
    for (const auto& extent : extents) {
      tensor.shape.push_back(unsigned_in(what + " shape", extent));
      fits = !__builtin_mul_overflow(bytes, tensor.shape.back(), &bytes) && fits;
    }
    if (!fits || bytes != end - begin)
      fail(what + " data_offsets", std::to_string(end - begin) + " bytes",
           "those of shape " + shape_text(tensor.shape) + " of " + std::string(known->name));
    return tensor;
  }

  /// The ranges must follow one another without gap or overlap up to the end of the file.
  void require_tiling(const TensorHeader& header) const {
    std::vector<std::pair<std::size_t, std::size_t>> ranges;
    for (const auto& [name, tensor] : header.tensors) ranges.emplace_back(tensor.begin, tensor.end);
    std::sort(ranges.begin(), ranges.end());
    std::size_t at = 0;
    for (const auto& [begin, end] : ranges) {
      if (begin != at)
        fail("safetensors data_offsets",
             (begin < at ? "tensors that overlap at byte " : "a gap before byte ") + std::to_string(begin),
             "tensors one after another");
      at = end;
    }
    if (at != data_bytes_)
      fail("safetensors file", std::to_string(data_bytes_ - at) + " bytes after the last tensor", "the end of the file");
  }

  std::size_t data_bytes_;
  std::string source_;
};

}  // namespace detail

}  // namespace erg
