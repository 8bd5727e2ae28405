/// \file
/// Densities to sample from and to compare with.
#pragma once

#include "erg/densities/augmented.hpp"
#include "erg/densities/boltzmann.hpp"
#include "erg/densities/concept.hpp"
#include "erg/densities/crystal/at_sites.hpp"
#include "erg/densities/crystal/crystal_flow.hpp"
#include "erg/densities/crystal/crystal_free_energy.hpp"
#include "erg/densities/crystal/einstein_crystal.hpp"
#include "erg/densities/crystal/harmonic_crystal.hpp"
#include "erg/densities/crystal/lattice_fourier.hpp"
#include "erg/densities/crystal/normal_modes.hpp"
#include "erg/densities/crystal/published_2022.hpp"
#include "erg/densities/crystal/random_labels.hpp"
#include "erg/densities/crystal/sites.hpp"
#include "erg/densities/crystal/truncated_gaussian.hpp"
#include "erg/densities/crystal/vibrating_crystal.hpp"
#include "erg/densities/flow.hpp"
#include "erg/densities/mixture.hpp"
#include "erg/densities/position_free_energy.hpp"
#include "erg/densities/uniform_torus.hpp"
#include "erg/densities/uniformly_shifted.hpp"
