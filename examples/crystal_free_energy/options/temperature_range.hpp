/// \file
/// Several temperatures for one flow: what the user writes, where it is trained, where it is evaluated.
#pragma once

#include "erg/base/error.hpp"
#include "erg/io/concept.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crystal_free_energy {

/// The temperatures between which a flow that is told its temperature was trained.
struct TrainedRange {
  double coldest, hottest;

  bool contains(double temperature) const { return coldest <= temperature && temperature <= hottest; }
  /// As checkpoints say it, T1:T2.
  std::string text() const { return erg::to_text(coldest) + ":" + erg::to_text(hottest); }
};

/// T1:T2:n.
struct TemperatureRange {
  double coldest, hottest;
  int count;

  TrainedRange ends() const { return {coldest, hottest}; }
  /// Where results are wanted: equally spaced, both ends included.
  std::vector<double> temperatures() const {
    std::vector<double> all;
    for (int i = 0; i + 1 < count; ++i) all.push_back(coldest + (hottest - coldest) * i / (count - 1));
    all.push_back(hottest);
    return all;
  }
};

/// The hottest is at most this many times the coldest.
inline constexpr double widest_range = 100;

namespace detail {
/// The numbers between the colons of T1:T2, if it is a range.
inline std::optional<TrainedRange> range_of(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto coldest = erg::parse_number<double>(text.substr(0, colon)),
             hottest = erg::parse_number<double>(text.substr(colon + 1));
  if (!coldest || !hottest || !(*coldest > 0) || !(*hottest > *coldest) || !(*hottest <= widest_range * *coldest))
    return std::nullopt;
  return TrainedRange{*coldest, *hottest};
}
}  // namespace detail

/// Errors:  InputError for anything but T1:T2:n with 0 < T1 < T2 ≤ 100 T1 and n from 2 to 100.
inline TemperatureRange parse_temperature_range(const std::string& text) {
  const std::size_t last = text.rfind(':');
  if (last != std::string::npos) {
    const auto ends = detail::range_of(std::string_view(text).substr(0, last));
    const auto count = erg::parse_number<int>(std::string_view(text).substr(last + 1));
    if (ends && count && *count >= 2 && *count <= 100) return {ends->coldest, ends->hottest, *count};
  }
  throw erg::InputError("--temperature-range", "command line", erg::excerpt(text),
                        "T1:T2:n, as 180:240:5, with 0 < T1 < T2, T2 at most 100 T1, and n from 2 to 100");
}

/// Where a flow of that range is trained: five temperatures, or more where neighbours would be further apart than a factor
/// of 1.5; equally spaced in ln T, as its condition is, both ends included. They do not depend on how many results are wanted.
inline std::vector<double> training_temperatures(const TrainedRange& range) {
  const double width = std::log(range.hottest / range.coldest);
  const int count = std::max(5, 1 + static_cast<int>(std::ceil(width / std::log(1.5))));
  std::vector<double> all;
  for (int i = 0; i + 1 < count; ++i) all.push_back(range.coldest * std::exp(width * i / (count - 1)));
  all.push_back(range.hottest);
  return all;
}

}  // namespace crystal_free_energy
