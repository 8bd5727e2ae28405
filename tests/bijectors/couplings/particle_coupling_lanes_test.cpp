#include "erg/bijectors/affine.hpp"
#include "erg/bijectors/couplings/particle_coupling.hpp"
#include "erg/bijectors/sequence.hpp"
#include "erg/networks/attention.hpp"
#include "laws/field_bijector_laws.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

/// Attention is the cheapest conditioner that mixes particles; two labels make what it is fed as wide as what it gives.
using Coupling = ParticleCoupling<Affine, SelfAttention>;

Coupling coupling(ParameterLayout& layout, const std::string& name, const std::vector<bool>& moved) {
  return {ParticlePartition::masked(moved, {some_numbers(4, 7), some_numbers(4, 8)}),
          SelfAttention(layout, name, Affine::parameters, 2, 4)};
}

}  // namespace

TEST_CASE("ParticleCoupling: lanes of float and of double move what doubles move") {
  ParameterLayout layout;
  const Repeat<Coupling> map(
      {coupling(layout, "even", {true, false, true, false}), coupling(layout, "odd", {false, true, false, true})});
  const auto theta = some_numbers(layout.size(), 3, 0.25);
  check_field_lanes<Lanes<double, 8>>(map, map, theta, 12, 2, 0.7, 1e-12);
  check_field_lanes<Lanes<float, 16>>(map, map, theta, 12, 1, 0.7, 3e-6);
}
