/// \file
/// A cutoff, a shift to zero at it, and the training form that is linear at short distance: each a type around a potential.
#pragma once

#include "erg/potentials/lennard_jones.hpp"
#include "erg/potentials/stillinger_weber.hpp"

namespace erg {

/// P inside `radius`, zero from there on.
///
/// Units:   radius as the lengths of P.
template <class P>
class Truncated {
  static_assert(PairFunction<P>, "Truncated: needs a pair function, a callable that takes a squared distance");

 public:
  using Scalar = typename P::Scalar;
  ERG_HD constexpr Truncated(P inner, Scalar radius) : inner_(inner), radius_(radius) {}
  ERG_HD constexpr Scalar cutoff() const { return radius_; }

  template <Real R>
  ERG_HD PairEnergy<R> operator()(R r2) const {
    using S = scalar_t<R>;
    const auto beyond = r2 >= R(S(radius_ * radius_));
    const PairEnergy<R> p = inner_(r2);
    return {select(beyond, R(S(0)), p.energy), select(beyond, R(S(0)), p.force_over_r)};
  }
  /// P without its cutoff.
  ERG_HD constexpr const P& inner() const { return inner_; }

 private:
  P inner_;
  Scalar radius_;
};

/// P lifted so that its energy meets zero at its cutoff; forces as those of P.
template <class P>
class Shifted {
  static_assert(PairPotential<P>, "Shifted: the potential has no cutoff to be zero at, cut it first: Shifted<Truncated<P>>");

 public:
  using Scalar = typename P::Scalar;
  ERG_HD constexpr explicit Shifted(P inner) : inner_(inner), shift_(inner.inner()(inner.cutoff() * inner.cutoff()).energy) {}
  ERG_HD constexpr Scalar cutoff() const { return inner_.cutoff(); }

  template <Real R>
  ERG_HD PairEnergy<R> operator()(R r2) const {
    using S = scalar_t<R>;
    const auto beyond = r2 >= R(S(inner_.cutoff() * inner_.cutoff()));
    const PairEnergy<R> p = inner_.inner()(r2);
    return {select(beyond, R(S(0)), p.energy - R(S(shift_))), select(beyond, R(S(0)), p.force_over_r)};
  }

 private:
  P inner_;
  Scalar shift_;
};

/// P with its pair term continued as a straight line below `radius`: energy and force are continuous and the force stays
/// bounded, which training needs while a flow still puts particles on top of each other. Never a target to evaluate:
/// `is_training_form` tells, and estimators refuse it.
///
/// Units:   radius as the lengths of P.
template <class P>
class LinearBelow {
  static_assert(ParticlePotential<P>, "LinearBelow: needs a pair potential with a cutoff, or a three-body potential");

 public:
  using Scalar = typename P::Scalar;
  ERG_HD constexpr LinearBelow(P inner, Scalar radius) : inner_(inner), radius_(radius), energy_(0), slope_(0) {
    if constexpr (PairPotential<P>) {
      const auto p = inner(radius * radius);
      energy_ = p.energy;
      slope_ = -p.force_over_r * radius;
    } else {
      const auto p = inner.radial(radius, 1 / radius);
      energy_ = p.pair;
      slope_ = p.pair_slope;
    }
  }
  ERG_HD constexpr Scalar cutoff() const { return inner_.cutoff(); }
  ERG_HD constexpr const P& inner() const { return inner_; }

  template <Real R>
  ERG_HD PairEnergy<R> operator()(R r2) const requires PairPotential<P> {
    using S = scalar_t<R>;
    const auto close = r2 < R(S(radius_ * radius_));
    const PairEnergy<R> p = inner_(r2);
    const R inverse_r = inverse_root(r2), r = r2 * inverse_r;
    return {select(close, R(S(energy_)) + R(S(slope_)) * (r - R(S(radius_))), p.energy),
            select(close, -(R(S(slope_)) * inverse_r), p.force_over_r)};
  }

  template <Real R>
  ERG_HD RadialTerms<R> radial(R r, R inverse_r) const requires AngularPotential<P> {
    using S = scalar_t<R>;
    const auto close = r < R(S(radius_));
    RadialTerms<R> p = inner_.radial(r, inverse_r);
    p.pair = select(close, R(S(energy_)) + R(S(slope_)) * (r - R(S(radius_))), p.pair);
    p.pair_slope = select(close, R(S(slope_)), p.pair_slope);
    return p;
  }
  ERG_HD constexpr Scalar strength() const requires AngularPotential<P> { return inner_.strength(); }
  ERG_HD constexpr Scalar cosine() const requires AngularPotential<P> { return inner_.cosine(); }
  template <std::floating_point S>
  ERG_HD constexpr Scalar reach() const requires AngularPotential<P> {
    return inner_.template reach<S>();
  }

 private:
  P inner_;
  Scalar radius_, energy_, slope_;
};

template <class P>
using TrainingForm = LinearBelow<P>;

template <class P>
inline constexpr bool is_training_form = false;
template <class P>
inline constexpr bool is_training_form<LinearBelow<P>> = true;

template <std::floating_point T>
using TruncatedShiftedLennardJones = Shifted<Truncated<LennardJones<T>>>;

/// Lennard-Jones cut at `radius` and lifted to zero there.
template <std::floating_point T>
ERG_HD constexpr TruncatedShiftedLennardJones<T> truncated_shifted_lennard_jones(T epsilon, T sigma, T radius) {
  return Shifted(Truncated(LennardJones<T>{epsilon, sigma}, radius));
}

}  // namespace erg
