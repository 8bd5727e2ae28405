#include "erg/densities/crystal/vibrating_crystal.hpp"

#include "densities/crystal/spring_crystal.hpp"
#include "laws/numbers.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

constexpr double beta = 3;
const Stream stream{4, StreamName::test};

std::shared_ptr<const HarmonicCrystal> springs(const UnitCell& unit, std::array<int, 3> cells) {
  const Crystal crystal = build_crystal(unit, cells, 1.3);
  return std::make_shared<HarmonicCrystal>(crystal, columns_of_cell_0(crystal, spring_hessian(crystal)), beta);
}

/// A crystal with stretched modes, and its dense covariance.
struct Stretched {
  ParameterLayout layout;
  VibratingCrystal<double> density;
  std::vector<double> theta;
  VibratingCrystal<double>::Prepared prepared;
  Eigen::MatrixXd modes;  // (rows, rows), a mode per column

  explicit Stretched(const std::shared_ptr<const HarmonicCrystal>& harmonic)
      : density(layout, harmonic), theta(some_numbers(layout.size(), 3, 0.4)), prepared(density.prepare(theta.data())) {
    const int n = density.rows();
    modes.resize(n, n);
    Tape<double> tape;
    for (int j = 0; j < n; ++j) {
      std::vector<double> z(static_cast<std::size_t>(n), 0.0);
      z[static_cast<std::size_t>(j)] = 1;
      harmonic->to_displacements<double>(Tile<const double>{z.data(), n, 1}, nullptr, Tile<double>{modes.col(j).data(), n, 1},
                                         tape);
    }
  }
  Eigen::MatrixXd covariance(double power) const {
    const int n = density.rows();
    Eigen::VectorXd d = Eigen::VectorXd::Zero(n);
    for (int i = 3; i < n; ++i) d[i] = std::pow(prepared.scale[static_cast<std::size_t>(i)], 2 * power);
    return modes * d.asDiagonal() * modes.transpose();
  }
};

struct Drawn {
  std::vector<double> latent, u, score;
  double log_q = 0;
};

Drawn draw(const VibratingCrystal<double>& density, const VibratingCrystal<double>::Prepared& prepared, std::uint64_t sample) {
  const int n = density.rows();
  const auto size = static_cast<std::size_t>(n);
  Drawn d{std::vector<double>(size), std::vector<double>(size), std::vector<double>(size)};
  Tape<double> tape;
  const Tile<double> latent{d.latent.data(), n, 1};
  density.draw(prepared, stream, sample, latent, Tile<double>{d.u.data(), n, 1}, &d.log_q, tape);
  density.score(prepared, latent, Tile<double>{d.score.data(), n, 1}, tape);
  return d;
}

}  // namespace

static_assert(Density<VibratingCrystal<double>, double>);

TEST_CASE("VibratingCrystal: log q and score are those of the dense Gaussian on the vibrations, and log q is normalised") {
  for (const auto& harmonic : {springs(ice_cubic(), {1, 2, 1}), springs(face_centred_cubic(), {2, 1, 3})}) {
    const Stretched t(harmonic);
    const int n = t.density.rows();
    const Eigen::MatrixXd precision = t.covariance(-1);
    double log_normaliser = 0;  // −½ ln det'(2π C)
    for (int i = 3; i < n; ++i) log_normaliser -= 0.5 * std::log(2 * std::numbers::pi * std::pow(t.prepared.scale[i], 2));
    CHECK(std::abs(log_normaliser - harmonic->free_energy()) > 0.1);  // the stretch is felt
    for (std::uint64_t sample = 0; sample < 5; ++sample) {
      const Drawn d = draw(t.density, t.prepared, sample);
      const auto u = Eigen::Map<const Eigen::VectorXd>(d.u.data(), n),
                 score = Eigen::Map<const Eigen::VectorXd>(d.score.data(), n);
      CHECK(d.log_q == doctest::Approx(log_normaliser - 0.5 * u.dot(precision * u)).epsilon(1e-11));
      CHECK((score + precision * u).cwiseAbs().maxCoeff() < 1e-10);
    }
  }
}

TEST_CASE("VibratingCrystal: draws have the stretched covariance, and no uniform shift") {
  // 20,000 samples; each of 12 quadratic forms (q·u)² / qᵀ C q has mean 1 and variance 2: a bound of 4.5 standard errors fails
  // 12 · 7·10⁻⁶, 1 run in 12,000, over all seeds; this seed is fixed and passes.
  const Stretched t(springs(ice_cubic(), {1, 1, 1}));
  const int n = t.density.rows(), samples = 20000;
  const Eigen::MatrixXd covariance = t.covariance(1);
  std::vector<Eigen::VectorXd> along;
  for (std::uint64_t k = 0; k < 12; ++k) {
    const auto q = some_numbers(static_cast<std::size_t>(n), 200 + k);
    along.push_back(Eigen::Map<const Eigen::VectorXd>(q.data(), n));
  }
  std::vector<double> total(along.size(), 0.0);
  double shift = 0;
  for (int i = 0; i < samples; ++i) {
    const Drawn d = draw(t.density, t.prepared, static_cast<std::uint64_t>(i));
    const auto u = Eigen::Map<const Eigen::VectorXd>(d.u.data(), n);
    for (std::size_t k = 0; k < along.size(); ++k) total[k] += std::pow(along[k].dot(u), 2);
    for (int a = 0; a < 3; ++a) {
      double sum = 0;
      for (int row = a; row < n; row += 3) sum += u[row];
      shift = std::max(shift, std::abs(sum));
    }
  }
  for (std::size_t k = 0; k < along.size(); ++k)
    CHECK(std::abs(total[k] / samples / along[k].dot(covariance * along[k]) - 1) < 4.5 * std::sqrt(2.0 / samples));
  CHECK(shift < 1e-12);
  for (std::size_t row = 0; row < 3; ++row) {
    CHECK(t.prepared.scale[row] == 0);
    CHECK(t.prepared.inverse_scale[row] == 0);
  }
}

TEST_CASE("VibratingCrystal: zero last layer gives the harmonic crystal") {
  const auto harmonic = springs(body_centred_cubic(), {2, 3, 2});
  ParameterLayout layout;
  const VibratingCrystal<double> density(layout, harmonic);
  std::vector<double> theta(layout.size());
  density.initialise(theta.data(), [] { return 0.3; });
  const auto prepared = density.prepare(theta.data());
  CHECK(worst(prepared.scale, harmonic->amplitude()) < 1e-15);
  CHECK(prepared.log_normaliser == doctest::Approx(harmonic->free_energy()).epsilon(1e-13));
}

TEST_CASE("VibratingCrystal: vjp and finish are the transposed Jacobian of draws and log q") {
  const Stretched t(springs(ice_cubic(), {1, 2, 1}));
  const int n = t.density.rows();
  const auto g = some_numbers(static_cast<std::size_t>(2 * n), 5);
  const double d_log_q = -1.3;
  const auto loss = [&](const std::vector<double>& weights) {
    const auto prepared = t.density.prepare(weights.data());
    double sum = 0;
    for (std::size_t sample = 0; sample < 2; ++sample) {
      const Drawn d = draw(t.density, prepared, sample);
      for (std::size_t row = 0; row < d.u.size(); ++row) sum += g[2 * row + sample] * d.u[row];
      sum += d_log_q * d.log_q;
    }
    return sum;
  };
  std::vector<double> latent(g.size()), u(g.size()), log_q(2), d_u = g, d_prepared(static_cast<std::size_t>(n), 0.0),
                                                               d_theta(t.theta.size(), 2.0);
  Tape<double> tape;
  const Tile<double> z{latent.data(), n, 2};
  t.density.draw(t.prepared, stream, 0, z, Tile<double>{u.data(), n, 2}, log_q.data(), tape);
  t.density.vjp(t.prepared, z, Tile<double>{d_u.data(), n, 2}, d_log_q, d_prepared.data(), tape);
  t.density.finish(t.prepared, t.theta.data(), d_prepared.data(), d_theta.data());
  auto expected = gradient(loss, t.theta);
  for (double& d : expected) d += 2;
  CHECK(worst(d_theta, expected) < 1e-8);
  for (int row = 0; row < 3; ++row) CHECK(d_prepared[row] == 0);
}
