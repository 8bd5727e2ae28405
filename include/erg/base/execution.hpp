/// \file
/// Where code runs: a tag chooses, a trait supplies storage and loops. Calling code is the same for both.
#pragma once

#include "erg/base/parallel.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <span>
#include <vector>

namespace erg {

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
  { memory.data() };
};

/// f(index) for index = 0 … count − 1 where `where` says: for_each(erg::host, n, f).
template <Execution Where, class F>
void for_each(Where, int count, const F& f) {
  execution_traits<Where>::for_each(count, f);
}

}  // namespace erg
