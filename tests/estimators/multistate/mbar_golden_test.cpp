#include "erg/estimators/multistate/averages.hpp"

#include "estimators/multistate/oscillators.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using namespace erg;
using tests::Oscillators;

namespace {

// All numbers: tests/reference/mbar_golden.py, pymbar 4.0.3

constexpr double agreement = 1e-8;

void compare(const MultistateEstimate& found, const std::vector<double>& free_energy, const std::vector<double>& error,
             const std::vector<double>& overlap) {
  CHECK(found.converged);
  for (std::size_t k = 0; k < free_energy.size(); ++k) {
    CAPTURE(k);
    CHECK(std::abs(found.free_energy[k] - free_energy[k]) < agreement);
    CHECK(std::abs(found.difference(0, k).standard_error - error[k]) < agreement);
    CHECK(std::abs(found.overlap(1, static_cast<Eigen::Index>(k)) - overlap[k]) < agreement);
  }
}

/// A column of alchemlyb's u_nk for each state; rows in order of the states.
ReducedEnergyTable soft_core() {
  const auto path =
      std::filesystem::path(__FILE__).parent_path().parent_path().parent_path() / "reference" / "soft_core_u_nk.csv";
  std::ifstream file(path);
  REQUIRE(file.good());
  std::string line, field;
  std::getline(file, line);
  std::vector<std::vector<double>> rows;
  std::vector<double> lambda;
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    rows.emplace_back();
    for (int column = 0; std::getline(fields, field, ','); ++column) {
      if (column == 1 && (lambda.empty() || lambda.back() != std::stod(field))) lambda.push_back(std::stod(field));
      if (column > 1) rows.back().push_back(std::stod(field));
    }
  }
  ReducedEnergyTable table{{}, std::vector<std::int64_t>(lambda.size(), static_cast<std::int64_t>(rows.size() / lambda.size()))};
  for (std::size_t k = 0; k < lambda.size(); ++k)
    for (const auto& row : rows) table.u_kn.push_back(row[k]);
  return table;
}

}  // namespace

TEST_CASE("mbar: oscillators, one without samples, as pymbar has them: free energies, errors, overlap, averages") {
  const Oscillators system{{0, 1, 2, 3, 4}, {1, 2, 4, 8, 16}, {1000, 500, 0, 800, 300}};
  const auto x = system.positions(tests::formula_normal);
  const auto table = system.energies(x);
  const auto found = mbar(table);
  compare(found, {0.0, 0.34969328633918817, 0.6970507987111025, 1.0617333168129086, 1.4251355158607186},
          {0.0, 0.030194882852164838, 0.0763804389333127, 0.16667267738883895, 0.22796358949603004},
          {0.49476602230807304, 0.46175262582955107, 0.0, 0.04335566687644427, 0.00012568498593143042});

  std::vector<double> squares;
  for (const double at : x) squares.push_back(at * at);
  struct Golden {
    std::size_t state;
    std::array<double, 2> mean, error;
  };
  const Golden golden[] = {{0, {-0.001208888619368409, 0.9891370759922997}, {0.029161964611749608, 0.035705370585941705}},
                           {2, {1.9960509592520403, 4.231323275157722}, {0.03080238046054595, 0.12852331182500032}},
                           {4, {3.9984050712496804, 16.048378611859032}, {0.013738233803220931, 0.1102448955246397}}};
  const ReducedEnergies energies = table;
  for (const Golden& g : golden) {
    CAPTURE(g.state);
    const std::vector<std::vector<double>> observables{x, squares};
    const auto means = multistate_averages(found, energies, energies.of_state(g.state), observables);
    CHECK(means.connected);
    for (std::size_t k = 0; k < 2; ++k) {
      CHECK(std::abs(means[k].value - g.mean[k]) < agreement);
      CHECK(std::abs(means[k].standard_error - g.error[k]) < agreement);
    }
  }
}

TEST_CASE("mbar: states that differ by 1e-9, whose errors are rounding") {
  const Oscillators system{{0, 0, 0, 0.1}, {1, 1, 1 + 1e-9, 1}, {200, 300, 250, 150}};
  const auto found = mbar(system.energies(system.positions(tests::formula_normal)));
  const std::vector<double> free_energy{0.0, 0.0, 4.957998456234236e-10, -4.841969550817282e-05};
  CHECK(found.converged);
  for (std::size_t k = 0; k < 4; ++k) CHECK(std::abs(found.free_energy[k] - free_energy[k]) < 1e-12);
  CHECK(std::abs(found.difference(0, 3).standard_error - 0.003324856431499257) < agreement);
  for (std::size_t k = 0; k < 3; ++k) CHECK(found.difference(0, k).standard_error < 1e-7);
}

TEST_CASE("mbar: the path on which a particle appears in a fluid, energies up to 1e7, as pymbar has it") {
  const auto found = mbar(soft_core());
  compare(found, {0.0, 0.342100246135864, 1.1964509106771821, 1.33452860124053, 0.8252672584731595, 0.07503956310509707},
          {0.0, 0.03736497287516696, 0.13182602089450196, 0.2392139552071959, 0.27527235952989304, 0.3035386861539101},
          {0.3658760315828286, 0.347634420684071, 0.22131811259480877, 0.04576135764915333, 0.014337675780453257,
           0.005072401708684912});
}
