/// \file
/// The coupling layer that moves some particles given others: masks of sublattices, and auxiliary variables.
#pragma once

#include "erg/base/lanes.hpp"
#include "erg/bijectors/concept.hpp"
#include "erg/bijectors/couplings/particle_partition.hpp"

#include <array>
#include <stdexcept>
#include <utility>

namespace erg {

/// v_i = Transform(u_i; p_i) for the particles that move, p = `Conditioner` of those that do not.
///
/// Layers over an augmented point (x, a) alternate between `Moves::positions` and `Moves::auxiliaries`; layers over a crystal go
/// through masks that together move every particle.
///
/// Laws:    those of Bijector, the inverse in closed form; the identity where the conditioner gives zeros. Augmented layers are
///          equivariant to relabelling where the conditioner is (of x and a alike), masked ones within the mask.
/// Shapes:  u (3 · partition.particles(), packs). A conditioner has `inputs()` = partition.inputs(), `outputs()` =
///          Transform::parameters and the verbs of a ParticleNetwork of `partition.columns()` particles: given (inputs,
///          columns · packs), raw (parameters, columns · packs), a column is (column of the partition) · packs + pack.
///          A network whose columns do not mix serves too.
/// Errors:  a conditioner that does not fit: std::invalid_argument.
/// Source:  Dinh et al. 2017, arXiv:1605.08803 (masks); Huang, Dinh and Courville 2020, arXiv:2002.07101, and Chen et al. 2020,
///          arXiv:2002.09741 (auxiliary variables).
template <PointBijector Transform, class Conditioner>
class ParticleCoupling {
 public:
  static constexpr int parameters = Transform::parameters;

  template <class R>
  struct Kept {
    R* given = nullptr;   ///< (inputs, columns · packs)
    R* before = nullptr;  ///< (3, columns · packs): u of the moved particles
    R* raw = nullptr;     ///< (parameters, columns · packs)
    typename Conditioner::template Kept<R> net;
  };

  ParticleCoupling(ParticlePartition partition, Conditioner conditioner)
      : partition_(std::move(partition)), conditioner_(std::move(conditioner)) {
    bool fits = conditioner_.inputs() == partition_.inputs() && conditioner_.outputs() == parameters;
    if constexpr (requires { conditioner_.particles(); }) fits = fits && conditioner_.particles() == partition_.columns();
    if (!fits)
      throw std::invalid_argument(
          "ParticleCoupling: the conditioner has the partition's inputs and columns, and `parameters` outputs");
  }

  const ParticlePartition& partition() const { return partition_; }
  const Conditioner& conditioner() const { return conditioner_; }
  template <class T, class Draw>
  void initialise(T* theta, Draw&& draw) const {
    conditioner_.initialise(theta, draw);
  }

  template <class R>
  void forward(const scalar_t<R>* theta, Tile<R> u, double* log_det, Tape<R>& tape) const {
    const auto mark = tape.mark();
    Kept<R> kept;
    forward(theta, u, log_det, kept, tape);
    tape.release(mark);
  }
  template <class R>
  void forward(const scalar_t<R>* theta, Tile<R> u, double* log_det, Kept<R>& kept, Tape<R>& tape) const {
    look(theta, u, kept, tape);
    for_moved(u.packs, [&](int particle, int c, int pack) {
      const Vec3<R> x = point_of(u, particle, pack);
      set_column(kept.before, c, columns(u), x);
      const auto image = Transform::forward(raw_at(kept.raw, c, columns(u)).data(), x);
      set_point(u, particle, pack, image.point);
      add_to_samples(log_det, image.log_det, pack);
    });
  }
  template <class R>
  void inverse(const scalar_t<R>* theta, Tile<R> v, double* log_det, Tape<R>& tape) const {
    const auto mark = tape.mark();
    Kept<R> kept;
    look(theta, v, kept, tape);
    for_moved(v.packs, [&](int particle, int c, int pack) {
      const auto image = Transform::inverse(raw_at(kept.raw, c, columns(v)).data(), point_of(v, particle, pack));
      set_point(v, particle, pack, image.point);
      add_to_samples(log_det, image.log_det, pack);
    });
    tape.release(mark);
  }
  template <class R>
  void vjp(const scalar_t<R>* theta, Tile<R> u, Kept<R>& kept, Tile<R> d_u, scalar_t<R> d_log_det, scalar_t<R>* d_theta,
           Tape<R>& tape) const {
    const auto mark = tape.mark();
    R* d_raw = cleared_raw(columns(u), tape);
    for_moved(u.packs, [&](int particle, int c, int pack) {
      const Vec3<R> x = column(kept.before, c, columns(u));
      set_point(u, particle, pack, x);
      set_point(d_u, particle, pack, pull(kept, x, c, columns(u), point_of(d_u, particle, pack), R(d_log_det), d_raw));
    });
    add_to_seen(theta, kept, d_raw, scalar_t<R>(1), d_theta, d_u, tape);
    tape.release(mark);
  }
  template <class R>
  void carry_score(const scalar_t<R>* theta, Tile<R> u, double* log_det, Tile<R> score, Kept<R>& kept, Tape<R>& tape) const {
    forward(theta, u, log_det, kept, tape);
    const auto mark = tape.mark();
    const R one(scalar_t<R>(1));
    R* d_raw = cleared_raw(columns(u), tape);
    for_moved(u.packs, [&](int particle, int c, int pack) {
      const Vec3<R> x = column(kept.before, c, columns(u));
      const Vec3<R> s = Transform::inverse_vjp(raw_at(kept.raw, c, columns(u)).data(), x, point_of(score, particle, pack), one);
      set_point(score, particle, pack, s);
      pull(kept, x, c, columns(u), s, one, d_raw);
    });
    add_to_seen(theta, kept, d_raw, scalar_t<R>(-1), static_cast<scalar_t<R>*>(nullptr), score, tape);
    tape.release(mark);
  }

 private:
  template <class R>
  int columns(Tile<R> u) const {
    return partition_.columns() * u.packs;
  }
  template <class R>
  static Vec3<R> point_of(Tile<R> u, int particle, int pack) {
    return {u(3 * particle, pack), u(3 * particle + 1, pack), u(3 * particle + 2, pack)};
  }
  template <class R>
  static void set_point(Tile<R> u, int particle, int pack, const Vec3<R>& x) {
    for (int a = 0; a < 3; ++a) u(3 * particle + a, pack) = x[a];
  }
  template <class R>
  static Vec3<R> column(const R* block, int c, int columns) {
    return {block[c], block[columns + c], block[2 * columns + c]};
  }
  template <class R>
  static void set_column(R* block, int c, int columns, const Vec3<R>& x) {
    for (int a = 0; a < 3; ++a) block[a * columns + c] = x[a];
  }
  template <class R>
  static std::array<R, parameters> raw_at(const R* raw, int c, int columns) {
    std::array<R, parameters> p;
    for (int k = 0; k < parameters; ++k) p[k] = raw[static_cast<std::ptrdiff_t>(k) * columns + c];
    return p;
  }

  /// visit(particle, its column of the block, pack).
  template <class Visit>
  void for_moved(int packs, Visit&& visit) const {
    for (int i = 0; i < partition_.columns(); ++i) {
      if (partition_.moved(i) < 0) continue;
      for (int pack = 0; pack < packs; ++pack) visit(partition_.moved(i), i * packs + pack, pack);
    }
  }

  /// What steers the particles that move: given and raw.
  template <class R>
  void look(const scalar_t<R>* theta, Tile<R> u, Kept<R>& kept, Tape<R>& tape) const {
    if (u.rows != 3 * partition_.particles())
      throw std::invalid_argument("ParticleCoupling: the tile has three rows for each particle of the partition");
    const auto all = static_cast<std::size_t>(columns(u));
    const int inputs = partition_.inputs();
    kept.given = tape.push(static_cast<std::size_t>(inputs) * all);
    kept.before = tape.push(3 * all);
    kept.raw = tape.push(parameters * all);
    for (int row = 0; row < inputs; ++row)
      for (int i = 0; i < partition_.columns(); ++i)
        for (int pack = 0; pack < u.packs; ++pack) {
          R& to = kept.given[static_cast<std::size_t>(row) * all + static_cast<std::size_t>(i * u.packs + pack)];
          if (row >= 3) {
            to = R(static_cast<scalar_t<R>>(partition_.label(row - 3, i)));
          } else {
            to = partition_.seen(i) < 0 ? R(scalar_t<R>(0)) : u(3 * partition_.seen(i) + row, pack);
          }
        }
    kept.net = conditioner_.forward(theta, kept.given, kept.raw, columns(u), tape);
  }

  template <class R>
  static R* cleared_raw(int columns, Tape<R>& tape) {
    const std::size_t n = static_cast<std::size_t>(parameters) * static_cast<std::size_t>(columns);
    R* d_raw = tape.push(n);
    for (std::size_t k = 0; k < n; ++k) d_raw[k] = R(scalar_t<R>(0));
    return d_raw;
  }

  /// Through Transform at one particle: its d_u; writes its column of d_raw.
  template <class R>
  static Vec3<R> pull(const Kept<R>& kept, const Vec3<R>& x, int c, int columns, const Vec3<R>& d, R d_log_det, R* d_raw) {
    std::array<R, parameters> d_p;
    const Vec3<R> d_x = Transform::vjp(raw_at(kept.raw, c, columns).data(), x, d, d_log_det, d_p.data());
    for (int k = 0; k < parameters; ++k) d_raw[static_cast<std::ptrdiff_t>(k) * columns + c] = d_p[k];
    return d_x;
  }

  /// d_u of the particles that are seen += weight · (conditioner's product with d_raw).
  template <class R>
  void add_to_seen(const scalar_t<R>* theta, const Kept<R>& kept, R* d_raw, scalar_t<R> weight, scalar_t<R>* d_theta, Tile<R> d_u,
                   Tape<R>& tape) const {
    const auto all = static_cast<std::size_t>(columns(d_u));
    R* d_given = tape.push(static_cast<std::size_t>(partition_.inputs()) * all);
    conditioner_.vjp(theta, kept.net, d_raw, d_given, d_theta, columns(d_u), tape);
    for (int i = 0; i < partition_.columns(); ++i) {
      if (partition_.seen(i) < 0) continue;
      for (int a = 0; a < 3; ++a)
        for (int pack = 0; pack < d_u.packs; ++pack)
          d_u(3 * partition_.seen(i) + a, pack) +=
              R(weight) * d_given[static_cast<std::size_t>(a) * all + static_cast<std::size_t>(i * d_u.packs + pack)];
    }
  }

  ParticlePartition partition_;
  Conditioner conditioner_;
};

}  // namespace erg
