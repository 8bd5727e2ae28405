// rejects: Chain: every part must be a point bijector (forward, inverse, vjp, inverse_vjp, parameters)
#include "erg/bijectors/chain.hpp"

struct Scale {
  double factor;
};
using Bent = erg::Chain<erg::Affine, Scale>;
constexpr int parameters = Bent::parameters;
