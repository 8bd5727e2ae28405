/// \file
/// Displacements about sites, seen as positions on the torus and back.
#pragma once

#include "erg/base/lanes.hpp"
#include "erg/bijectors/circular_shift.hpp"
#include "erg/bijectors/concept.hpp"
#include "erg/geometry/box.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

namespace erg {

/// The sites that displacements are counted from, in fractions of a periodic box's edges.
template <std::floating_point T>
class TorusSites {
 public:
  /// Units: sites as the box's edges.
  TorusSites(const Box& box, std::span<const Vec3<double>> sites) : log_volume_(std::log(box.volume())) {
    for (int a = 0; a < 3; ++a) {
      Vec3<double> e{0, 0, 0};
      e[a] = 1;
      const Vec3<double> edge = box.to_cartesian(e), fraction = box.to_fractional(e);
      for (int b = 0; b < 3; ++b) {
        edges_[a][b] = static_cast<T>(edge[b]);
        inverse_[a][b] = static_cast<T>(fraction[b]);
      }
    }
    for (const Vec3<double>& site : sites) {
      const Vec3<double> fraction = box.to_fractional(site);
      for (int a = 0; a < 3; ++a) fractions_.push_back(static_cast<T>(on_circle(fraction[a])));
    }
  }

  int rows() const { return static_cast<int>(fractions_.size()); }
  T fraction(int row) const { return fractions_[static_cast<std::size_t>(row)]; }
  const Mat3<T>& edges() const { return edges_; }      ///< rows: the box's edges
  const Mat3<T>& inverse() const { return inverse_; }  ///< its inverse
  /// ln of the volume of all particles' boxes.
  double log_volume() const { return rows() / 3 * log_volume_; }

 private:
  double log_volume_;
  Mat3<T> edges_, inverse_;
  std::vector<T> fractions_;
};

namespace detail {

/// Every particle's vector x becomes x M, or M x where it is a column.
template <bool Column, class R>
void turn_particles(const Mat3<scalar_t<R>>& m, Tile<R> u) {
  for (int particle = 0; particle < u.rows / 3; ++particle)
    for (int pack = 0; pack < u.packs; ++pack) {
      R old[3];
      for (int a = 0; a < 3; ++a) old[a] = u(3 * particle + a, pack);
      for (int b = 0; b < 3; ++b) {
        R total(scalar_t<R>(0));
        for (int a = 0; a < 3; ++a) total += R(Column ? m[b][a] : m[a][b]) * old[a];
        u(3 * particle + b, pack) = total;
      }
    }
}

/// Displacements to fractions in [0, 1).
template <class R>
void to_fractions(const TorusSites<scalar_t<R>>& sites, Tile<R> u) {
  turn_particles<false>(sites.inverse(), u);
  for (int row = 0; row < u.rows; ++row)
    for (int pack = 0; pack < u.packs; ++pack) u(row, pack) = on_circle(u(row, pack) + R(sites.fraction(row)));
}

/// Fractions to the displacement from the nearest image of the site along each edge.
template <class R>
void to_displacements(const TorusSites<scalar_t<R>>& sites, Tile<R> x) {
  const R half(scalar_t<R>(0.5));
  for (int row = 0; row < x.rows; ++row)
    for (int pack = 0; pack < x.packs; ++pack) x(row, pack) = on_circle(x(row, pack) - R(sites.fraction(row)) + half) - half;
  turn_particles<false>(sites.edges(), x);
}

}  // namespace detail

/// Which way a chart goes.
enum class Chart { to_fractions, to_displacements };

/// x = fractional position of the site + u, in [0, 1); or u = the displacement of x from the nearest image of its site along each
/// edge. Either takes back what the other does.
///
/// Laws:    those of a Bijector where |u| stays below half an edge; log_det = ∓ particles · ln V.
/// Shapes:  u and x (3 · particles, packs). Units: u in length, x in fractions of the box's edges. It has no weights.
template <std::floating_point T, Chart chart>
class TorusChart {
  static constexpr Chart back = chart == Chart::to_fractions ? Chart::to_displacements : Chart::to_fractions;

 public:
  template <class R>
  struct Kept {
    R* before = nullptr;  ///< (3 · particles, packs): what came in
  };

  explicit TorusChart(TorusSites<T> sites) : sites_(std::move(sites)) {}

  template <class Draw>
  void initialise(T*, Draw&&) const {}
  template <class R>
  void forward(const T*, Tile<R> u, double* log_det, Tape<R>&) const {
    go<chart>(u, log_det);
  }
  template <class R>
  void forward(const T*, Tile<R> u, double* log_det, Kept<R>& kept, Tape<R>& tape) const {
    kept.before = tape.push(u.size());
    std::copy_n(u.data, u.size(), kept.before);
    go<chart>(u, log_det);
  }
  template <class R>
  void inverse(const T*, Tile<R> v, double* log_det, Tape<R>&) const {
    go<back>(v, log_det);
  }
  template <class R>
  void vjp(const T*, Tile<R> u, Kept<R>& kept, Tile<R> d_u, T, T*, Tape<R>&) const {
    std::copy_n(kept.before, u.size(), u.data);
    detail::turn_particles<true>(chart == Chart::to_fractions ? sites_.inverse() : sites_.edges(), d_u);
  }
  template <class R>
  void carry_score(const T* theta, Tile<R> u, double* log_det, Tile<R> score, Kept<R>& kept, Tape<R>& tape) const {
    forward(theta, u, log_det, kept, tape);
    detail::turn_particles<true>(chart == Chart::to_fractions ? sites_.edges() : sites_.inverse(), score);
  }

 private:
  template <Chart way, class R>
  void go(Tile<R> u, double* log_det) const {
    constexpr bool fractions = way == Chart::to_fractions;
    if constexpr (fractions) {
      detail::to_fractions(sites_, u);
    } else {
      detail::to_displacements(sites_, u);
    }
    for (int s = 0; s < u.packs * lanes_of<R>; ++s) log_det[s] += fractions ? -sites_.log_volume() : sites_.log_volume();
  }

  TorusSites<T> sites_;
};

template <std::floating_point T>
using ToTorus = TorusChart<T, Chart::to_fractions>;
template <std::floating_point T>
using FromTorus = TorusChart<T, Chart::to_displacements>;

}  // namespace erg
