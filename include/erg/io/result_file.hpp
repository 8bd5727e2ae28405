/// \file
/// result.json: what a run found, every number finite, the keys in the order they were set.
#pragma once

#include "erg/io/atomic_file.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>
#include <string>

namespace erg {

/// What a run found; `Result result; result["particles"] = 64;` keeps the order of the keys.
using Result = nlohmann::ordered_json;

/// Checks that every number in `result` is finite: JSON has no NaN, and a silent null would hide a failure.
///
/// Errors:  InputError naming the key, as in `beta_f_per_particle.lfep.value` or `transfer[1].seconds`.
inline void require_finite(const Result& result, const std::string& where, const std::string& key = {}) {
  if (result.is_number_float() && !std::isfinite(result.get<double>()))
    throw InputError("result " + (key.empty() ? std::string("value") : key), where, to_text(result.get<double>()),
                     "a finite number");
  if (result.is_object())
    for (const auto& [name, value] : result.items()) require_finite(value, where, key.empty() ? name : key + "." + name);
  if (result.is_array())
    for (std::size_t k = 0; k < result.size(); ++k) require_finite(result[k], where, key + "[" + std::to_string(k) + "]");
}

/// Writes `result` as indented JSON, whole or not at all.
///
/// Errors:  InputError naming the first key with a number that is not finite, or a text that is not UTF-8; as AtomicFile.
inline void write_result(const std::filesystem::path& path, const Result& result) {
  require_finite(result, path.string());
  std::string text;
  try {
    text = result.dump(2) + "\n";
  } catch (const nlohmann::json::type_error&) {
    throw InputError("result", path.string(), "a text that is not UTF-8", "UTF-8");
  }
  write_bytes(path, text);
}

/// Reads a result back.
///
/// Errors:  InputError with the path when the file cannot be read or is no JSON object.
inline Result read_result(const std::filesystem::path& path) {
  Result result = Result::parse(read_bytes(path), nullptr, false);
  if (result.is_discarded()) throw InputError("result file", path.string(), "text that is not JSON", "a JSON object");
  if (!result.is_object())
    throw InputError("result file", path.string(), "JSON of type " + std::string(result.type_name()), "a JSON object");
  return result;
}

}  // namespace erg
