/// \file
/// The harmonic crystal: a Gaussian density of displacements, in the normal modes of the lattice.
#pragma once

#include "erg/densities/crystal/lattice_fourier.hpp"
#include "erg/densities/crystal/normal_modes.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <span>
#include <tuple>
#include <type_traits>
#include <vector>

namespace erg {

namespace detail {

/// B dot products at once of a complex matrix, conjugated, with x + i y: entry (row, column) is at e[row · row_step + column ·
/// column_step].
template <int B, bool Conjugate, class R>
void complex_rows(const scalar_t<R>* e, int row_step, int column_step, int columns, const R* x, const R* y, R* p, R* q) {
  R re[B], im[B];
  for (int i = 0; i < B; ++i) re[i] = im[i] = R(scalar_t<R>(0));
  for (int j = 0; j < columns; ++j) {
    for (int i = 0; i < B; ++i) {
      const scalar_t<R>* entry = e + i * row_step + j * column_step;
      const R a(entry[0]), b(Conjugate ? -entry[1] : entry[1]);
      re[i] += a * x[j];
      re[i] -= b * y[j];
      im[i] += a * y[j];
      im[i] += b * x[j];
    }
  }
  for (int i = 0; i < B; ++i) {
    p[i] = re[i];
    q[i] = im[i];
  }
}

/// B dot products at once of a real matrix with x.
template <int B, class R>
void real_rows(const scalar_t<R>* e, int row_step, int column_step, int columns, const R* x, R* p) {
  R sum[B];
  for (int i = 0; i < B; ++i) sum[i] = R(scalar_t<R>(0));
  for (int j = 0; j < columns; ++j) {
    for (int i = 0; i < B; ++i) sum[i] += R(e[i * row_step + j * column_step]) * x[j];
  }
  for (int i = 0; i < B; ++i) p[i] = sum[i];
}

/// What turns Q members of a wave group into products, and back: entry (product, member), orthonormal.
template <int Q, bool Odd, class R>
R member_weight(int product, int member) {
  const int sign = Odd ? odd_sign(product, member) : even_sign(product, member);
  return R(static_cast<scalar_t<R>>(sign / std::sqrt(double(Q))));
}

}  // namespace detail

/// Density ∝ exp(−½ β uᵀ H u) of the displacements u of a crystal, over the 3N − 3 vibrations: the uniform shifts are held at 0.
///
/// Shapes:  latent and u: 3N rows. Rows of the latent come wave vector by wave vector, as `LatticeFourier::groups` lists
///          them: for k and −k, n sites per cell, 3n rows with the modes √2 Re(ε exp(i k·m)) by ascending stiffness, then 3n
///          with √2 Im; 3n rows alone where −k is k. Rows 0, 1, 2 are the uniform shifts: stiffness and amplitude 0.
/// Units:   stiffness: energy / length²; amplitude: length; β: 1 / energy; log-densities in nats, free energies in k_B T.
/// Errors:  InputError as `DynamicalMatrix` and `wave_modes`, and for a β that is not positive.
/// Laws:    the modes M are orthonormal: to_modes(to_displacements(z)) == z at scale 1; β H == M diag(1 / amplitude²) Mᵀ.
/// Setting up costs O(N n²) and one 3n × 3n eigenproblem per pair of wave vectors; a transform costs O(n + n_x + n_y + n_z) per
/// coordinate, n_x the number of cells along x.
class HarmonicCrystal {
 public:
  template <std::floating_point T>
  HarmonicCrystal(const Crystal& crystal, const std::vector<T>& hessian_columns, double beta)
      : fourier_(crystal.cells, 3 * crystal.basis_size()), branches_(3 * crystal.basis_size()), beta_(beta) {
    if (!(beta > 0) || !std::isfinite(beta)) throw InputError("beta", crystal.unit.name, to_text(beta), "a positive number");
    const DynamicalMatrix dynamical(crystal, std::span<const T>(hessian_columns));
    for (const WaveGroup& group : fourier_.groups()) {
      for (int member = 0; member < group.members; ++member) append(wave_modes(dynamical, group.wave[member]), group);
    }
    amplitude_.assign(stiffness_.size(), 0.0);
    for (int row = 3; row < rows(); ++row) {
      amplitude_[row] = 1 / std::sqrt(beta * stiffness_[row]);
      free_energy_ += 0.5 * std::log(beta * stiffness_[row] / (2 * std::numbers::pi));
    }
  }

  int rows() const { return static_cast<int>(stiffness_.size()); }
  int particles() const { return rows() / 3; }
  /// Number of vibrations, 3N − 3.
  int modes() const { return rows() - 3; }
  double beta() const { return beta_; }
  /// Per row of the latent; 0 for the uniform shifts.
  const std::vector<double>& stiffness() const { return stiffness_; }
  /// Standard deviation of each row, 1 / √(β stiffness); 0 for the uniform shifts.
  const std::vector<double>& amplitude() const { return amplitude_; }
  /// −ln ∫ exp(−½ β uᵀ H u) over the vibrations, ½ Σ ln(β stiffness / 2π), in k_B T: also the log-density at u = 0.
  double free_energy() const { return free_energy_; }

  /// u = M diag(scale) latent. Without `scale` (null) it is M latent. u may be the latent itself.
  template <Real R>
  void to_displacements(Tile<const R> latent, const scalar_t<R>* scale, Tile<R> u, Tape<R>& tape) const {
    const auto mark = tape.mark();
    const Scratch<R> s(*this, tape);
    for (int pack = 0; pack < latent.packs; ++pack) {
      int row = 0;
      std::size_t matrix = 0;
      for (const WaveGroup& group : fourier_.groups()) {
        const int count = group.self_conjugate ? branches_ : 2 * branches_;
        for (int member = 0; member < group.members; ++member) {
          for (int i = 0; i < count; ++i) s.latent[i] = scale ? R(scale[row + i]) * latent(row + i, pack) : latent(row + i, pack);
          combine_branches(s, group.self_conjugate, member, matrix);
          row += count;
          matrix += static_cast<std::size_t>(count) * branches_;
        }
        exchange<true>(s, group);
      }
      fourier_.synthesise(s.waves, tape, [&](int x) {
        for_cells(x, [&](int component, int u_row, std::ptrdiff_t entry) { u(u_row, pack) = s.waves[entry + component]; });
      });
    }
    tape.release(mark);
  }

  /// d_latent = Mᵀ d_u: the transpose of `to_displacements` at scale 1, and its inverse on displacements without a uniform shift.
  template <Real R>
  void to_modes(Tile<const R> d_u, Tile<R> d_latent, Tape<R>& tape) const {
    const auto mark = tape.mark();
    const Scratch<R> s(*this, tape);
    for (int pack = 0; pack < d_u.packs; ++pack) {
      fourier_.analyse(s.waves, tape, [&](int x) {
        for_cells(x, [&](int component, int u_row, std::ptrdiff_t entry) { s.waves[entry + component] = d_u(u_row, pack); });
      });
      int row = 0;
      std::size_t matrix = 0;
      for (const WaveGroup& group : fourier_.groups()) {
        const int count = group.self_conjugate ? branches_ : 2 * branches_;
        exchange<false>(s, group);
        for (int member = 0; member < group.members; ++member) {
          split_branches(s, group.self_conjugate, member, matrix);
          for (int i = 0; i < count; ++i) d_latent(row + i, pack) = s.latent[i];
          row += count;
          matrix += static_cast<std::size_t>(count) * branches_;
        }
      }
    }
    tape.release(mark);
  }

  /// Log-density of each sample's displacements over the 3N − 3 vibrations; a uniform shift of u makes no difference.
  template <Real R>
  void log_density(Tile<const R> u, double* out, Tape<R>& tape) const {
    const auto mark = tape.mark();
    const Tile<R> modes{tape.push(u.size()), u.rows, u.packs};
    to_modes(u, modes, tape);
    sum_of_squares<R>(modes, true, out);
    for (int s = 0; s < u.packs * lanes_of<R>; ++s) out[s] = free_energy_ - 0.5 * out[s];
    tape.release(mark);
  }

  /// The same for u = to_displacements(latent, amplitude), from the latent alone.
  template <Real R>
  void log_density_of_latent(Tile<const R> latent, double* out) const {
    sum_of_squares<R>(latent, false, out);
    for (int s = 0; s < latent.packs * lanes_of<R>; ++s) out[s] = free_energy_ - 0.5 * out[s];
  }

 private:
  template <class R>
  struct Scratch {
    Scratch(const HarmonicCrystal& of, Tape<R>& tape)
        : waves(tape.push(of.fourier_.grid_size())),
          latent(tape.push(2 * of.branches_)),
          even(tape.push(4 * of.branches_)),
          odd(tape.push(4 * of.branches_)) {}
    R* waves;       // (cell, component), the grid of the Fourier transform
    R* latent;      // (√2 Re, √2 Im; branch)
    R *even, *odd;  // (member, component)
  };

  /// Calls f(component, row of u, offset of the cell in the grid) for all cells of one x.
  template <class F>
  void for_cells(int x, F&& f) const {
    const std::array<int, 3>& n = fourier_.cells();
    const int cell_count = n[0] * n[1] * n[2];
    for (int basis = 0; basis < branches_ / 3; ++basis) {
      int row = 3 * (basis * cell_count + x * n[1] * n[2]);
      for (int y = 0; y < n[1]; ++y) {
        for (int z = 0; z < n[2]; ++z) {
          const std::ptrdiff_t entry = fourier_.offset({x, y, z});
          for (int axis = 0; axis < 3; ++axis, ++row) f(3 * basis + axis, row, entry);
        }
      }
    }
  }

  void append(const WaveModes<double>& modes, const WaveGroup& group) {
    auto& [wide, narrow] = vectors_;
    for (int copy = 0; copy < (group.self_conjugate ? 1 : 2); ++copy) {
      stiffness_.insert(stiffness_.end(), modes.stiffness.begin(), modes.stiffness.end());
    }
    for (int c = 0; c < branches_; ++c) {
      for (int j = 0; j < branches_; ++j) {
        wide.push_back(modes.vectors(c, j).real());
        if (!group.self_conjugate) wide.push_back(modes.vectors(c, j).imag());
      }
    }
    narrow.insert(narrow.end(), wide.begin() + static_cast<std::ptrdiff_t>(narrow.size()), wide.end());
  }

  /// Waves of one member from its latent rows: even + i odd = conj(ε) (a + i b).
  template <class R>
  void combine_branches(const Scratch<R>& s, bool self_conjugate, int member, std::size_t matrix) const {
    const scalar_t<R>* e = std::get<std::vector<scalar_t<R>>>(vectors_).data() + matrix;
    R *even = s.even + member * branches_, *odd = s.odd + member * branches_;
    const int n = branches_;
    if (self_conjugate) {
      for (int c = 0; c < n; c += 3) detail::real_rows<3>(e + c * n, n, 1, n, s.latent, even + c);
    } else {
      for (int c = 0; c < n; c += 3) {
        detail::complex_rows<3, true>(e + 2 * c * n, 2 * n, 2, n, s.latent, s.latent + n, even + c, odd + c);
      }
    }
  }

  /// The transpose: a + i b = εᵀ (even + i odd).
  template <class R>
  void split_branches(const Scratch<R>& s, bool self_conjugate, int member, std::size_t matrix) const {
    const scalar_t<R>* e = std::get<std::vector<scalar_t<R>>>(vectors_).data() + matrix;
    const R *even = s.even + member * branches_, *odd = s.odd + member * branches_;
    const int n = branches_;
    if (self_conjugate) {
      for (int j = 0; j < n; j += 3) detail::real_rows<3>(e + j, 1, n, n, even, s.latent + j);
    } else {
      for (int j = 0; j < n; j += 3) {
        detail::complex_rows<3, false>(e + 2 * j, 2, 2 * n, n, even, odd, s.latent + j, s.latent + n + j);
      }
    }
  }

  /// Between the waves of a group's members and the products of cosines and sines along the axes that the grid holds.
  template <bool ToGrid, class R>
  void exchange(const Scratch<R>& s, const WaveGroup& group) const {
    if (group.members == 1) {
      exchange_members<1, ToGrid>(s, group);
    } else if (group.members == 2) {
      exchange_members<2, ToGrid>(s, group);
    } else {
      exchange_members<4, ToGrid>(s, group);
    }
  }

  template <int Q, bool ToGrid, class R>
  void exchange_members(const Scratch<R>& s, const WaveGroup& group) const {
    const auto one_parity = [&]<bool Odd>(R* members, const std::array<std::ptrdiff_t, 4>& place, std::bool_constant<Odd>) {
      for (int c = 0; c < branches_; ++c) {
        R from[Q];
        for (int i = 0; i < Q; ++i) from[i] = ToGrid ? members[i * branches_ + c] : s.waves[place[i] + c];
        for (int i = 0; i < Q; ++i) {
          R total = R(scalar_t<R>(0));
          for (int j = 0; j < Q; ++j) total += detail::member_weight<Q, Odd, R>(ToGrid ? i : j, ToGrid ? j : i) * from[j];
          (ToGrid ? s.waves[place[i] + c] : members[i * branches_ + c]) = total;
        }
      }
    };
    one_parity(s.even, group.even, std::false_type{});
    if (!group.self_conjugate) one_parity(s.odd, group.odd, std::true_type{});
  }

  /// Σ over the vibrations of x² (or β stiffness x²), per sample.
  template <class R>
  void sum_of_squares(Tile<const R> x, bool weighted, double* out) const {
    std::fill(out, out + x.packs * lanes_of<R>, 0.0);
    for (int pack = 0; pack < x.packs; ++pack) {
      for (int first = 3; first < x.rows; first += 24) {  // short sums in R, long ones in double
        R part = R(scalar_t<R>(0));
        for (int row = first; row < std::min(first + 24, x.rows); ++row) {
          const R z = x(row, pack);
          part += (weighted ? R(static_cast<scalar_t<R>>(beta_ * stiffness_[row])) * z : z) * z;
        }
        for (int s = 0; s < lanes_of<R>; ++s) out[pack * lanes_of<R> + s] += lane(part, s);
      }
    }
  }

  LatticeFourier fourier_;
  int branches_;
  double beta_, free_energy_ = 0;
  std::vector<double> stiffness_, amplitude_;
  std::tuple<std::vector<double>, std::vector<float>> vectors_;  // per member (component, branch), complex numbers as pairs
};

}  // namespace erg
