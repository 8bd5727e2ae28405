#include "densities/crystal/water_lattice.hpp"

namespace erg::tests {

template <class T>
CrystalFlow<T> flow_of(const VibratingLattice<Water>& lattice, ParameterLayout& layout, const CrystalFlowShape& shape) {
  return lattice.flow<T>(layout, shape);
}
template CrystalFlow<float> flow_of(const VibratingLattice<Water>&, ParameterLayout&, const CrystalFlowShape&);
template CrystalFlow<double> flow_of(const VibratingLattice<Water>&, ParameterLayout&, const CrystalFlowShape&);

WeighedSamples weigh(const VibratingLattice<Water>& lattice, const CrystalFlowShape& shape, std::span<const double> theta,
                     Stream stream, std::int64_t samples) {
  ParameterLayout layout;
  return weigh_samples<native_lanes<double>>(flow_of<double>(lattice, layout, shape), theta, lattice.target(), stream, samples);
}

}  // namespace erg::tests
