/// \file
/// Weights and the state of a training in one safetensors file.
#pragma once

#include "erg/base/parameters.hpp"
#include "erg/io/safetensors.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace erg {

/// A flat array of a training's state, by name.
struct NamedArray {
  std::string name;
  std::span<double> values;
};

/// Writes weights under the names of their layout, state arrays under "state.<name>", facts as metadata; whole or not at all.
///
/// Errors:  as write_safetensors.
template <std::floating_point T>
void write_checkpoint(const std::filesystem::path& path, const ParameterLayout& layout, std::span<const T> weights,
                      std::span<const NamedArray> state, const std::map<std::string, std::string>& facts) {
  TensorFile file;
  file.metadata = facts;
  for (const Slice& slice : layout.slices()) {
    const auto part = weights.subspan(slice.offset, slice.size());
    file.tensors[slice.name] =
        Tensor::of(std::vector<T>(part.begin(), part.end()), std::vector<std::size_t>(slice.shape.begin(), slice.shape.end()));
  }
  for (const NamedArray& array : state)
    file.tensors["state." + array.name] = Tensor::of(std::vector<double>(array.values.begin(), array.values.end()));
  write_safetensors(path, file);
}

/// Reads them back into arrays of the sizes that are expected, and nothing else of the file; the state may be left out by passing
/// none.
///
/// Errors:  InputError naming the file and the tensor when one is missing, of another shape or type, or holds a number that
///          is not finite; nothing of `weights` and `state` is changed then.
template <std::floating_point T>
void read_checkpoint(TensorInput& input, const ParameterLayout& layout, std::span<T> weights,
                     std::span<const NamedArray> state = {}) {
  std::vector<std::string> names;
  for (const Slice& slice : layout.slices()) names.push_back(slice.name);
  for (const NamedArray& array : state) names.push_back("state." + array.name);
  const TensorFile file = input.read(names);
  const auto finite = [&](const auto& values, const std::string& name) -> const auto& {
    for (const auto x : values)
      if (!std::isfinite(x)) throw InputError("checkpoint " + input.source(), "tensor " + name, to_text(x), "finite numbers");
    return values;
  };
  std::vector<T> read(layout.size());
  for (const Slice& slice : layout.slices()) {
    const auto& values =
        finite(file.get<T>(slice.name, std::vector<std::size_t>(slice.shape.begin(), slice.shape.end())), slice.name);
    std::copy(values.begin(), values.end(), read.begin() + static_cast<std::ptrdiff_t>(slice.offset));
  }
  for (const NamedArray& array : state)
    finite(file.get<double>("state." + array.name, {array.values.size()}), "state." + array.name);
  std::copy(read.begin(), read.end(), weights.begin());
  for (const NamedArray& array : state) {
    const auto& values = file.get<double>("state." + array.name, {array.values.size()});
    std::copy(values.begin(), values.end(), array.values.begin());
  }
}

/// The same of a file by its path, and the facts.
///
/// Errors:  also as TensorInput.
template <std::floating_point T>
std::map<std::string, std::string> read_checkpoint(const std::filesystem::path& path, const ParameterLayout& layout,
                                                   std::span<T> weights, std::span<const NamedArray> state = {}) {
  TensorInput input(path);
  read_checkpoint(input, layout, weights, state);
  return input.metadata();
}

}  // namespace erg
