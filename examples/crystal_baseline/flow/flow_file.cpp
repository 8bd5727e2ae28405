#include "flow/flow_file.hpp"

#include "erg/base/error.hpp"
#include "erg/io/atomic_file.hpp"
#include "erg/io/checkpoint.hpp"

#include <cstdint>
#include <cstdio>
#include <sstream>

namespace crystal_baseline {

namespace {

/// Source:  FNV-1a, 64 bits.
std::string digest_of(const std::string& bytes) {
  std::uint64_t sum = 0xcbf29ce484222325u;
  for (const unsigned char c : bytes) sum = (sum ^ c) * 0x100000001b3u;
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(sum));
  return digits;
}

int whole_number(const std::string& text, const std::string& what, const std::string& file) {
  const auto x = erg::parse_number<int>(text);
  if (!x || *x < 1 || *x > 1'000'000) throw erg::InputError(what, "weights " + file, "'" + text + "'", "a whole number from 1");
  return *x;
}

}  // namespace

FlowFile::FlowFile(const std::filesystem::path& path, const Case& c) : digest(digest_of(erg::read_bytes(path))), input_(path) {
  const auto require = [&](const std::string& name, const std::string& expected) {
    if (const std::string got = fact(name); got != expected)
      throw erg::InputError("weights " + input_.source(), name, "'" + got + "'", "'" + expected + "'");
  };
  require("program", "crystal_free_energy");
  require("model", "sublattice");
  require("crystal", c.identity);
  if (input_.metadata().contains("temperature_range"))
    throw erg::InputError("weights " + input_.source(), "temperature_range", fact("temperature_range"),
                          "a flow trained at one --temperature");
  shape.shells = whole_number(fact("shells"), "shells", input_.source());
  shape.sweeps = whole_number(fact("sweeps"), "sweeps", input_.source());
  shape.hidden.clear();
  std::istringstream widths(fact("hidden"));
  for (std::string width; std::getline(widths, width, ',');)
    shape.hidden.push_back(whole_number(width, "hidden", input_.source()));
  training_seconds = number("seconds");
  training_evaluations = number("samples");
}

std::string FlowFile::fact(const std::string& name) const {
  const auto found = input_.metadata().find(name);
  if (found == input_.metadata().end())
    throw erg::InputError("weights " + input_.source(), name, "none", "weights.safetensors of crystal_free_energy");
  return found->second;
}

double FlowFile::number(const std::string& name) const {
  const auto found = input_.metadata().find(name);
  return found == input_.metadata().end() ? 0 : erg::parse_number<double>(found->second).value_or(0);
}

std::vector<double> FlowFile::weights(const erg::ParameterLayout& layout) {
  std::vector<float> read(layout.size());
  erg::read_checkpoint<float>(input_, layout, read);
  return {read.begin(), read.end()};
}

}  // namespace crystal_baseline
