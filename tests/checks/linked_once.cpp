#include "erg/erg.hpp"
#include "erg/io.hpp"

#include <doctest/doctest.h>

double value_in_another_unit();

TEST_CASE("Headers: included in two translation units they define one function each") {
  CHECK(value_in_another_unit() == erg::log_sum_exp(std::vector{1., 2.}));
}
