/// The crystal of a file.

#include "crystals/crystals.hpp"

#include "erg/geometry/structure.hpp"
#include "erg/io/structures/structure_file.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace crystal_programs::detail {

namespace {

/// What makes the crystal, whatever its density: edges and sites in thousandths, counted from the first site.
///
/// Source:  the sum is FNV-1a, 64 bits.
std::string digest(const erg::UnitCell& given) {
  const erg::UnitCell unit = given.scaled(1);
  const auto thousandths = [](double x) { return std::lround(1000 * x); };
  std::string text;
  for (int k = 0; k < 9; ++k) text += std::to_string(thousandths(unit.vectors[k / 3][k % 3])) + ' ';
  for (int site = 0; site < unit.size(); ++site) {
    text += std::to_string(unit.species[static_cast<std::size_t>(site)]) + ' ';
    for (int axis = 0; axis < 3; ++axis) {
      const auto& basis = unit.basis;
      text += std::to_string((thousandths(basis[static_cast<std::size_t>(site)][axis] - basis[0][axis]) + 2000) % 1000) + ' ';
    }
  }
  std::uint64_t sum = 0xcbf29ce484222325u;
  for (const unsigned char c : text) sum = (sum ^ c) * 0x100000001b3u;
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(sum));
  return digits;
}

/// Each species of the atoms once, in the order of its first atom.
///
/// Errors:  InputError for a name that the files of the result cannot hold: before any time is spent.
std::vector<std::string> species_of(const erg::Frame& frame, const std::string& file) {
  std::vector<std::string> names;
  for (const std::string& symbol : frame.species) {
    if (std::find(names.begin(), names.end(), symbol) != names.end()) continue;
    if (symbol.find_first_of("\"'={}[],") != std::string::npos)
      throw erg::InputError("chemical species", file, erg::excerpt(symbol), "a name without quotes, brackets, = and comma");
    names.push_back(symbol);
  }
  return names;
}

/// As a sentence has it: Na, Cl and O.
std::string spoken_list(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t k = 0; k < names.size() && k < 8; ++k)
    text += (k == 0 ? "" : k + 1 == names.size() ? " and " : ", ") + erg::excerpt(names[k]);
  return names.size() > 8 ? text + " and more" : text;
}

bool same_names(std::vector<std::string> a, std::vector<std::string> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return a == b;
}

std::string potential_of(const CrystalChoice& o, const std::vector<std::string>& names, const std::string& file) {
  if (o.potential) return *o.potential;
  if (!o.kinds.empty()) return "kob-andersen";
  for (const char* potential : {"mw", "silicon", "lj", "kob-andersen"})
    if (same_names(names, with_potential(potential).symbols)) return potential;
  throw erg::InputError("chemical species", file, spoken_list(names),
                        "O (mw: a water molecule is one), Si (silicon), Ar (lj), or Ni and P (kob-andersen); --potential for "
                        "one of another name, --kinds for two");
}

/// What the file calls the potential's kinds, in their order.
///
/// Errors:  InputError for other species than these, and for one of them alone.
std::vector<std::string> symbols_of(const CrystalChoice& o, const Case& c, const std::vector<std::string>& names,
                                    const std::string& file) {
  if (c.symbols.size() == 1) {
    if (!o.kinds.empty())
      throw erg::InputError("--kinds", "command line", "--potential " + c.potential, "--potential kob-andersen with it");
    if (names.size() != 1)
      throw erg::InputError("chemical species", file, spoken_list(names),
                            "one: this potential knows particles of one kind (a water molecule is one, O)");
    return names;
  }
  const std::vector<std::string>& kinds = o.kinds.empty() ? c.symbols : o.kinds;
  if (!same_names(names, kinds))
    throw erg::InputError("chemical species", file, spoken_list(names),
                          spoken_list(kinds) + ", the kinds A and B of kob-andersen, or --kinds with the file's names of them");
  return kinds;
}

/// "1 A, 1 B"; nothing of a single kind.
std::string composition(const erg::UnitCell& unit, std::size_t kinds) {
  std::string text;
  for (std::size_t k = 0; kinds > 1 && k < kinds; ++k)
    text += (k > 0 ? ", " : "") + std::to_string(std::count(unit.species.begin(), unit.species.end(), static_cast<int>(k))) +
            ' ' + static_cast<char>('A' + k);
  return text;
}

}  // namespace

Case from_file(const CrystalChoice& o) {
  const std::string file = o.structure->string();
  const erg::Frame frame = erg::read_structure(file);
  const std::vector<std::string> names = species_of(frame, file);
  Case c = with_potential(potential_of(o, names, file));
  c.symbols = symbols_of(o, c, names, file);
  std::vector<int> species;
  for (const std::string& symbol : frame.species)
    species.push_back(static_cast<int>(std::find(c.symbols.begin(), c.symbols.end(), symbol) - c.symbols.begin()));
  erg::Structure found = erg::unit_cell_of(*frame.cell, frame.positions, species, file);
  const double density = found.number_density();
  const bool reduced = c.length_unit == "sigma";
  if (!(density > c.density / 10 && density < c.density * 10))
    throw erg::InputError("density", file, std::to_string(density) + " atoms per cubic " + (reduced ? "sigma" : "Angstrom"),
                          "about " + erg::to_text(c.density) + (reduced ? ": are its lengths in sigma?" : ""));
  static const std::map<std::string, std::string> spoken{{"mw", "monatomic water"},
                                                         {"silicon", "Stillinger-Weber silicon"},
                                                         {"lj", "Lennard-Jones, cut at 2.7 and shifted"},
                                                         {"kob-andersen", "Kob-Andersen mixture"}};
  c.name = "structure";
  c.title = o.structure->filename().string() + ", " + spoken.at(c.potential);
  c.density = density;
  c.particles = static_cast<int>(frame.positions.size());
  c.structure = {{*o.structure, found.cells, c.particles, found.moved}};
  c.unit = std::move(found.unit);
  const std::string kinds = composition(c.unit, c.symbols.size());
  c.identity = "structure of " + std::to_string(c.unit.size()) + " sites" + (kinds.empty() ? "" : " (" + kinds + ")") + ", " +
               c.potential + ", " + digest(c.unit);
  return c;
}

}  // namespace crystal_programs::detail
