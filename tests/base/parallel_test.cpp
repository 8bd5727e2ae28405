#include "erg/base/parallel.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

TEST_CASE("parallel_for: every index once, for any count and any number of threads") {
  for (const int threads : {1, 2, 3, 7}) {
    erg::set_threads(threads);
    for (const int count : {0, 1, 2, 5, 1000}) {
      std::vector<int> seen(count, 0);
      erg::parallel_for(count, [&](int i, int) { ++seen[i]; });
      for (const int times : seen) CHECK(times == 1);
      erg::parallel_for<erg::Deal::next>(count, [&](int i, int) { ++seen[i]; });
      for (const int times : seen) CHECK(times == 2);
    }
  }
}

#if defined(_OPENMP)
TEST_CASE("parallel_for: dealt out one after another, long work waits for nobody and nobody waits for it") {
  erg::set_threads(2);
  std::atomic<int> done = 0;
  erg::parallel_for<erg::Deal::next>(100, [&](int i, int) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (i == 0 && done < 99 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    if (i == 0) CHECK(done == 99);
    ++done;
  });
  CHECK(done == 100);
}
#endif

TEST_CASE("parallel_for: thread numbers are below thread_count and never shared at one time") {
  erg::set_threads(4);
  std::vector<std::atomic<int>> busy(4);
  std::atomic<bool> shared = false;
  std::vector<int> thread_of(4000);
  erg::parallel_for(4000, [&](int i, int thread) {
    if (busy.at(thread).fetch_add(1) != 0) shared = true;
    thread_of[i] = thread;
    busy[thread].fetch_sub(1);
  });
  CHECK_FALSE(shared);
#if defined(_OPENMP)
  CHECK(std::set<int>(thread_of.begin(), thread_of.end()).size() == 4);
  CHECK(erg::thread_count() == 4);
#endif
  auto again = thread_of;
  erg::parallel_for(4000, [&](int i, int thread) { again[i] = thread; });
  CHECK(again == thread_of);
}

TEST_CASE("parallel_for: an exception reaches the caller, the first by index") {
  for (const int threads : {1, 4}) {
    erg::set_threads(threads);
    const auto message_of = [](auto loop) -> std::string {
      try {
        loop(100, [](int i, int) {
          if (i == 30 || i == 90) throw std::runtime_error("index " + std::to_string(i));
        });
      } catch (const std::runtime_error& e) {
        return e.what();
      }
      return "nothing";
    };
    CHECK(message_of([](int n, auto f) { erg::parallel_for(n, f); }) == "index 30");
    CHECK(message_of([](int n, auto f) { erg::parallel_for<erg::Deal::next>(n, f); }) == "index 30");
  }
}

TEST_CASE("parallel_for: inside another it runs where it is") {
  erg::set_threads(2);
  std::vector<int> seen(8 * 8, 0);
  erg::parallel_for(8, [&](int i, int) {
    erg::parallel_for(8, [&](int j, int thread) {
      CHECK_MESSAGE(thread == 0, "an inner loop has one thread");
      ++seen[8 * i + j];
    });
  });
  for (const int times : seen) CHECK(times == 1);
}

TEST_CASE("set_threads: refuses fewer than one") { CHECK_THROWS_AS(erg::set_threads(0), erg::InputError); }

TEST_CASE("Execution: the host's trait stores, copies and loops") {
  using Traits = erg::execution_traits<erg::host_t>;
  static_assert(erg::Execution<erg::host_t>);
  Traits::Storage<double> memory(5);
  const std::vector<double> from{1, 2, 3, 4, 5};
  Traits::upload(std::span<const double>(from), memory);
  erg::for_each(erg::host, 5, [p = memory.data()](int i) { p[i] *= i; });
  std::vector<double> to(5);
  Traits::download(memory, std::span<double>(to));
  CHECK(to == std::vector<double>{0, 2, 6, 12, 20});
  CHECK_THROWS_AS(Traits::upload(std::span<const double>(from).first(3), memory), erg::InputError);
}
