/// \file
/// What the losses of a flow share: memory of each thread, and gradients of threads added in a fixed order.
#pragma once

#include "erg/base/parallel.hpp"
#include "erg/base/statistics.hpp"
#include "erg/densities/flow.hpp"
#include "erg/training/concept.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

namespace erg {

/// Tiles of samples dealt out to threads; each thread adds up its own gradient, and `collect` adds those in order.
///
/// Laws:    the same threads, the same bits.
template <class FlowType, class R>
class GradientShares {
 public:
  using T = scalar_t<R>;
  using Workspace = typename FlowType::template Workspace<R>;
  using Prepared = typename FlowType::Prepared;
  struct Share {
    Workspace work;
    TileBuffer<R> field;         ///< a second tile, for the loss to use
    std::vector<double> number;  ///< a number per sample, for the loss to use
    std::vector<T> d_theta;
    std::vector<double> d_prepared;

    Share(const FlowType& flow, int packs, std::size_t parameters)
        : work(flow.rows(), packs),
          field(flow.rows(), packs),
          number(static_cast<std::size_t>(packs) * lanes_of<R>),
          d_theta(parameters),
          d_prepared(static_cast<std::size_t>(flow.base().cotangents())) {}
    void clear() {
      std::fill(d_theta.begin(), d_theta.end(), T(0));
      std::fill(d_prepared.begin(), d_prepared.end(), 0.0);
    }
  };

  GradientShares(const FlowType& flow, int packs) : flow_(flow), packs_(packs) {}

  int tile() const { return packs_ * lanes_of<R>; }
  /// How many samples a batch of that size really has: whole tiles.
  int samples_of(int batch) const { return (batch + tile() - 1) / tile() * tile(); }

  /// pass(prepared, first, share, out) for the tiles of samples first, first + 1, …: adds the gradients of the sum over its tile
  /// to share, writes what each sample says of the loss to out. Then the gradient of the mean.
  template <class Pass>
  BatchReport gradient(std::span<const T> theta, std::uint64_t first, int batch, std::span<double> gradient, Pass&& pass) {
    const int tiles = samples_of(batch) / tile(), threads = std::min(thread_count(), tiles);
    while (static_cast<int>(shares_.size()) < threads) shares_.emplace_back(flow_, packs_, theta.size());
    work_.assign(static_cast<std::size_t>(tiles) * tile(), 0.0);
    const Prepared prepared = flow_.base().prepare(theta.data());
    parallel_for(static_cast<int>(shares_.size()), [&](int i, int) { shares_[static_cast<std::size_t>(i)].clear(); });
    parallel_for(tiles, [&](int i, int thread) {
      Share& share = shares_[static_cast<std::size_t>(thread)];
      const auto mark = share.work.tape.mark();
      pass(prepared, first + static_cast<std::uint64_t>(i) * tile(), share, work_.data() + static_cast<std::size_t>(i) * tile());
      share.work.tape.release(mark);
    });
    return collect(prepared, theta, tiles * tile(), gradient);
  }

 private:
  BatchReport collect(const Prepared& prepared, std::span<const T> theta, int samples, std::span<double> gradient) {
    std::vector<double> d_prepared(static_cast<std::size_t>(flow_.base().cotangents()), 0.0);
    for (const Share& share : shares_)
      for (std::size_t i = 0; i < d_prepared.size(); ++i) d_prepared[i] += share.d_prepared[i] / samples;
    d_theta_.assign(theta.size(), T(0));
    flow_.base().finish(prepared, theta.data(), d_prepared.data(), d_theta_.data());
    parallel_chunks(gradient.size(), [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) gradient[i] = static_cast<double>(d_theta_[i]);
      for (const Share& share : shares_)
        for (std::size_t i = begin; i < end; ++i) gradient[i] += static_cast<double>(share.d_theta[i]) / samples;
    });
    double square = 0;
    for (const double g : gradient) square += g * g;
    return report(std::isfinite(square));
  }

  BatchReport report(bool gradient_is_finite) const {
    BatchReport r;
    std::vector<double> log_weights;
    for (const double w : work_) {
      if (std::isfinite(w)) {
        r.loss += w;
        log_weights.push_back(-w);
      } else {
        ++r.refused;
      }
    }
    r.usable = gradient_is_finite && r.refused == 0;
    if (log_weights.empty()) return r;
    const auto n = static_cast<double>(log_weights.size());
    r.loss /= n;
    for (const double w : log_weights) r.spread += (w + r.loss) * (w + r.loss) / n;
    r.spread = std::sqrt(r.spread);
    r.effective_sample_size = effective_sample_size(log_weights);
    return r;
  }

  const FlowType& flow_;
  int packs_;
  std::vector<Share> shares_;
  std::vector<double> work_;
  std::vector<T> d_theta_;
};

}  // namespace erg
