/// \file
/// The model of "Normalizing flows for atomic solids" (2022), put together from parts.
#pragma once

#include "erg/bijectors/circular_shift.hpp"
#include "erg/bijectors/couplings/split_coupling.hpp"
#include "erg/bijectors/per_axis.hpp"
#include "erg/bijectors/permutation.hpp"
#include "erg/bijectors/rational_quadratic_spline.hpp"
#include "erg/bijectors/sequence.hpp"
#include "erg/bijectors/torus.hpp"
#include "erg/densities/crystal/truncated_gaussian.hpp"
#include "erg/densities/flow.hpp"
#include "erg/geometry/neighbours.hpp"
#include "erg/networks/embedded.hpp"
#include "erg/networks/fourier_embedding.hpp"
#include "erg/networks/transformer.hpp"

#include <string>
#include <vector>

namespace erg {

/// The circular spline of sixteen bins with forty-nine parameters; the last, a second slope at the seam, is read by nobody.
struct PublishedSpline {
  using Spline = RationalQuadraticSpline<16, Circular>;
  static constexpr int parameters = Spline::parameters + 1;

  template <class R>
  ERG_HD static Image<R, R> forward(const R* p, R x) {
    return Spline::forward(p, x);
  }
  template <class R>
  ERG_HD static Image<R, R> inverse(const R* p, R y) {
    return Spline::inverse(p, y);
  }
  template <class R>
  ERG_HD static R vjp(const R* p, R x, R d_y, R d_log_det, R* d_p) {
    d_p[Spline::parameters] = R(scalar_t<R>(0));
    return Spline::vjp(p, x, d_y, d_log_det, d_p);
  }
  template <class R>
  ERG_HD static R inverse_vjp(const R* p, R x, R d_x, R d_log_det) {
    return Spline::inverse_vjp(p, x, d_x, d_log_det);
  }
};

/// The numbers of the published model; frequencies, noise and the number of particles depend on the system.
struct Published2022Shape {
  int frequencies = 8;  ///< 8 for 8 and 64 molecules, 16 for 216, 24 for 512; Lennard-Jones: 8, 16, 32 for 32, 256, 500
  double noise = 0.2;   ///< standard deviation about the sites [length]: 0.2 Å for water, 0.01 σ for Lennard-Jones
  int layers = 24, width = 256, blocks = 2, heads = 2;
};

using PublishedCoupling = SplitCoupling<PublishedSpline, Embedded<FourierEmbedding, Transformer<Gelu>>>;
using PublishedLayer = Sequence<PublishedCoupling, PublishedCoupling, PerAxis<CircularShift>, AxisPermutation>;

/// Displacements of all particles but number 0: truncated Gaussian noise → onto the torus → 24 layers → displacements.
/// A layer moves two coordinates given the third, then that one given the two, shifts all by a learned vector and rolls the axes;
/// the last permutation takes back what the rolls of all layers left (nothing, for 24).
///
/// Laws:    zero last layers give the base density; the layers commute with relabelling.
/// Shapes:  3 · (particles − 1) rows. 77 million weights with the published numbers at 8 frequencies.
/// Units:   displacements in length; ln q per volume of the displacements.
/// Source:  Wirnsberger et al. 2022, arXiv:2111.08696, and its public code, which draws through the layers in this order.
template <std::floating_point T>
using Published2022 = Flow<TruncatedGaussian<T>, Sequence<ToTorus<T>, Repeat<PublishedLayer>, AxisPermutation, FromTorus<T>>>;

/// The published model of a crystal, its weights named by `layout`.
///
/// Errors:  InputError for a number of layers below one, and from the parts.
template <std::floating_point T>
Published2022<T> published_2022(ParameterLayout& layout, const Crystal& crystal, const Published2022Shape& shape = {}) {
  if (shape.layers < 1) throw InputError("layers", "Published2022", std::to_string(shape.layers), "at least 1");
  const int moving = crystal.particles() - 1;
  const auto coupling = [&](const std::string& name, std::array<bool, 3> moved) {
    const int axes = moved[0] + moved[1] + moved[2];
    FourierEmbedding embedding(3 - axes, shape.frequencies);
    Transformer<Gelu> net(layout, name,
                          {.inputs = embedding.outputs(),
                           .outputs = axes * PublishedSpline::parameters,
                           .particles = moving,
                           .width = shape.width,
                           .blocks = shape.blocks,
                           .heads = shape.heads});
    return PublishedCoupling(moved, {embedding, std::move(net)});
  };
  std::vector<PublishedLayer> layers;
  for (int l = 0; l < shape.layers; ++l) {
    const std::string name = "layer." + std::to_string(l);
    auto two = coupling(name + ".two", {false, true, true}), one = coupling(name + ".one", {true, false, false});
    layers.emplace_back(std::move(two), std::move(one), PerAxis<CircularShift>(layout, name + ".shift"), AxisPermutation::roll());
  }
  constexpr std::array<std::array<int, 3>, 3> rolled_back{{{0, 1, 2}, {1, 2, 0}, {2, 0, 1}}};
  const AxisPermutation back(rolled_back[static_cast<std::size_t>(shape.layers % 3)]);
  const TorusSites<T> sites(crystal.box, std::span(crystal.sites).subspan(1));
  const double nearest = neighbour_shells(crystal, 1).shell_radius.front();
  return {TruncatedGaussian<T>(moving, shape.noise, nearest / 2),
          Sequence(ToTorus<T>(sites), Repeat<PublishedLayer>(std::move(layers)), back, FromTorus<T>(sites))};
}

}  // namespace erg
