/// \file
/// Densities to sample from and to compare with.
#pragma once

#include "erg/densities/boltzmann.hpp"
#include "erg/densities/concept.hpp"
#include "erg/densities/crystal_flow.hpp"
#include "erg/densities/crystal_free_energy.hpp"
#include "erg/densities/flow.hpp"
#include "erg/densities/harmonic_crystal.hpp"
#include "erg/densities/lattice_fourier.hpp"
#include "erg/densities/normal_modes.hpp"
#include "erg/densities/vibrating_crystal.hpp"
