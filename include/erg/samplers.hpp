/// \file
/// Markov chains.
#pragma once

#include "erg/samplers/concept.hpp"
#include "erg/samplers/dynamics/langevin.hpp"
#include "erg/samplers/dynamics/velocity_verlet.hpp"
#include "erg/samplers/masses.hpp"
#include "erg/samplers/replica_energy.hpp"
