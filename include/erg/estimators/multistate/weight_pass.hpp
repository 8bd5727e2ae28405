/// \file
/// One pass over all samples: the weights of the mixture of states, summed, without keeping them.
#pragma once

#include "erg/base/native.hpp"
#include "erg/base/parallel.hpp"
#include "erg/estimators/multistate/reduced_energies.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>
#include <utility>
#include <vector>

namespace erg {

/// What a pass sums over the samples n, each counted m_n times. Row r stands for a state k of the pass.
///
/// Shapes:  weight (rows); products (rows, rows), lower half, or empty where not asked for.
struct WeightSums {
  double log_denominator = 0;  ///< Σ m_n ln c_n
  std::vector<double> weight;  ///< Σ m_n w_rn
  Eigen::MatrixXd products;    ///< Σ m_n w_rn w_sn
};

/// Passes over the samples of some states, with weights w_rn = exp(a_r − u_kn) / c_n, where c_n = Σ_r exp(a_r − u_kn) over the
/// first `mixed` rows. With a = f + ln N that is N_k W_nk.
///
/// Shapes:  rows: the states, those of the mixture first; times (samples): m_n, or empty for 1 each.
/// Cost:    an exponential and 8 bytes for each energy, mixed² / 2 multiply–adds a sample for the products; no array of the
///          energies' size is made: each thread holds one tile, each of at most 16 shares of the samples one matrix.
/// Accuracy: sums in double; a weight below e⁻³⁴⁰ of a sample's largest is 0. The same to the bit for any number of threads.
class WeightPass {
 public:
  WeightPass(const ReducedEnergies& energies, const std::vector<std::size_t>& rows, std::size_t mixed,
             std::span<const double> times = {})
      : samples_(energies.samples()), mixed_(mixed), times_(times) {
    for (const std::size_t k : rows) of_row_.push_back(energies.of_state(k));
    registers_ = (samples_ + width - 1) / width;
    tile_ = std::clamp<std::size_t>(40960 / width / std::max<std::size_t>(1, of_row_.size()), 16, 128);
    const std::size_t tiles = (registers_ + tile_ - 1) / tile_;
    shares_ = std::clamp<std::size_t>(registers_ * width / (16 * of_row_.size()), 1, std::min<std::size_t>(16, tiles));
  }

  std::size_t rows() const { return of_row_.size(); }

  /// The sums for offsets a of the rows; ln c_n goes to `log_denominator` (samples) unless that is empty. `close` says that it
  /// holds those of offsets at most some tens away, which save a look at the largest weights.
  WeightSums operator()(std::span<const double> offset, bool products, std::span<double> log_denominator = {},
                        bool close = false) const {
    std::vector<WeightSums> part(shares_);
    over_tiles([&](std::size_t share, Tile& tile, std::size_t first, std::size_t count) {
      WeightSums& sums = part[share];
      if (sums.weight.empty()) {
        sums.weight.resize(rows());
        if (products) sums.products = Eigen::MatrixXd::Zero(index(rows()), index(rows()));
      }
      weigh(offset, tile, first, count, sums, products, log_denominator, close);
      if (!products) return;
      multiply(tile, count, sums.products);
    });
    for (std::size_t s = 1; s < shares_; ++s) {
      part[0].log_denominator += part[s].log_denominator;
      for (std::size_t r = 0; r < rows(); ++r) part[0].weight[r] += part[s].weight[r];
      if (products) part[0].products += part[s].products;
    }
    return std::move(part[0]);
  }

  /// ln Σ_n m_n exp(−u_kn) / c_n of each row, for weights of any size. Shapes: log_denominator (samples).
  std::vector<double> log_sums(std::span<const double> log_denominator) const {
    struct Scaled {
      double largest = -std::numeric_limits<double>::infinity(), sum = 0;
    };
    std::vector<std::vector<Scaled>> part(shares_, std::vector<Scaled>(rows()));
    over_tiles([&](std::size_t share, Tile& tile, std::size_t first, std::size_t count) {
      for (std::size_t r = 0; r < rows(); ++r) {
        R most(-std::numeric_limits<double>::infinity());
        for (std::size_t v = 0; v < count; ++v) {
          fetch_early(r + 2, first + v);
          const R nothing(-std::numeric_limits<double>::infinity());
          const R x =
              select(times_at(first + v) > R(0.0), R(0.0) - energies_at(r, first + v) - at(log_denominator, first + v), nothing);
          tile.weight[v] = x;
          most = select(x > most, x, most);
        }
        double largest = -std::numeric_limits<double>::infinity();
        for (std::size_t s = 0; s < width; ++s) largest = std::max(largest, most[static_cast<int>(s)]);
        if (largest == -std::numeric_limits<double>::infinity()) continue;
        Scaled& of_row = part[share][r];
        const double before = of_row.largest;
        of_row.largest = std::max(of_row.largest, largest);
        R total(0.0);
        for (std::size_t v = 0; v < count; ++v) total += times_at(first + v) * exp(tile.weight[v] - R(of_row.largest));
        of_row.sum = of_row.sum * std::exp(before - of_row.largest) + sum(total);
      }
    });
    std::vector<double> found(rows());
    for (std::size_t r = 0; r < rows(); ++r) {
      double largest = part[0][r].largest, total = 0;
      for (const auto& of_share : part) largest = std::max(largest, of_share[r].largest);
      for (const auto& of_share : part)
        if (of_share[r].sum > 0) total += of_share[r].sum * std::exp(of_share[r].largest - largest);
      found[r] = largest + std::log(total);
    }
    return found;
  }

 private:
  using R = native_lanes<double>;
  static constexpr std::size_t width = lanes_of<R>, block = 5;

  /// Shapes: weight (rows up to whole blocks, registers of a tile), zeros beyond the last row.
  struct Tile {
    std::vector<R> weight, shift, total;
  };

  static Eigen::Index index(std::size_t i) { return static_cast<Eigen::Index>(i); }

  /// f(share, tile, first register, registers): shares in parallel, the tiles of one in order.
  template <class F>
  void over_tiles(F&& f) const {
    std::vector<Tile> scratch(static_cast<std::size_t>(thread_count()));
    parallel_for(static_cast<int>(shares_), [&](int share, int thread) {
      Tile& tile = scratch[static_cast<std::size_t>(thread)];
      const std::size_t whole_blocks = (rows() + block - 1) / block * block;
      if (tile.weight.empty())
        tile = {std::vector<R>(whole_blocks * tile_, R(0.0)), std::vector<R>(tile_), std::vector<R>(tile_)};
      const auto s = static_cast<std::size_t>(share);
      const std::size_t end = registers_ * (s + 1) / shares_;
      for (std::size_t first = registers_ * s / shares_; first < end; first += tile_)
        f(s, tile, first, std::min(tile_, end - first));
    });
  }

  /// A register of numbers of the samples. Past the last sample stands that one again, which counts no times there: so whatever
  /// is worked out from it is a number.
  R at(std::span<const double> of_samples, std::size_t position) const { return at(of_samples, position, of_samples.back()); }
  R at(std::span<const double> of_samples, std::size_t position, double beyond) const {
    const std::size_t n = position * width;
    if (n + width <= of_samples.size()) return R::load(of_samples.data() + n);
    R some(beyond);
    for (std::size_t s = 0; n + s < of_samples.size(); ++s) some.set(static_cast<int>(s), of_samples[n + s]);
    return some;
  }
  /// Rows lie far apart: the processor does not guess that the next one follows.
  void fetch_early(std::size_t row, std::size_t position) const {
    const std::size_t n = position * width;
    if (row < rows() && n < samples_) __builtin_prefetch(of_row_[row].data() + n);
  }
  R energies_at(std::size_t row, std::size_t position) const { return at(of_row_[row], position); }
  R times_at(std::size_t position) const {
    if (!times_.empty()) return at(times_, position, 0);
    const std::size_t n = position * width;
    R one(1.0);
    for (std::size_t s = 0; n + width > samples_ && s < width; ++s) one.set(static_cast<int>(s), n + s < samples_ ? 1.0 : 0.0);
    return one;
  }

  void weigh(std::span<const double> offset, Tile& tile, std::size_t first, std::size_t count, WeightSums& sums, bool keep,
             std::span<double> log_denominator, bool close) const {
    const R infinity(std::numeric_limits<double>::infinity());
    for (std::size_t v = 0; v < count; ++v) {
      tile.shift[v] = close ? at(log_denominator, first + v) : -infinity;
      tile.total[v] = R(0.0);
    }
    if (!close)
      for (std::size_t r = 0; r < rows(); ++r) {
        R* w = tile.weight.data() + r * tile_;
        const R a(offset[r]);
        for (std::size_t v = 0; v < count; ++v) {
          fetch_early(r + 2, first + v);
          w[v] = a - energies_at(r, first + v);
        }
        if (r < mixed_)
          for (std::size_t v = 0; v < count; ++v) tile.shift[v] = select(w[v] > tile.shift[v], w[v], tile.shift[v]);
      }
    const R least(-340.0);  // the product of two weights is then a normal number, or 0
    for (std::size_t r = 0; r < rows(); ++r) {
      R* w = tile.weight.data() + r * tile_;
      const R a(offset[r]), mixed(r < mixed_ ? 1.0 : 0.0);
      for (std::size_t v = 0; v < count; ++v) {
        if (close) fetch_early(r + 2, first + v);
        const R x = (close ? a - energies_at(r, first + v) : w[v]) - tile.shift[v];
        const auto nothing = x < least;
        w[v] = select(nothing, R(0.0), exp_normal(select(nothing, least, x)));
        tile.total[v] += mixed * w[v];
      }
    }
    R logs(0.0);
    for (std::size_t v = 0; v < count; ++v) {
      const R m = times_at(first + v), log_c = tile.shift[v] + log(tile.total[v]);
      logs += m * log_c;
      store(log_c, first + v, log_denominator);
      tile.shift[v] = sqrt(m);  // half of m goes with either factor of a product
      tile.total[v] = tile.shift[v] / tile.total[v];
    }
    sums.log_denominator += sum(logs);
    for (std::size_t r = 0; r < rows(); ++r) {
      R* w = tile.weight.data() + r * tile_;
      R total(0.0);
      for (std::size_t v = 0; v < count; ++v) {
        const R x = w[v] * tile.total[v];
        total += x * tile.shift[v];
        if (keep) w[v] = x;
      }
      sums.weight[r] += sum(total);
    }
  }

  /// The lower half of w wᵀ, block × block of it at a time: a register of weights is loaded once for `block` products.
  void multiply(const Tile& tile, std::size_t count, Eigen::MatrixXd& products) const {
    for (std::size_t i = 0; i < rows(); i += block)
      for (std::size_t j = 0; j <= i; j += block) {
        R total[block][block];
        for (auto& of_row : total)
          for (R& x : of_row) x = R(0.0);
        const R *left = tile.weight.data() + i * tile_, *right = tile.weight.data() + j * tile_;
        for (std::size_t v = 0; v < count; ++v)
          for (std::size_t a = 0; a < block; ++a)
            for (std::size_t b = 0; b < block; ++b) total[a][b] += left[a * tile_ + v] * right[b * tile_ + v];
        for (std::size_t a = 0; a < block && i + a < rows(); ++a)
          for (std::size_t b = 0; b < block && j + b <= i + a; ++b) products(index(i + a), index(j + b)) += sum(total[a][b]);
      }
  }

  void store(R x, std::size_t position, std::span<double> to) const {
    if (to.empty()) return;
    const std::size_t n = position * width;
    if (n + width <= to.size()) return x.store(to.data() + n);
    for (std::size_t s = 0; n + s < to.size(); ++s) to[n + s] = x[static_cast<int>(s)];
  }

  std::vector<std::span<const double>> of_row_;
  std::size_t samples_, mixed_;
  std::span<const double> times_;
  std::size_t registers_ = 0, tile_ = 0, shares_ = 0;
};

}  // namespace erg
