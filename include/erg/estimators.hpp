/// \file
/// Free energies and their errors from log-weights.
#pragma once

#include "erg/estimators/bootstrap.hpp"
#include "erg/estimators/concept.hpp"
#include "erg/estimators/two_states/free_energy_perturbation.hpp"
#include "erg/estimators/histogram.hpp"
#include "erg/estimators/importance_sampling.hpp"
#include "erg/estimators/marginal_weights.hpp"
#include "erg/estimators/mean_square_displacement.hpp"
#include "erg/estimators/radial_distribution.hpp"
#include "erg/estimators/reweighting.hpp"
#include "erg/estimators/thermodynamics.hpp"
#include "erg/estimators/weights.hpp"
