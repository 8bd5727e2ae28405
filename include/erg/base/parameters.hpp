/// \file
/// The one flat buffer that every layer's weights live in, and the names of its parts.
#pragma once

#include <cstddef>
#include <functional>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace erg {

/// A named part of the flat parameter buffer: `size()` numbers from `offset`, row-major in `shape`.
struct Slice {
  std::string name;
  std::size_t offset = 0;
  std::vector<int> shape;

  std::size_t size() const { return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>{}); }
};

/// Hands out the parts of the parameter buffer; a layer keeps the offset it is given.
class ParameterLayout {
 public:
  /// The offset of a new part; `name` is what a checkpoint calls it.
  std::size_t add(std::string name, std::vector<int> shape) {
    slices_.push_back({std::move(name), size_, std::move(shape)});
    size_ += slices_.back().size();
    return slices_.back().offset;
  }
  std::size_t size() const { return size_; }
  const std::vector<Slice>& slices() const { return slices_; }

 private:
  std::vector<Slice> slices_;
  std::size_t size_ = 0;
};

}  // namespace erg
