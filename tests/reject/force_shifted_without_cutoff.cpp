// rejects: ForceShifted: the potential has no cutoff to be zero at, cut it first: ForceShifted<Truncated<P>>
#include "erg/potentials/wrappers.hpp"

template class erg::ForceShifted<erg::LennardJones<double>>;
