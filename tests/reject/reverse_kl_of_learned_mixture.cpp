// rejects: ReverseKl: draws of the base density must move smoothly with its weights (vjp)
#include "erg/bijectors/chain.hpp"
#include "erg/bijectors/crystal/sublattice_flow.hpp"
#include "erg/densities/mixture.hpp"
#include "erg/densities/uniform_torus.hpp"
#include "erg/training/reverse_kl.hpp"

using Gas = erg::LearnedMixture<erg::UniformTorus<double>>;
using Mixed = erg::Flow<Gas, erg::SublatticeFlow<double, erg::Affine, erg::Silu>>;
constexpr auto size = sizeof(erg::ReverseKl<Mixed, int, double>);
