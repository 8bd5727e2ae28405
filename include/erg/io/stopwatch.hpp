/// \file
/// Wall-clock time since a moment.
#pragma once

#include <chrono>

namespace erg {

/// Counts from its construction, on a clock that never steps back.
///
/// Units:   seconds.
class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  void restart() { start_ = Clock::now(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

}  // namespace erg
