// rejects: for_each: nothing is known of this place to run; erg::cuda needs erg/cuda/execution.cuh
#include "erg/base/parallel.hpp"

void f() {
  erg::for_each(erg::cuda, 3, [](int) {});  // the traits are in erg/cuda/execution.cuh, which is not included
}
