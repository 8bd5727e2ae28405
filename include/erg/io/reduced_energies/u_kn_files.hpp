/// \file
/// The arrays u_kn and N_k that pymbar takes, in .npz and .npy files.
#pragma once

#include "erg/io/npy.hpp"
#include "erg/io/reduced_energies/npz.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace erg {

/// Reduced energies as files hold them: what `ReducedEnergies` of estimators views, {stored.u_kn, stored.counts}.
///
/// Shapes:  u_kn (states, samples), samples fastest; counts (states), N_k: the samples of state 0 first, and so on.
/// Units:   k_B T.
struct StoredEnergies {
  std::vector<double> u_kn;
  std::vector<std::int64_t> counts;
};

namespace detail {

inline std::vector<std::int64_t> counts_of_npy(const std::string& bytes, const std::string& source) {
  std::vector<std::int64_t> counts;
  const auto take = [&](const auto& array) {
    if (array.dimension() != 1) throw InputError("N_k", source, std::to_string(array.dimension()) + " dimensions", "one");
    for (const auto x : array) {
      if (std::trunc(static_cast<double>(x)) != static_cast<double>(x) || !(x >= 0))
        throw InputError("N_k", source, to_text(x), "whole numbers from 0");
      counts.push_back(static_cast<std::int64_t>(x));
    }
  };
  const std::string_view header = std::string_view(bytes).substr(0, 128);
  if (header.find("'<i4'") != std::string_view::npos) {
    take(parse_npy<std::int32_t>(bytes, source));
  } else if (header.find("'<f8'") != std::string_view::npos) {
    take(parse_npy<double>(bytes, source));
  } else {
    take(parse_npy<std::int64_t>(bytes, source));
  }
  return counts;
}

inline StoredEnergies stored_energies(const std::string& u, const std::string& u_source, const std::string& n,
                                      const std::string& n_source) {
  StoredEnergies stored{{}, counts_of_npy(n, n_source)};
  const auto array = parse_npy<double>(u, u_source);
  std::size_t total = 0;
  for (const std::int64_t count : stored.counts) total += static_cast<std::size_t>(count);
  if (array.dimension() != 2 || array.shape(0) != stored.counts.size() || array.shape(1) != total) {
    std::string shape;
    for (const auto extent : array.shape()) shape += (shape.empty() ? "" : " × ") + std::to_string(extent);
    throw InputError("u_kn", u_source, shape,
                     std::to_string(stored.counts.size()) + " states × " + std::to_string(total) + " samples, as N_k says");
  }
  stored.u_kn.assign(array.begin(), array.end());
  return stored;
}

inline std::string u_kn_bytes(std::span<const double> u_kn, std::span<const std::int64_t> counts, const std::string& path) {
  const std::size_t states = counts.size(), samples = states == 0 ? 0 : u_kn.size() / states;
  if (states == 0 || samples * states != u_kn.size())
    throw InputError("u_kn", path, std::to_string(u_kn.size()) + " numbers",
                     "some for each of " + std::to_string(states) + " states");
  return xt::dump_npy(xt::adapt(u_kn.data(), u_kn.size(), xt::no_ownership(), std::array<std::size_t, 2>{states, samples}));
}
inline std::string n_k_bytes(std::span<const std::int64_t> counts) {
  return xt::dump_npy(xt::adapt(counts.data(), counts.size(), xt::no_ownership(), std::array<std::size_t, 1>{counts.size()}));
}

}  // namespace detail

/// One file with the arrays u_kn and N_k: `with numpy.load(path) as file: pymbar.MBAR(file['u_kn'], file['N_k'])`.
///
/// Errors:  InputError when u_kn has not as many numbers for each state; as `write_npz`.
inline void write_u_kn(const std::filesystem::path& path, std::span<const double> u_kn, std::span<const std::int64_t> counts) {
  write_npz(path, {{"u_kn.npy", detail::u_kn_bytes(u_kn, counts, path.string())}, {"N_k.npy", detail::n_k_bytes(counts)}});
}

/// Reads what `write_u_kn` or `numpy.savez(path, u_kn=…, N_k=…)` wrote; whole numbers may have 4 or 8 bytes.
///
/// Errors:  InputError with the path as `read_npz` and `parse_npy`; when an array is missing, or their shapes do not fit.
inline StoredEnergies read_u_kn(const std::filesystem::path& path) {
  const ArchivedFiles files = read_npz(path);
  const auto array = [&](const char* name) -> const std::string& {
    std::string names;
    for (const auto& [found, bytes] : files) {
      if (found == name) return bytes;
      names += (names.empty() ? "" : ", ") + found;
    }
    throw InputError("npz file", path.string(), names.empty() ? "no arrays" : excerpt(names, 100),
                     "an array " + std::string(name));
  };
  return detail::stored_energies(array("u_kn.npy"), path.string() + ": u_kn", array("N_k.npy"), path.string() + ": N_k");
}

/// The same from two npy files, of any size.
inline StoredEnergies read_u_kn(const std::filesystem::path& u_kn, const std::filesystem::path& n_k) {
  return detail::stored_energies(read_bytes(u_kn), u_kn.string(), read_bytes(n_k), n_k.string());
}

}  // namespace erg
