/// \file
/// Samples to learn from, a flow to learn them, and the law of a loss's gradient.
#pragma once

#include "densities/crystal/spring_target.hpp"
#include "erg/training/concept.hpp"
#include "laws/numbers.hpp"

namespace erg::tests {

inline const Stream likelihood_stream{6, StreamName::training_batch};
/// Cubic ice of springs; samples as data, drawn from another flow of the same kind and shaken.
struct ShakenIce {
  SpringIce ice{{1, 1, 1}};
  ParameterLayout layout;
  SpringCrystalFlow<double> flow = ice.flow<double>(layout);
  std::vector<double> bent = some_numbers(layout.size(), 2, 0.15);
  std::vector<double> data;

  ShakenIce() {
    ice.target.quartic = 0.5;
    const auto other = some_numbers(layout.size(), 3, 0.15);
    SpringCrystalFlow<double>::Workspace<double> w(flow.rows(), 1);
    for (std::uint64_t i = 0; i < 7; ++i) {
      flow.draw(flow.base().prepare(other.data()), other.data(), {1, StreamName::test}, i, w);
      for (int row = 0; row < flow.rows(); ++row)
        data.push_back(w.u.view()(row, 0) + 0.02 * normal({2, StreamName::test}, i, static_cast<std::uint32_t>(row)));
    }
  }
};

/// The gradient of a loss is that of its value, along random directions.
template <class AnyLoss>
void check_loss_gradient(AnyLoss& loss, const std::vector<double>& theta, int batch, double tolerance) {
  std::vector<double> g(theta.size(), 99.0), unused(theta.size());
  CHECK(loss.gradient(theta, likelihood_stream, 40, batch, g).usable);
  const auto value = [&](const std::vector<double>& at) { return loss.gradient(at, likelihood_stream, 40, batch, unused).loss; };
  for (std::uint64_t k = 0; k < 5; ++k) {
    const auto along = some_numbers(theta.size(), 10 + k);
    const double expected = slope([&](double h) { return value(moved(theta, along, h)); }, 1e-4);
    CHECK(std::abs(expected) > 1e-3);
    CHECK(std::abs(dot(g, along) - expected) < tolerance * (1 + std::abs(expected)));
  }
}

}  // namespace erg::tests
