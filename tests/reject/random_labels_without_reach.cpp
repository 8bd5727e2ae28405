// rejects: RandomLabels: the density of displacements must be cut off
#include "erg/densities/crystal/einstein_crystal.hpp"
#include "erg/densities/crystal/random_labels.hpp"

constexpr auto size = sizeof(erg::RandomLabels<erg::EinsteinCrystal<double>>);
