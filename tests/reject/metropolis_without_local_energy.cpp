// rejects: Metropolis: needs an energy with local_moves, such as LocalCrystalPotential
#include "erg/potentials/springs.hpp"
#include "erg/samplers/metropolis.hpp"

const erg::Springs springs(2, 1.0);
erg::Metropolis chain(springs, {.size = 0.1});
