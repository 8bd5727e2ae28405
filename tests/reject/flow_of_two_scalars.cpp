// rejects: base and bijector must have one scalar type
#include "erg/bijectors/chain.hpp"
#include "erg/bijectors/crystal/sublattice_flow.hpp"
#include "erg/densities/crystal/vibrating_crystal.hpp"
#include "erg/densities/flow.hpp"

using Mixed = erg::Flow<erg::VibratingCrystal<double>, erg::SublatticeFlow<float, erg::Affine, erg::Silu>>;
using T = Mixed::Scalar;
