/// \file
/// Running transitions: one after the other, and observers that look on every so many steps.
#pragma once

#include "erg/samplers/concept.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace erg {

/// Calls look(replicas) after each `steps` steps of a run.
template <class F>
struct Every {
  int steps;
  F look;
};
template <class F>
Every(int, F) -> Every<F>;

/// `steps` steps of a transition; each observer, Every{n, f}, has f(replicas) called after steps n, 2n, … of this run.
///
/// Errors:  InputError for a negative number of steps and a period below 1.
/// Where several are due they are called in the order given. In between the transition goes on without a stop: a pack of replicas
/// stays in its thread's cache until somebody looks.
template <class R, class K, class... Looks>
void run(K& transition, Replicas<R>& replicas, std::int64_t steps, Every<Looks>... observers) {
  static_assert(Transition<K, R>, "run: needs a transition of these replicas: advance(replicas, steps) and state()");
  if (steps < 0) throw InputError("steps", "run", std::to_string(steps), "none or more");
  for (const int period : {1, observers.steps...}) {
    if (period < 1) throw InputError("period of an observer", "run", std::to_string(period), "at least 1");
  }
  for (std::int64_t done = 0; done < steps;) {
    std::int64_t next = std::min<std::int64_t>(steps, done + 1'000'000'000);
    ((next = std::min(next, (done / observers.steps + 1) * observers.steps)), ...);
    transition.advance(replicas, static_cast<int>(next - done));
    done = next;
    ((done % observers.steps == 0 ? (void)observers.look(replicas) : void()), ...);
  }
}

/// A transition made of two: `first_steps` steps of the first, then `second_steps` of the second. Dynamics and exchanges, say.
///
/// Leaves invariant what both do. One of its steps counts as `first_steps + second_steps` of the replicas.
/// Errors:  InputError for numbers of steps below 1. It refers to both, which must outlive it; their states stay
/// theirs: `state()` is empty, `saved` and `restore` ask `parts`.
template <class First, class Second>
class InTurn {
 public:
  InTurn(First& first, int first_steps, Second& second, int second_steps)
      : first_(&first), second_(&second), first_steps_(first_steps), second_steps_(second_steps) {
    for (const int n : {first_steps, second_steps}) {
      if (n < 1) throw InputError("steps", "transitions in turn", std::to_string(n), "at least 1");
    }
  }
  template <class R>
  void advance(Replicas<R>& replicas, int steps) {
    for (int k = 0; k < steps; ++k) {
      first_->advance(replicas, first_steps_);
      second_->advance(replicas, second_steps_);
    }
  }
  std::span<double> state() { return {}; }
  /// look(first), look(second).
  template <class F>
  void parts(F&& look) {
    look(*first_);
    look(*second_);
  }

 private:
  First* first_;
  Second* second_;
  int first_steps_, second_steps_;
};

namespace detail {

/// use(state) for a transition, or for each that it is made of.
template <class K, class F>
void for_states(K& transition, F&& use) {
  if constexpr (requires { transition.parts([](auto&) {}); }) {
    transition.parts([&](auto& part) { for_states(part, use); });
  } else {
    use(std::span<double>(transition.state()));
  }
}

}  // namespace detail

/// Replicas and transitions as one array, and back: what a checkpoint holds. Of transitions made of others (`InTurn`) all parts.
///
/// Errors:  InputError for an array of another length.
template <class R, class... Kernels>
std::vector<double> saved(const Replicas<R>& replicas, Kernels&... transitions) {
  std::vector<double> all = replicas.state();
  const auto append = [&](std::span<const double> own) { all.insert(all.end(), own.begin(), own.end()); };
  (detail::for_states(transitions, append), ...);
  return all;
}
template <class R, class... Kernels>
void restore(std::span<const double> all, Replicas<R>& replicas, Kernels&... transitions) {
  std::size_t own = 0;
  const auto measure = [&](std::span<const double> state) { own += state.size(); };
  (detail::for_states(transitions, measure), ...);
  if (all.size() < own)
    throw InputError("state", "restore", std::to_string(all.size()) + " numbers", "at least " + std::to_string(own));
  replicas.restore(all.first(all.size() - own));
  auto from = all.end() - static_cast<std::ptrdiff_t>(own);
  const auto fill = [&](std::span<double> to) {
    std::copy_n(from, to.size(), to.begin());
    from += static_cast<std::ptrdiff_t>(to.size());
  };
  (detail::for_states(transitions, fill), ...);
}

}  // namespace erg
