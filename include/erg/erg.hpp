/// \file
/// All of Ergodic that needs Eigen, xtensor and Random123 alone; erg/io.hpp is for programs and stands apart.
#pragma once

#include "erg/base.hpp"
#include "erg/bijectors.hpp"
#include "erg/densities.hpp"
#include "erg/estimators.hpp"
#include "erg/geometry.hpp"
#include "erg/networks.hpp"
#include "erg/potentials.hpp"
#include "erg/samplers.hpp"
#include "erg/training.hpp"
