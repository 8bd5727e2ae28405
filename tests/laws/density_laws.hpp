/// \file
/// The laws of every density, written once.
///
/// Shapes:  one sample at a time in double; `theta` are the weights, if the density has any.
#pragma once

#include "erg/base/statistics.hpp"
#include "erg/densities/concept.hpp"
#include "laws/numbers.hpp"

#include <algorithm>

namespace erg::tests {

inline const Stream density_stream{9, StreamName::test};

struct DrawnSample {
  std::vector<double> u, score;
  double log_q = 0;
};

/// Sample number `sample`, with the score that the latent of the draw gives.
template <class D>
DrawnSample draw_one(const D& density, const typename D::Prepared& prepared, std::uint64_t sample,
                     Stream stream = density_stream) {
  const int n = density.rows();
  const auto size = static_cast<std::size_t>(n);
  DrawnSample d{std::vector<double>(size), std::vector<double>(size)};
  std::vector<double> latent(size);
  Tape<double> tape;
  const Tile<double> z{latent.data(), n, 1};
  density.draw(prepared, stream, sample, z, Tile<double>{d.u.data(), n, 1}, &d.log_q, tape);
  density.score(prepared, z, Tile<double>{d.score.data(), n, 1}, tape);
  return d;
}

/// ln q of a given configuration, with the score that its latent gives.
template <class D>
DrawnSample look_up(const D& density, const typename D::Prepared& prepared, const std::vector<double>& u) {
  DrawnSample d{u, std::vector<double>(u.size())};
  std::vector<double> latent(u.size());
  const int n = static_cast<int>(u.size());
  Tape<double> tape;
  const Tile<double> z{latent.data(), n, 1};
  density.log_density(prepared, Tile<const double>{u.data(), n, 1}, z, &d.log_q, tape);
  density.score(prepared, z, Tile<double>{d.score.data(), n, 1}, tape);
  return d;
}

/// log_density of a draw is what draw said, its score the gradient of log_density. `h` is small beside the scale of ln q.
template <class D>
void check_log_density_and_score(const D& density, const std::vector<double>& theta = {}, double h = 1e-3,
                                 double tolerance = 1e-8) {
  static_assert(Density<D, double>);
  const auto prepared = density.prepare(theta.data());
  for (std::uint64_t sample = 0; sample < 4; ++sample) {
    const DrawnSample drawn = draw_one(density, prepared, sample), given = look_up(density, prepared, drawn.u);
    CHECK(std::isfinite(drawn.log_q));
    CHECK(std::abs(given.log_q - drawn.log_q) < 1e-9 * (1 + std::abs(drawn.log_q)));
    CHECK(worst(given.score, drawn.score) < tolerance);
    for (std::uint64_t k = 0; k < 4; ++k) {
      const auto along = some_numbers(drawn.u.size(), 300 + k);
      const double expected = slope([&](double x) { return look_up(density, prepared, moved(drawn.u, along, x)).log_q; }, h);
      CHECK(std::abs(dot(drawn.score, along) - expected) < tolerance * (1 + std::abs(expected)));
    }
  }
}

/// Tiles of several packs of lanes hold what doubles draw one by one; the same for log_density and scores of given
/// configurations. `density_r` is the density in R's precision. Shapes of the tolerance: relative to 1 + |x|.
template <class R, class DR, class D>
void check_density_lanes(const DR& density_r, const D& density, double tolerance, const std::vector<double>& theta = {}) {
  static_assert(Density<DR, R>);
  using T = scalar_t<R>;
  const std::vector<T> weights(theta.begin(), theta.end());
  const int n = density.rows(), packs = 2;
  TileBuffer<R> latent(n, packs), u(n, packs), score(n, packs), given(n, packs);
  std::vector<double> log_q(packs * lanes_of<R>), log_q_given(log_q.size());
  Tape<R> tape;
  const auto prepared_r = density_r.prepare(weights.data());
  const auto prepared = density.prepare(theta.data());
  density_r.draw(prepared_r, density_stream, 7, latent.view(), u.view(), log_q.data(), tape);
  density_r.score(prepared_r, latent.view(), score.view(), tape);
  density_r.log_density(prepared_r, std::as_const(u).view(), latent.view(), log_q_given.data(), tape);
  density_r.score(prepared_r, latent.view(), given.view(), tape);
  double worst_u = 0, worst_log_q = 0, worst_given = 0, worst_score = 0;
  for (int i = 0; i < packs * lanes_of<R>; ++i) {
    const auto one = draw_one(density, prepared, static_cast<std::uint64_t>(7 + i));
    const auto at = [&](TileBuffer<R>& tile) { return sample_of(tile.view().data, n, packs, i / lanes_of<R>, i % lanes_of<R>); };
    const auto k = static_cast<std::size_t>(i);
    worst_u = std::max(worst_u, worst(at(u), one.u));
    worst_log_q = std::max(worst_log_q, std::abs(log_q[k] - one.log_q) / (1 + std::abs(one.log_q)));
    worst_given = std::max(worst_given, std::abs(log_q_given[k] - one.log_q) / (1 + std::abs(one.log_q)));
    worst_score = std::max({worst_score, worst(at(score), one.score), worst(at(given), one.score)});
  }
  CHECK(worst_u < tolerance);
  CHECK(worst_log_q < 20 * tolerance);
  CHECK(worst_given < 20 * tolerance);
  CHECK(worst_score < 50 * tolerance);
}

/// Mean over draws of p(u) / q(u) is 1 for any normalised p that q covers: log_p(u) its log-density. The bound is 4.5 standard
/// errors, which fails 1 run in 150,000 over all seeds; and the error must be small enough to say something.
template <class D, class LogP>
void check_normalised(const D& density, LogP&& log_p, int samples, const std::vector<double>& theta = {}) {
  const auto prepared = density.prepare(theta.data());
  std::vector<double> ratio;
  for (int i = 0; i < samples; ++i) {
    const DrawnSample d = draw_one(density, prepared, static_cast<std::uint64_t>(i));
    ratio.push_back(std::exp(log_p(d.u) - d.log_q));
  }
  const MeanVariance m = moments(ratio);
  const double error = std::sqrt(m.variance / samples);
  CHECK(error < 0.05);
  CHECK(std::abs(m.mean - 1) < 4.5 * error);
}

/// log_density_vjp and finish are the gradient of Σ d · ln q(u) at given u, added to what is there.
template <class D>
void check_log_density_vjp(const D& density, const std::vector<double>& theta, double tolerance = 1e-8) {
  const int n = density.rows(), samples = 3;
  const auto prepared = density.prepare(theta.data());
  std::vector<double> u(static_cast<std::size_t>(n * samples)), latent(u.size()), log_q(samples);
  const std::vector<double> d_log_q{-1, 0.4, 2};
  Tape<double> tape;
  const Tile<double> at{u.data(), n, samples}, z{latent.data(), n, samples};
  density.draw(prepared, density_stream, 40, z, at, log_q.data(), tape);
  const auto value = [&](const std::vector<double>& weights) {
    density.log_density(density.prepare(weights.data()), Tile<const double>(at), z, log_q.data(), tape);
    return dot(d_log_q, log_q);
  };
  auto expected = gradient(value, theta);
  for (double& d : expected) d += 2;
  value(theta);
  std::vector<double> d_prepared(static_cast<std::size_t>(density.cotangents()), 0.0), d_theta(theta.size(), 2.0);
  density.log_density_vjp(prepared, z, d_log_q.data(), d_prepared.data(), tape);
  density.finish(prepared, theta.data(), d_prepared.data(), d_theta.data());
  CHECK(worst(d_theta, expected) < tolerance);
  CHECK(worst(expected, std::vector<double>(theta.size(), 2.0)) > 0.01);  // the weights matter
}

}  // namespace erg::tests
