#include "erg/bijectors/chain.hpp"
#include "erg/densities/crystal/einstein_crystal.hpp"
#include "erg/densities/mixture.hpp"
#include "erg/training/adam.hpp"
#include "erg/training/maximum_likelihood.hpp"
#include "erg/training/schedule.hpp"
#include "laws/density_laws.hpp"

using namespace erg;
using namespace erg::tests;

namespace {

/// A point bijector for each particle, with parameters of its own.
template <std::floating_point T, PointBijector Transform>
struct ForEachParticle {
  using Scalar = T;
  static constexpr int count = Transform::parameters;
  template <class R>
  using Kept = std::vector<Vec3<R>>;
  std::size_t offset;

  ForEachParticle(ParameterLayout& layout, int particles) : offset(layout.add("particles", {particles, count})) {}

  template <class R, class F>
  void move(const T* theta, Tile<R> u, double* log_det, F&& f) const {
    for (int i = 0; i < u.rows / 3; ++i)
      for (int pack = 0; pack < u.packs; ++pack) {
        R p[count];
        for (int k = 0; k < count; ++k) p[k] = R(theta[offset + static_cast<std::size_t>(count * i + k)]);
        const auto image = f(p, Vec3<R>{u(3 * i, pack), u(3 * i + 1, pack), u(3 * i + 2, pack)}, i, pack);
        for (int a = 0; a < 3; ++a) u(3 * i + a, pack) = image.point[a];
        for (int s = 0; s < lanes_of<R>; ++s) log_det[pack * lanes_of<R> + s] += static_cast<double>(lane(image.log_det, s));
      }
  }
  template <class R>
  void forward(const T* theta, Tile<R> u, double* log_det, Tape<R>&) const {
    move(theta, u, log_det, [](const R* p, Vec3<R> x, int, int) { return Transform::forward(p, x); });
  }
  template <class R>
  void inverse(const T* theta, Tile<R> u, double* log_det, Tape<R>&) const {
    move(theta, u, log_det, [](const R* p, Vec3<R> x, int, int) { return Transform::inverse(p, x); });
  }
  template <class R>
  void forward(const T* theta, Tile<R> u, double* log_det, Kept<R>& kept, Tape<R>&) const {
    kept.clear();
    move(theta, u, log_det, [&](const R* p, Vec3<R> x, int, int) {
      kept.push_back(x);
      return Transform::forward(p, x);
    });
  }
  template <class R>
  void carry_score(const T* theta, Tile<R> u, double* log_det, Tile<R> score, Kept<R>& kept, Tape<R>&) const {
    kept.clear();
    move(theta, u, log_det, [&](const R* p, Vec3<R> x, int i, int pack) {
      kept.push_back(x);
      const auto d =
          Transform::inverse_vjp(p, x, Vec3<R>{score(3 * i, pack), score(3 * i + 1, pack), score(3 * i + 2, pack)}, R(T(1)));
      for (int a = 0; a < 3; ++a) score(3 * i + a, pack) = d[a];
      return Transform::forward(p, x);
    });
  }
  template <class R>
  void vjp(const T* theta, Tile<R> u, Kept<R>& kept, Tile<R> d_u, T d_log_det, T* d_theta, Tape<R>&) const {
    std::vector<double> unused(static_cast<std::size_t>(u.packs * lanes_of<R>));
    std::size_t next = 0;
    move(theta, u, unused.data(), [&](const R* p, Vec3<R>, int i, int pack) {
      const Vec3<R> x = kept[next++];
      R d_p[count];
      const auto d =
          Transform::vjp(p, x, Vec3<R>{d_u(3 * i, pack), d_u(3 * i + 1, pack), d_u(3 * i + 2, pack)}, R(d_log_det), d_p);
      for (int a = 0; a < 3; ++a) d_u(3 * i + a, pack) = d[a];
      for (int k = 0; k < count; ++k) d_theta[offset + static_cast<std::size_t>(count * i + k)] += sum(d_p[k]);
      return Image<Vec3<R>, R>{x, R(T(0))};
    });
  }
};

using R = Lanes<double, 8>;
using Triangles = ForEachParticle<double, TriangularAffine>;
static_assert(Bijector<Triangles, R>);

template <class Loss>
std::vector<double> trained(Loss& loss, std::size_t parameters, int steps, double rate) {
  std::vector<double> theta(parameters, 0.0), g(parameters);
  Adam adam(parameters);
  const int threads = thread_count();  // one is enough for batches this small
  set_threads(1);
  const WarmUpCosine schedule{rate};
  for (int step = 0; step < steps; ++step) {
    const auto report = loss.gradient(theta, {3, StreamName::training_batch}, static_cast<std::uint64_t>(step * 256), 256, g);
    CHECK(report.usable);
    adam.step(std::span<double>(theta), std::span<const double>(g), schedule(double(step) / steps));
  }
  set_threads(threads);
  return theta;
}

}  // namespace

TEST_CASE("MaximumLikelihood: recovers a Gaussian from samples, trained with Adam") {
  // v = m + A z for each of two particles; 4,000 samples. The best triangular affine map has the samples' own mean and
  // covariance, whose errors are known: 18 bounds of 5 standard errors fail 1 run in 95,000 over all seeds. The seeds are fixed.
  // It fits the samples better than the density that they come from, by half the number of parameters over that of samples.
  const double mean[2][3] = {{0.4, -0.2, 0.1}, {-0.3, 0.6, 0.2}};
  const double a[2][3][3] = {{{0.8, 0, 0}, {0.5, 1.2, 0}, {-0.3, 0.2, 0.6}}, {{1.5, 0, 0}, {-0.4, 0.7, 0}, {0.6, 0.3, 1.1}}};
  const int samples = 4000;
  std::vector<double> data;
  for (int s = 0; s < samples; ++s)
    for (int i = 0; i < 2; ++i)
      for (int x = 0; x < 3; ++x) {
        data.push_back(mean[i][x]);
        for (int k = 0; k < 3; ++k)
          data.back() +=
              a[i][x][k] * normal({7, StreamName::test}, static_cast<std::uint64_t>(s), static_cast<std::uint32_t>(3 * i + k));
      }
  ParameterLayout layout;
  const Triangles map(layout, 2);
  const Flow flow(EinsteinCrystal<double>({1, 1}, 1, Centre::free), map);
  MaximumLikelihood<decltype(flow), R> loss(flow, data, 4);
  const auto theta = trained(loss, layout.size(), 500, 0.03);

  double learned_loss = 0, true_loss = 0;  // the mean of −ln q over all samples
  for (std::size_t s = 0; s < data.size(); s += 6) {
    typename decltype(flow)::Workspace<double> w(6, 1);
    flow.log_density({}, theta.data(), Tile<const double>{data.data() + s, 6, 1}, w);
    learned_loss -= w.log_q[0] / samples;
    for (std::uint32_t k = 0; k < 6; ++k)
      true_loss += 0.5 * (std::pow(normal({7, StreamName::test}, s / 6, k), 2) + std::log(2 * std::numbers::pi)) / samples;
  }
  for (const auto& linear : a)
    for (int k = 0; k < 3; ++k) true_loss += std::log(linear[k][k]);
  CHECK(learned_loss < true_loss);
  CHECK(learned_loss > true_loss - 4 * 18 / (2.0 * samples));

  // The map's mean and linear part, from where it takes the origin and the axes.
  const auto image = [&](int axis) {
    std::vector<double> u(6, 0.0);
    if (axis >= 0) u[static_cast<std::size_t>(axis)] = u[static_cast<std::size_t>(3 + axis)] = 1;
    Tape<double> tape;
    double log_det = 0;
    map.forward(theta.data(), Tile<double>{u.data(), 6, 1}, &log_det, tape);
    return u;
  };
  const auto origin = image(-1);
  std::vector<double> linear[3];
  for (int k = 0; k < 3; ++k) linear[k] = moved(image(k), origin, -1);
  const auto row = [](const double* x, const double* y) { return x[0] * y[0] + x[1] * y[1] + x[2] * y[2]; };
  for (int i = 0; i < 2; ++i)
    for (int x = 0; x < 3; ++x) {
      const std::size_t at = static_cast<std::size_t>(3 * i + x);
      const double variance = row(a[i][x], a[i][x]);
      CHECK(std::abs(origin[at] - mean[i][x]) < 5 * std::sqrt(variance / samples));
      for (int y = 0; y <= x; ++y) {
        const std::size_t other = static_cast<std::size_t>(3 * i + y);
        double learned = 0;
        for (const auto& l : linear) learned += l[at] * l[other];
        const double expected = row(a[i][x], a[i][y]);
        const double error = std::sqrt((variance * row(a[i][y], a[i][y]) + expected * expected) / samples);
        CHECK(std::abs(learned - expected) < 5 * error);
      }
    }
}

TEST_CASE("MaximumLikelihood: learns the weights of a mixture, which reverse KL cannot") {
  // The likelihood is greatest where the weights are the mean of what each sample says of them: here the samples' own fractions.
  const auto well = [](double spring) { return EinsteinCrystal<double>({spring, spring}, 1, Centre::free); };
  const double narrow = 1e5, wide = 1;
  const Mixture<EinsteinCrystal<double>> source({0.2, 0.8}, {well(narrow), well(wide)});
  const int samples = 1000;
  std::vector<double> data;
  double few = 0;
  for (int s = 0; s < samples; ++s) {
    const auto u = draw_one(source, source.prepare(nullptr), static_cast<std::uint64_t>(s)).u;
    data.insert(data.end(), u.begin(), u.end());
    few += dot(u, u) < 1e-2 ? 1.0 / samples : 0.0;
  }
  ParameterLayout layout;
  LearnedMixture<EinsteinCrystal<double>> base(layout, {1, 1}, {well(narrow), well(wide)});
  const Flow flow(base, ForEachParticle<double, UnitTriangular>(layout, 2));
  MaximumLikelihood<decltype(flow), R> loss(flow, data, 4);
  const auto theta = trained(loss, layout.size(), 300, 0.05);
  const double learned = std::exp(flow.base().prepare(theta.data()).log_weight[0]);
  CHECK(std::abs(few - 0.2) < 4.5 * std::sqrt(0.16 / samples));
  CHECK(std::abs(learned - few) < 0.01);
  CHECK(std::abs(few - 0.5) > 0.2);
}
