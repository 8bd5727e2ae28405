/// \file
/// Networks: forward and vector-Jacobian products on blocks.
#pragma once

#include "erg/networks/activations.hpp"
#include "erg/networks/attention.hpp"
#include "erg/networks/concept.hpp"
#include "erg/networks/embedded.hpp"
#include "erg/networks/fourier_embedding.hpp"
#include "erg/networks/graph/message_passing.hpp"
#include "erg/networks/graph/particle_graph.hpp"
#include "erg/networks/graph/radial_basis.hpp"
#include "erg/networks/layer_norm.hpp"
#include "erg/networks/multiply.hpp"
#include "erg/networks/multiply_lanes.hpp"
#include "erg/networks/perceptron.hpp"
#include "erg/networks/tied_weights.hpp"
#include "erg/networks/transformer.hpp"
