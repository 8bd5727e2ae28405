/// \file
/// Particles anywhere in a periodic box, all places alike: the ideal gas.
#pragma once

#include "erg/base/error.hpp"
#include "erg/densities/concept.hpp"
#include "erg/geometry/box.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

namespace erg {

/// q(x) = V^−N for N particles in a box of volume V; without a box x are fractional coordinates in [0, 1) and V = 1.
///
/// Shapes:  x (3 · particles, packs).
/// Units:   x in length, or fractions of the edges; ln q per volume of the 3N coordinates.
/// Errors:  InputError for fewer than one particle.
/// Laws:    the torus has no edge: ln q is the same for every x, inside the box or not, and the score is zero.
template <std::floating_point T>
class UniformTorus : public ParameterFree {
 public:
  using Scalar = T;

  UniformTorus(int particles, const Box& box) : UniformTorus(particles) {
    box_ = box;
    log_q_ = -particles * std::log(box.volume());
  }
  static UniformTorus fractional(int particles) { return UniformTorus(particles); }

  int rows() const { return 3 * particles_; }

  template <class R>
  void draw(const Prepared&, Stream stream, std::uint64_t first, Tile<R>, Tile<R> x, double* log_q, Tape<R>&) const {
    for (int sample = 0; sample < x.packs * lanes_of<R>; ++sample) {
      const std::uint64_t index = first + static_cast<std::uint64_t>(sample);
      for (int i = 0; i < particles_; ++i) {
        Vec3<double> f;
        for (int a = 0; a < 3; ++a) f[a] = std::min(uniform(stream, index, static_cast<std::uint32_t>(3 * i + a)), below_one);
        detail::set_particle(x, i, sample / lanes_of<R>, sample % lanes_of<R>, box_ ? box_->to_cartesian(f) : f);
      }
      log_q[sample] = log_q_;
    }
  }
  template <class R>
  void log_density(const Prepared&, Tile<const R> x, Tile<R>, double* log_q, Tape<R>&) const {
    std::fill(log_q, log_q + x.packs * lanes_of<R>, log_q_);
  }
  template <class R>
  void score(const Prepared&, Tile<R>, Tile<R> score, Tape<R>&) const {
    std::fill(score.data, score.data + score.size(), R(T(0)));
  }

 private:
  /// A fraction nearer to one than T can tell is the last one below.
  static constexpr double below_one = 1 - static_cast<double>(std::numeric_limits<T>::epsilon()) / 2;

  explicit UniformTorus(int particles) : particles_(particles) {
    if (particles < 1) throw InputError("number of particles", "uniform torus", std::to_string(particles), "at least 1");
  }

  int particles_;
  double log_q_ = 0;
  std::optional<Box> box_;
};

}  // namespace erg
