/// \file
/// Smooth invertible maps and their composition.
#pragma once

#include "erg/bijectors/affine.hpp"
#include "erg/bijectors/chain.hpp"
#include "erg/bijectors/concept.hpp"
#include "erg/bijectors/crystal/crystal_sublattices.hpp"
#include "erg/bijectors/crystal/mode_scaling.hpp"
#include "erg/bijectors/crystal/sublattice_coupling.hpp"
#include "erg/bijectors/crystal/sublattice_flow.hpp"
#include "erg/bijectors/crystal/sublattices.hpp"
#include "erg/bijectors/sinh_arcsinh.hpp"
