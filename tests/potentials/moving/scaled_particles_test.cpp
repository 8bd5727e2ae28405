#include "erg/potentials/moving/scaled_particles.hpp"

#include "erg/potentials/mixtures/kob_andersen.hpp"
#include "walking_particles.hpp"

namespace {

const Box cube = Box::orthorhombic({7, 7, 7}), leaning = Box::triclinic({{9, 0, 0}, {2.5, 8.5, 0}, {-1.5, 3, 8}});
constexpr double pressure = 0.3;

Box times(const Box& box, double scale) {
  const Mat3<double>& cell = box.cell();
  return Box::triclinic({scale * cell.a, scale * cell.b, scale * cell.c});
}

// Every lane in a cell of its own, which moves from round to round as the particles do: energy, gradient and slope are those of
// particles in a box that really is that large.
template <class R, class P>
void check_scales(const P& potential, const Box& box, Positions x, const std::vector<int>& kinds, double skin, double tolerance) {
  const int n = int(x.size());
  const auto particles = listed(potential, box, n, kinds, skin);
  const ScaledParticles<P> scaled(particles, pressure);
  const auto exact = moving(potential, kinds);
  TileBuffer<R> u(3 * n, 1), gradient(3 * n, 1), beside_slope(3 * n, 1);
  Tape<R> tape;
  std::mt19937_64 engine(5);
  double scale[lanes_of<R>], energy[lanes_of<R>], with_gradient[lanes_of<R>], with_slope[lanes_of<R>], slope[lanes_of<R>];
  for (int round = 0; round < 5; ++round) {
    for (int s = 0; s < lanes_of<R>; ++s) {
      put<R>(u.view(), s, x);
      scale[s] = 0.95 + 0.012 * ((3 * s + 5 * round) % 11);
    }
    scaled.template scaled_energy<R>(u.view(), scale, energy, tape);
    scaled.template scaled_energy_and_gradient<R>(u.view(), scale, with_gradient, gradient.view(), tape);
    scaled.template scaled_energy_gradient_and_slope<R>(u.view(), scale, with_slope, beside_slope.view(), slope, tape);
    for (int s = 0; s < lanes_of<R>; ++s) {
      Positions real;
      for (const auto& r : x) real.push_back(scale[s] * r);
      const Box larger = times(box, scale[s]);
      const auto sum = exact.energy_forces_virial(real, larger);
      double worst = 0, largest = 1;
      for (int row = 0; row < 3 * n; ++row) {
        const double force = sum.forces[row / 3][row % 3];
        for (const auto* of : {&gradient, &beside_slope})
          worst = std::max(worst, std::abs(double(lane(of->view()(row, 0), s)) + scale[s] * force));
        largest = std::max(largest, std::abs(force));
      }
      const double work = pressure * larger.volume(), trace = sum.virial.a.x + sum.virial.b.y + sum.virial.c.z;
      for (const double e : {energy[s], with_gradient[s], with_slope[s]})
        CHECK(e == doctest::Approx(sum.energy + work).epsilon(tolerance).scale(n));
      CHECK(slope[s] == doctest::Approx(work - trace / 3).epsilon(tolerance).scale(n));
      CHECK(worst < tolerance * largest);
    }
    shake(x, 0.03, engine);
  }
}

}  // namespace

TEST_CASE("ScaledParticles: energy, gradient and slope of a box of that size, pairs, mixtures and three-body terms") {
  const auto argon = truncated_shifted_lennard_jones(1.0, 1.0, 2.2);
  check_scales<double>(argon, cube, fluid(cube, 150, 0.85, 1), {}, 0.3, 1e-11);
  check_scales<Lanes<double, 8>>(argon, leaning, fluid(leaning, 90, 0.85, 2), {}, 0.2, 1e-11);
  check_scales<Lanes<float, 16>>(argon, cube, fluid(cube, 60, 0.95, 3), {}, 0.3, 2e-5);
  std::vector<int> kinds(120);
  for (int i = 0; i < int(kinds.size()); ++i) kinds[i] = i % 4 == 0;
  check_scales<double>(kob_andersen<double>(), cube, fluid(cube, 120, 0.85, 4), kinds, 0.3, 1e-11);
  const Box wide = Box::orthorhombic({12, 11, 13});
  check_scales<double>(silicon<double>(), wide, fluid(wide, 60, 2.1, 5), {}, 0.4, 1e-10);
}

TEST_CASE("ScaledParticles: the slope is the derivative by the logarithm of the volume") {
  const auto argon = truncated_shifted_lennard_jones(1.0, 1.0, 2.2);
  const ListedParticles<TruncatedShiftedLennardJones<double>> particles(argon, cube, 150, 0.3);
  const ScaledParticles<TruncatedShiftedLennardJones<double>> scaled(particles, pressure);
  TileBuffer<double> u(450, 1), gradient(450, 1);
  Positions x = fluid(cube, 150, 0.9, 7);
  put<double>(u.view(), 0, x);
  Tape<double> tape;
  const double h = 1e-5;
  double at[3], slope, middle = 1.01;
  for (int k = 0; k < 3; ++k) {
    const double scale = middle * std::exp((k - 1) * h / 3);
    scaled.scaled_energy<double>(u.view(), &scale, &at[k], tape);
  }
  scaled.scaled_energy_gradient_and_slope<double>(u.view(), &middle, &at[1], gradient.view(), &slope, tape);
  CHECK((at[2] - at[0]) / (2 * h) == doctest::Approx(slope).epsilon(1e-4));
  CHECK(std::abs(slope) > 10);
}

TEST_CASE("ScaledParticles: origins move with the cell, and a pressure that is no number is refused") {
  const Box box = Box::orthorhombic({4.2, 4.2, 4.2});
  Positions sites;
  for (int i = 0; i < 27; ++i) sites.push_back({1.4 * (i % 3), 1.4 * (i / 3 % 3), 1.4 * (i / 9)});
  const auto argon = truncated_shifted_lennard_jones(1.0, 1.0, 2.0);
  using Argon = TruncatedShiftedLennardJones<double>;
  const ListedParticles<Argon> crystal(argon, box, sites, 0.2);
  const ScaledParticles<Argon> scaled(crystal, 0.0);
  TileBuffer<double> u(81, 1);
  Tape<double> tape;
  const double scale = 0.9;
  double energy;
  scaled.scaled_energy<double>(u.view(), &scale, &energy, tape);
  for (auto& r : sites) r = scale * r;
  CHECK(energy == doctest::Approx(MovingParticles<Argon>(argon).energy(sites, times(box, scale))).epsilon(1e-12));
  CHECK_THROWS_AS(ScaledParticles<Argon>(crystal, NAN), InputError);
}
