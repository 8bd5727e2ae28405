// rejects: LinearBelow: needs a pair potential with a cutoff, or a three-body potential
#include "erg/potentials/wrappers.hpp"

template class erg::LinearBelow<erg::LennardJones<double>>;
