/// \file
/// Densities to sample from and to compare with.
#pragma once

#include "erg/densities/boltzmann.hpp"
#include "erg/densities/concept.hpp"
#include "erg/densities/crystal/crystal_flow.hpp"
#include "erg/densities/crystal/crystal_free_energy.hpp"
#include "erg/densities/crystal/harmonic_crystal.hpp"
#include "erg/densities/crystal/lattice_fourier.hpp"
#include "erg/densities/crystal/normal_modes.hpp"
#include "erg/densities/crystal/vibrating_crystal.hpp"
#include "erg/densities/flow.hpp"
