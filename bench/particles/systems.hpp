/// \file
/// The systems whose dynamics are timed, and a state of each in equilibrium.
#pragma once

#include "../lammps.hpp"

#include "erg/geometry/crystal.hpp"
#include "erg/potentials/moving/listed_particles.hpp"
#include "erg/potentials/wrappers.hpp"

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

namespace erg::bench {

// One system: in units of ε, σ and the mass, or kcal/mol, Å and g/mol, where kT and time have these units.
struct System {
  std::string name;
  Crystal crystal;
  double kT, mass, step;  // mass · length² / time² in units of energy
  double hot;             // what kT is at first, to melt it
  std::string pair_styles, pair_style_arguments, pair_coeff, neighbour, units;
  double lammps_step, lammps_mass;
};

inline std::vector<System> systems() {
  // mass of 1 g/mol: 1 (Å/fs)² is 2390.06 kcal/mol
  const double water_mass = 18.015 * 2390.0573615334906, k = 0.0019872067;
  const std::string water = WaterFile::pair_coeff(), melt = "0.3 bin\nneigh_modify delay 0 every 20 check no",
                    check = "1.0 bin\nneigh_modify delay 0 every 1 check yes", lj = "lj/cut lj/cut/opt lj/cut/omp";
  const auto argon = [](double density) { return build_crystal(face_centred_cubic(), {6, 6, 6}, density); };
  return {{"argon liquid 864", argon(0.8442), 0.85, 1, 0.005, 3, lj, " 2.5", "1 1 1.0 1.0", melt, "lj", 0.005, 1},
          {"argon solid 864", argon(1.05), 0.85, 1, 0.005, 0.85, lj, " 2.5", "1 1 1.0 1.0", melt, "lj", 0.005, 1},
          {"water liquid 512", build_crystal(ice_cubic(), {4, 4, 4}, 0.0334), 300 * k, water_mass, 5, 2500 * k, "sw sw/omp", "",
           water, check, "real", 5, 18.015},
          {"water ice 512", build_crystal(ice_cubic(), {4, 4, 4}, 0.033567184), 250 * k, water_mass, 5, 250 * k, "sw sw/omp", "",
           water, check, "real", 5, 18.015}};
}

// Replicas in lanes, all from one state.
template <class R, class P>
class Dynamics {
 public:
  using T = scalar_t<R>;
  Dynamics(const P& potential, const System& system, int replicas)
      : system_(system),
        energies_(potential, system.crystal.box, system.crystal.sites,
                  ListedParticles<P>::usual_skin(system.crystal.box, system.crystal.particles())),
        lists_(energies_.lists(replicas)),
        u_(3 * energies_.particles(), replicas / lanes_of<R>),
        v_(u_),
        gradient_(u_),
        energy_(replicas) {}

  void set(const std::vector<double>& u, const std::vector<double>& v) {
    for (std::size_t row = 0; row < u.size(); ++row) {
      for (int pack = 0; pack < u_.view().packs; ++pack) {
        u_.view()(row, pack) = R(T(u[row]));
        v_.view()(row, pack) = R(T(v[row]));
      }
    }
    energies_.template energy_and_gradient<R>(u_.view(), energy_.data(), gradient_.view(), tape_, lists_);
  }
  void run(int steps) {
    const R kick(T(-0.5 * system_.step / system_.mass)), drift(T(system_.step));
    for (int k = 0; k < steps; ++k) {
      R *u = u_.view().data, *v = v_.view().data;
      const R* slope = gradient_.view().data;
      for (std::size_t i = 0; i < u_.view().size(); ++i) {
        v[i] += kick * slope[i];
        u[i] += drift * v[i];
      }
      energies_.template energy_and_gradient<R>(u_.view(), energy_.data(), gradient_.view(), tape_, lists_);
      for (std::size_t i = 0; i < u_.view().size(); ++i) v[i] += kick * slope[i];
    }
  }
  // Of the first replica.
  void scale_to(double kT) {
    const double factor = std::sqrt(kT / temperature());
    for (std::size_t i = 0; i < v_.view().size(); ++i) v_.view().data[i] *= R(T(factor));
  }
  double temperature() {
    double sum = 0;
    for (int row = 0; row < v_.view().rows; ++row) sum += std::pow(double(lane(v_.view()(row, 0), 0)), 2);
    return sum * system_.mass / v_.view().rows;
  }
  double energy() const { return energy_[0]; }
  double builds() const { return double(lists_.builds()) / lists_.replicas(); }
  std::vector<double> state(bool velocities) {
    const Tile<R> of = velocities ? v_.view() : u_.view();
    std::vector<double> x(of.rows);
    for (int row = 0; row < of.rows; ++row) x[row] = lane(of(row, 0), 0);
    return x;
  }

 private:
  const System& system_;
  ListedParticles<P> energies_;
  NeighbourLists lists_;
  TileBuffer<R> u_, v_, gradient_;
  std::vector<double> energy_;
  Tape<R> tape_;
};

struct State {
  std::vector<double> u, v;
  double energy;
};

template <class P>
State equilibrated(const P& potential, const System& system) {
  const char* given = std::getenv("ERG_STEPS");
  const int steps = given ? std::atoi(given) : 2000;
  Dynamics<double, P> dynamics(potential, system, 1);
  std::mt19937_64 engine(1);
  std::normal_distribution<double> normal;
  std::vector<double> u(3 * system.crystal.particles(), 0.0), v(u.size());
  Vec3<double> mean{0, 0, 0};
  for (std::size_t row = 0; row < v.size(); ++row) mean[row % 3] += (v[row] = normal(engine)) * 3 / double(v.size());
  for (std::size_t row = 0; row < v.size(); ++row) v[row] -= mean[row % 3];
  dynamics.set(u, v);
  for (int k = 0; k < steps; k += 10) {
    dynamics.scale_to(k < steps / 2 ? system.hot : system.kT);
    dynamics.run(10);
  }
  return {dynamics.state(false), dynamics.state(true), dynamics.energy()};
}

}  // namespace erg::bench
