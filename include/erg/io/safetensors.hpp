/// \file
/// Named tensors in one file, in the safetensors format that Python reads without copying.
#pragma once

#include "erg/io/atomic_file.hpp"
#include "erg/io/tensor_header.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
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
  /// In the order of tensor_types.
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
inline std::string_view bytes_of(const Tensor::Data& data) {
  return std::visit(
      [](const auto& v) { return std::string_view(reinterpret_cast<const char*>(v.data()), v.size() * sizeof(v[0])); }, data);
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
      throw InputError("tensor '" + name + "'", source, std::string(tensor_types[tensor.data.index()].name),
                       std::string(tensor_types[wanted.index()].name));
    }
    return *values;
  }
  template <class T>
  const std::vector<T>& get(const std::string& name, const std::vector<std::size_t>& shape) const {
    const Tensor& tensor = find(name);
    if (tensor.shape != shape)
      throw InputError("tensor '" + name + "'", source, "shape " + shape_text(tensor.shape), "shape " + shape_text(shape));
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
  const auto width = [](const auto* entry) { return tensor_types[entry->second.data.index()].bytes; };
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
                       "as many as shape " + shape_text(tensor.shape) + " holds");
    if (name == "__metadata__")
      throw InputError("tensor name", path.string(), name, "another name: this one is the format's own");
    header[name] = {
        {"dtype", tensor_types[tensor.data.index()].name}, {"shape", tensor.shape}, {"data_offsets", {offset, offset + bytes}}};
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

/// A safetensors file that is open: its header is read and checked at once, numbers when they are asked for. All are of the file
/// that had the name at first, even if another takes it meanwhile.
///
/// Errors:  InputError with the path and one line of what is wrong: truncated, not JSON, a dtype other than F32, F64, I64, U8,
///          offsets outside the file, overlapping, with gaps or unlike the shape, a name twice, bytes left over.
class TensorInput {
 public:
  explicit TensorInput(const std::filesystem::path& path) : source_(path.string()), stream_(open_file(path)) {
    stream_.seekg(0, std::ios::end);
    const auto bytes = static_cast<std::size_t>(stream_.tellg());
    std::uint64_t length = 0;
    if (bytes < sizeof(length))
      throw InputError("safetensors file", source_, std::to_string(bytes) + " bytes", "at least the 8 of the header length");
    read_at(0, reinterpret_cast<char*>(&length), sizeof(length));
    if (length > longest_header || length > bytes - sizeof(length))
      throw InputError("safetensors header", source_,
                       "a length of " + std::to_string(length) + " in a file of " + std::to_string(bytes) + " bytes",
                       "a header inside the file");
    std::string text(length, ' ');
    read_at(sizeof(length), text.data(), text.size());
    data_ = sizeof(length) + text.size();
    header_ = detail::TensorHeaderReader(bytes - data_, source_).read(text);
  }

  const TensorHeader& header() const { return header_; }
  const std::map<std::string, std::string>& metadata() const { return header_.metadata; }
  const std::string& source() const { return source_; }

  /// The tensors of those names that are there, and all metadata.
  TensorFile read(std::span<const std::string> names) {
    TensorFile file{{}, header_.metadata, source_};
    for (const std::string& name : names)
      if (const auto found = header_.tensors.find(name); found != header_.tensors.end())
        file.tensors.emplace(name, read(found->second));
    return file;
  }
  /// All of it.
  TensorFile read() {
    TensorFile file{{}, header_.metadata, source_};
    for (const auto& [name, entry] : header_.tensors) file.tensors.emplace(name, read(entry));
    return file;
  }

 private:
  static constexpr std::uint64_t longest_header = 100'000'000;  // as the reference reader

  void read_at(std::size_t place, char* to, std::size_t bytes) {
    stream_.seekg(static_cast<std::streamoff>(place));
    stream_.read(to, static_cast<std::streamsize>(bytes));
    if (!stream_)
      throw InputError("safetensors file", source_, "an end before byte " + std::to_string(place + bytes),
                       "a file that stays as it is");
  }

  Tensor read(const TensorEntry& entry) {
    const auto filled = [&]<class T>(std::vector<T> values) {
      values.resize((entry.end - entry.begin) / sizeof(T));
      read_at(data_ + entry.begin, reinterpret_cast<char*>(values.data()), entry.end - entry.begin);
      return Tensor{entry.shape, std::move(values)};
    };
    switch (entry.type) {  // as Tensor::Data
      case 0:
        return filled(std::vector<float>{});
      case 1:
        return filled(std::vector<double>{});
      case 2:
        return filled(std::vector<std::int64_t>{});
      default:
        return filled(std::vector<std::uint8_t>{});
    }
  }

  std::string source_;
  std::ifstream stream_;
  TensorHeader header_;
  std::size_t data_ = 0;  ///< where the numbers begin
};

/// Reads a safetensors file, checking all of it.
///
/// Errors:  as TensorInput.
inline TensorFile read_safetensors(const std::filesystem::path& path) { return TensorInput(path).read(); }

}  // namespace erg
