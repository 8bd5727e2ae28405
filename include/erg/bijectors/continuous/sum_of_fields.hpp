/// \file
/// Velocities that add.
#pragma once

#include "erg/bijectors/continuous/continuous_flow.hpp"

#include <tuple>
#include <utility>

namespace erg {

/// v = Σ v_k of the fields, each with its own weights. Laws: those of VelocityField; a symmetry that all parts have.
template <class... Fields>
class SumOfFields {
 public:
  explicit SumOfFields(Fields... fields) : fields_(std::move(fields)...) {}

  template <std::size_t I>
  const auto& part() const {
    return std::get<I>(fields_);
  }
  template <class T, class Draw>
  void initialise(T* theta, Draw&& draw) const {
    std::apply([&](const auto&... field) { (field.initialise(theta, draw), ...); }, fields_);
  }
  template <class R>
  void evaluate(const scalar_t<R>* theta, double time, const R* x, R* v, R& divergence, Tape<R>& tape) const {
    std::apply([&](const auto&... field) { (field.evaluate(theta, time, x, v, divergence, tape), ...); }, fields_);
  }
  template <class R>
  void pull(const scalar_t<R>* theta, double time, const R* x, const R* d_v, R d_divergence, R* d_x, scalar_t<R>* d_theta,
            Tape<R>& tape) const {
    std::apply([&](const auto&... field) { (field.pull(theta, time, x, d_v, d_divergence, d_x, d_theta, tape), ...); }, fields_);
  }

 private:
  std::tuple<Fields...> fields_;
};

}  // namespace erg
