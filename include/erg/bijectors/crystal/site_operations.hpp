/// \file
/// Changes of the axes' signs that leave a site's surroundings as they are, and what they do to a coupling's numbers.
#pragma once

#include "erg/bijectors/concept.hpp"
#include "erg/networks/tied_weights.hpp"

#include <array>
#include <cstddef>
#include <vector>

namespace erg {

/// One operation, and where it carries each neighbour.
struct SiteOperation {
  std::array<int, 3> sign;
  std::vector<int> neighbour;  ///< (neighbours)
};

/// What it does to the parameters of a transform.
template <AxisSymmetricBijector Transform>
SignedPermutation turned_parameters(const SiteOperation& g) {
  SignedPermutation p;
  for (int i = 0; i < Transform::parameters; ++i) {
    int sign = 1;
    for (std::size_t a = 0; a < 3; ++a)
      if (Transform::parity[static_cast<std::size_t>(i)] & 1u << a) sign *= g.sign[a];
    p.to.push_back(i);
    p.sign.push_back(sign);
  }
  return p;
}

/// What it does to the neighbours' displacements, three numbers each, and to `conditions` more numbers, which stay.
inline SignedPermutation turned_features(const SiteOperation& g, int conditions) {
  SignedPermutation p;
  for (const int image : g.neighbour)
    for (int a = 0; a < 3; ++a) {
      p.to.push_back(3 * image + a);
      p.sign.push_back(g.sign[static_cast<std::size_t>(a)]);
    }
  for (int c = 0; c < conditions; ++c) {
    p.to.push_back(static_cast<int>(3 * g.neighbour.size()) + c);
    p.sign.push_back(1);
  }
  return p;
}

}  // namespace erg
