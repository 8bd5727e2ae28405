/// \file
/// Potential energies of particles, and what wraps them.
#pragma once

#include "erg/potentials/concept.hpp"
#include "erg/potentials/crystal/crystal_bonds.hpp"
#include "erg/potentials/crystal/crystal_pass.hpp"
#include "erg/potentials/crystal/crystal_potential.hpp"
#include "erg/potentials/crystal/held_particle.hpp"
#include "erg/potentials/crystal/moments.hpp"
#include "erg/potentials/energy_sum.hpp"
#include "erg/potentials/lennard_jones.hpp"
#include "erg/potentials/long_range.hpp"
#include "erg/potentials/mixtures/by_kinds.hpp"
#include "erg/potentials/mixtures/kob_andersen.hpp"
#include "erg/potentials/moving_particles.hpp"
#include "erg/potentials/soft_core.hpp"
#include "erg/potentials/springs.hpp"
#include "erg/potentials/stillinger_weber.hpp"
#include "erg/potentials/sum.hpp"
#include "erg/potentials/weeks_chandler_andersen.hpp"
#include "erg/potentials/wrappers.hpp"
