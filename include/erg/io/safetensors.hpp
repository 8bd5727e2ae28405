/// \file
/// Named tensors in one file, in the safetensors format that Python reads without copying.
#pragma once

#include "erg/io/atomic_file.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace erg {

static_assert(std::endian::native == std::endian::little, "safetensors: files are little-endian, and so must the machine be");

/// Numbers of one type in row-major order.
///
/// Shapes:  data (product of shape); an empty shape holds one number.
struct Tensor {
  using Data = std::variant<std::vector<float>, std::vector<double>, std::vector<std::int64_t>, std::vector<std::uint8_t>>;
  std::vector<std::size_t> shape;
  Data data;

  /// Without a shape it is a vector.
  template <class T>
  static Tensor of(std::vector<T> values, std::vector<std::size_t> shape) {
    return {std::move(shape), std::move(values)};
  }
  template <class T>
  static Tensor of(std::vector<T> values) {
    const std::size_t count = values.size();
    return of(std::move(values), {count});
  }
  template <class T>
  static Tensor of(std::span<const T> values) {
    return of(std::vector<T>(values.begin(), values.end()));
  }
  bool operator==(const Tensor&) const = default;
};

namespace detail {
struct TensorType {
  std::string_view name;
  std::size_t bytes;
};
/// In the order of Tensor::Data.
inline constexpr TensorType tensor_types[] = {{"F32", 4}, {"F64", 8}, {"I64", 8}, {"U8", 1}};

inline std::string_view bytes_of(const Tensor::Data& data) {
  return std::visit(
      [](const auto& v) { return std::string_view(reinterpret_cast<const char*>(v.data()), v.size() * sizeof(v[0])); }, data);
}

inline std::string shape_text(const std::vector<std::size_t>& shape) {
  std::string text = "(";
  for (std::size_t k = 0; k < shape.size(); ++k) text += (k ? ", " : "") + std::to_string(shape[k]);
  return text + ")";
}
}  // namespace detail

/// Tensors by name, and text by name beside them.
struct TensorFile {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;
  std::string source = "memory";  ///< where it was read from, for messages

  /// The tensor `name`, which must hold T and, where one is given, have that shape.
  ///
  /// Errors:  InputError naming the file, the tensor, what it is and what it should be.
  template <class T>
  const std::vector<T>& get(const std::string& name) const {
    const Tensor& tensor = find(name);
    const auto* values = std::get_if<std::vector<T>>(&tensor.data);
    if (!values) {
      const Tensor::Data wanted = std::vector<T>{};
      throw InputError("tensor '" + name + "'", source, std::string(detail::tensor_types[tensor.data.index()].name),
                       std::string(detail::tensor_types[wanted.index()].name));
    }
    return *values;
  }
  template <class T>
  const std::vector<T>& get(const std::string& name, const std::vector<std::size_t>& shape) const {
    const Tensor& tensor = find(name);
    if (tensor.shape != shape)
      throw InputError("tensor '" + name + "'", source, "shape " + detail::shape_text(tensor.shape),
                       "shape " + detail::shape_text(shape));
    return get<T>(name);
  }
  /// The text under `name`.
  const std::string& text(const std::string& name) const {
    const auto found = metadata.find(name);
    if (found == metadata.end()) throw InputError("metadata '" + name + "'", source, "none of that name", "a text");
    return found->second;
  }

 private:
  const Tensor& find(const std::string& name) const {
    const auto found = tensors.find(name);
    if (found == tensors.end()) throw InputError("tensor '" + name + "'", source, "none of that name", "a tensor");
    return found->second;
  }
};

/// Writes tensors and metadata, whole or not at all. The header is padded so that the data begin at a multiple of 8 bytes, the
/// wide types come first, and so every tensor is aligned in a mapped file.
///
/// Errors:  InputError when a shape does not fit its data, a name is `__metadata__` or not UTF-8; as AtomicFile.
/// Source:  https://huggingface.co/docs/safetensors, "Format".
inline void write_safetensors(const std::filesystem::path& path, const TensorFile& file) {
  std::vector<std::pair<const std::string, Tensor> const*> order;
  for (const auto& entry : file.tensors) order.push_back(&entry);
  const auto width = [](const auto* entry) { return detail::tensor_types[entry->second.data.index()].bytes; };
  std::stable_sort(order.begin(), order.end(), [&](const auto* a, const auto* b) { return width(a) > width(b); });

  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!file.metadata.empty()) header["__metadata__"] = file.metadata;
  std::size_t offset = 0;
  for (const auto* entry : order) {
    const auto& [name, tensor] = *entry;
    std::size_t count = 1;
    for (const std::size_t extent : tensor.shape) count *= extent;
    const std::size_t bytes = detail::bytes_of(tensor.data).size();
    if (count * width(entry) != bytes)
      throw InputError("tensor '" + name + "'", path.string(), std::to_string(bytes / width(entry)) + " numbers",
                       "as many as shape " + detail::shape_text(tensor.shape) + " holds");
    if (name == "__metadata__")
      throw InputError("tensor name", path.string(), name, "another name: this one is the format's own");
    header[name] = {{"dtype", detail::tensor_types[tensor.data.index()].name},
                    {"shape", tensor.shape},
                    {"data_offsets", {offset, offset + bytes}}};
    offset += bytes;
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const nlohmann::ordered_json::type_error&) {
    throw InputError("safetensors header", path.string(), "a name or text that is not UTF-8", "UTF-8");
  }
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const auto length = std::uint64_t{text.size()};

  AtomicFile out(path);
  out.write({reinterpret_cast<const char*>(&length), sizeof(length)});
  out.write(text);
  for (const auto* entry : order) out.write(detail::bytes_of(entry->second.data));
  out.commit();
}

namespace detail {

/// Reads the parts of a safetensors file, each with a sentence for what may be wrong with it.
class TensorReader {
 public:
  TensorReader(std::string bytes, std::string source) : bytes_(std::move(bytes)), source_(std::move(source)) {}

  TensorFile read() {
    const Json header = parse_header();
    TensorFile file;
    file.source = source_;
    std::vector<std::pair<std::size_t, std::size_t>> ranges;
    for (const auto& [name, entry] : header.items()) {
      if (name == "__metadata__") {
        read_metadata(entry, file);
      } else {
        file.tensors.emplace(name, read_tensor("tensor '" + name + "'", entry, ranges));
      }
    }
    require_tiling(ranges);
    return file;
  }

 private:
  using Json = nlohmann::ordered_json;                          // as in result files: one JSON type compiles faster than two
  static constexpr std::uint64_t longest_header = 100'000'000;  // as the reference reader

  [[noreturn]] void fail(const std::string& what, const std::string& got, const std::string& expected) const {
    throw InputError(what, source_, got, expected);
  }

  Json parse_header() {
    if (bytes_.size() < 8)
      fail("safetensors file", std::to_string(bytes_.size()) + " bytes", "at least the 8 of the header length");
    std::uint64_t length = 0;
    std::memcpy(&length, bytes_.data(), 8);
    if (length > longest_header || length > bytes_.size() - 8)
      fail("safetensors header",
           "a length of " + std::to_string(length) + " in a file of " + std::to_string(bytes_.size()) + " bytes",
           "a header inside the file");
    const std::string_view text(bytes_.data() + 8, length);
    data_ = std::string_view(bytes_).substr(8 + length);
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

  void read_metadata(const Json& entry, TensorFile& file) const {
    if (!entry.is_object()) fail("safetensors metadata", entry.type_name(), "an object of texts");
    for (const auto& [key, value] : entry.items()) {
      if (!value.is_string()) fail("metadata '" + key + "'", value.type_name(), "a text");
      file.metadata[key] = value.get<std::string>();
    }
  }

  std::size_t unsigned_in(const std::string& what, const Json& value) const {
    if (!value.is_number_unsigned()) fail(what, excerpt(value.dump()), "whole numbers from 0");
    return value.get<std::size_t>();
  }

  Tensor read_tensor(const std::string& what, const Json& entry, std::vector<std::pair<std::size_t, std::size_t>>& ranges) const {
    if (!entry.is_object() || !entry.contains("dtype") || !entry.contains("shape") || !entry.contains("data_offsets"))
      fail(what, excerpt(entry.dump()), "an object with dtype, shape and data_offsets");
    const Json &type = entry["dtype"], &extents = entry["shape"], &offsets = entry["data_offsets"];
    if (!extents.is_array()) fail(what + " shape", extents.type_name(), "a list");
    if (!offsets.is_array() || offsets.size() != 2) fail(what + " data_offsets", excerpt(offsets.dump()), "[begin, end]");
    const auto begin = unsigned_in(what + " data_offsets", offsets[0]), end = unsigned_in(what + " data_offsets", offsets[1]);
    if (begin > end || end > data_.size())
      fail(what + " data_offsets", excerpt(offsets.dump()),
           "a range inside the " + std::to_string(data_.size()) + " bytes of data");

    const auto* known = std::find_if(std::begin(tensor_types), std::end(tensor_types),
                                     [&](const TensorType& t) { return type.is_string() && t.name == type.get<std::string>(); });
    if (known == std::end(tensor_types)) fail(what + " dtype", excerpt(type.dump()), "F32, F64, I64 or U8");
    Tensor tensor;
    std::size_t bytes = known->bytes;
    bool fits = true;
    for (const auto& extent : extents) {
      tensor.shape.push_back(unsigned_in(what + " shape", extent));
      fits = !__builtin_mul_overflow(bytes, tensor.shape.back(), &bytes) && fits;
    }
    if (!fits || bytes != end - begin)
      fail(what + " data_offsets", std::to_string(end - begin) + " bytes",
           "those of shape " + shape_text(tensor.shape) + " of " + std::string(known->name));
    ranges.emplace_back(begin, end);
    const auto copied = [&]<class T>(std::vector<T> values) {
      values.resize((end - begin) / sizeof(T));
      if (begin != end) std::memcpy(values.data(), data_.data() + begin, end - begin);
      return Tensor::Data(std::move(values));
    };
    const auto type_index = known - std::begin(tensor_types);
    tensor.data = type_index == 0   ? copied(std::vector<float>{})
                  : type_index == 1 ? copied(std::vector<double>{})
                  : type_index == 2 ? copied(std::vector<std::int64_t>{})
                                    : copied(std::vector<std::uint8_t>{});
    return tensor;
  }

  /// The ranges must follow one another without gap or overlap up to the end of the file.
  void require_tiling(std::vector<std::pair<std::size_t, std::size_t>>& ranges) const {
    std::sort(ranges.begin(), ranges.end());
    std::size_t at = 0;
    for (const auto& [begin, end] : ranges) {
      if (begin != at)
        fail("safetensors data_offsets",
             (begin < at ? "tensors that overlap at byte " : "a gap before byte ") + std::to_string(begin),
             "tensors one after another");
      at = end;
    }
    if (at != data_.size())
      fail("safetensors file", std::to_string(data_.size() - at) + " bytes after the last tensor", "the end of the file");
  }

  std::string bytes_, source_;
  std::string_view data_;
};

}  // namespace detail

/// Reads a safetensors file, checking all of it.
///
/// Errors:  InputError with the path and one line of what is wrong: truncated, not JSON, a dtype other than F32, F64, I64, U8,
///          offsets outside the file, overlapping, with gaps or unlike the shape, a name twice, bytes left over.
inline TensorFile read_safetensors(const std::filesystem::path& path) {
  return detail::TensorReader(read_bytes(path), path.string()).read();
}

}  // namespace erg
