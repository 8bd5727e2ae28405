#include "erg/io/progress.hpp"

#include "erg/io/interrupt.hpp"
#include "scratch.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <limits>

using namespace erg;

namespace {

/// What `action(file)` prints into a file.
template <class Action>
std::string printed(const Scratch& scratch, const Action& action) {
  std::FILE* file = std::fopen((scratch / "out").c_str(), "w");
  REQUIRE(file);
  action(file);
  std::fclose(file);
  return slurp(scratch / "out");
}

/// The status with which a forked child ends that runs `action`.
template <class Action>
int child_status(const Action& action) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGINT, SIG_DFL);  // not the handlers of doctest
    std::signal(SIGTERM, SIG_DFL);
    action();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

}  // namespace

TEST_CASE("Progress: the line says how far, how fast, how long") {
  const Progress steps("training", "steps", 400, false);
  CHECK(steps.line(100, "ess 0.61", -1, 10) ==
        "training   25%  █████░░░░░░░░░░░░░░░  100 steps  10 steps/s  30 s left  ess 0.61");
  CHECK(steps.line(0, "", -1, 0) == "training    0%  ░░░░░░░░░░░░░░░░░░░░  0 steps");
  CHECK(contains(steps.line(400, "", -1, 10), "100%"));
  CHECK(contains(steps.line(500, "", -1, 10), "100%"));
  const Progress unknown("sampling", "samples", 0, false);
  CHECK(unknown.line(5000, "", -1, 10) == "sampling  5000 samples  500 samples/s");
  CHECK(contains(unknown.line(60, "", 0.5, 60), " 50%  ██████████░░░░░░░░░░  60 samples  1 samples/s  1 min 00 s left"));
  Progress resumed("training", "steps", 0, false);
  resumed.begin_at(300, 0.75);
  CHECK(contains(resumed.line(350, "", 0.875, 10), " 87%  █████████████████░░░  350 steps  5 steps/s  10 s left"));
  CHECK(!contains(resumed.line(300, "", 0.75, 10), "left"));
}

TEST_CASE("Progress: quiet unless shown, and erased at the end") {
  const Scratch scratch;
  CHECK(printed(scratch, [](std::FILE* to) {
          Progress progress("a", "steps", 10, false, to);
          progress.update(5);
        }) == "");
  const std::string text = printed(scratch, [](std::FILE* to) {
    Progress progress("a", "steps", 10, true, to);
    for (int k = 0; k < 10000; ++k) progress.update(k % 10);  // faster than five lines a second: one is drawn
  });
  CHECK(std::count(text.begin(), text.end(), 'K') < 100);
  CHECK(contains(text, "\r\033[Ka    0%"));
  CHECK(text.substr(text.size() - 4) == "\r\033[K");
}

TEST_CASE("duration_text: for people") {
  CHECK(duration_text(0.4) == "0 s");
  CHECK(duration_text(59.4) == "59 s");
  CHECK(duration_text(59.6) == "1 min 00 s");
  CHECK(duration_text(125) == "2 min 05 s");
  CHECK(duration_text(12'000) == "3 h 20 min");
  CHECK(duration_text(-1) == "?");
  CHECK(duration_text(std::numeric_limits<double>::infinity()) == "?");
  CHECK(duration_text(std::numeric_limits<double>::quiet_NaN()) == "?");
  CHECK(duration_text(1e30) == "?");
}

TEST_CASE("InterruptGuard: a signal noted by an inner guard still counts outside") {
  {
    const InterruptGuard outer;
    {
      const InterruptGuard inner;
      std::raise(SIGTERM);
    }
    CHECK(interrupt_signal() == SIGTERM);
    const InterruptGuard later;
    CHECK(interrupt_signal() == SIGTERM);
  }
  CHECK(!interrupted());
}

TEST_CASE("InterruptGuard: the first signal is noted, the second ends the process") {
  CHECK(!interrupted());
  {
    const InterruptGuard guard;
    CHECK(!interrupted());
    std::raise(SIGINT);
    CHECK(interrupted());
    CHECK(interrupt_signal() == SIGINT);
  }
  CHECK(!interrupted());
  const int once = child_status([] {
    const InterruptGuard guard;
    std::raise(SIGTERM);
  });
  CHECK(WIFEXITED(once));
  const int twice = child_status([] {
    const InterruptGuard guard;
    std::raise(SIGINT);
    std::raise(SIGTERM);
  });
  CHECK(WIFSIGNALED(twice));
  CHECK(WTERMSIG(twice) == SIGTERM);
}

TEST_CASE("InterruptGuard: what a signal did before is restored") {
  const int status = child_status([] {
    { const InterruptGuard guard; }
    std::raise(SIGINT);
  });
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGINT);
}

TEST_CASE("Stopwatch: never steps back") {
  const Stopwatch watch;
  double last = 0;
  for (int k = 0; k < 1000; ++k) {
    const double now = watch.seconds();
    CHECK(now >= last);
    last = now;
  }
  CHECK(last < 60);
}
