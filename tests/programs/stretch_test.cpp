#include "../../examples/stretch.hpp"

#include "laws/scalar_bijector_laws.hpp"

using namespace erg::tests;

// [laws]
TEST_CASE("Stretch: the laws of a scalar bijector") {
  check_scalar_bijector<tutorial::Stretch>([](double z) { return z; });  // normal numbers are of its domain as they are
}
// [laws]
