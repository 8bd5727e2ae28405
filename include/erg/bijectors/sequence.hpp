/// \file
/// Bijectors of whole configurations one after the other: unlike ones by type, like ones by number.
#pragma once

#include "erg/bijectors/concept.hpp"

#include <tuple>
#include <utility>
#include <vector>

namespace erg {

/// `Parts…` in order: forward(u) = last(… first(u)); log_det adds. Each part holds its own offsets into the weights.
///
/// Laws:    those of Bijector; a symmetry that all parts have.
template <class... Parts>
class Sequence {
  static_assert(((Bijector<Parts, float> || Bijector<Parts, double>)&&...),
                "Sequence: every part must be a bijector of tiles (forward, inverse, vjp, carry_score)");

 public:
  template <class R>
  using Kept = std::tuple<typename Parts::template Kept<R>...>;

  explicit Sequence(Parts... parts) : parts_(std::move(parts)...) {}

  template <std::size_t I>
  const auto& part() const {
    return std::get<I>(parts_);
  }

  /// Weights before training, part by part; `draw()` gives a standard normal.
  template <class T, class Draw>
  void initialise(T* theta, Draw&& draw) const {
    std::apply([&](const auto&... part) { (part.initialise(theta, draw), ...); }, parts_);
  }

  template <class R>
  void forward(const scalar_t<R>* theta, Tile<R> u, double* log_det, Tape<R>& tape) const {
    std::apply([&](const auto&... part) { (part.forward(theta, u, log_det, tape), ...); }, parts_);
  }
  template <class R>
  void forward(const scalar_t<R>* theta, Tile<R> u, double* log_det, Kept<R>& kept, Tape<R>& tape) const {
    in_order([&](const auto& part, auto i) { part.forward(theta, u, log_det, std::get<i>(kept), tape); });
  }
  template <class R>
  void inverse(const scalar_t<R>* theta, Tile<R> v, double* log_det, Tape<R>& tape) const {
    backwards([&](const auto& part, auto) { part.inverse(theta, v, log_det, tape); });
  }
  template <class R>
  void vjp(const scalar_t<R>* theta, Tile<R> u, Kept<R>& kept, Tile<R> d_u, scalar_t<R> d_log_det, scalar_t<R>* d_theta,
           Tape<R>& tape) const {
    backwards([&](const auto& part, auto i) { part.vjp(theta, u, std::get<i>(kept), d_u, d_log_det, d_theta, tape); });
  }
  template <class R>
  void carry_score(const scalar_t<R>* theta, Tile<R> u, double* log_det, Tile<R> score, Kept<R>& kept, Tape<R>& tape) const {
    in_order([&](const auto& part, auto i) { part.carry_score(theta, u, log_det, score, std::get<i>(kept), tape); });
  }

 private:
  template <std::size_t I>
  using Index = std::integral_constant<std::size_t, I>;

  template <class Visit>
  void in_order(Visit&& visit) const {
    [&]<std::size_t... I>(std::index_sequence<I...>) { (visit(std::get<I>(parts_), Index<I>{}), ...); }
    (std::index_sequence_for<Parts...>{});
  }
  template <class Visit>
  void backwards(Visit&& visit) const {
    constexpr std::size_t last = sizeof...(Parts) - 1;
    [&]<std::size_t... I>(std::index_sequence<I...>) { (visit(std::get<last - I>(parts_), Index<last - I>{}), ...); }
    (std::index_sequence_for<Parts...>{});
  }

  std::tuple<Parts...> parts_;
};

/// Layers of one type, their number known at run time: a deep flow compiles as fast as a shallow one.
template <class Layer>
class Repeat {
  static_assert(Bijector<Layer, float> || Bijector<Layer, double>,
                "Repeat: the layer must be a bijector of tiles (forward, inverse, vjp, carry_score)");

 public:
  template <class R>
  using Kept = std::vector<typename Layer::template Kept<R>>;

  explicit Repeat(std::vector<Layer> layers) : layers_(std::move(layers)) {}

  const std::vector<Layer>& layers() const { return layers_; }

  template <class T, class Draw>
  void initialise(T* theta, Draw&& draw) const {
    for (const Layer& layer : layers_) layer.initialise(theta, draw);
  }

  template <class R>
  void forward(const scalar_t<R>* theta, Tile<R> u, double* log_det, Tape<R>& tape) const {
    for (const Layer& layer : layers_) layer.forward(theta, u, log_det, tape);
  }
  template <class R>
  void forward(const scalar_t<R>* theta, Tile<R> u, double* log_det, Kept<R>& kept, Tape<R>& tape) const {
    kept.resize(layers_.size());
    for (std::size_t l = 0; l < layers_.size(); ++l) layers_[l].forward(theta, u, log_det, kept[l], tape);
  }
  template <class R>
  void inverse(const scalar_t<R>* theta, Tile<R> v, double* log_det, Tape<R>& tape) const {
    for (std::size_t l = layers_.size(); l-- > 0;) layers_[l].inverse(theta, v, log_det, tape);
  }
  template <class R>
  void vjp(const scalar_t<R>* theta, Tile<R> u, Kept<R>& kept, Tile<R> d_u, scalar_t<R> d_log_det, scalar_t<R>* d_theta,
           Tape<R>& tape) const {
    for (std::size_t l = layers_.size(); l-- > 0;) layers_[l].vjp(theta, u, kept[l], d_u, d_log_det, d_theta, tape);
  }
  template <class R>
  void carry_score(const scalar_t<R>* theta, Tile<R> u, double* log_det, Tile<R> score, Kept<R>& kept, Tape<R>& tape) const {
    kept.resize(layers_.size());
    for (std::size_t l = 0; l < layers_.size(); ++l) layers_[l].carry_score(theta, u, log_det, score, kept[l], tape);
  }

 private:
  std::vector<Layer> layers_;
};

}  // namespace erg
