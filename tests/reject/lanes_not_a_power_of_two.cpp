// rejects: Lanes: the number of lanes must be a power of two
#include "erg/base/lanes.hpp"

erg::Lanes<float, 12> x;
