/// \file
/// Potentials times a number, sums of them, and the straight path from one to another.
#pragma once

#include "erg/potentials/wrappers.hpp"

namespace erg {

/// `factor` times P. Zero times P is nothing even where P is infinite; a NaN distance stays NaN.
///
/// Units:   as P; factor is a pure number.
template <class P>
class Scaled {
  static_assert(PairFunction<P> || AngularPotential<P>, "Scaled: needs a pair function or a three-body potential");

 public:
  using Scalar = typename P::Scalar;
  ERG_HD constexpr Scaled(P inner, Scalar factor) : inner_(inner), factor_(factor) {}
  ERG_HD constexpr Scalar cutoff() const requires requires(const P p) { p.cutoff(); }
  { return inner_.cutoff(); }

  template <Real R>
  ERG_HD PairEnergy<R> operator()(R r2) const requires PairFunction<P> {
    const R factor = R(scalar_t<R>(factor_));
    if (factor_ == 0) return {factor * r2, factor * r2};
    const PairEnergy<R> p = inner_(r2);
    return {factor * p.energy, factor * p.force_over_r};
  }

  template <Real R>
  ERG_HD RadialTerms<R> radial(R r, R inverse_r) const requires AngularPotential<P> {
    const R factor = R(scalar_t<R>(factor_));
    const RadialTerms<R> p = inner_.radial(r, inverse_r);
    if (factor_ == 0) return {factor * r, factor * r, p.weight, p.weight_slope};
    return {factor * p.pair, factor * p.pair_slope, p.weight, p.weight_slope};
  }
  ERG_HD constexpr Scalar strength() const requires AngularPotential<P> { return factor_ * inner_.strength(); }
  ERG_HD constexpr Scalar cosine() const requires AngularPotential<P> { return inner_.cosine(); }
  template <std::floating_point S>
  ERG_HD constexpr Scalar reach() const requires AngularPotential<P> {
    return inner_.template reach<S>();
  }

 private:
  P inner_;
  Scalar factor_;
};

/// The sum of pair functions. It has a cutoff, the largest, where each of them has one.
///
/// Units:   all the same.
template <class First, class... Rest>
class SumOf {
  static_assert(PairFunction<First> && (PairFunction<Rest> && ...),
                "SumOf: needs pair functions; energies of configurations are added by EnergySum");
  static_assert((std::same_as<typename First::Scalar, typename Rest::Scalar> && ...),
                "SumOf: all pair functions must have one scalar type");

 public:
  using Scalar = typename First::Scalar;
  ERG_HD constexpr explicit SumOf(First first, Rest... rest) : first_(first), rest_(rest...) {}

  ERG_HD constexpr Scalar cutoff() const requires(PairPotential<First> && (PairPotential<Rest> && ...)) {
    const Scalar mine = first_.cutoff(), theirs = rest_.cutoff();
    return mine < theirs ? theirs : mine;
  }
  template <Real R>
  ERG_HD PairEnergy<R> operator()(R r2) const {
    const PairEnergy<R> p = first_(r2), q = rest_(r2);
    return {p.energy + q.energy, p.force_over_r + q.force_over_r};
  }

 private:
  First first_;
  SumOf<Rest...> rest_;
};

template <class Only>
class SumOf<Only> {
 public:
  using Scalar = typename Only::Scalar;
  ERG_HD constexpr explicit SumOf(Only only) : only_(only) {}
  ERG_HD constexpr Scalar cutoff() const requires PairPotential<Only> { return only_.cutoff(); }
  template <Real R>
  ERG_HD PairEnergy<R> operator()(R r2) const {
    return only_(r2);
  }

 private:
  Only only_;
};

template <class... P>
SumOf(P...) -> SumOf<P...>;

/// (1 − λ) From + λ To: the straight path between two pair functions. At its ends the other one plays no part, infinite or not.
///
/// Units:   those of both; lambda is a pure number.
template <class From, class To>
class Mixed {
 public:
  using Scalar = typename From::Scalar;
  ERG_HD constexpr Mixed(From from, To to, Scalar lambda)
      : from_(from), to_(to), lambda_(lambda), sum_(Scaled<From>(from, 1 - lambda), Scaled<To>(to, lambda)) {}

  ERG_HD constexpr Scalar lambda() const { return lambda_; }
  ERG_HD constexpr Scalar cutoff() const requires(PairPotential<From>&& PairPotential<To>) { return sum_.cutoff(); }
  template <Real R>
  ERG_HD PairEnergy<R> operator()(R r2) const {
    return sum_(r2);
  }
  /// dU/dλ = To − From, a pair function too.
  ERG_HD constexpr SumOf<To, Scaled<From>> coupling_derivative() const { return SumOf(to_, Scaled<From>(from_, Scalar(-1))); }

 private:
  From from_;
  To to_;
  Scalar lambda_;
  SumOf<Scaled<From>, Scaled<To>> sum_;
};

template <class P>
inline constexpr bool is_training_form<Scaled<P>> = is_training_form<P>;
template <class... P>
inline constexpr bool is_training_form<SumOf<P...>> = (is_training_form<P> || ...);
template <class From, class To>
inline constexpr bool is_training_form<Mixed<From, To>> = is_training_form<From> || is_training_form<To>;

}  // namespace erg
