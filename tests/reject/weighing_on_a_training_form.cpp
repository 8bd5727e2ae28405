// rejects: weigh_samples: a training form is no target to evaluate; use the potential itself
#include "erg/densities/crystal/crystal_flow.hpp"
#include "erg/estimators/importance_sampling.hpp"

using Softened = erg::LinearBelow<erg::StillingerWeber<double>>;

void f(const erg::CrystalFlow<double>& flow, std::span<const double> theta, const erg::CrystalPotential<Softened>& target) {
  erg::weigh_samples<double>(flow, theta, erg::Boltzmann(target, 1.0), {1, erg::StreamName::base_density}, 10,
                             [](std::int64_t, const auto&) {});
}
