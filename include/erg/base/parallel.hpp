/// \file
/// Loops over independent work, and where code runs: a tag chooses, a trait supplies storage and loops.
#pragma once

#include "erg/base/error.hpp"

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <exception>
#include <span>
#include <string>
#include <vector>

#if defined(_OPENMP)
#include <omp.h>
#endif

namespace erg {

namespace detail {
inline std::atomic<int>& chosen_threads() {
#if defined(_OPENMP)
  static std::atomic<int> count{omp_get_max_threads()};
#else
  static std::atomic<int> count{1};
#endif
  return count;
}
}  // namespace detail

/// How many threads `parallel_for` uses: what OpenMP offers (OMP_NUM_THREADS), until `set_threads`.
inline int thread_count() { return detail::chosen_threads(); }

/// Chooses the number of threads; without OpenMP it stays 1.
/// Errors:  fewer than 1 is an InputError.
inline void set_threads([[maybe_unused]] int count) {
  if (count < 1) throw InputError("number of threads", "set_threads", std::to_string(count), "at least 1");
#if defined(_OPENMP)
  detail::chosen_threads() = count;
#endif
}

/// How indices go to threads: in equal contiguous shares that do not change from call to call, or each to the thread that is free
/// first, in order, for work of unequal lengths.
enum class Deal { shares, next };

/// Calls f(index, thread) for index = 0 … count − 1, each once; thread is below `thread_count()` and no two calls with one
/// thread number overlap, so that scratch memory can be kept per thread. Calls do not nest: an inner loop runs on the thread
/// that reached it, as thread 0.
///
/// Errors:  an exception of f ends that thread's work; when all threads are done the one of the lowest index seen is thrown.
template <Deal deal = Deal::shares, class F>
void parallel_for(int count, F&& f) {
  [[maybe_unused]] const int threads = count < thread_count() ? count : thread_count();
#if defined(_OPENMP)
  if (threads > 1 && !omp_in_parallel()) {
    std::exception_ptr failure;
    int failed_index = count;
    std::atomic<int> next{0};
#pragma omp parallel num_threads(threads)
    {
      constexpr bool shares = deal == Deal::shares;
      const int thread = omp_get_thread_num(), team = omp_get_num_threads();
      const auto share = [&](int of) { return static_cast<int>(static_cast<long long>(count) * of / team); };
      int index = shares ? share(thread) : next++;
      const int end = shares ? share(thread + 1) : count;
      try {
        for (; index < end; index = shares ? index + 1 : next++) f(index, thread);
      } catch (...) {
#pragma omp critical(erg_parallel_for)
        if (index < failed_index) {
          failed_index = index;
          failure = std::current_exception();
        }
      }
    }
    if (failure) std::rethrow_exception(failure);
    return;
  }
#endif
  for (int index = 0; index < count; ++index) f(index, 0);
}

/// Calls f(begin, end) on contiguous parts of 0 … size − 1, for loops over long arrays; parts depend on the size alone.
template <class F>
void parallel_chunks(std::size_t size, F&& f) {
  constexpr std::size_t chunk = 16384;
  parallel_for(static_cast<int>((size + chunk - 1) / chunk), [&](int index, int) {
    const std::size_t begin = static_cast<std::size_t>(index) * chunk;
    f(begin, begin + chunk < size ? begin + chunk : size);
  });
}

/// The CPU: OpenMP threads over samples, one SIMD lane per sample.
struct host_t {};
inline constexpr host_t host{};

/// One NVIDIA GPU: one thread per sample. Its traits are in erg/cuda/execution.cuh, which only nvcc compiles.
struct cuda_t {};
inline constexpr cuda_t cuda{};

/// What a place to run provides.
///   Storage<T>            owning contiguous memory there: constructed with a size, zero at first; data(), size()
///   for_each(count, f)    f(index) for index = 0 … count − 1 in any order, finished on return
///   upload, download      copies between host spans and Storage; lengths must agree
template <class Where>
struct execution_traits;

template <>
struct execution_traits<host_t> {
  template <class T>
  using Storage = std::vector<T>;

  template <class F>
  static void for_each(int count, const F& f) {
    parallel_for(count, [&](int index, int) { f(index); });
  }
  template <class T>
  static void upload(std::span<const T> from, Storage<T>& to) {
    require_room(from.size(), to.size());
    std::copy(from.begin(), from.end(), to.begin());
  }
  template <class T>
  static void download(const Storage<T>& from, std::span<T> to) {
    require_room(from.size(), to.size());
    std::copy(from.begin(), from.end(), to.begin());
  }

 private:
  static void require_room(std::size_t from, std::size_t to) {
    if (from != to) throw InputError("length of a copy", "execution_traits<host_t>", std::to_string(to), std::to_string(from));
  }
};

/// A place to run that has traits here: `host_t` always, `cuda_t` once erg/cuda/execution.cuh is included.
template <class Where>
concept Execution = requires(typename execution_traits<Where>::template Storage<double> memory) {
  { memory.size() } -> std::convertible_to<std::size_t>;
  {memory.data()};
};

/// f(index) for index = 0 … count − 1 where `where` says: for_each(erg::host, n, f).
template <class Where, class F>
void for_each(Where, int count, const F& f) {
  static_assert(Execution<Where>,
                "for_each: nothing is known of this place to run; erg::cuda needs erg/cuda/execution.cuh and nvcc");
  execution_traits<Where>::for_each(count, f);
}

}  // namespace erg
