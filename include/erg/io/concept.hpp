/// \file
/// What leaves the program and comes back: whole files, rows that are appended, pictures.
#pragma once

#include "erg/base/error.hpp"

#include <charconv>
#include <cmath>
#include <concepts>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace erg {

/// A file that becomes visible as a whole or not at all.
/// Laws: until `commit` returns, readers of the path see what stood there before (or nothing); destroyed without `commit`, it
/// leaves no trace; a failure throws InputError with the path and the system's reason, and leaves no trace either.
template <class F>
concept WholeFile = !std::copyable<F> && requires(F file, std::string_view bytes) {
  file.write(bytes);
  file.commit();
};

/// The number that the whole of `text` spells, or nothing. A leading plus is accepted.
template <class T>
std::optional<T> parse_number(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  T x{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), x);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return x;
}

/// What the system says about an errno, for the `got` of an InputError.
inline std::string system_reason(int error) { return std::error_code(error, std::generic_category()).message(); }

/// At most `most` characters of what was read, on one line and printable, for the `got` of an InputError.
inline std::string excerpt(std::string_view text, std::size_t most = 40) {
  std::string shown = "'";
  for (const char c : text.substr(0, most)) shown += (static_cast<unsigned char>(c) < 32 || c == 127) ? '?' : c;
  return shown + (text.size() > most ? "…'" : "'");
}

/// A file to read from.
///
/// Errors:  InputError with the path when it is not a readable regular file.
inline std::ifstream open_file(const std::filesystem::path& path) {
  std::error_code failure;
  const auto status = std::filesystem::status(path, failure);
  if (!std::filesystem::exists(status)) throw InputError("file", path.string(), "no such file", "a readable file");
  if (!std::filesystem::is_regular_file(status)) throw InputError("file", path.string(), "not a regular file", "a readable file");
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw InputError("file", path.string(), system_reason(errno), "a readable file");
  return stream;
}

/// All bytes of a file.
///
/// Errors:  as open_file.
inline std::string read_bytes(const std::filesystem::path& path) {
  std::ifstream stream = open_file(path);
  std::string bytes;
  bytes.resize(std::filesystem::file_size(path));
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(stream.gcount()));
  return bytes;
}

}  // namespace erg
