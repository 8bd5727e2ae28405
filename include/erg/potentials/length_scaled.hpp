/// \file
/// A potential seen from a cell that is drawn smaller or larger than it is.
#pragma once

#include "erg/potentials/mixtures/by_kinds.hpp"

namespace erg {

/// The energy of points whose real distances are `scale` times those given: φ(scale · r), a function of r.
///
/// Units:   energies as P; lengths are those of P over scale. `least` is any number not above the scale: the cutoff is that of P
///          over `least`, so that one list of neighbours serves every scale from there on.
/// Errors:  a scale or least that is not positive gives nonsense; who makes one checks.
/// Laws:    those of P's concept; at scale 1 it is P.
template <class P>
class LengthScaled {
  static_assert(
      PairPotential<P> || AngularPotential<P>,
      "LengthScaled: needs a pair potential with a cutoff, or a three-body potential; of a mixture take LengthScaledKinds");

 public:
  using Scalar = typename P::Scalar;
  ERG_HD constexpr LengthScaled(P inner, Scalar scale, Scalar least) : inner_(inner), scale_(scale), least_(least) {}
  ERG_HD constexpr Scalar cutoff() const { return Scalar(inner_.cutoff()) / least_; }

  template <Real R>
  ERG_HD PairEnergy<R> operator()(R r2) const requires PairPotential<P> {
    const R square = R(static_cast<scalar_t<R>>(scale_ * scale_));
    const PairEnergy<R> p = inner_(square * r2);
    return {p.energy, square * p.force_over_r};
  }

  template <Real R>
  ERG_HD RadialTerms<R> radial(R r, R inverse_r) const requires AngularPotential<P> {
    using S = scalar_t<R>;
    const R scale = R(S(scale_));
    const RadialTerms<R> p = inner_.radial(scale * r, R(S(1 / scale_)) * inverse_r);
    return {p.pair, scale * p.pair_slope, p.weight, scale * p.weight_slope};
  }
  ERG_HD constexpr Scalar strength() const requires AngularPotential<P> { return inner_.strength(); }
  ERG_HD constexpr Scalar cosine() const requires AngularPotential<P> { return inner_.cosine(); }
  template <std::floating_point S>
  ERG_HD constexpr Scalar reach() const requires AngularPotential<P> {
    return Scalar(inner_.template reach<S>()) / least_;
  }

 private:
  P inner_;
  Scalar scale_, least_;
};

/// The same of a mixture.
template <MixturePotential P>
class LengthScaledKinds {
 public:
  static constexpr int kinds = P::kinds;
  ERG_HD constexpr LengthScaledKinds(P inner, double scale, double least) : inner_(inner), scale_(scale), least_(least) {}
  ERG_HD constexpr double cutoff() const { return inner_.cutoff() / least_; }
  ERG_HD constexpr auto between(int a, int b) const {
    using V = std::remove_cvref_t<decltype(inner_.between(a, b))>;
    using T = typename V::Scalar;
    return LengthScaled<V>(inner_.between(a, b), static_cast<T>(scale_), static_cast<T>(least_));
  }

 private:
  P inner_;
  double scale_, least_;
};

template <class P>
inline constexpr bool is_training_form<LengthScaled<P>> = is_training_form<P>;
template <class P>
inline constexpr bool is_training_form<LengthScaledKinds<P>> = is_training_form<P>;

}  // namespace erg
