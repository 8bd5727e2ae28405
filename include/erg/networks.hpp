/// \file
/// Networks: forward and vector-Jacobian products on blocks.
#pragma once

#include "erg/networks/activations.hpp"
#include "erg/networks/concept.hpp"
#include "erg/networks/multiply.hpp"
#include "erg/networks/perceptron.hpp"
