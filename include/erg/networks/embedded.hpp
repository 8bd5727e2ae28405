/// \file
/// A network of an embedding of its inputs.
#pragma once

#include "erg/networks/concept.hpp"

#include <stdexcept>
#include <utility>

namespace erg {

/// y = Net(Embedding(x)).
///
/// Shapes:  x (embedding's inputs, columns), y (net's outputs, columns).
/// Errors:  a net whose inputs are not the embedding's outputs: std::invalid_argument.
template <class Embedding, class Net>
class Embedded {
 public:
  template <class R>
  struct Kept {
    typename Embedding::template Kept<R> embedding;
    typename Net::template Kept<R> net;
  };

  Embedded(Embedding embedding, Net net) : embedding_(std::move(embedding)), net_(std::move(net)) {
    if (net_.inputs() != embedding_.outputs())
      throw std::invalid_argument("Embedded: the net's inputs must be the embedding's outputs");
  }

  int inputs() const { return embedding_.inputs(); }
  int outputs() const { return net_.outputs(); }
  const Net& net() const { return net_; }

  template <class T, class Draw>
  void initialise(T* theta, Draw&& draw) const {
    net_.initialise(theta, draw);
  }

  template <Real R>
  Kept<R> forward(const scalar_t<R>* theta, const R* x, R* y, int columns, Tape<R>& tape) const {
    R* features = tape.push(static_cast<std::size_t>(embedding_.outputs()) * columns);
    auto embedding = embedding_.forward(theta, x, features, columns, tape);
    return {std::move(embedding), net_.forward(theta, features, y, columns, tape)};
  }

  /// d_y is left as it is; d_x may be null.
  template <Real R>
  void vjp(const scalar_t<R>* theta, const Kept<R>& kept, R* d_y, R* d_x, scalar_t<R>* d_theta, int columns,
           Tape<R>& tape) const {
    const auto mark = tape.mark();
    R* d_features = d_x ? tape.push(static_cast<std::size_t>(embedding_.outputs()) * columns) : nullptr;
    net_.vjp(theta, kept.net, d_y, d_features, d_theta, columns, tape);
    if (d_x) embedding_.vjp(theta, kept.embedding, d_features, d_x, d_theta, columns, tape);
    tape.release(mark);
  }

 private:
  Embedding embedding_;
  Net net_;
};

}  // namespace erg
