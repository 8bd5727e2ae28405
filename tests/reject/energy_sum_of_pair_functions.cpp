// rejects: EnergySum: needs energies of configurations, such as CrystalPotential; pair functions are added by SumOf
#include "erg/potentials/energy_sum.hpp"

template class erg::EnergySum<erg::LennardJones<double>>;
