/// \file
/// The three-body energy of a centre from moments of its neighbours, at a cost linear in their number.
#pragma once

#include "erg/base/vector.hpp"
#include "erg/potentials/concept.hpp"

namespace erg {

/// What the neighbours of a centre look like to the three-body term: S1 = Σ g e and S2 = Σ g e⊗e, with e unit vectors;
/// Σ g is the trace of S2.
template <class R>
struct Moments {
  Vec3<R> first;
  R xx, yy, zz, xy, xz, yz;

  ERG_HD static Moments zero() {
    const R o = R(scalar_t<R>(0));
    return {{o, o, o}, o, o, o, o, o, o};
  }
  /// A neighbour in direction e.
  ERG_HD void add(Vec3<R> e, R g) {
    const Vec3<R> w = g * e;
    first += w;
    add_even(e, w);
  }
  /// A neighbour in direction −e.
  ERG_HD void add_opposite(Vec3<R> e, R g) {
    const Vec3<R> w = g * e;
    first -= w;
    add_even(e, w);
  }
  ERG_HD R trace() const { return xx + yy + zz; }
  ERG_HD Vec3<R> times(Vec3<R> e) const {
    return {xx * e.x + xy * e.y + xz * e.z, xy * e.x + yy * e.y + yz * e.z, xz * e.x + yz * e.y + zz * e.z};
  }
  /// The even moments of both, and the first of one less that of the other: the centres of a bond see it from two sides.
  ERG_HD static Moments across(const Moments& a, const Moments& b) {
    return {a.first - b.first, a.xx + b.xx, a.yy + b.yy, a.zz + b.zz, a.xy + b.xy, a.xz + b.xz, a.yz + b.yz};
  }
  ERG_HD Moments& operator+=(const Moments& o) {
    return *this = {first + o.first, xx + o.xx, yy + o.yy, zz + o.zz, xy + o.xy, xz + o.xz, yz + o.yz};
  }

 private:
  ERG_HD void add_even(Vec3<R> e, Vec3<R> w) {
    xx += w.x * e.x;
    yy += w.y * e.y;
    zz += w.z * e.z;
    xy += w.x * e.y;
    xz += w.x * e.z;
    yz += w.y * e.z;
  }
};

/// A bond as the second pass needs it: its unit vector, and its gradient as an expression in the moments.
template <class R>
struct KeptBond {
  Vec3<R> e;
  R alone, along, across;
};

/// The strength λ and the cosine c of a three-body term as numbers R, and the formulas that use them:
/// λ Σ_{a<b} g_a g_b (cos θ_ab − c)² = ½λ [ S2:S2 − 2c S1·S1 + c² (tr S2)² − (1 − c)² Σ g² ].
template <class R>
struct AngularTerm {
  R strength, self, cosine, cosine2;

  template <AngularPotential P>
  ERG_HD explicit AngularTerm(const P& p)
      : strength(make(p.strength())),
        self(make(p.strength() * (1 - p.cosine()) * (1 - p.cosine()))),
        cosine(make(p.cosine())),
        cosine2(make(p.cosine() * p.cosine())) {}

  /// What a bond has alone: its pair energy, and the −(1 − c)² g² of both its ends.
  ERG_HD R bond_energy(const RadialTerms<R>& p) const { return p.pair - self * p.weight * p.weight; }

  ERG_HD KeptBond<R> keep(Vec3<R> e, R inverse_r, const RadialTerms<R>& p) const {
    const R two = make(2.0f);
    return {e, p.pair_slope - two * self * p.weight * p.weight_slope, strength * p.weight_slope,
            two * strength * p.weight * inverse_r};
  }
  /// Energy of a centre, but for the part that its bonds have alone.
  ERG_HD R centre_energy(const Moments<R>& m) const {
    const R trace = m.trace();
    const R even = m.xx * m.xx + m.yy * m.yy + m.zz * m.zz + make(2.0f) * (m.xy * m.xy + m.xz * m.xz + m.yz * m.yz);
    return make(0.5f) * strength * (even - make(2.0f) * cosine * dot(m.first, m.first) + cosine2 * trace * trace);
  }
  /// dU/dd of a bond, with the moments of both its centres.
  ERG_HD Vec3<R> bond_gradient(const KeptBond<R>& bond, const Moments<R>& from, const Moments<R>& to) const {
    const Moments<R> m = Moments<R>::across(from, to);
    const Vec3<R> t = m.times(bond.e) - cosine * m.first;
    const R te = dot(t, bond.e);
    const R radial = bond.alone + bond.along * (te - cosine * dot(m.first, bond.e) + cosine2 * m.trace()) - bond.across * te;
    return radial * bond.e + bond.across * t;
  }

 private:
  template <std::floating_point T>
  ERG_HD static R make(T x) {
    return R(scalar_t<R>(x));
  }
};

}  // namespace erg
