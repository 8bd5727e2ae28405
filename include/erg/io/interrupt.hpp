/// \file
/// Ctrl-C as a question that a loop asks, not as an end in the middle of a write.
#pragma once

#include <csignal>

#include <array>
#include <atomic>

namespace erg {

namespace detail {
/// The signal that arrived while a guard stood, or 0. A handler may only touch what is lock-free.
inline std::atomic<int> pending_signal{0};
static_assert(std::atomic<int>::is_always_lock_free);

extern "C" inline void note_signal(int signal) {
  if (pending_signal.exchange(signal) == 0) return;
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}
}  // namespace detail

/// Whether SIGINT or SIGTERM arrived since the outermost InterruptGuard was made. Any thread may ask.
inline bool interrupted() { return detail::pending_signal.load(std::memory_order_relaxed) != 0; }

/// The signal that arrived, or 0: a program that stops for it exits with 128 + this.
inline int interrupt_signal() { return detail::pending_signal.load(std::memory_order_relaxed); }

/// While it lives, the first SIGINT or SIGTERM is only noted (`interrupted()`), and a second one ends the process at once.
/// Guards may nest: only the outermost starts and ends with a cleared note and restores what the signals did before, so that
/// a signal noted inside still counts outside.
class InterruptGuard {
 public:
  InterruptGuard() {
    if (count_++ > 0) return;
    detail::pending_signal = 0;
    struct sigaction action = {};
    action.sa_handler = detail::note_signal;
    action.sa_flags = SA_RESTART;  // a write under way continues
    sigemptyset(&action.sa_mask);
    for (std::size_t k = 0; k < signals.size(); ++k) sigaction(signals[k], &action, &before_[k]);
  }
  ~InterruptGuard() {
    if (--count_ > 0) return;
    for (std::size_t k = 0; k < signals.size(); ++k) sigaction(signals[k], &before_[k], nullptr);
    detail::pending_signal = 0;
  }
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  static constexpr std::array<int, 2> signals{SIGINT, SIGTERM};
  static inline std::array<struct sigaction, 2> before_{};  // of the outermost guard
  static inline std::atomic<int> count_{0};
};

}  // namespace erg
