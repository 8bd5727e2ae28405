/// \file
/// Independence Metropolis: a density, such as a trained flow (`FlowDensity`), proposes whole configurations.
#pragma once

#include "erg/samplers/replica_energy.hpp"

#include <array>
#include <cmath>

namespace erg {

/// Each step draws a new configuration y from q and takes it with probability min(1, w(y) / w(x)), w = exp(−βU) / q.
///
/// Leaves exp(−βU) invariant, at each replica's beta: on the vibrations, where q is a density on those. Momenta are left alone.
/// Shapes:  a density of the replicas' rows, in their precision; `prepared` is what it made of its weights.
/// Errors:  InputError for a density of other rows, and for a start whose energy or log-density is not finite: from outside of q
///          no draw would ever be taken. A draw whose weight is no number is refused. It refers to all three, which must outlive
///          it.
/// ln q of where a replica stands is kept with the replicas, and looked up where another transition has moved them or another
/// density (or what it prepared; told apart by their addresses) has drawn: who changes weights in place says `moved`.
/// Source:  Tierney 1994, doi:10.1214/aos/1176325750; with flows: Albergo et al. 2019, arXiv:1904.12072.
template <ReplicaEnergy Energy, class D>
class IndependenceMetropolis {
  static_assert(Density<D, typename D::Scalar>,
                "IndependenceMetropolis: needs a density; of a flow and weights make a FlowDensity");

 public:
  IndependenceMetropolis(const Energy& energy, const D& density, const typename D::Prepared& prepared)
      : energy_(&energy), density_(&density), prepared_(&prepared) {
    if (3 * energy.particles() != density.rows())
      throw InputError("rows of the density", name, std::to_string(density.rows()), std::to_string(3 * energy.particles()));
  }

  /// Draws taken per draw; NaN before the first.
  double acceptance() const { return state_[1] / state_[0]; }
  /// Draws, and how many were taken.
  std::span<double> state() { return state_; }

  template <class R>
  void advance(Replicas<R>& replicas, int steps) {
    static_assert(Density<D, R>, "IndependenceMetropolis: the density and the replicas must have one scalar type");
    if (replicas.rows() != density_->rows())
      throw InputError("rows of the density", name, std::to_string(density_->rows()), std::to_string(replicas.rows()));
    std::vector<double> taken(static_cast<std::size_t>(replicas.packs()), 0.0);
    replicas.for_packs([&](int pack, Tape<R>& tape) {
      const auto mark = tape.mark();
      const Tile<R> latent = detail::tile_on(tape, replicas.rows(), 1), u = detail::tile_on(tape, replicas.rows(), 1);
      start(replicas, pack, latent, tape);
      for (int k = 0; k < steps; ++k)
        taken[static_cast<std::size_t>(pack)] += one(replicas, pack, replicas.step() + k, latent, u, tape);
      tape.release(mark);
    });
    for (const double count : taken) state_[1] += count;
    state_[0] += double(steps) * replicas.replicas();
    replicas.count(steps);
  }

 private:
  static constexpr const char* name = "independence Metropolis";

  template <class R>
  void start(Replicas<R>& replicas, int pack, Tile<R> latent, Tape<R>& tape) {
    detail::require_energy(*energy_, replicas, pack, tape);
    detail::require_finite(replicas, pack, replicas.step());
    double* log_q = replicas.log_density().data() + pack * lanes_of<R>;
    if (!replicas.keeps_density(pack, density_, prepared_))
      density_->log_density(*prepared_, Tile<const R>(replicas.positions(pack)), latent, log_q, tape);
    replicas.keep_density(pack, density_, prepared_);
    for (int s = 0; s < lanes_of<R>; ++s) {
      if (!std::isfinite(log_q[s]))
        detail::refuse_replica(pack * lanes_of<R> + s, replicas.step(), "a log-density of " + to_text(log_q[s]),
                               "a start inside the density");
    }
  }

  template <class R>
  double one(Replicas<R>& replicas, int pack, std::int64_t step, Tile<R> latent, Tile<R> u, Tape<R>& tape) {
    constexpr int width = lanes_of<R>;
    const std::uint64_t index = replicas.draw_index(step, pack);
    const auto first = static_cast<std::size_t>(pack) * width;
    double *energy = replicas.energy().data() + first, *log_q = replicas.log_density().data() + first;
    const double* beta = replicas.beta().data() + first;
    double new_energy[width], new_log_q[width], count = 0;
    density_->draw(*prepared_, Stream{replicas.seed(), StreamName::proposal}, index, latent, u, new_log_q, tape);
    whole_energy<Energy, R>(*energy_, u, replicas.conditions(pack), new_energy, tape);
    R taken(scalar_t<R>(0));
    for (int s = 0; s < width; ++s) {
      const double gain = beta[s] * (energy[s] - new_energy[s]) + log_q[s] - new_log_q[s];
      const double chance = uniform(Stream{replicas.seed(), StreamName::acceptance}, index + static_cast<std::uint64_t>(s));
      if (!(gain >= 0 || chance < std::exp(gain)) || !std::isfinite(new_log_q[s]) || !std::isfinite(new_energy[s])) continue;
      set_lane(taken, s, scalar_t<R>(1));
      energy[s] = new_energy[s];
      log_q[s] = new_log_q[s];
      count += 1;
    }
    if (count == 0) return 0;
    const auto is_taken = taken > R(scalar_t<R>(0));
    const Tile<R> x = replicas.positions(pack);
    for (int row = 0; row < x.rows; ++row) x.data[row] = select(is_taken, u.data[row], x.data[row]);
    replicas.keep(pack, Kept::energy, energy_);  // ln q is known too
    return count;
  }

  const Energy* energy_;
  const D* density_;
  const typename D::Prepared* prepared_;
  std::array<double, 2> state_{};
};

}  // namespace erg
