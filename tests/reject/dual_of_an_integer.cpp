// rejects: Dual: the value must be a number that formulas are written in
#include "erg/base/dual.hpp"

erg::Dual<int> x;
