/// \file
/// Smooth invertible maps and their composition.
#pragma once

#include "erg/bijectors/affine.hpp"
#include "erg/bijectors/along_axes.hpp"
#include "erg/bijectors/chain.hpp"
#include "erg/bijectors/circular_shift.hpp"
#include "erg/bijectors/concept.hpp"
#include "erg/bijectors/crystal/crystal_sublattices.hpp"
#include "erg/bijectors/crystal/mode_scaling.hpp"
#include "erg/bijectors/crystal/sublattice_coupling.hpp"
#include "erg/bijectors/crystal/sublattice_flow.hpp"
#include "erg/bijectors/crystal/sublattices.hpp"
#include "erg/bijectors/per_axis.hpp"
#include "erg/bijectors/permutation.hpp"
#include "erg/bijectors/rational_quadratic_spline.hpp"
#include "erg/bijectors/sequence.hpp"
#include "erg/bijectors/sinh_arcsinh.hpp"
#include "erg/bijectors/splines/division.hpp"
#include "erg/bijectors/splines/ends.hpp"
#include "erg/bijectors/splines/rational_quadratic_piece.hpp"
#include "erg/bijectors/split_coupling.hpp"
#include "erg/bijectors/torus.hpp"
