// rejects: Metropolis: needs an energy with local_moves, such as LocalCrystalPotential
#include "erg/potentials/solvation/all_pairs.hpp"
#include "erg/potentials/wrappers.hpp"
#include "erg/samplers/metropolis.hpp"

const erg::AllPairs argon(erg::truncated_shifted_lennard_jones(1.0, 1.0, 2.5), erg::Box::orthorhombic({6, 6, 6}), 8);
erg::Metropolis chain(argon, {.size = 0.1});
