/// \file
/// Markov chains.
#pragma once

#include "erg/samplers/adapted_step.hpp"
#include "erg/samplers/concept.hpp"
#include "erg/samplers/dynamics/cell_rescaling.hpp"
#include "erg/samplers/dynamics/langevin.hpp"
#include "erg/samplers/dynamics/nose_hoover.hpp"
#include "erg/samplers/dynamics/velocity_verlet.hpp"
#include "erg/samplers/hamiltonian_monte_carlo.hpp"
#include "erg/samplers/independence_metropolis.hpp"
#include "erg/samplers/ladder.hpp"
#include "erg/samplers/ladder_steps.hpp"
#include "erg/samplers/masses.hpp"
#include "erg/samplers/metropolis.hpp"
#include "erg/samplers/replica_energy.hpp"
#include "erg/samplers/replica_exchange.hpp"
#include "erg/samplers/run.hpp"
#include "erg/samplers/switching.hpp"
