/// \file
/// A weighted sum of densities: of several crystals, of a crystal and a gas.
#pragma once

#include "erg/base/error.hpp"
#include "erg/base/parameters.hpp"
#include "erg/base/statistics.hpp"
#include "erg/densities/concept.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace erg {

enum class MixtureWeights { fixed, learned };

/// q(u) = Σ_k w_k q_k(u), over any number of components of each kind: Mixture<A, B>(weights, {a, a′}, {b}).
///
/// Shapes:  weights (components), in the order of the lists; u (rows of a component, packs).
/// Units:   those of the components, whose ln q must be per the same volume. Weights are brought to Σ w = 1.
/// Errors:  InputError for weights that are not positive numbers, for another number of them than of components, and for
///          components of different rows.
/// Laws:    which component a draw takes, and what that one draws, come from parts of the stream of their own.
/// Learned weights are those given times the softmax of one number per component in the layout: zeros give those given. The
/// component that a draw takes jumps as weights change: a mixture with learned weights, or with components that have weights of
/// their own, has no `vjp` of its draws; maximum likelihood trains it, reverse KL cannot. Time:    to draw, as the components
/// that a tile takes; for ln q and the score, as all of them.
template <MixtureWeights Weights, class... Kinds>
class MixtureOf {
 public:
  using Scalar = typename std::tuple_element_t<0, std::tuple<Kinds...>>::Scalar;
  using T = Scalar;
  static_assert((std::same_as<typename Kinds::Scalar, T> && ...), "Mixture: all components must have one scalar type");
  static constexpr bool learned = Weights == MixtureWeights::learned;
  static constexpr bool parameter_free = !learned && (is_parameter_free<Kinds> && ...);
  struct Prepared {
    std::vector<double> log_weight;
    std::tuple<std::vector<typename Kinds::Prepared>...> parts;
  };

  explicit MixtureOf(const std::vector<double>& weights, std::vector<Kinds>... components) requires(!learned)
      : components_(std::move(components)...) {
    take(weights);
  }
  MixtureOf(ParameterLayout& layout, const std::vector<double>& weights, std::vector<Kinds>... components) requires(learned)
      : components_(std::move(components)...) {
    take(weights);
    offset_ = layout.add("mixture", {count()});
    cotangents_ += count();
  }

  int count() const { return static_cast<int>(log_weight_.size()); }
  int rows() const { return rows_; }
  int cotangents() const { return cotangents_; }

  Prepared prepare(const T* theta) const {
    Prepared p;
    p.log_weight = log_weight_;
    if constexpr (learned) {
      for (std::size_t k = 0; k < p.log_weight.size(); ++k) p.log_weight[k] += static_cast<double>(theta[offset_ + k]);
      const double total = log_sum_exp(p.log_weight);
      for (double& w : p.log_weight) w -= total;
    }
    for_kinds(
        [&](const auto& kind, auto& parts) {
          for (const auto& q : kind) parts.push_back(q.prepare(theta));
        },
        p.parts);
    return p;
  }

  template <class R>
  void draw(const Prepared& p, Stream stream, std::uint64_t first, Tile<R> latent, Tile<R> u, double* log_q,
            Tape<R>& tape) const {
    const int samples = u.packs * lanes_of<R>;
    std::vector<int> taken(static_cast<std::size_t>(samples));
    for (int i = 0; i < samples; ++i)
      taken[static_cast<std::size_t>(i)] = choose(p, uniform(part_of(stream, 0), first + static_cast<std::uint64_t>(i)));
    const auto mark = tape.mark();
    const Tile<R> own = detail::tile_on(tape, u.rows, u.packs);
    for_components(p, [&](int k, const auto& q, const auto& ready) {
      if (std::find(taken.begin(), taken.end(), k) == taken.end()) return;
      q.draw(ready, part_of(stream, static_cast<std::uint32_t>(1 + k)), first, latent, own, log_q, tape);
      for (int i = 0; i < samples; ++i) {
        if (taken[static_cast<std::size_t>(i)] != k) continue;
        const int pack = i / lanes_of<R>, s = i % lanes_of<R>;
        for (int row = 0; row < u.rows; ++row) set_lane(u(row, pack), s, lane(own(row, pack), s));
      }
    });
    tape.release(mark);
    log_density(p, Tile<const R>(u), latent, log_q, tape);
  }

  template <class R>
  void log_density(const Prepared& p, Tile<const R> u, Tile<R> latent, double* log_q, Tape<R>& tape) const {
    std::copy(u.data, u.data + u.size(), latent.data);
    const std::vector<double> terms = terms_of(p, u, tape);
    const auto samples = static_cast<std::size_t>(u.packs * lanes_of<R>);
    std::vector<double> of_sample(static_cast<std::size_t>(count()));
    for (std::size_t i = 0; i < samples; ++i) {
      for (std::size_t k = 0; k < of_sample.size(); ++k) of_sample[k] = terms[k * samples + i];
      log_q[i] = log_sum_exp(of_sample);
    }
  }

  template <class R>
  void score(const Prepared& p, Tile<R> latent, Tile<R> score, Tape<R>& tape) const {
    const std::vector<double> share = shares(p, Tile<const R>(latent), tape);
    std::fill(score.data, score.data + score.size(), R(T(0)));
    with_components(p, Tile<const R>(latent), tape, [&](int k, const auto& q, const auto& ready, Tile<R> inner) {
      const Tile<R> own = detail::tile_on(tape, score.rows, score.packs);
      q.score(ready, inner, own, tape);
      for (int pack = 0; pack < score.packs; ++pack) {
        R r(T(0));
        for (int s = 0; s < lanes_of<R>; ++s)
          set_lane(r, s, static_cast<T>(share[static_cast<std::size_t>((k * score.packs + pack) * lanes_of<R> + s)]));
        for (int row = 0; row < score.rows; ++row) score(row, pack) += r * own(row, pack);
      }
    });
  }

  template <class R>
  void log_density_vjp(const Prepared& p, Tile<R> latent, const double* d_log_q, double* d_prepared, Tape<R>& tape) const {
    if constexpr (parameter_free) return;
    const auto samples = static_cast<std::size_t>(latent.packs * lanes_of<R>);
    std::vector<double> share = shares(p, Tile<const R>(latent), tape), total(p.log_weight.size(), 0.0);
    double all = 0;
    for (std::size_t i = 0; i < samples; ++i) all += d_log_q[i];
    for (std::size_t k = 0; k < total.size(); ++k)
      for (std::size_t i = 0; i < samples; ++i) total[k] += share[k * samples + i] *= d_log_q[i];
    if constexpr (learned)
      for (std::size_t k = 0; k < total.size(); ++k) *d_prepared++ += total[k] - std::exp(p.log_weight[k]) * all;
    with_components(p, Tile<const R>(latent), tape, [&](int k, const auto& q, const auto& ready, Tile<R> inner) {
      q.log_density_vjp(ready, inner, share.data() + static_cast<std::size_t>(k) * samples, d_prepared, tape);
      d_prepared += q.cotangents();
    });
  }
  template <class R>
  void vjp(const Prepared&, Tile<R>, Tile<R>, scalar_t<R>, double*, Tape<R>&) const requires(parameter_free) {}

  void finish(const Prepared& p, const T* theta, const double* d_prepared, T* d_theta) const {
    if constexpr (learned)
      for (int k = 0; k < count(); ++k) d_theta[offset_ + static_cast<std::size_t>(k)] += static_cast<T>(*d_prepared++);
    for_components(p, [&](int, const auto& q, const auto& ready) {
      q.finish(ready, theta, d_prepared, d_theta);
      d_prepared += q.cotangents();
    });
  }

 private:
  [[noreturn]] static void refuse(const std::string& what, const std::string& got, const std::string& expected) {
    throw InputError(what, "mixture", got, expected);
  }

  void take(const std::vector<double>& weights) {
    std::size_t components = 0;
    for_kinds([&](const auto& kind) {
      for (const auto& q : kind) {
        if (components++ == 0) rows_ = q.rows();
        if (q.rows() != rows_) refuse("rows of a component", std::to_string(q.rows()), std::to_string(rows_));
        cotangents_ += q.cotangents();
      }
    });
    if (components == 0) refuse("number of components", "0", "at least 1");
    if (weights.size() != components)
      refuse("number of weights", std::to_string(weights.size()), std::to_string(components) + ", one per component");
    double total = 0;
    for (const double w : weights) {
      if (!(w > 0) || !std::isfinite(w)) refuse("weight", to_text(w), "a positive number");
      total += w;
    }
    for (const double w : weights) log_weight_.push_back(std::log(w / total));
  }

  /// f(list of components, what goes with it of each of `tuples`) for every kind.
  template <class F, class... Tuples>
  void for_kinds(F&& f, Tuples&... tuples) const {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      const auto one = [&]<std::size_t J>(std::integral_constant<std::size_t, J>) {
        f(std::get<J>(components_), std::get<J>(tuples)...);
      };
      (one(std::integral_constant<std::size_t, I>{}), ...);
    }
    (std::index_sequence_for<Kinds...>{});
  }

  /// f(k, component, what it prepared) for every component.
  template <class F>
  void for_components(const Prepared& p, F&& f) const {
    int k = 0;
    for_kinds(
        [&](const auto& kind, const auto& ready) {
          for (std::size_t j = 0; j < kind.size(); ++j) f(k++, kind[j], ready[j]);
        },
        p.parts);
  }

  /// The same with the latent of each component at u, f(k, component, what it prepared, latent); tape of one is taken back.
  template <class R, class F>
  void with_components(const Prepared& p, Tile<const R> u, Tape<R>& tape, F&& f) const {
    std::vector<double> log_q(static_cast<std::size_t>(u.packs * lanes_of<R>));
    for_components(p, [&](int k, const auto& q, const auto& ready) {
      const auto mark = tape.mark();
      const Tile<R> inner = detail::tile_on(tape, u.rows, u.packs);
      q.log_density(ready, u, inner, log_q.data(), tape);
      f(k, q, ready, inner);
      tape.release(mark);
    });
  }

  /// ln w_k + ln q_k(u): (component, sample).
  template <class R>
  std::vector<double> terms_of(const Prepared& p, Tile<const R> u, Tape<R>& tape) const {
    const auto samples = static_cast<std::size_t>(u.packs * lanes_of<R>);
    std::vector<double> terms(samples * static_cast<std::size_t>(count()));
    const auto mark = tape.mark();
    const Tile<R> inner = detail::tile_on(tape, u.rows, u.packs);
    for_components(p, [&](int k, const auto& q, const auto& ready) {
      double* of_component = terms.data() + static_cast<std::size_t>(k) * samples;
      q.log_density(ready, u, inner, of_component, tape);
      for (std::size_t i = 0; i < samples; ++i) of_component[i] += p.log_weight[static_cast<std::size_t>(k)];
    });
    tape.release(mark);
    return terms;
  }

  /// The probability that a sample came from a component: (component, sample); 0 for all where q(u) is 0.
  template <class R>
  std::vector<double> shares(const Prepared& p, Tile<const R> u, Tape<R>& tape) const {
    std::vector<double> terms = terms_of(p, u, tape), of_sample(static_cast<std::size_t>(count()));
    const auto samples = static_cast<std::size_t>(u.packs * lanes_of<R>);
    for (std::size_t i = 0; i < samples; ++i) {
      for (std::size_t k = 0; k < of_sample.size(); ++k) of_sample[k] = terms[k * samples + i];
      const double total = log_sum_exp(of_sample);
      for (std::size_t k = 0; k < of_sample.size(); ++k)
        terms[k * samples + i] = std::isinf(total) ? 0.0 : std::exp(of_sample[k] - total);
    }
    return terms;
  }

  /// The component whose stretch of the weights, laid end to end, holds x in [0, 1).
  static int choose(const Prepared& p, double x) {
    const int last = static_cast<int>(p.log_weight.size()) - 1;
    for (int k = 0; k < last; ++k) {
      x -= std::exp(p.log_weight[static_cast<std::size_t>(k)]);
      if (x < 0) return k;
    }
    return last;
  }

  std::tuple<std::vector<Kinds>...> components_;
  std::vector<double> log_weight_;
  std::size_t offset_ = 0;
  int rows_ = 0, cotangents_ = 0;
};

template <class... Kinds>
using Mixture = MixtureOf<MixtureWeights::fixed, Kinds...>;
template <class... Kinds>
using LearnedMixture = MixtureOf<MixtureWeights::learned, Kinds...>;

}  // namespace erg
