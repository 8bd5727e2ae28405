#include "erg/densities/boltzmann.hpp"
#include "erg/base/lanes.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace erg;

namespace {

/// U − U₀ = ½ Σ u², one sample per lane.
struct Parabola {
  template <class R>
  int energy_and_gradient(Tile<const R> u, double* excess, Tile<R> gradient, Tape<R>&) const {
    for (int s = 0; s < u.packs * lanes_of<R>; ++s) excess[s] = 0;
    for (int row = 0; row < u.rows; ++row)
      for (int pack = 0; pack < u.packs; ++pack) {
        const R x = u(row, pack);
        gradient(row, pack) = x;
        for (int l = 0; l < lanes_of<R>; ++l) excess[pack * lanes_of<R> + l] += 0.5 * lane(x, l) * lane(x, l);
      }
    return 0;
  }
  template <class R>
  int exact_energy(Tile<const R> u, double* excess, Tape<R>& tape) const {
    TileBuffer<R> unused(u.rows, u.packs);
    return energy_and_gradient(u, excess, unused.view(), tape);
  }
};

}  // namespace

TEST_CASE("Boltzmann: log-density and reduced gradient are minus beta times energy, and beta times its slope") {
  using R = Lanes<double, 8>;
  const Parabola parabola;
  const Boltzmann target(parabola, 2.5);
  TileBuffer<R> u(3, 2), gradient(3, 2);
  for (int row = 0; row < 3; ++row)
    for (int pack = 0; pack < 2; ++pack)
      for (int l = 0; l < 8; ++l) set_lane(u.view()(row, pack), l, 0.1 * (row + 1) - 0.2 * pack + 0.05 * l);
  Tape<R> tape;
  double log_density[16], reduced[16];
  const Tile<const R> at = u.view();
  target.log_density(at, log_density, tape);
  target.reduced_energy_and_gradient(at, reduced, gradient.view(), tape);
  for (int s = 0; s < 16; ++s) {
    double square = 0;
    for (int row = 0; row < 3; ++row) {
      const double x = lane(at(row, s / 8), s % 8);
      square += x * x;
      CHECK(lane(gradient.view()(row, s / 8), s % 8) == doctest::Approx(2.5 * x).epsilon(1e-15));
    }
    CHECK(reduced[s] == doctest::Approx(2.5 * 0.5 * square).epsilon(1e-14));
    CHECK(log_density[s] == doctest::Approx(-reduced[s]).epsilon(1e-14));
  }
}

TEST_CASE("Boltzmann: a beta that is not a positive number is refused") {
  const Parabola parabola;
  CHECK_THROWS_AS(Boltzmann(parabola, 0.0), InputError);
  CHECK_THROWS_AS(Boltzmann(parabola, -1.0), InputError);
  CHECK_THROWS_AS(Boltzmann(parabola, std::numeric_limits<double>::quiet_NaN()), InputError);
}
