#include "erg/erg.hpp"
#include "erg/io.hpp"

double value_in_another_unit() { return erg::log_sum_exp(std::vector{1., 2.}); }
