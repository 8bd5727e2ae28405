/// \file
/// What samplers exchange: a batch of replicas, and the transitions that move them.
#pragma once

#include "erg/base/error.hpp"
#include "erg/base/lanes.hpp"
#include "erg/base/parallel.hpp"
#include "erg/base/random.hpp"
#include "erg/base/tile.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace erg {

/// What a replica still knows of the place where it stands: dynamics begin with the gradient that the last step ended with.
/// `held_gradient` is the gradient less its part along uniform shifts (see `Masses`).
enum class Kept { nothing = 0, energy = 1, gradient = 2, held_gradient = 3 };

/// What an energy may depend on besides positions, one number per replica of a pack each.
struct Conditions {
  const double* coupling;
  const double* scale;
};

/// A batch of configurations with momenta, each at an inverse temperature and in a cell of its own.
///
/// Shapes:  rows (3 · particles) coordinates per replica; each pack of `lanes_of<R>` replicas is a block of its own, so that
///          positions(pack), momenta(pack) and gradient(pack) are tiles (rows, 1) that one thread reads from end to end.
///          energy, beta, coupling, scale, log_density: one double per replica.
/// Units:   positions in length (or displacements from sites); masses are the samplers'; energy U(x) with nothing taken off;
///          beta in 1/energy; coupling λ is a pure number that energies with one read. Scale, too: a replica's cell has edges
///          `scale` times those of its energy's box, and its positions are those of the energy's box: real ones over scale.
/// Errors:  InputError for a number of rows or replicas that is not positive, replicas that do not fill their packs or are more
///          than 2²⁰, and a beta that is not a positive number.
/// Laws:    all draws depend on (seed, stream name, step, replica): neither on the number of replicas, of lanes, or of threads.
/// Everything stands in `state()`: what is restored from it goes on bit for bit. Where a pack was moved in several energies, or
/// by several densities, what is kept of the last is left out and computed anew.
template <Real R>
class Replicas {
 public:
  using Scalar = scalar_t<R>;
  static constexpr int width = lanes_of<R>;
  static constexpr int most_replicas = 1 << 20;

  /// Replicas at x = 0 with momenta 0, all at one inverse temperature.
  Replicas(int rows, int replicas, double beta, std::uint64_t seed)
      : rows_(rows), replicas_(checked(rows, replicas)), seed_(seed), numbers_(blocks(), R(Scalar(0))) {
    if (!(beta > 0) || !std::isfinite(beta)) throw InputError("beta", "replicas", to_text(beta), "a positive number");
    stamps_.resize(static_cast<std::size_t>(packs()));
    columns_.assign(static_cast<std::size_t>(column_count) * replicas_, 0.0);
    std::fill_n(column(betas).begin(), replicas_, beta);
    std::fill_n(column(log_densities).begin(), replicas_, unknown);
    std::fill_n(column(scales).begin(), replicas_, 1.0);
  }

  int rows() const { return rows_; }
  int particles() const { return rows_ / 3; }
  int replicas() const { return replicas_; }
  int packs() const { return replicas_ / width; }

  /// Who writes positions says so by `moved`.
  Tile<R> positions(int pack) { return block(pack, 0); }
  Tile<R> momenta(int pack) { return block(pack, 1); }
  Tile<R> gradient(int pack) { return block(pack, 2); }
  Tile<const R> positions(int pack) const { return block(pack, 0); }
  Tile<const R> momenta(int pack) const { return block(pack, 1); }
  Tile<const R> gradient(int pack) const { return block(pack, 2); }

  std::span<double> energy() { return column(energies); }
  std::span<double> beta() { return column(betas); }
  /// With another coupling or in another cell energies are not known any more.
  void set_coupling(int replica, double coupling) { set_condition(column(couplings), replica, coupling); }
  /// Errors:  InputError for a scale that is no positive number.
  void set_scale(int replica, double scale) {
    if (!(scale > 0) || !std::isfinite(scale)) throw InputError("scale", "replicas", to_text(scale), "a positive number");
    set_condition(column(scales), replica, scale);
  }
  /// ln q of the positions under the density that an independence sampler draws from; NaN where it is not known.
  std::span<double> log_density() { return column(log_densities); }
  std::span<const double> energy() const { return column(energies); }
  std::span<const double> beta() const { return column(betas); }
  std::span<const double> coupling() const { return column(couplings); }
  std::span<const double> scale() const { return column(scales); }
  Conditions conditions(int pack) const { return {coupling().data() + pack * width, scale().data() + pack * width}; }

  /// One coordinate of one replica, and setting it.
  double position(int replica, int row) const { return lane(block(replica / width, 0)(row, 0), replica % width); }
  double momentum(int replica, int row) const { return lane(block(replica / width, 1)(row, 0), replica % width); }
  void place(int replica, int row, double x) {
    set_lane(positions(replica / width)(row, 0), replica % width, static_cast<Scalar>(x));
    moved(replica / width);
  }

  /// What all replicas of a pack still know of an energy, told apart by its address: nothing where another was kept last. After
  /// `restore` what is kept is taken to be of the energy that asks.
  Kept kept(int pack, const void* energy) const {
    const void* last = stamps_[static_cast<std::size_t>(pack)].energy;
    if (last != nullptr && last != energy) return Kept::nothing;
    const auto first = column(kept_marks).begin() + static_cast<std::ptrdiff_t>(pack) * width;
    return static_cast<Kept>(static_cast<int>(*std::min_element(first, first + width)));
  }
  void keep(int pack, Kept what, const void* energy) {
    Stamp& stamp = stamps_[static_cast<std::size_t>(pack)];
    stamp.several_energies |= stamp.energy != nullptr && stamp.energy != energy;
    stamp.energy = energy;
    std::fill_n(column(kept_marks).begin() + static_cast<std::ptrdiff_t>(pack) * width, width, double(static_cast<int>(what)));
  }
  /// The same of ln q, whose density has an address and so has what it prepared.
  bool keeps_density(int pack, const void* density, const void* prepared) const {
    const Stamp& stamp = stamps_[static_cast<std::size_t>(pack)];
    if (stamp.density != nullptr && (stamp.density != density || stamp.prepared != prepared)) return false;
    const auto first = column(log_densities).begin() + static_cast<std::ptrdiff_t>(pack) * width;
    return std::none_of(first, first + width, [](double x) { return std::isnan(x); });
  }
  void keep_density(int pack, const void* density, const void* prepared) {
    Stamp& stamp = stamps_[static_cast<std::size_t>(pack)];
    stamp.several_densities |= stamp.density != nullptr && (stamp.density != density || stamp.prepared != prepared);
    stamp.density = density;
    stamp.prepared = prepared;
  }
  /// The positions of this pack are others now: nothing is known of them.
  void moved(int pack) {
    keep(pack, Kept::nothing, stamps_[static_cast<std::size_t>(pack)].energy);
    std::fill_n(log_density().begin() + static_cast<std::ptrdiff_t>(pack) * width, width, unknown);
  }

  std::uint64_t seed() const { return seed_; }
  /// Transitions made so far: with the replica, the index of what the next one draws.
  std::int64_t step() const { return step_; }
  void count(std::int64_t steps) { step_ += steps; }
  /// The index of what the first replica of a pack draws in a step; the others' follow.
  std::uint64_t draw_index(std::int64_t step, int pack) const {
    return static_cast<std::uint64_t>(step) * most_replicas + static_cast<std::uint64_t>(pack) * width;
  }

  /// f(pack, tape) for every pack, each on the thread that is free first: packs differ in what they have to do, as new lists of
  /// neighbours.
  template <class F>
  void for_packs(F&& f) {
    if (tapes_.size() < static_cast<std::size_t>(thread_count())) tapes_.resize(static_cast<std::size_t>(thread_count()));
    parallel_for<Deal::next>(packs(), [&](int pack, int thread) { f(pack, tapes_[static_cast<std::size_t>(thread)]); });
  }

  /// All there is, as one array that says nothing of lanes: (rows, replicas, seed, step), the columns, (replica; x, p, dU/dx).
  std::vector<double> state() const {
    std::vector<double> all{double(rows_), double(replicas_), double(seed_ >> 32), double(seed_ & 0xFFFFFFFF), double(step_)};
    all.insert(all.end(), columns_.begin(), columns_.end());
    double* columns = all.data() + header;
    for (int replica = 0; replica < replicas_; ++replica) {  // of several energies nobody could tell whose is kept
      const Stamp& stamp = stamps_[static_cast<std::size_t>(replica / width)];
      if (stamp.several_energies)
        columns[std::size_t{kept_marks} * replicas_ + replica] = double(static_cast<int>(Kept::nothing));
      if (stamp.several_densities) columns[std::size_t{log_densities} * replicas_ + replica] = unknown;
    }
    for (int replica = 0; replica < replicas_; ++replica) {
      for (int part = 0; part < 3; ++part) {
        const Tile<const R> from = block(replica / width, part);
        for (int row = 0; row < rows_; ++row) all.push_back(lane(from(row, 0), replica % width));
      }
    }
    return all;
  }
  /// Errors:  InputError for a state of other numbers of rows or replicas.
  void restore(std::span<const double> all) {
    const std::size_t scalars = header + columns_.size();
    if (all.size() != scalars + std::size_t{3} * replicas_ * rows_ || all[0] != rows_ || all[1] != replicas_)
      throw InputError("state", "replicas", std::to_string(all.size()) + " numbers",
                       std::to_string(replicas_) + " replicas of " + std::to_string(rows_) + " coordinates");
    seed_ = static_cast<std::uint64_t>(all[2]) << 32 | static_cast<std::uint64_t>(all[3]);
    step_ = static_cast<std::int64_t>(all[4]);
    std::copy_n(all.begin() + header, columns_.size(), columns_.begin());
    std::fill(stamps_.begin(), stamps_.end(), Stamp{});
    const double* from = all.data() + scalars;
    for (int replica = 0; replica < replicas_; ++replica) {
      for (int part = 0; part < 3; ++part) {
        const Tile<R> to = block(replica / width, part);
        for (int row = 0; row < rows_; ++row) set_lane(to(row, 0), replica % width, static_cast<Scalar>(*from++));
      }
    }
  }

 private:
  /// Whose energy, gradient and ln q a pack keeps, and whether there were others before.
  struct Stamp {
    const void *energy = nullptr, *density = nullptr, *prepared = nullptr;
    bool several_energies = false, several_densities = false;
  };
  enum Column { energies, betas, couplings, log_densities, kept_marks, scales, column_count };
  static constexpr int header = 5;
  static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

  static int checked(int rows, int replicas) {
    if (rows < 1) throw InputError("coordinates", "replicas", std::to_string(rows), "at least 1");
    if (replicas < 1 || replicas % width != 0 || replicas > most_replicas)
      throw InputError("number of replicas", "replicas", std::to_string(replicas),
                       "a multiple of " + std::to_string(width) + " from 1 to 2^20");
    return replicas;
  }
  void set_condition(std::span<double> of, int replica, double to) {
    double& mine = of[static_cast<std::size_t>(replica)];
    if (mine != to) keep(replica / width, Kept::nothing, stamps_[static_cast<std::size_t>(replica / width)].energy);
    mine = to;
  }
  std::size_t blocks() const { return std::size_t{3} * packs() * rows_; }
  Tile<R> block(int pack, int part) {
    return {numbers_.data() + (std::size_t{3} * pack + part) * static_cast<std::size_t>(rows_), rows_, 1};
  }
  Tile<const R> block(int pack, int part) const {
    return {numbers_.data() + (std::size_t{3} * pack + part) * static_cast<std::size_t>(rows_), rows_, 1};
  }
  std::span<double> column(Column which) { return {columns_.data() + std::size_t{which} * replicas_, std::size_t(replicas_)}; }
  std::span<const double> column(Column which) const {
    return {columns_.data() + std::size_t{which} * replicas_, std::size_t(replicas_)};
  }

  int rows_, replicas_;
  std::uint64_t seed_;
  std::int64_t step_ = 0;
  std::vector<R> numbers_;       // (pack; x, p, dU/dx; row)
  std::vector<double> columns_;  // (column, replica)
  std::vector<Stamp> stamps_;    // per pack
  std::vector<Tape<R>> tapes_;   // per thread
};

/// A Markov kernel on replicas. `advance` makes `steps` steps of each and counts them; what it keeps besides is one flat array.
///
/// Laws:  the density that its comment names is left invariant, for every replica at that replica's beta and coupling; `advance`
///        by a and then b is `advance` by a + b, bit for bit, and so is going on from restored states; so are any number of
///        threads.
template <class K, class R>
concept Transition = requires(K kernel, Replicas<R>& replicas, int steps) {
  kernel.advance(replicas, steps);
  { kernel.state() } -> std::convertible_to<std::span<double>>;
};

/// A transition that can also learn how far to step. `equilibrate` learns while it moves, and so leaves no density invariant;
/// `advance` never learns.
template <class K, class R>
concept AdaptiveTransition = Transition<K, R> && requires(K kernel, Replicas<R>& replicas, int steps) {
  kernel.equilibrate(replicas, steps);
};

namespace detail {

/// One double per lane, as a number.
template <class R>
R from_doubles(const double* x) {
  R all(scalar_t<R>(0));
  for (int s = 0; s < lanes_of<R>; ++s) set_lane(all, s, static_cast<scalar_t<R>>(x[s]));
  return all;
}

}  // namespace detail

}  // namespace erg
