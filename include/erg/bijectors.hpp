/// \file
/// Smooth invertible maps and their composition.
#pragma once

#include "erg/bijectors/affine.hpp"
#include "erg/bijectors/chain.hpp"
#include "erg/bijectors/concept.hpp"
#include "erg/bijectors/crystal_sublattices.hpp"
#include "erg/bijectors/mode_scaling.hpp"
#include "erg/bijectors/sinh_arcsinh.hpp"
#include "erg/bijectors/sublattice_coupling.hpp"
#include "erg/bijectors/sublattice_flow.hpp"
#include "erg/bijectors/sublattices.hpp"
