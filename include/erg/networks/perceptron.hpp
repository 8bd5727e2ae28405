/// \file
/// Dense layers and the multilayer perceptron.
#pragma once

#include "erg/networks/activations.hpp"
#include "erg/networks/concept.hpp"
#include "erg/networks/multiply.hpp"
#include "erg/networks/tied_weights.hpp"

#include <array>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace erg {

/// y = activation(W x + b).
///
/// Shapes:  x (inputs, columns); y (outputs, columns); weights (outputs, inputs), bias (outputs) in the parameter buffer.
template <class Activation>
class Dense {
 public:
  template <class R>
  struct Kept {
    const R* x;     ///< (inputs, columns), the caller's
    R* derivative;  ///< (outputs, columns), null for Identity
  };

  Dense(ParameterLayout& layout, const std::string& name, int inputs, int outputs)
      : inputs_(inputs),
        outputs_(outputs),
        weights_(layout.add(name + ".weight", {outputs, inputs})),
        bias_(layout.add(name + ".bias", {outputs})) {}

  int inputs() const { return inputs_; }
  int outputs() const { return outputs_; }

  /// Normal weights of standard deviation `scale` from `draw()`, zero bias.
  template <class T, class Draw>
  void initialise(T* theta, double scale, Draw&& draw) const {
    const std::size_t n = static_cast<std::size_t>(inputs_) * outputs_;
    for (std::size_t i = 0; i < n; ++i) theta[weights_ + i] = scale == 0 ? T(0) : static_cast<T>(scale * draw());
    for (int o = 0; o < outputs_; ++o) theta[bias_ + o] = T(0);
  }

  /// Ties the weights so that the layer commutes with what a group does to its outputs and inputs.
  void tie(TiedWeights& ties, const Representation& out, const Representation& in) const {
    ties.tie(weights_, outputs_, inputs_, out, in);
    ties.tie(bias_, outputs_, 1, out, Representation(out.size(), SignedPermutation{{0}, {1}}));
  }

  /// x must stay where it is until `vjp` has run.
  template <Real R>
  Kept<R> forward(const scalar_t<R>* theta, const R* x, R* y, int columns, Tape<R>& tape) const {
    multiply<R>(theta + weights_, inputs_, 1, outputs_, inputs_, x, y, columns, theta + bias_);
    if constexpr (std::same_as<Activation, Identity>) {
      return {x, nullptr};
    } else {
      const std::size_t n = static_cast<std::size_t>(outputs_) * columns;
      Kept<R> kept{x, tape.push(n)};
      for (std::size_t i = 0; i < n; ++i) {
        const Slope<R> s = Activation::at(y[i]);
        y[i] = s.value;
        kept.derivative[i] = s.derivative;
      }
      return kept;
    }
  }

  /// d_y is overwritten with the cotangent before the activation.
  template <Real R>
  void vjp(const scalar_t<R>* theta, const Kept<R>& kept, R* d_y, R* d_x, scalar_t<R>* d_theta, int columns,
           Tape<R>& tape) const {
    if constexpr (!std::same_as<Activation, Identity>) {
      const std::size_t n = static_cast<std::size_t>(outputs_) * columns;
      for (std::size_t i = 0; i < n; ++i) d_y[i] *= kept.derivative[i];
    }
    if (d_theta) {
      add_outer_product<R>(d_y, kept.x, outputs_, inputs_, columns, d_theta + weights_, tape);
      for (int o = 0; o < outputs_; ++o) {
        R total(scalar_t<R>(0));
        for (int c = 0; c < columns; ++c) total += d_y[static_cast<std::ptrdiff_t>(o) * columns + c];
        d_theta[bias_ + o] += sum(total);
      }
    }
    if (d_x) multiply<R>(theta + weights_, 1, inputs_, inputs_, outputs_, d_y, d_x, columns);
  }

 private:
  int inputs_, outputs_;
  std::size_t weights_, bias_;
};

/// Dense layers with `Activation` between them and none after the last.
///
/// Shapes:  widths {inputs, hidden…, outputs}, at most `most_hidden` hidden layers.
/// Errors:  no hidden layer, too many, or a width below 1: std::invalid_argument.
/// After `initialise` the last layer is zero, so that what the outputs steer starts at the identity.
template <class Activation>
class Perceptron {
 public:
  static constexpr int most_hidden = 8;

  template <class R>
  struct Kept {
    std::array<typename Dense<Activation>::template Kept<R>, most_hidden> hidden;
    typename Dense<Identity>::template Kept<R> last;
  };

  Perceptron(ParameterLayout& layout, const std::string& name, const std::vector<int>& widths)
      : last_(layout, name + ".last", from_the_end(widths, 2), from_the_end(widths, 1)) {
    for (std::size_t l = 0; l + 2 < widths.size(); ++l)
      hidden_.emplace_back(layout, name + ".hidden." + std::to_string(l), widths[l], widths[l + 1]);
  }

  int inputs() const { return hidden_.front().inputs(); }
  int outputs() const { return last_.outputs(); }

  /// Fan-in-scaled normal weights from `draw()` (a standard normal each), zero biases, zero last layer.
  template <class T, class Draw>
  void initialise(T* theta, Draw&& draw) const {
    for (const auto& layer : hidden_) layer.initialise(theta, std::sqrt(1.0 / layer.inputs()), draw);
    last_.initialise(theta, 0.0, draw);
  }

  /// Ties the weights so that the network commutes with what a group does to its outputs and inputs. Hidden numbers are turned as
  /// `regular_representation` says.
  void tie(TiedWeights& ties, const SignGroup& group, const Representation& out, Representation in) const {
    for (const auto& layer : hidden_) {
      Representation hidden = regular_representation(group, layer.outputs());
      layer.tie(ties, hidden, in);
      in = std::move(hidden);
    }
    last_.tie(ties, out, in);
  }

  template <Real R>
  Kept<R> forward(const scalar_t<R>* theta, const R* x, R* y, int columns, Tape<R>& tape) const {
    Kept<R> kept;
    for (std::size_t l = 0; l < hidden_.size(); ++l) {
      R* h = tape.push(static_cast<std::size_t>(hidden_[l].outputs()) * columns);
      kept.hidden[l] = hidden_[l].forward(theta, x, h, columns, tape);
      x = h;
    }
    kept.last = last_.forward(theta, x, y, columns, tape);
    return kept;
  }

  /// d_y is left as it is; d_x may be null.
  template <Real R>
  void vjp(const scalar_t<R>* theta, const Kept<R>& kept, R* d_y, R* d_x, scalar_t<R>* d_theta, int columns,
           Tape<R>& tape) const {
    const auto mark = tape.mark();
    R* d_h = tape.push(static_cast<std::size_t>(last_.inputs()) * columns);
    last_.vjp(theta, kept.last, d_y, d_h, d_theta, columns, tape);
    for (std::size_t l = hidden_.size(); l-- > 0;) {
      R* next = l == 0 ? d_x : tape.push(static_cast<std::size_t>(hidden_[l].inputs()) * columns);
      hidden_[l].vjp(theta, kept.hidden[l], d_h, next, d_theta, columns, tape);
      d_h = next;
    }
    tape.release(mark);
  }

 private:
  static int from_the_end(const std::vector<int>& widths, std::size_t k) {
    if (widths.size() < 3 || widths.size() > most_hidden + 2)
      throw std::invalid_argument("Perceptron: between 1 and 8 hidden layers are needed");
    for (const int w : widths)
      if (w < 1) throw std::invalid_argument("Perceptron: every width must be at least 1");
    return widths[widths.size() - k];
  }

  Dense<Identity> last_;
  std::vector<Dense<Activation>> hidden_;
};

}  // namespace erg
