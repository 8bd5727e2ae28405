#include "erg/bijectors/crystal/crystal_sublattices.hpp"

#include "densities/crystal/spring_crystal.hpp"
#include "laws/numbers.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

constexpr ShellSprings two_shells{1.5, 3, 0.4};  // in cubic ice of density 1 the third shell is at 1.66

struct Surrounded {
  Crystal crystal;
  Eigen::MatrixXd hessian;
  Neighbours near;
  HarmonicSurroundings harmonic;

  explicit Surrounded(std::array<int, 3> cells)
      : crystal(build_crystal(ice_cubic(), cells, 1)),
        hessian(spring_hessian(crystal, two_shells)),
        near(neighbour_shells(crystal, 2)),
        harmonic(harmonic_surroundings(crystal, near, columns_of_cell_0(crystal, hessian))) {}
};

template <class Action>
std::string message_of(const Action& action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no InputError";
}
bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("Harmonic surroundings: where only the listed neighbours pull, the mean is that of the Gaussian given all others") {
  const Surrounded t({2, 2, 2});
  const auto z = some_numbers(static_cast<std::size_t>(3 * t.crystal.particles()), 1);
  const Eigen::VectorXd u = Eigen::Map<const Eigen::VectorXd>(z.data(), static_cast<Eigen::Index>(z.size()));
  for (int i = 0; i < t.crystal.particles(); i += 5) {
    const Eigen::Matrix3d own = t.hessian.block<3, 3>(3 * i, 3 * i);
    Eigen::Vector3d pull = -t.hessian.middleRows<3>(3 * i) * u + own * u.segment<3>(3 * i), mean;
    mean.setZero();
    const auto& sign = t.near.sign[static_cast<std::size_t>(i)];
    const auto& m = t.harmonic.mean[static_cast<std::size_t>(t.near.kind[static_cast<std::size_t>(i)])];
    for (int k = 0; k < t.near.count; ++k)
      for (int a = 0; a < 3; ++a)
        for (int c = 0; c < 3; ++c)
          mean[a] += sign[a] * m[static_cast<std::size_t>(a * 3 * t.near.count + 3 * k + c)] * sign[c] *
                     u[3 * t.near.site[static_cast<std::size_t>(i * t.near.count + k)] + c];
    CHECK((own * mean - pull).norm() < 1e-12);
    CHECK(t.harmonic.stiffness == doctest::Approx(own.trace() / 3));
  }
}

TEST_CASE(
    "Harmonic surroundings: neighbours that all move alike take the particle along, and the size of the crystal does not "
    "matter") {
  const Surrounded t({2, 2, 2}), larger({3, 2, 3});
  REQUIRE(t.harmonic.mean.size() == larger.harmonic.mean.size());
  for (std::size_t kind = 0; kind < t.harmonic.mean.size(); ++kind) {
    CHECK(worst(t.harmonic.mean[kind], larger.harmonic.mean[kind]) < 1e-13);
    for (int a = 0; a < 3; ++a)
      for (int c = 0; c < 3; ++c) {
        double sum = 0;
        for (int k = 0; k < t.near.count; ++k)
          sum += t.harmonic.mean[kind][static_cast<std::size_t>(a * 3 * t.near.count + 3 * k + c)];
        CHECK(std::abs(sum - (a == c)) < 1e-13);
      }
  }
}

TEST_CASE(
    "crystal_sublattices: colours, neighbours and signs are those of the crystal; the unit is one particle's harmonic width") {
  const Surrounded t({2, 2, 2});
  const auto s = crystal_sublattices(t.crystal, t.near, t.harmonic, 4);
  CHECK(s.unit == doctest::Approx(0.5 / std::sqrt(t.harmonic.stiffness)));
  CHECK(s.neighbours == 16);
  CHECK(s.colours.size() == 8);
  int sites = 0;
  for (const auto& colour : s.colours) {
    sites += static_cast<int>(colour.sites.size());
    for (std::size_t i = 0; i < colour.sites.size(); ++i) {
      const auto site = static_cast<std::size_t>(colour.sites[i]);
      for (std::size_t k = 0; k < 16; ++k) CHECK(colour.neighbour[16 * i + k] == t.near.site[16 * site + k]);
      for (std::size_t a = 0; a < 3; ++a) CHECK(colour.sign[3 * i + a] == t.near.sign[site][a]);
    }
  }
  CHECK(sites == t.crystal.particles());
  const auto single = s.as<float>();
  CHECK(single.unit == static_cast<float>(s.unit));
  CHECK(single.colours[3].neighbour == s.colours[3].neighbour);
  CHECK(single.mean[0][5] == static_cast<float>(s.mean[0][5]));
}

TEST_CASE("crystal_sublattices: crystals that are too small are refused") {
  CHECK(contains(message_of([] { Surrounded({1, 1, 1}); }), "a neighbour that appears twice"));
  const Surrounded t({2, 2, 2});
  CHECK(contains(message_of([&] { harmonic_surroundings(t.crystal, t.near, std::vector<double>(7)); }), "got 7 numbers"));
  const Crystal small = build_crystal(face_centred_cubic(), {1, 1, 1}, 1);  // its second shell holds a particle's own images
  CHECK(contains(message_of([&] { crystal_sublattices(small, neighbour_shells(small, 2), t.harmonic, 1); }), "expected"));
}
