/// \file
/// States that replicas are exchanged between or switched through: a temperature and a coupling each.
#pragma once

#include "erg/samplers/replica_energy.hpp"

#include <cmath>
#include <string>
#include <vector>

namespace erg {

/// One state.
struct Rung {
  double beta;          ///< inverse temperature  [1/energy]
  double coupling = 0;  ///< λ of a `CoupledEnergy`; no matter to other energies
};

/// Errors:  InputError for no rungs, and a rung whose beta is not positive or whose coupling is no number.
inline void require_ladder(const std::vector<Rung>& ladder, const std::string& where) {
  if (ladder.empty()) throw InputError("rungs", where, "none", "at least 1");
  for (const Rung& rung : ladder) {
    if (!(rung.beta > 0) || !std::isfinite(rung.beta)) throw InputError("beta", where, to_text(rung.beta), "a positive number");
    if (!std::isfinite(rung.coupling)) throw InputError("coupling", where, to_text(rung.coupling), "a finite number");
  }
}

/// Rungs at one beta whose couplings go from `from` to `to` in equal steps.
inline std::vector<Rung> even_couplings(double beta, int rungs, double from = 0, double to = 1) {
  std::vector<Rung> ladder;
  for (int k = 0; k < rungs; ++k) ladder.push_back({beta, rungs > 1 ? from + (to - from) * k / (rungs - 1) : from});
  return ladder;
}

/// Rungs at one coupling whose temperatures go from 1/`from` to 1/`to` in equal ratios.
inline std::vector<Rung> geometric_betas(double from, double to, int rungs, double coupling = 0) {
  std::vector<Rung> ladder;
  for (int k = 0; k < rungs; ++k)
    ladder.push_back({rungs > 1 ? from * std::pow(to / from, double(k) / (rungs - 1)) : from, coupling});
  return ladder;
}

/// Puts one replica on a rung: beta, coupling, and momenta scaled by √(β/β′), which are then those of the new temperature as
/// they were those of the old. Where the coupling changes energy and gradient are no longer known.
template <class R>
void move_to(Replicas<R>& replicas, int replica, const Rung& rung) {
  const auto r = static_cast<std::size_t>(replica);
  const int pack = replica / lanes_of<R>, s = replica % lanes_of<R>;
  const double beta = replicas.beta()[r];
  if (beta != rung.beta) {
    const auto scale = static_cast<scalar_t<R>>(std::sqrt(beta / rung.beta));
    const Tile<R> p = replicas.momenta(pack);
    for (int row = 0; row < p.rows; ++row) set_lane(p.data[row], s, scale * lane(p.data[row], s));
    replicas.beta()[r] = rung.beta;
  }
  replicas.set_coupling(replica, rung.coupling);
}

}  // namespace erg
