/// \file
/// The table u_nk of alchemlyb: a row for each sample, a column for each state of an alchemical path.
#pragma once

#include "erg/io/atomic_file.hpp"
#include "erg/io/structures/numbered_lines.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace erg {

/// Reduced energies along an alchemical path, as alchemlyb's parsers give them.
///
/// Shapes:  lambda_names (λs); lambdas (states), (λs) each; time (samples); u_kn (states, samples), samples fastest; counts
///          (states): the samples of state 0 stand first, and so on.
/// Units:   k_B T; time as the simulation's.
struct AlchemicalEnergies {
  std::vector<std::string> lambda_names = {"fep-lambda"};
  std::vector<std::vector<double>> lambdas;
  std::vector<double> time;
  std::vector<double> u_kn;
  std::vector<std::int64_t> counts;
};

namespace detail {

/// The fields of a line of comma-separated values, quotes taken off.
inline std::vector<std::string> csv_fields(std::string_view line, const NumberedLines& lines) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t k = 0; k < line.size(); ++k) {
    if (line[k] == '"') {
      if (quoted && k + 1 < line.size() && line[k + 1] == '"')
        fields.back() += line[++k];
      else
        quoted = !quoted;
    } else if (line[k] == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += line[k];
    }
  }
  if (quoted) lines.fail("table row", "a quote that does not end", "whole fields");
  return fields;
}

/// The λs that a column stands for: "0.25", or "(0.25, 0.0)"; nothing for what is no such thing.
inline std::vector<double> lambdas_of(std::string_view label) {
  if (label.size() > 1 && label.front() == '(' && label.back() == ')') label = label.substr(1, label.size() - 2);
  std::vector<double> lambdas;
  while (!label.empty()) {
    const std::size_t comma = std::min(label.find(','), label.size());
    auto word = label.substr(0, comma);
    while (!word.empty() && word.front() == ' ') word.remove_prefix(1);
    const auto number = parse_number<double>(word);
    if (!number) return {};
    lambdas.push_back(*number);
    label.remove_prefix(std::min(comma + 1, label.size()));
  }
  return lambdas;
}

/// A number as pandas writes floats: 0 as 0.0.
inline std::string float_text(double x) {
  std::string text = to_text(x);
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return text;
}

}  // namespace detail

/// Reads the CSV of a u_nk table: `u_nk.to_csv(path)` of what alchemlyb.parsing.*.extract_u_nk gave (of all windows,
/// concatenated).
///
/// The header is time, the names of the λs, and a column for each state: its λ, or "(λ₁, λ₂ …)". Each row says in its λs which
/// state it was drawn from. States keep the columns' order; samples are sorted by state, and stand in the file's order within.
/// Errors:  InputError with path and line for a table of another form, a row drawn at λs that are no column, or a number that is
///          missing, NaN or −∞ (states that were not evaluated cannot be guessed).
inline AlchemicalEnergies read_u_nk(const std::filesystem::path& path) {
  detail::NumberedLines lines(read_bytes(path), path.string());
  const auto header = detail::csv_fields(lines.next("u_nk table"), lines);
  AlchemicalEnergies table;
  table.lambda_names.clear();
  std::size_t first = 1;
  while (first < header.size() && detail::lambdas_of(header[first]).empty()) table.lambda_names.push_back(header[first++]);
  if (table.lambda_names.empty() || first == header.size())
    lines.fail("u_nk header", excerpt(header.size() > 1 ? header[1] : header[0]),
               "time, names of lambdas, then a column for each state");
  for (std::size_t column = first; column < header.size(); ++column) {
    table.lambdas.push_back(detail::lambdas_of(header[column]));
    if (table.lambdas.back().size() != table.lambda_names.size())
      lines.fail("u_nk column", excerpt(header[column]), std::to_string(table.lambda_names.size()) + " lambdas");
  }
  struct Row {
    std::size_t state;
    double time;
    std::vector<double> u;
  };
  std::vector<Row> rows;
  table.counts.assign(table.lambdas.size(), 0);
  while (!lines.only_blanks_left()) {
    const auto fields = detail::csv_fields(lines.next("u_nk table"), lines);
    if (fields.size() != header.size())
      lines.fail("u_nk row", std::to_string(fields.size()) + " fields", std::to_string(header.size()));
    std::vector<double> drawn_at;
    for (std::size_t k = 1; k < first; ++k) drawn_at.push_back(lines.number(fields[k], "lambda"));
    const auto state = std::find(table.lambdas.begin(), table.lambdas.end(), drawn_at);
    if (state == table.lambdas.end()) lines.fail("lambdas of a row", excerpt(fields[1]), "those of a column");
    Row row{static_cast<std::size_t>(state - table.lambdas.begin()), lines.number(fields[0], "time"), {}};
    for (std::size_t k = first; k < fields.size(); ++k) {
      const auto u = parse_number<double>(fields[k]);
      if (!u || !(*u > -std::numeric_limits<double>::infinity()))
        lines.fail("reduced energy", fields[k].empty() ? "nothing" : excerpt(fields[k]),
                   "a number, or inf for what the state forbids");
      row.u.push_back(*u);
    }
    ++table.counts[row.state];
    rows.push_back(std::move(row));
  }
  if (rows.empty()) lines.fail("u_nk table", "no rows", "at least one sample");
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.state < b.state; });
  for (const Row& row : rows) table.time.push_back(row.time);
  table.u_kn.reserve(rows.size() * table.lambdas.size());
  for (std::size_t k = 0; k < table.lambdas.size(); ++k)
    for (const Row& row : rows) table.u_kn.push_back(row.u[k]);
  return table;
}

/// Writes the table, whole or not at all. In Python: `u = pandas.read_csv(path, index_col=['time', 'fep-lambda'])`, columns
/// turned back to numbers by `u.columns = u.columns.astype(float)` (tuples: `.map(ast.literal_eval)`), is what alchemlyb's
/// estimators fit.
///
/// Errors:  InputError for shapes that do not fit; as AtomicFile.
inline void write_u_nk(const std::filesystem::path& path, const AlchemicalEnergies& table) {
  const std::size_t states = table.lambdas.size(), samples = table.time.size();
  std::int64_t total = 0;
  for (const std::int64_t count : table.counts) total += count;
  const bool whole = std::all_of(table.lambdas.begin(), table.lambdas.end(),
                                 [&](const auto& at) { return at.size() == table.lambda_names.size(); });
  if (!whole || table.counts.size() != states || table.u_kn.size() != states * samples ||
      total != static_cast<std::int64_t>(samples))
    throw InputError(
        "u_nk table", path.string(), std::to_string(table.u_kn.size()) + " energies of " + std::to_string(states) + " states",
        std::to_string(states) + " states × " + std::to_string(samples) + " times, summing to the counts, with all lambdas");
  AtomicFile file(path);
  std::string text = "time";
  for (const std::string& name : table.lambda_names) text.append(1, ',').append(name);
  for (const auto& at : table.lambdas) {
    std::string label;
    for (const double lambda : at) label.append(label.empty() ? "" : ", ").append(detail::float_text(lambda));
    const bool tuple = at.size() > 1;
    text.append(tuple ? ",\"(" : ",").append(label).append(tuple ? ")\"" : "");
  }
  file.write(text.append(1, '\n'));
  std::size_t n = 0;
  for (std::size_t drawn = 0; drawn < states; ++drawn)
    for (std::int64_t s = 0; s < table.counts[drawn]; ++s, ++n) {
      text = detail::float_text(table.time[n]);
      for (const double lambda : table.lambdas[drawn]) text.append(1, ',').append(detail::float_text(lambda));
      for (std::size_t k = 0; k < states; ++k) text.append(1, ',').append(to_text(table.u_kn[k * samples + n]));
      file.write(text.append(1, '\n'));
    }
  file.commit();
}

}  // namespace erg
