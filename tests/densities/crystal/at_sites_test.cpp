#include "erg/densities/crystal/at_sites.hpp"

#include "erg/densities/crystal/einstein_crystal.hpp"
#include "erg/densities/crystal/random_labels.hpp"
#include "erg/densities/crystal/truncated_gaussian.hpp"
#include "laws/density_laws.hpp"

#include <set>

using namespace erg;
using namespace erg::tests;

namespace {

const Crystal ice = build_crystal(ice_cubic(), {1, 1, 2}, 1.0);  // 16 sites
constexpr double sigma = 0.06;

/// A box that is not orthorhombic, with three sites.
const Sites slanted{{{0, 0, 0}, {1.0, 0.2, 0.1}, {0.3, 1.1, 1.0}}, Box::triclinic({{2, 0, 0}, {0.5, 2.2, 0}, {-0.3, 0.4, 2.1}})};

template <class T>
AtSites<EinsteinCrystal<T>> springs(const Sites& sites) {
  return {EinsteinCrystal<T>(std::vector<double>(static_cast<std::size_t>(sites.count()), 1 / (sigma * sigma)), 1, Centre::free),
          sites};
}
template <class T>
TruncatedGaussian<T> balls(const Sites& sites, double share = 1) {
  return {sites.count(), sigma, share * half_nearest_distance(sites)};
}
template <class T>
RandomLabels<TruncatedGaussian<T>> labelled(const Sites& sites) {
  return {balls<T>(sites), sites};
}

Vec3<double> particle(const std::vector<double>& x, std::size_t i) { return {x[3 * i], x[3 * i + 1], x[3 * i + 2]}; }

std::size_t nearest_site(const Sites& sites, Vec3<double> x) {
  std::size_t best = 0;
  for (std::size_t i = 0; i < sites.positions.size(); ++i)
    if (norm(sites.displacement(static_cast<int>(i), x)) < norm(sites.displacement(static_cast<int>(best), x))) best = i;
  return best;
}

}  // namespace

static_assert(ReparametrisedDensity<AtSites<EinsteinCrystal<double>>>);
static_assert(ReparametrisedDensity<RandomLabels<TruncatedGaussian<float>>, Lanes<float, 16>>);
static_assert(is_parameter_free<AtSites<EinsteinCrystal<double>>>);

TEST_CASE("Sites: half the nearest distance is that of the lattice, also of a site to its own image") {
  CHECK(half_nearest_distance(sites_of(ice)) == doctest::Approx(std::sqrt(3.0) / 8 * 2).epsilon(1e-12));  // edge 2
  CHECK(half_nearest_distance(sites_of(build_crystal(simple_cubic(), {1, 3, 3}, 1.0))) == doctest::Approx(0.5));
  CHECK(half_nearest_distance({{{0.1, 0, 0}}, Box::orthorhombic({3, 0.8, 2})}) == doctest::Approx(0.4));
}

TEST_CASE("Sites: the sites around a held one are the others, seen from there") {
  for (const int held : {0, 5}) {
    const Sites others = sites_around(ice, held);
    CHECK(others.count() == 15);
    std::set<int> met;
    for (const Vec3<double>& x : others.positions)
      for (int i = 0; i < 16; ++i)
        if (norm(ice.box.minimum_image(x + ice.sites[static_cast<std::size_t>(held)] - ice.sites[static_cast<std::size_t>(i)])) <
            1e-12)
          met.insert(i);
    CHECK(met.size() == 15);
    CHECK(met.count(held) == 0);
  }
  CHECK_THROWS_AS(sites_around(ice, 16), InputError);
  CHECK_THROWS_AS(sites_around(build_crystal(simple_cubic(), {1, 1, 1}, 1.0)), InputError);
}

TEST_CASE("AtSites: log_density of a draw is what draw said, and the score is its gradient, in any box") {
  check_log_density_and_score(springs<double>(sites_of(ice)), {}, 2e-5, 1e-7);
  check_log_density_and_score(springs<double>(slanted), {}, 2e-5, 1e-7);
  check_density_lanes<Lanes<float, 16>>(springs<float>(slanted), springs<double>(slanted), 3e-6);
  check_density_lanes<Lanes<double, 8>>(springs<double>(slanted), springs<double>(slanted), 1e-11);
}

TEST_CASE("AtSites: draws are the inner density's about the sites, inside the box; edges of the box make no difference") {
  const auto q = springs<double>(slanted);
  for (std::uint64_t sample = 0; sample < 20; ++sample) {
    const DrawnSample x = draw_one(q, {}, sample), u = draw_one(q.inner(), {}, sample);
    auto moved_away = x.u;
    CHECK(x.log_q == u.log_q);
    for (std::size_t i = 0; i < 3; ++i) {
      const Vec3<double> d = slanted.displacement(static_cast<int>(i), particle(x.u, i)) - particle(u.u, i);
      CHECK(norm(d) < 1e-14);
      const Vec3<double> f = slanted.box.to_fractional(particle(x.u, i));
      for (int a = 0; a < 3; ++a) CHECK((f[a] > -1e-12 && f[a] < 1 + 1e-12));
      const Vec3<double> away = particle(x.u, i) + slanted.box.to_cartesian({1, -2, double(i)});
      for (std::size_t a = 0; a < 3; ++a) moved_away[3 * i + a] = away[static_cast<int>(a)];
    }
    CHECK(look_up(q, {}, moved_away).log_q == doctest::Approx(x.log_q).epsilon(1e-11));
  }
  CHECK_THROWS_AS(AtSites<EinsteinCrystal<double>>(centred_gaussian<double>(4, 1), slanted), InputError);
}

TEST_CASE("RandomLabels: log_density of a draw is what draw said, and the score is its gradient") {
  check_log_density_and_score(labelled<double>(sites_of(ice)), {}, 2e-5, 1e-7);
  check_log_density_and_score(labelled<double>(slanted), {}, 2e-5, 1e-7);
  check_log_density_and_score(labelled<double>(sites_around(ice)), {}, 2e-5, 1e-7);
  check_density_lanes<Lanes<float, 16>>(labelled<float>(slanted), labelled<double>(slanted), 3e-6);
  check_density_lanes<Lanes<double, 8>>(labelled<double>(slanted), labelled<double>(slanted), 1e-11);
}

TEST_CASE("RandomLabels: ln q is that of the displacements less ln n!, whoever sits where") {
  const auto q = labelled<double>(sites_of(ice));
  CHECK(q.log_labellings() == doctest::Approx(std::lgamma(17)));
  for (std::uint64_t sample = 0; sample < 5; ++sample) {
    const DrawnSample x = draw_one(q, {}, sample);
    std::vector<double> u;
    std::set<std::size_t> taken;
    for (std::size_t i = 0; i < 16; ++i) {
      const std::size_t site = nearest_site(q.sites(), particle(x.u, i));
      taken.insert(site);
      const Vec3<double> d = q.sites().displacement(static_cast<int>(site), particle(x.u, i));
      for (int a = 0; a < 3; ++a) u.push_back(d[a]);
    }
    CHECK(taken.size() == 16);
    CHECK(x.log_q == doctest::Approx(look_up(q.inner(), {}, u).log_q - std::lgamma(17)).epsilon(1e-12));
    auto exchanged = x.u;
    for (std::size_t a = 0; a < 3; ++a) std::swap(exchanged[a], exchanged[21 + a]);
    CHECK(look_up(q, {}, exchanged).log_q == doctest::Approx(x.log_q).epsilon(1e-12));
    auto doubled = x.u;  // two particles at one site, none at another
    for (std::size_t a = 0; a < 3; ++a) doubled[a] = doubled[21 + a];
    CHECK(look_up(q, {}, doubled).log_q == -INFINITY);
    doubled[4] = std::nan("");
    CHECK(look_up(q, {}, doubled).log_q == -INFINITY);
  }
}

TEST_CASE("RandomLabels: is normalised over the box, by uniform draws of two particles") {
  // Mean of q(x) V² over x uniform: a bound of 4.5 standard errors fails 1 run in 150,000 over all seeds; this seed passes.
  const Sites two{{{0, 0, 0}, slanted.box.to_cartesian({0.5, 0.5, 0.5})}, slanted.box};
  const double reach = half_nearest_distance(two);
  const RandomLabels q(TruncatedGaussian<double>(2, 0.7 * reach, reach), two);
  std::vector<double> ratio;
  for (std::uint64_t sample = 0; sample < 20000; ++sample) {
    std::vector<double> x;
    for (std::uint32_t i = 0; i < 2; ++i) {
      const auto f = [&](std::uint32_t axis) { return uniform({12, StreamName::test}, sample, 3 * i + axis); };
      const Vec3<double> at = two.box.to_cartesian({f(0), f(1), f(2)});
      for (int a = 0; a < 3; ++a) x.push_back(at[a]);
    }
    ratio.push_back(std::exp(look_up(q, {}, x).log_q + 2 * std::log(two.box.volume())));
  }
  const MeanVariance m = moments(ratio);
  const double error = std::sqrt(m.variance / static_cast<double>(ratio.size()));
  CHECK(error < 0.05);
  CHECK(std::abs(m.mean - 1) < 4.5 * error);
}

TEST_CASE("RandomLabels: all permutations are alike probable") {
  // 6 permutations, 6,000 samples: χ² with 5 degrees of freedom exceeds 35 in 1 run in 670,000.
  const auto q = labelled<double>(slanted);
  std::vector<double> count(27, 0.0);
  const int samples = 6000;
  for (int sample = 0; sample < samples; ++sample) {
    const DrawnSample x = draw_one(q, {}, static_cast<std::uint64_t>(sample));
    std::size_t permutation = 0;
    for (std::size_t i = 0; i < 3; ++i) permutation = 3 * permutation + nearest_site(slanted, particle(x.u, i));
    ++count[permutation];
  }
  double square = 0;
  int kinds = 0;
  for (const double c : count) {
    if (c == 0) continue;
    ++kinds;
    square += (c - samples / 6.0) * (c - samples / 6.0) / (samples / 6.0);
  }
  CHECK(kinds == 6);
  CHECK(square < 35);
  CHECK(square > 0.05);  // not by turns
}

TEST_CASE("RandomLabels: balls that overlap are refused") {
  CHECK_THROWS_AS(RandomLabels(balls<double>(slanted, 1.01), slanted), InputError);
  CHECK_THROWS_AS(RandomLabels(balls<double>(slanted), sites_of(ice)), InputError);
}
