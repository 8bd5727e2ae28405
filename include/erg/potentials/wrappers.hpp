/// \file
/// A cutoff, three ways to meet zero at it, and the training form that is linear at short distance: types around a potential.
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

/// P less the straight line that touches it at its cutoff: energy and force both meet zero there.
///
/// Errors:  as P; at r = 0 not finite, even where P is.
/// Source:  Stoddard and Ford 1973, doi:10.1103/PhysRevA.8.1504; Toxvaerd and Dyre 2011, doi:10.1063/1.3558787.
template <class P>
class ForceShifted {
  static_assert(PairPotential<P>,
                "ForceShifted: the potential has no cutoff to be zero at, cut it first: ForceShifted<Truncated<P>>");

 public:
  using Scalar = typename P::Scalar;
  ERG_HD constexpr explicit ForceShifted(P inner) : inner_(inner), energy_(0), slope_(0) {
    const auto p = inner.inner()(inner.cutoff() * inner.cutoff());
    energy_ = p.energy;
    slope_ = -p.force_over_r * inner.cutoff();
  }
  ERG_HD constexpr Scalar cutoff() const { return inner_.cutoff(); }

  template <Real R>
  ERG_HD PairEnergy<R> operator()(R r2) const {
    using S = scalar_t<R>;
    const auto beyond = r2 >= R(S(inner_.cutoff() * inner_.cutoff()));
    const PairEnergy<R> p = inner_.inner()(r2);
    const R inverse_r = inverse_root(r2), past = r2 * inverse_r - R(S(inner_.cutoff())), slope = R(S(slope_));
    return {select(beyond, R(S(0)), p.energy - R(S(energy_)) - slope * past),
            select(beyond, R(S(0)), p.force_over_r + slope * inverse_r)};
  }

 private:
  P inner_;
  Scalar energy_, slope_;
};

/// From 1 at `inner` to 0 at `outer` as S = s³(10 − 15 s + 6 s²), s = (outer − r)/(outer − inner): two continuous derivatives,
/// which Hessians need. A pair function whose energy is the pure number S.
///
/// Units:   inner and outer are lengths.
/// Errors:  radii that do not grow give NaN.
/// Source:  the quintic smoothstep; the potential switch of GROMACS and OpenMM.
template <std::floating_point T>
class QuinticSwitch {
 public:
  using Scalar = T;
  ERG_HD constexpr QuinticSwitch(T inner, T outer)
      : inner2_(inner * inner), outer_(outer), inverse_width_(1 / (inner < outer ? outer - inner : T(NAN))) {}

  template <Real R>
  ERG_HD PairEnergy<R> operator()(R r2) const {
    using S = scalar_t<R>;
    const auto near = r2 <= R(S(inner2_)), far = r2 >= R(S(outer_ * outer_));
    const R width = R(S(inverse_width_)), zero = R(S(0)) * width, inverse_r = select(near, zero, inverse_root(r2));
    const R s = select(near, R(S(1)) + zero, select(far, zero, (R(S(outer_)) - r2 * inverse_r) * width)), t = R(S(1)) - s;
    return {s * s * s * (R(S(10)) - s * (R(S(15)) - R(S(6)) * s)), R(S(30)) * (s * s * t * t) * (width * inverse_r)};
  }

 private:
  T inner2_, outer_, inverse_width_;
};

/// From 1 at `inner` to 0 at `outer` as S = s²(3 − 2 s), s = (outer² − r²)/(outer² − inner²): one continuous derivative, no root.
///
/// Units:   inner and outer are lengths.
/// Errors:  radii that do not grow give NaN.
/// Source:  CHARMM: Brooks et al. 1983, doi:10.1002/jcc.540040211.
template <std::floating_point T>
class CharmmSwitch {
 public:
  using Scalar = T;
  ERG_HD constexpr CharmmSwitch(T inner, T outer)
      : inner2_(inner * inner), outer2_(outer * outer), inverse_width_(1 / (inner < outer ? outer2_ - inner2_ : T(NAN))) {}

  template <Real R>
  ERG_HD PairEnergy<R> operator()(R r2) const {
    using S = scalar_t<R>;
    const R width = R(S(inverse_width_)), zero = R(S(0)) * width;
    const R s = select(r2 <= R(S(inner2_)), R(S(1)) + zero, select(r2 >= R(S(outer2_)), zero, (R(S(outer2_)) - r2) * width));
    return {s * s * (R(S(3)) - R(S(2)) * s), R(S(12)) * (s * (R(S(1)) - s)) * width};
  }

 private:
  T inner2_, outer2_, inverse_width_;
};

/// P times a switching function that falls from 1 at `radius` to 0 at the cutoff: P itself inside, smooth to the end.
///
/// Units:   radius as the lengths of P.
/// Errors:  a radius that is not below the cutoff gives NaN at every distance.
template <class P, class Switch = QuinticSwitch<typename P::Scalar>>
class Switched {
  static_assert(PairPotential<P>, "Switched: the potential has no cutoff to fade towards, cut it first: Switched<Truncated<P>>");

 public:
  using Scalar = typename P::Scalar;
  ERG_HD constexpr Switched(P inner, Scalar radius) : inner_(inner), switch_(radius, inner.cutoff()) {}
  ERG_HD constexpr Scalar cutoff() const { return inner_.cutoff(); }

  template <Real R>
  ERG_HD PairEnergy<R> operator()(R r2) const {
    const PairEnergy<R> p = inner_(r2), s = switch_(r2);
    return {p.energy * s.energy, p.force_over_r * s.energy + p.energy * s.force_over_r};
  }

 private:
  P inner_;
  Switch switch_;
};
template <class P>
using CharmmSwitched = Switched<P, CharmmSwitch<typename P::Scalar>>;

/// P with its pair term continued as a straight line below `radius`: energy and force are continuous and the force stays
/// bounded, which training needs while a flow still puts particles on top of each other. Never a target to evaluate:
/// `is_training_form` tells, and estimators refuse it.
///
/// Units:   radius as the lengths of P.
template <class P>
class LinearBelow {
  static_assert(PairPotential<P> || AngularPotential<P>,
                "LinearBelow: needs a pair potential with a cutoff, or a three-body potential");

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

/// The form of P that training uses: itself where P is no mixture, else that of each pair of kinds.
template <class P>
struct TrainingFormOf {
  using type = LinearBelow<P>;
  static constexpr type made(const P& potential, typename P::Scalar radius) { return type(potential, radius); }
};
template <class P>
using TrainingForm = typename TrainingFormOf<P>::type;
/// `radius`: below which it is straight; of a mixture a table, ByKinds, of them.
template <class P, class Radius>
constexpr TrainingForm<P> training_form(const P& potential, const Radius& radius) {
  return TrainingFormOf<P>::made(potential, radius);
}

template <class P>
inline constexpr bool is_training_form = false;
template <class P>
inline constexpr bool is_training_form<LinearBelow<P>> = true;
template <class P>
inline constexpr bool is_training_form<Truncated<P>> = is_training_form<P>;
template <class P>
inline constexpr bool is_training_form<Shifted<P>> = is_training_form<P>;
template <class P>
inline constexpr bool is_training_form<ForceShifted<P>> = is_training_form<P>;
template <class P, class Switch>
inline constexpr bool is_training_form<Switched<P, Switch>> = is_training_form<P>;

template <std::floating_point T>
using TruncatedShiftedLennardJones = Shifted<Truncated<LennardJones<T>>>;

/// Lennard-Jones cut at `radius` and lifted to zero there.
template <std::floating_point T>
ERG_HD constexpr TruncatedShiftedLennardJones<T> truncated_shifted_lennard_jones(T epsilon, T sigma, T radius) {
  return Shifted(Truncated(LennardJones<T>{epsilon, sigma}, radius));
}

}  // namespace erg
