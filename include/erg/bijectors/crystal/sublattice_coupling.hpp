/// \file
/// The coupling layer that moves one sublattice of a crystal, each particle given the displacements of its neighbours.
#pragma once

#include "erg/bijectors/concept.hpp"
#include "erg/bijectors/crystal/sublattices.hpp"
#include "erg/networks/perceptron.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace erg {

/// Moves the particles of one colour: v = m + unit · Transform((u − m) / unit), where m is the harmonic mean of u given the
/// neighbours and Transform is steered by a perceptron of the neighbours' displacements relative to m.
///
/// Laws:    commutes with a uniform shift (translation-equivariant), and with tied weights with the operations of its sites;
///          sites of one kind share the weights, seen through their axis signs; zero last layer gives the identity; the weights
///          do not know the size of the crystal.
/// Shapes:  u (3 · particles, packs); weights: perceptron {3 · neighbours + conditions, hidden…, Transform::parameters}.
/// Units:   u in length; log_det in nats.
template <PointBijector Transform, class Activation>
class SublatticeCoupling {
 public:
  using Net = Perceptron<Activation>;
  static constexpr double response = 0.4;  ///< parameter of Transform per unit of network output: keeps the first steps gentle

  /// What one group of columns leaves on the tape.
  template <class R>
  struct KeptGroup {
    int first, sites;  ///< sites [first, first + sites) of the colour
    R* features;       ///< (inputs, columns): neighbours relative to the mean, in units; conditions
    R* before;         ///< (3, columns): u of the moved particles
    R* residual;       ///< (3, columns)
    R* raw;            ///< (Transform::parameters, columns)
    typename Net::template Kept<R> net;
  };
  template <class R>
  using Kept = std::vector<KeptGroup<R>>;

  /// `inputs`: three for each neighbour, and one for each condition.
  SublatticeCoupling(ParameterLayout& layout, const std::string& name, int colour, int inputs, const std::vector<int>& hidden)
      : colour_(colour), net_(layout, name, widths(inputs, hidden)) {}

  const Net& net() const { return net_; }

  /// Ties the weights so that the layer commutes with the operations of its sites.
  template <class T>
  void tie(TiedWeights& ties, const Sublattices<T>& s) const requires AxisSymmetricBijector<Transform> {
    SignGroup group;
    Representation out, in;
    for (const SiteOperation& g : s.operations[static_cast<std::size_t>(colour(s).kind)]) {
      group.push_back(g.sign);
      out.push_back(turned_parameters<Transform>(g));
      in.push_back(turned_features(g, net_.inputs() - 3 * s.neighbours));
    }
    net_.tie(ties, group, out, in);
  }

  template <class R>
  void forward(const Sublattices<scalar_t<R>>& s, const scalar_t<R>* theta, Tile<R> u, double* log_det, Tape<R>& tape) const {
    for_groups(s, u.packs, [&](int first, int sites) {
      const auto mark = tape.mark();
      move(s, theta, u, log_det, first, sites, tape);
      tape.release(mark);
    });
  }

  template <class R>
  void forward(const Sublattices<scalar_t<R>>& s, const scalar_t<R>* theta, Tile<R> u, double* log_det, Kept<R>& kept,
               Tape<R>& tape) const {
    for_groups(s, u.packs, [&](int first, int sites) { kept.push_back(move(s, theta, u, log_det, first, sites, tape)); });
  }

  template <class R>
  void inverse(const Sublattices<scalar_t<R>>& s, const scalar_t<R>* theta, Tile<R> v, double* log_det, Tape<R>& tape) const {
    for_groups(s, v.packs, [&](int first, int sites) {
      const auto mark = tape.mark();
      const KeptGroup<R> g = look(s, theta, v, first, sites, tape);
      const int columns = sites * v.packs;
      for (int c = 0; c < columns; ++c) {
        const auto image = Transform::inverse(raw_at(g, c, columns).data(), vector_at(g.residual, c, columns));
        place(s, v, g, c, image.point);
        add_to_samples(log_det, image.log_det, c % v.packs);
      }
      tape.release(mark);
    });
  }

  /// u goes back from image to point; d_u likewise. d_theta may be null.
  template <class R>
  void vjp(const Sublattices<scalar_t<R>>& s, const scalar_t<R>* theta, Tile<R> u, Kept<R>& kept, Tile<R> d_u,
           scalar_t<R> d_log_det, scalar_t<R>* d_theta, Tape<R>& tape) const {
    for (const KeptGroup<R>& g : kept) {
      const auto mark = tape.mark();
      pull_back<Pulled::cotangents>(s, theta, g, u.packs, d_u, d_log_det, d_theta, tape);
      for_columns(s, g, u.packs, [&](int c, int site, int pack, const scalar_t<R>*) {
        const int columns = g.sites * u.packs;
        for (int a = 0; a < 3; ++a) u(3 * site + a, pack) = g.before[a * columns + c];
      });
      tape.release(mark);
    }
  }

  /// `forward` that carries score = ∇_u log q(u) to the image.
  template <class R>
  void carry_score(const Sublattices<scalar_t<R>>& s, const scalar_t<R>* theta, Tile<R> u, double* log_det, Tile<R> score,
                   Kept<R>& kept, Tape<R>& tape) const {
    const R one(scalar_t<R>(1));
    for_groups(s, u.packs, [&](int first, int sites) {
      kept.push_back(move(s, theta, u, log_det, first, sites, tape));
      const KeptGroup<R>& g = kept.back();
      const int columns = sites * u.packs;
      for_columns(s, g, u.packs, [&](int c, int site, int pack, const scalar_t<R>* sign) {
        Vec3<R> d;
        for (int a = 0; a < 3; ++a) d[a] = R(sign[a] * s.unit) * score(3 * site + a, pack);
        d = Transform::inverse_vjp(raw_at(g, c, columns).data(), vector_at(g.residual, c, columns), d, one);
        for (int a = 0; a < 3; ++a) score(3 * site + a, pack) = R(sign[a] / s.unit) * d[a];
      });
      const auto mark = tape.mark();
      pull_back<Pulled::score>(s, theta, g, u.packs, score, scalar_t<R>(1), static_cast<scalar_t<R>*>(nullptr), tape);
      tape.release(mark);
    });
  }

 private:
  static std::vector<int> widths(int inputs, const std::vector<int>& hidden) {
    std::vector<int> w{inputs};
    w.insert(w.end(), hidden.begin(), hidden.end());
    w.push_back(Transform::parameters);
    return w;
  }

  template <class T>
  const Sublattice<T>& colour(const Sublattices<T>& s) const {
    return s.colours[static_cast<std::size_t>(colour_)];
  }

  /// Groups of about 24 columns: the layer's activations stay in the second-level cache whatever the size of the crystal.
  template <class T, class Visit>
  void for_groups(const Sublattices<T>& s, int packs, Visit&& visit) const {
    const int sites = static_cast<int>(colour(s).sites.size()), group = std::max(1, 24 / packs);
    for (int first = 0; first < sites; first += group) visit(first, std::min(group, sites - first));
  }

  template <class R, class Visit>
  void for_columns(const Sublattices<scalar_t<R>>& s, const KeptGroup<R>& g, int packs, Visit&& visit) const {
    const auto& mine = colour(s);
    for (int i = 0; i < g.sites; ++i)
      for (int p = 0; p < packs; ++p)
        visit(i * packs + p, mine.sites[static_cast<std::size_t>(g.first + i)], p,
              &mine.sign[3 * static_cast<std::size_t>(g.first + i)]);
  }

  template <class R>
  static Vec3<R> vector_at(const R* rows, int c, int columns) {
    return {rows[c], rows[columns + c], rows[2 * columns + c]};
  }
  template <class R>
  static std::array<R, Transform::parameters> raw_at(const KeptGroup<R>& g, int c, int columns) {
    std::array<R, Transform::parameters> p;
    for (int k = 0; k < Transform::parameters; ++k) p[k] = R(scalar_t<R>(response)) * g.raw[k * columns + c];
    return p;
  }

  /// Features, residual and raw parameters of a group; u is read only.
  template <class R>
  KeptGroup<R> look(const Sublattices<scalar_t<R>>& s, const scalar_t<R>* theta, Tile<R> u, int first, int sites,
                    Tape<R>& tape) const {
    const int k3 = 3 * s.neighbours, columns = sites * u.packs;
    const auto n = static_cast<std::size_t>(columns);
    KeptGroup<R> g{
        first, sites, tape.push(net_.inputs() * n), tape.push(3 * n), tape.push(3 * n), tape.push(Transform::parameters * n), {}};
    const auto& mine = colour(s);
    for (int i = 0; i < sites; ++i) {
      const int* near = &mine.neighbour[static_cast<std::size_t>(first + i) * s.neighbours];
      const auto* sign = &mine.sign[3 * static_cast<std::size_t>(first + i)];
      for (int k = 0; k < s.neighbours; ++k)
        for (int a = 0; a < 3; ++a)
          for (int p = 0; p < u.packs; ++p)
            g.features[static_cast<std::ptrdiff_t>(3 * k + a) * columns + i * u.packs + p] = R(sign[a]) * u(3 * near[k] + a, p);
    }
    R* mean = tape.push(3 * n);
    multiply<R>(s.mean[static_cast<std::size_t>(mine.kind)].data(), k3, 1, 3, k3, g.features, mean, columns);
    const R per_unit(1 / s.unit);
    for (int r = 0; r < k3; ++r)
      for (int c = 0; c < columns; ++c) {
        R& x = g.features[static_cast<std::ptrdiff_t>(r) * columns + c];
        x = (x - mean[(r % 3) * columns + c]) * per_unit;
      }
    for (std::size_t i = 0; i < s.conditions.size(); ++i) std::fill_n(g.features + (k3 + i) * n, n, R(s.conditions[i]));
    for_columns(s, g, u.packs, [&](int c, int site, int pack, const scalar_t<R>* sign) {
      for (int a = 0; a < 3; ++a) {
        const R x = u(3 * site + a, pack);
        g.before[a * columns + c] = x;
        g.residual[a * columns + c] = (R(sign[a]) * x - mean[a * columns + c]) * per_unit;
      }
    });
    g.net = net_.forward(theta, g.features, g.raw, columns, tape);
    return g;
  }

  /// Puts a moved residual back as a displacement: u + sign · unit · (moved − residual).
  template <class R>
  void place(const Sublattices<scalar_t<R>>& s, Tile<R> u, const KeptGroup<R>& g, int c, Vec3<R> moved) const {
    const int columns = g.sites * u.packs, site = g.first + c / u.packs, pack = c % u.packs;
    const auto& mine = colour(s);
    for (int a = 0; a < 3; ++a) {
      const auto unit = mine.sign[3 * static_cast<std::size_t>(site) + a] * s.unit;
      u(3 * mine.sites[static_cast<std::size_t>(site)] + a, pack) =
          g.before[a * columns + c] + R(unit) * (moved[a] - g.residual[a * columns + c]);
    }
  }

  template <class R>
  KeptGroup<R> move(const Sublattices<scalar_t<R>>& s, const scalar_t<R>* theta, Tile<R> u, double* log_det, int first, int sites,
                    Tape<R>& tape) const {
    const KeptGroup<R> g = look(s, theta, u, first, sites, tape);
    const int columns = sites * u.packs;
    for (int c = 0; c < columns; ++c) {
      const auto image = Transform::forward(raw_at(g, c, columns).data(), vector_at(g.residual, c, columns));
      place(s, u, g, c, image.point);
      add_to_samples(log_det, image.log_det, c % u.packs);
    }
    return g;
  }

  /// What is taken back through a group: cotangents, from image to point; or the score on its way to the image, where the moved
  /// particles have their share already and the neighbours lose what the moved ones and log_det owe to them.
  enum class Pulled { cotangents, score };

  /// d_u: of the moved particles replaced (cotangents only), of their neighbours added to. d_theta may be null.
  template <Pulled what, class R>
  void pull_back(const Sublattices<scalar_t<R>>& s, const scalar_t<R>* theta, const KeptGroup<R>& g, int packs, Tile<R> d_u,
                 scalar_t<R> d_log_det, scalar_t<R>* d_theta, Tape<R>& tape) const {
    const int k3 = 3 * s.neighbours, columns = g.sites * packs;
    const auto n = static_cast<std::size_t>(columns);
    R* d_raw = tape.push(Transform::parameters * n);
    R* d_mean = tape.push(3 * n);
    R* d_x = tape.push(net_.inputs() * n);  // what falls on the conditions is left
    pull_transform<what>(s, g, packs, d_u, d_log_det, d_raw, d_mean);
    net_.vjp(theta, g.net, d_raw, d_x, d_theta, columns, tape);
    const R per_unit(1 / s.unit);
    for (int r = 0; r < k3; ++r)
      for (int c = 0; c < columns; ++c) {
        R& x = d_x[static_cast<std::ptrdiff_t>(r) * columns + c];
        x = x * per_unit;
        d_mean[(r % 3) * columns + c] -= x;
      }
    R* through_mean = tape.push(k3 * n);
    multiply<R>(s.mean[static_cast<std::size_t>(colour(s).kind)].data(), 1, k3, k3, 3, d_mean, through_mean, columns);
    for (std::size_t i = 0; i < k3 * n; ++i) d_x[i] += through_mean[i];
    add_to_neighbours(s, g, packs, d_x, what == Pulled::score ? scalar_t<R>(-1) : scalar_t<R>(1), d_u);
  }

  /// Through Transform: d_raw (parameters, columns), d_mean (3, columns) without the part that the features bring.
  template <Pulled what, class R>
  void pull_transform(const Sublattices<scalar_t<R>>& s, const KeptGroup<R>& g, int packs, Tile<R> d_u, scalar_t<R> d_log_det,
                      R* d_raw, R* d_mean) const {
    const int columns = g.sites * packs;
    const R d_ld{d_log_det}, scale{scalar_t<R>(response)}, per_unit{1 / s.unit};
    for_columns(s, g, packs, [&](int c, int site, int pack, const scalar_t<R>* sign) {
      Vec3<R> d_y;
      for (int a = 0; a < 3; ++a) d_y[a] = R(sign[a] * s.unit) * d_u(3 * site + a, pack);
      std::array<R, Transform::parameters> d_p;
      const Vec3<R> d_r = Transform::vjp(raw_at(g, c, columns).data(), vector_at(g.residual, c, columns), d_y, d_ld, d_p.data());
      for (int k = 0; k < Transform::parameters; ++k) d_raw[k * columns + c] = scale * d_p[k];
      for (int a = 0; a < 3; ++a) {
        d_mean[a * columns + c] = (d_y[a] - d_r[a]) * per_unit;
        if constexpr (what == Pulled::cotangents) d_u(3 * site + a, pack) = R(sign[a]) * d_r[a] * per_unit;
      }
    });
  }

  /// d_u of each neighbour += weight · sign ∘ d_x, d_x (3 · neighbours, columns).
  template <class R>
  void add_to_neighbours(const Sublattices<scalar_t<R>>& s, const KeptGroup<R>& g, int packs, const R* d_x, scalar_t<R> weight,
                         Tile<R> d_u) const {
    const int columns = g.sites * packs;
    const auto& mine = colour(s);
    for (int i = 0; i < g.sites; ++i) {
      const int* near = &mine.neighbour[static_cast<std::size_t>(g.first + i) * s.neighbours];
      const auto* sign = &mine.sign[3 * static_cast<std::size_t>(g.first + i)];
      for (int k = 0; k < s.neighbours; ++k)
        for (int a = 0; a < 3; ++a) {
          const R factor(weight * sign[a]);
          const R* from = d_x + static_cast<std::ptrdiff_t>(3 * k + a) * columns + i * packs;
          for (int p = 0; p < packs; ++p) d_u(3 * near[k] + a, p) += factor * from[p];
        }
    }
  }

  int colour_;
  Net net_;
};

}  // namespace erg
