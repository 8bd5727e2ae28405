/// \file
/// In which order given samples are learned from.
#pragma once

#include "erg/base/random.hpp"

#include <cstdint>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

namespace erg {

enum class SampleOrder {
  with_replacement,  ///< any sample at every place, as if drawn from their density
  reshuffled         ///< pass after pass, each sample once per pass, every pass in an order of its own
};

/// The samples at places 0, 1, … of an endless stream: no batch ends at the end of a pass.
///
/// Laws:    `at(stream, place)` depends on the stream and the place alone, so that training restored at a place
///          goes on bit for bit. Reshuffled (the seed
///          counts, not the stream's name), places p · count … (p + 1) · count − 1 hold every sample once, all orders alike
///          probable.
/// Cost:    reshuffled, `count` random numbers once per pass; the order of the last pass asked for is kept.
/// Errors:  InputError for no samples. Not for several threads at once.
class SampleStream {
 public:
  SampleStream(std::uint32_t count, SampleOrder order) : count_(count), order_(order) {
    if (count == 0) throw InputError("number of samples", "sample stream", "0", "at least 1");
  }

  std::uint32_t count() const { return count_; }
  SampleOrder order() const { return order_; }

  std::uint32_t at(Stream stream, std::uint64_t place) {
    if (order_ == SampleOrder::with_replacement) return integer_below(count_, stream, place);
    const std::uint64_t pass = place / count_;
    if (!kept_ || kept_->seed != stream.seed || kept_->pass != pass) shuffle(stream.seed, pass);
    return shuffled_[static_cast<std::size_t>(place % count_)];
  }

 private:
  struct Pass {
    std::uint64_t seed, pass;
  };
  /// Fisher and Yates.
  void shuffle(std::uint64_t seed, std::uint64_t pass) {
    shuffled_.resize(count_);
    std::iota(shuffled_.begin(), shuffled_.end(), 0u);
    const Stream stream{seed, StreamName::data_order};
    for (std::uint32_t i = count_; i-- > 1;) std::swap(shuffled_[i], shuffled_[integer_below(i + 1, stream, pass, i)]);
    kept_ = Pass{seed, pass};
  }

  std::uint32_t count_;
  SampleOrder order_;
  std::optional<Pass> kept_;
  std::vector<std::uint32_t> shuffled_;
};

}  // namespace erg
