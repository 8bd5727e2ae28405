/// \file
/// How long a job has run, and one line that says how far it is.
#pragma once

#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

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

/// A duration for people: "8 s", "2 min 05 s", "3 h 20 min".
inline std::string duration_text(double seconds) {
  if (!(seconds >= 0 && seconds < 1e15)) return "?";
  const long long s = std::llround(seconds);
  char text[64];
  if (s < 60) {
    std::snprintf(text, sizeof(text), "%lld s", s);
  } else if (s < 3600) {
    std::snprintf(text, sizeof(text), "%lld min %02lld s", s / 60, s % 60);
  } else {
    std::snprintf(text, sizeof(text), "%lld h %02lld min", s / 3600, s / 60 % 60);
  }
  return text;
}

/// A line that is rewritten in place: how much is done, the rate, the time left and a note.
///
///     training   42%  ████████░░░░░░░░░░░░  1310 steps  10.9 steps/s  1 min 05 s left  ess 0.61
///
/// Quiet unless `shown` (by default: unless stderr is a terminal). Rewritten five times a second at most, so that it may be
/// called for every step; erased by `finish` or the destructor.
class Progress {
 public:
  /// `unit` is what `update` counts; `total` of them make the job, 0 when that is not known.
  Progress(std::string title, std::string unit, double total, bool shown = ::isatty(STDERR_FILENO) == 1, std::FILE* to = stderr)
      : title_(std::move(title)), unit_(std::move(unit)), total_(total), shown_(shown), to_(to) {}
  ~Progress() { finish(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// The job goes on from where another run stopped: the rate and the time left are those of what is done from here on.
  void begin_at(double count, double fraction = 0) {
    first_count_ = count;
    first_fraction_ = fraction;
  }

  /// `count` units are done. A job that ends by time gives its own `fraction` done (0 … 1).
  void update(double count, std::string_view note = {}, double fraction = -1) {
    if (!shown_) return;
    const double now = clock_.seconds();
    if (drawn_ && now < next_) return;
    next_ = now + 0.2;
    std::fprintf(to_, "\r\033[K%s", line(count, note, fraction, now).c_str());
    std::fflush(to_);
    drawn_ = true;
  }

  /// Erases the line.
  void finish() {
    if (std::exchange(drawn_, false)) {
      std::fputs("\r\033[K", to_);
      std::fflush(to_);
    }
  }

  double seconds() const { return clock_.seconds(); }

  /// What `update` shows after `seconds` of work.
  std::string line(double count, std::string_view note, double fraction, double seconds) const {
    if (fraction < 0 && total_ > 0) fraction = count / total_;
    std::string text = title_ + "  ";
    char part[96];
    if (fraction >= 0) {
      const double done = std::fmin(fraction, 1);
      std::snprintf(part, sizeof(part), "%3.0f%%  ", std::floor(100 * done));
      text += part;
      for (int k = 0; k < 20; ++k) text += k < static_cast<int>(20 * done) ? "█" : "░";
      text += "  ";
    }
    std::snprintf(part, sizeof(part), "%.0f %s", count, unit_.c_str());
    text += part;
    if (const double rate = (count - first_count_) / seconds; seconds > 0 && rate > 0) {
      std::snprintf(part, sizeof(part), rate >= 100 ? "  %.0f %s/s" : "  %.3g %s/s", rate, unit_.c_str());
      text += part;
    }
    if (const double covered = fraction - first_fraction_; covered > 0)
      text += "  " + duration_text(seconds * (1 - std::fmin(fraction, 1)) / covered) + " left";
    if (!note.empty()) text += "  " + std::string(note);
    return text;
  }

 private:
  std::string title_, unit_;
  double total_;
  bool shown_, drawn_ = false;
  std::FILE* to_;
  double next_ = 0, first_count_ = 0, first_fraction_ = 0;
  Stopwatch clock_;
};

}  // namespace erg
