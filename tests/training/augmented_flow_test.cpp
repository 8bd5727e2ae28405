#include "erg/bijectors/affine.hpp"
#include "erg/bijectors/couplings/particle_coupling.hpp"
#include "erg/bijectors/sequence.hpp"
#include "erg/densities/augmented.hpp"
#include "erg/densities/crystal/einstein_crystal.hpp"
#include "erg/densities/flow.hpp"
#include "erg/networks/graph/message_passing.hpp"
#include "erg/training/reverse_kl.hpp"
#include "erg/training/trainer.hpp"
#include "laws/numbers.hpp"

#include <algorithm>

using namespace erg;
using namespace erg::tests;

namespace {

constexpr int particles = 3;
constexpr double beta = 1.5, sigma = 0.6;

/// U = ½ Σ |x_i|² + Σ_i<j (x_i · x_j)²: what moves one particle depends on the others.
struct Correlated {
  int potential() const { return 0; }
  template <class R>
  int energy_and_gradient(Tile<const R> x, double* excess, Tile<R> gradient, Tape<R>&) const {
    using T = scalar_t<R>;
    std::fill(excess, excess + x.packs * lanes_of<R>, 0.0);
    for (int pack = 0; pack < x.packs; ++pack) {
      for (int row = 0; row < x.rows; ++row) {
        gradient(row, pack) = x(row, pack);
        add_to_samples(excess, R(T(0.5)) * x(row, pack) * x(row, pack), pack);
      }
      for (int i = 0; i < x.rows; i += 3)
        for (int j = 0; j < i; j += 3) {
          R product(T(0));
          for (int a = 0; a < 3; ++a) product += x(i + a, pack) * x(j + a, pack);
          for (int a = 0; a < 3; ++a) {
            gradient(i + a, pack) += R(T(2)) * product * x(j + a, pack);
            gradient(j + a, pack) += R(T(2)) * product * x(i + a, pack);
          }
          add_to_samples(excess, product * product, pack);
        }
    }
    return 0;
  }
};

// [flow]
using Net = MessagePassing<Silu>;
using Coupling = ParticleCoupling<Affine, Net>;
using AugmentedFlow = Flow<Augmented<EinsteinCrystal<double>>, Repeat<Coupling>>;

AugmentedFlow flow_of(ParameterLayout& layout) {
  std::vector<Coupling> layers;
  for (int l = 0; l < 4; ++l)
    layers.emplace_back(ParticlePartition::augmented(particles, l % 2 ? Moves::positions : Moves::auxiliaries),
                        Net(layout, "layer." + std::to_string(l), ParticleGraph::within(6, particles),
                            {.outputs = Affine::parameters, .width = 6, .layers = 1, .radial = 3}));
  return {{EinsteinCrystal<double>(std::vector<double>(particles, 1.0), beta, Centre::free), AuxiliaryGaussian(sigma)},
          Repeat<Coupling>(std::move(layers))};
}
// [flow]

}  // namespace

TEST_CASE("Augmented flow: reverse KL on pairs has the gradient of its loss, and training lowers it") {
  ParameterLayout layout;
  const AugmentedFlow flow = flow_of(layout);
  const Correlated alone;
  const AugmentedEnergy energy(alone, beta, AuxiliaryGaussian(sigma));
  using Loss = ReverseKl<AugmentedFlow, AugmentedEnergy<Correlated>, double>;
  Loss total(flow, Boltzmann(energy, beta), GradientKind::total, 4), path(flow, Boltzmann(energy, beta), GradientKind::path, 8);

  const Stream stream{6, StreamName::training_batch};
  const auto bent = some_numbers(layout.size(), 2, 0.3);
  std::vector<double> g(bent.size()), unused(bent.size());
  CHECK(total.gradient(bent, stream, 0, 8, g).usable);
  for (std::uint64_t k = 0; k < 4; ++k) {
    const auto along = some_numbers(bent.size(), 10 + k);
    const double expected =
        slope([&](double h) { return total.gradient(moved(bent, along, h), stream, 0, 8, unused).loss; }, 1e-4);
    CHECK(std::abs(dot(g, along) - expected) < 1e-7 * (1 + std::abs(expected)));
  }

  std::vector<double> start(layout.size());
  std::uint64_t index = 0;
  flow.map().initialise(start.data(), [&] { return normal({1, StreamName::initialise}, index++, 0); });
  TrainingOptions options;
  options.batch = 64;
  options.rate = {1e-2};
  Trainer trainer(path, start, options, 1);
  const auto judged = [&](const std::vector<double>& weights) {
    return path.gradient(weights, {9, StreamName::training_batch}, 0, 2000, unused);
  };
  const BatchReport before = judged(start);
  for (int step = 0; step < 300; ++step) trainer.step(step / 300.0);
  const BatchReport after = judged({trainer.weights().begin(), trainer.weights().end()});
  MESSAGE("loss " << before.loss << " to " << after.loss << ", spread " << before.spread << " to " << after.spread);
  CHECK(after.loss < before.loss - 2);
  CHECK(after.spread < 0.5 * before.spread);
}
