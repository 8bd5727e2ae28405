/// \file
/// The laws of every transition, written once, and closed-form energies to try them on.
#pragma once

#include "densities/crystal/harmonic_springs.hpp"
#include "erg/samplers/masses.hpp"
#include "laws/numbers.hpp"

#include <algorithm>
#include <vector>

namespace erg::tests {

/// U(u) = ½ uᵀ H u with a dense H, in the energy's own reference: rest energy `at_rest`.
class Quadratic {
 public:
  explicit Quadratic(Eigen::MatrixXd hessian, double at_rest = -3) : hessian_(std::move(hessian)), at_rest_(at_rest) {}
  int particles() const { return static_cast<int>(hessian_.rows()) / 3; }
  double rest_energy() const { return at_rest_; }
  const Quadratic& potential() const { return *this; }
  const Eigen::MatrixXd& hessian() const { return hessian_; }

  template <class R>
  int energy(Tile<const R> u, double* excess, Tape<R>& tape) const {
    const auto mark = tape.mark();
    evaluate(u, excess, detail::tile_on(tape, u.rows, u.packs));
    tape.release(mark);
    return 0;
  }
  template <class R>
  int exact_energy(Tile<const R> u, double* excess, Tape<R>& tape) const {
    return energy(u, excess, tape);
  }
  template <class R>
  int energy_and_gradient(Tile<const R> u, double* excess, Tile<R> gradient, Tape<R>&) const {
    evaluate(u, excess, gradient);
    return 0;
  }

 private:
  template <class R>
  void evaluate(Tile<const R> u, double* excess, Tile<R> gradient) const {
    for (int pack = 0; pack < u.packs; ++pack) {
      detail::Totals<R> totals;
      for (int row = 0; row < u.rows; ++row) {
        R slope(scalar_t<R>(0));
        for (int k = 0; k < u.rows; ++k) slope += R(static_cast<scalar_t<R>>(hessian_(row, k))) * u(k, pack);
        gradient(row, pack) = slope;
        totals.add(slope * u(row, pack));
      }
      for (int s = 0; s < lanes_of<R>; ++s) excess[pack * lanes_of<R> + s] = totals.of[s] / 2;
    }
  }

  Eigen::MatrixXd hessian_;
  double at_rest_;
};

/// Replicas drawn exactly from a harmonic crystal at its own temperature.
template <class R>
Replicas<R> drawn(const HarmonicCrystal& crystal, int count, std::uint64_t seed) {
  Replicas<R> replicas(crystal.rows(), count, crystal.beta(), seed);
  const std::vector<scalar_t<R>> scale(crystal.amplitude().begin(), crystal.amplitude().end());
  replicas.for_packs([&](int pack, Tape<R>& tape) {
    normals(Stream{seed, StreamName::start}, replicas.draw_index(0, pack), replicas.positions(pack));
    crystal.to_displacements<R>(replicas.positions(pack), scale.data(), replicas.positions(pack), tape);
    replicas.moved(pack);
  });
  return replicas;
}

inline bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](double x, double y) { return x == y || (x != x && y != y); });
}

/// `make()` makes the transition anew, `start` the replicas: eleven steps are four and seven, also restored in between, with the
/// transition's own state, into replicas of another seed; and two threads do what one does.
template <class Make, class R>
void check_bits(Make&& make, const Replicas<R>& start) {
  const auto state_of = [](auto& kernel) {
    const auto s = kernel.state();
    return std::vector<double>(s.begin(), s.end());
  };
  Replicas<R> at_once = start, in_parts = start, on_two = start;
  auto one = make();
  one.advance(at_once, 11);
  const auto expected = at_once.state(), expected_own = state_of(one);
  CHECK(!same_bits(expected, start.state()));

  auto first = make();
  first.advance(in_parts, 4);
  const auto saved = in_parts.state(), saved_own = state_of(first);
  Replicas<R> restored(start.rows(), start.replicas(), 0.123, 999);
  restored.restore(saved);
  auto second = make();
  const auto own = second.state();
  for (std::size_t k = 0; k < saved_own.size(); ++k) own[k] = saved_own[k];  // none is no copy: g++ 12 would warn of it
  second.advance(restored, 7);
  CHECK(same_bits(restored.state(), expected));
  CHECK(same_bits(state_of(second), expected_own));

  const int threads = thread_count();
  set_threads(2);
  auto other = make();
  other.advance(on_two, 11);
  set_threads(threads);
  CHECK(same_bits(on_two.state(), expected));
  CHECK(same_bits(state_of(other), expected_own));
}

/// Lanes of doubles, floats and single doubles: the same paths, to `tolerance` in doubles and `short_tolerance` in floats.
template <class Make>
void check_lanes(Make&& make, const Replicas<double>& start, int steps, double tolerance, double short_tolerance) {
  const auto path = [&]<class R>(R) {
    Replicas<R> replicas(start.rows(), start.replicas(), 1, 0);
    replicas.restore(start.state());
    auto kernel = make();
    kernel.advance(replicas, steps);
    std::vector<double> out;
    for (int s = 0; s < start.replicas(); ++s) {
      for (int row = 0; row < start.rows(); ++row) out.push_back(replicas.position(s, row));
      for (int row = 0; row < start.rows(); ++row) out.push_back(replicas.momentum(s, row));
      out.push_back(replicas.energy()[static_cast<std::size_t>(s)]);
    }
    return out;
  };
  const auto one = path(double{});
  CHECK(worst(path(Lanes<double, 8>(0.0)), one) < tolerance);
  CHECK(worst(path(Lanes<float, 16>(0.0f)), one) < short_tolerance);
}

/// ⟨β uᵀ H u⟩ of the replicas against the number of modes, in standard errors of independent replicas; and of the modes of each
/// third of the spectrum.
struct ModeMoments {
  double all, soft, middle, stiff;  ///< (mean − expected) / standard error
  double largest() const { return std::max({std::abs(all), std::abs(soft), std::abs(middle), std::abs(stiff)}); }
};

template <class R>
ModeMoments mode_moments(const HarmonicCrystal& crystal, Replicas<R>& replicas, double samples_each = 1) {
  std::vector<double> sum(4, 0.0), count(4, 0.0);
  std::vector<double> order(crystal.stiffness().begin() + 3, crystal.stiffness().end());
  std::sort(order.begin(), order.end());
  Tape<double> tape;
  TileBuffer<double> u(crystal.rows(), 1), z(crystal.rows(), 1);
  for (int s = 0; s < replicas.replicas(); ++s) {
    for (int row = 0; row < crystal.rows(); ++row) u.view()(row, 0) = replicas.position(s, row);
    crystal.to_modes<double>(u.view(), z.view(), tape);
    for (int row = 3; row < crystal.rows(); ++row) {
      const double k = crystal.stiffness()[static_cast<std::size_t>(row)], y = z.view()(row, 0);
      const double square = replicas.beta()[static_cast<std::size_t>(s)] * k * y * y;
      const auto third =
          1 + 3 * (std::lower_bound(order.begin(), order.end(), k) - order.begin()) / static_cast<std::ptrdiff_t>(order.size());
      for (const std::ptrdiff_t part : {std::ptrdiff_t{0}, third}) {
        sum[static_cast<std::size_t>(part)] += square;
        count[static_cast<std::size_t>(part)] += 1;
      }
    }
  }
  const auto off = [&](std::size_t part) { return (sum[part] - count[part]) / std::sqrt(2 * count[part] / samples_each); };
  return {off(0), off(1), off(2), off(3)};
}

}  // namespace erg::tests
