/// \file
/// The GPU's traits: storage and plain loops through Thrust. Including this header makes `erg::cuda` a place to run.
#pragma once

#include "erg/base/parallel.hpp"
#include "erg/cuda/runtime.cuh"

#include <thrust/copy.h>
#include <thrust/device_vector.h>
#include <thrust/execution_policy.h>
#include <thrust/for_each.h>
#include <thrust/iterator/counting_iterator.h>

#include <span>

namespace erg {

/// One NVIDIA GPU, the current device. Loops and copies have finished on return.
/// Errors:  what the CUDA runtime refuses (no device, no memory) is thrown as a std::runtime_error.
template <>
struct execution_traits<cuda_t> {
  template <class T>
  using Storage = thrust::device_vector<T>;

  /// f must be callable on the device: a functor with ERG_HD members or an extended lambda.
  template <class F>
  static void for_each(int count, const F& f) {
    thrust::for_each_n(thrust::device, thrust::counting_iterator<int>(0), count, f);
    require_cuda(cudaDeviceSynchronize(), "for_each");
  }
  template <class T>
  static void upload(std::span<const T> from, Storage<T>& to) {
    require_room(from.size(), to.size());
    thrust::copy(from.begin(), from.end(), to.begin());
  }
  template <class T>
  static void download(const Storage<T>& from, std::span<T> to) {
    require_room(from.size(), to.size());
    thrust::copy(from.begin(), from.end(), to.begin());
  }

 private:
  static void require_room(std::size_t from, std::size_t to) {
    if (from != to) throw InputError("length of a copy", "execution_traits<cuda_t>", std::to_string(to), std::to_string(from));
  }
};

}  // namespace erg
