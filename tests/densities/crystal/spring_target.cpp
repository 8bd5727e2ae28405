#include "densities/crystal/spring_target.hpp"

namespace erg::tests {

SpringTarget::SpringTarget(const Crystal& crystal) : rows(3 * crystal.particles()) {
  const Eigen::MatrixXd h = spring_hessian(crystal, target_springs);
  hessian.assign(h.data(), h.data() + h.size());
}

SpringIce::SpringIce(std::array<int, 3> cells)
    : lattice(ice_cubic(), cells, 2, spring_beta),
      target(lattice.crystal),
      harmonic(std::make_shared<HarmonicCrystal>(
          lattice.crystal, columns_of_cell_0(lattice.crystal, spring_hessian(lattice.crystal, target_springs)), spring_beta)) {}

template <class T>
SpringCrystalFlow<T> SpringIce::flow(ParameterLayout& layout) const {
  VibratingCrystal<T> base(layout, harmonic);
  return {std::move(base), SpringFlow<T>(layout, lattice.sublattices.as<T>(), 1, {6, 5})};
}

template SpringCrystalFlow<float> SpringIce::flow<float>(ParameterLayout&) const;
template SpringCrystalFlow<double> SpringIce::flow<double>(ParameterLayout&) const;

}  // namespace erg::tests
