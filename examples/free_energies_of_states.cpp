/// Free energies of the states of a file: pymbar's arrays u_kn and N_k in an .npz, or alchemlyb's table u_nk in a .csv.
///
/// Usage: free_energies_of_states FILE [bootstrap rounds, default 0]
/// Prints for each state its number of samples, f − f₀ in k_BT with its error, what a sample shares with the next state, and the
/// same from the first and from the last half of the samples; then what is not well.

#include "erg/estimators/multistate/averages.hpp"
#include "erg/estimators/multistate/mbar_bootstrap.hpp"
#include "erg/estimators/time_series/both_directions.hpp"
#include "erg/io/reduced_energies/u_kn_files.hpp"
#include "erg/io/reduced_energies/u_nk_table.hpp"

#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>

namespace {

erg::ReducedEnergyTable read(const std::filesystem::path& path) {
  if (path.extension() != ".csv") {
    auto stored = erg::read_u_kn(path);
    return {std::move(stored.u_kn), std::move(stored.counts)};
  }
  auto table = erg::read_u_nk(path);
  return {std::move(table.u_kn), std::move(table.counts)};
}

/// The estimate from a part of each state's samples.
erg::MultistateEstimate of_part(const erg::ReducedEnergies& energies, double begin, double end) {
  std::vector<std::vector<std::size_t>> chosen(energies.states());
  for (std::size_t k = 0; k < energies.states(); ++k) {
    const auto part = erg::part_of_series(static_cast<std::size_t>(energies.counts[k]), begin, end);
    for (std::size_t n = 0; n < part.count; ++n) chosen[k].push_back(part.first + n);
  }
  return erg::mbar(erg::take_samples(energies, chosen));
}

void print(const erg::ReducedEnergies& energies, int rounds) {
  // [mbar]
  const erg::MultistateEstimate found = erg::mbar(energies);
  std::printf("converged %s after %d passes, residual %.1e\n", found.converged ? "yes" : "no", found.iterations, found.residual);
  for (std::size_t k = 0; k < found.states(); ++k) {
    const auto [value, error] = found.difference(0, k);
    std::printf("%3zu %8lld %14.6f +- %.6f", k, static_cast<long long>(energies.counts[k]), value, error);
    // [mbar]
    const auto row = static_cast<Eigen::Index>(k);
    if (k + 1 < found.states()) std::printf("   overlap %.4f", found.overlap(row, row + 1));
    std::printf("\n");
  }
  const auto first = of_part(energies, 0, 0.5), last = of_part(energies, 0.5, 1);
  const std::size_t end = found.states() - 1;
  const auto [early, early_error] = first.difference(0, end);
  const auto [late, late_error] = last.difference(0, end);
  std::printf("first half %.6f +- %.6f, last half %.6f +- %.6f\n", early, early_error, late, late_error);
  if (rounds > 0) {
    const auto spread = erg::mbar_bootstrap(energies, found, {.rounds = rounds}).difference(0, end);
    std::printf("bootstrap error %.6f (%d rounds)\n", spread.standard_error, spread.rounds);
  }
  if (const std::string note = erg::multistate_note(found); !note.empty()) std::printf("note: %s\n", note.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  const auto rounds = argc > 2 ? erg::parse_number<int>(argv[2]) : std::optional<int>(0);
  if (argc < 2 || argc > 3 || !rounds || *rounds < 0 || *rounds == 1 || std::string(argv[1]).starts_with('-')) {
    std::fprintf(stderr, "usage: free_energies_of_states FILE.npz|FILE.csv [bootstrap rounds, 0 or from 2]\n");
    return 2;
  }
  try {
    print(read(argv[1]), *rounds);
  } catch (const erg::InputError& error) {
    std::fprintf(stderr, "free_energies_of_states: %s\n", error.what());
    return 2;
  }
}
