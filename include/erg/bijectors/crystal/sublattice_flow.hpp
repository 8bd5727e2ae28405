/// \file
/// Sweeps of sublattice couplings over all colours of a crystal.
#pragma once

#include "erg/bijectors/crystal/sublattice_coupling.hpp"

namespace erg {

/// `sweeps` times over the colours, one `SublatticeCoupling` each: a bijector of displacements u about the sites.
///
/// Laws:    those of SublatticeCoupling. Depth is a number, so a deep flow compiles as fast as a shallow one.
/// Shapes:  u (3 · particles, packs). The layout of the weights depends on the kind of crystal, not on its size: a flow built for
///          a larger crystal reads the same buffer.
template <std::floating_point T, PointBijector Transform, class Activation>
class SublatticeFlow {
 public:
  using Scalar = T;
  using Layer = SublatticeCoupling<Transform, Activation>;
  template <class R>
  using Kept = std::vector<typename Layer::template Kept<R>>;

  SublatticeFlow(ParameterLayout& layout, Sublattices<T> sublattices, int sweeps, const std::vector<int>& hidden)
      : sublattices_(std::move(sublattices)) {
    const int colours = static_cast<int>(sublattices_.colours.size());
    for (int sweep = 0; sweep < sweeps; ++sweep)
      for (int c = 0; c < colours; ++c)
        layers_.emplace_back(layout, "sweep." + std::to_string(sweep) + ".colour." + std::to_string(c), c,
                             3 * sublattices_.neighbours + static_cast<int>(sublattices_.conditions.size()), hidden);
  }

  const Sublattices<T>& sublattices() const { return sublattices_; }
  const std::vector<Layer>& layers() const { return layers_; }

  /// Random hidden layers, zero last layers: the identity. `draw()` gives a standard normal.
  template <class Draw>
  void initialise(T* theta, Draw&& draw) const {
    for (const Layer& layer : layers_) layer.net().initialise(theta, draw);
  }

  /// The weights that the symmetry of the sites makes equal: none where the sites' operations are not known, or Transform is not
  /// symmetric along the axes.
  TiedWeights ties() const {
    TiedWeights ties;
    if constexpr (AxisSymmetricBijector<Transform>) {
      if (!sublattices_.operations.empty())
        for (const Layer& layer : layers_) layer.tie(ties, sublattices_);
    }
    return ties;
  }

  template <class R>
  void forward(const T* theta, Tile<R> u, double* log_det, Tape<R>& tape) const {
    for (const Layer& layer : layers_) layer.forward(sublattices_, theta, u, log_det, tape);
  }
  template <class R>
  void forward(const T* theta, Tile<R> u, double* log_det, Kept<R>& kept, Tape<R>& tape) const {
    clear(kept);
    for (std::size_t l = 0; l < layers_.size(); ++l) layers_[l].forward(sublattices_, theta, u, log_det, kept[l], tape);
  }
  template <class R>
  void inverse(const T* theta, Tile<R> v, double* log_det, Tape<R>& tape) const {
    for (std::size_t l = layers_.size(); l-- > 0;) layers_[l].inverse(sublattices_, theta, v, log_det, tape);
  }
  template <class R>
  void vjp(const T* theta, Tile<R> u, Kept<R>& kept, Tile<R> d_u, T d_log_det, T* d_theta, Tape<R>& tape) const {
    for (std::size_t l = layers_.size(); l-- > 0;) layers_[l].vjp(sublattices_, theta, u, kept[l], d_u, d_log_det, d_theta, tape);
  }
  template <class R>
  void carry_score(const T* theta, Tile<R> u, double* log_det, Tile<R> score, Kept<R>& kept, Tape<R>& tape) const {
    clear(kept);
    for (std::size_t l = 0; l < layers_.size(); ++l)
      layers_[l].carry_score(sublattices_, theta, u, log_det, score, kept[l], tape);
  }

 private:
  template <class R>
  void clear(Kept<R>& kept) const {
    kept.resize(layers_.size());
    for (auto& layer : kept) layer.clear();
  }

  Sublattices<T> sublattices_;
  std::vector<Layer> layers_;
};

}  // namespace erg
