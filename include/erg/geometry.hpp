/// \file
/// Periodic boxes, lattices, crystals, neighbours.
#pragma once

#include "erg/geometry/box.hpp"
#include "erg/geometry/cell_list.hpp"
#include "erg/geometry/colouring.hpp"
#include "erg/geometry/concept.hpp"
#include "erg/geometry/crystal.hpp"
#include "erg/geometry/lattice.hpp"
#include "erg/geometry/neighbours.hpp"
#include "erg/geometry/site_finder.hpp"
#include "erg/geometry/site_symmetry.hpp"
#include "erg/geometry/structure.hpp"
#include "erg/geometry/verlet_list.hpp"
