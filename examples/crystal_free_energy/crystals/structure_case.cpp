/// The crystal of a file.

#include "crystals/crystals.hpp"

#include "erg/geometry/structure.hpp"
#include "erg/io/structures/structure_file.hpp"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <map>
#include <vector>

namespace crystal_free_energy::detail {

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

/// The one chemical symbol of the atoms.
std::string symbol_of(const erg::Frame& frame, const std::string& file) {
  for (const std::string& symbol : frame.species)
    if (symbol != frame.species.front())
      throw erg::InputError("chemical species", file, frame.species.front() + " and " + symbol,
                            "one: the potentials know particles of one kind (a water molecule is one, O)");
  return frame.species.front();
}

std::string potential_of(const Options& o, const std::string& symbol, const std::string& file) {
  if (o.potential) return *o.potential;
  static const std::map<std::string, std::string> usual{{"O", "mw"}, {"Si", "silicon"}, {"Ar", "lj"}};
  const auto found = usual.find(symbol);
  if (found == usual.end())
    throw erg::InputError("chemical species", file, erg::excerpt(symbol),
                          "O (mw), Si (silicon) or Ar (lj), or --potential mw, silicon or lj");
  return found->second;
}

}  // namespace

Case from_file(const Options& o) {
  const std::string file = o.structure->string();
  const erg::Frame frame = erg::read_structure(file);
  const std::string symbol = symbol_of(frame, file);
  Case c = with_potential(potential_of(o, symbol, file));
  const std::vector<int> alike(frame.positions.size(), 0);
  erg::Structure found = erg::unit_cell_of(*frame.cell, frame.positions, alike, file);
  const double density = found.number_density();
  if (!(density > c.density / 10 && density < c.density * 10))
    throw erg::InputError("density", file,
                          std::to_string(density) + " atoms per cubic " + (c.potential == "lj" ? "sigma" : "Angstrom"),
                          "about " + erg::to_text(c.density) + (c.potential == "lj" ? ": are its lengths in sigma?" : ""));
  static const std::map<std::string, std::string> spoken{
      {"mw", "monatomic water"}, {"silicon", "Stillinger-Weber silicon"}, {"lj", "Lennard-Jones, cut at 2.7 and shifted"}};
  c.name = "structure";
  c.title = o.structure->filename().string() + ", " + spoken.at(c.potential);
  c.symbols = {symbol};
  c.density = density;
  c.particles = static_cast<int>(frame.positions.size());
  c.structure = {{*o.structure, found.cells, c.particles, found.moved}};
  c.unit = std::move(found.unit);
  c.identity = "structure of " + std::to_string(c.unit.size()) + " sites, " + c.potential + ", " + digest(c.unit);
  return c;
}

}  // namespace crystal_free_energy::detail
