/// \file
/// Scalars, vectors, random streams, parallel loops, execution tags.
#pragma once

#include "erg/base/concept.hpp"
#include "erg/base/dual.hpp"
#include "erg/base/error.hpp"
#include "erg/base/lanes.hpp"
#include "erg/base/math.hpp"
#include "erg/base/native.hpp"
#include "erg/base/parallel.hpp"
#include "erg/base/parameters.hpp"
#include "erg/base/random.hpp"
#include "erg/base/statistics.hpp"
#include "erg/base/tile.hpp"
#include "erg/base/vector.hpp"
