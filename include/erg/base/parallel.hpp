/// \file
/// Loops over independent work on all cores: OpenMP where the compiler has it, one thread where not.
#pragma once

#include "erg/base/error.hpp"

#include <atomic>
#include <exception>
#include <string>

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

/// Calls f(index, thread) for index = 0 … count − 1, each once; thread is below `thread_count()` and no two calls with one
/// thread number overlap, so that scratch memory can be kept per thread.
///
/// Errors:  an exception of f ends that thread's share; when all threads are done the one of the lowest index seen is thrown.
/// Indices are dealt out in equal contiguous shares, which do not change from call to call. Calls do not nest: an inner
/// loop runs on the thread that reached it, as thread 0.
template <class F>
void parallel_for(int count, F&& f) {
  [[maybe_unused]] const int threads = count < thread_count() ? count : thread_count();
#if defined(_OPENMP)
  if (threads > 1 && !omp_in_parallel()) {
    std::exception_ptr failure;
    int failed_index = count;
#pragma omp parallel num_threads(threads)
    {
      const int thread = omp_get_thread_num(), share = omp_get_num_threads();
      int index = static_cast<int>(static_cast<long long>(count) * thread / share);
      const int end = static_cast<int>(static_cast<long long>(count) * (thread + 1) / share);
      try {
        for (; index < end; ++index) f(index, thread);
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

}  // namespace erg
