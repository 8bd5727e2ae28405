// rejects: Shifted: the potential has no cutoff to be zero at, cut it first: Shifted<Truncated<P>>
#include "erg/potentials/wrappers.hpp"

template class erg::Shifted<erg::LennardJones<double>>;
