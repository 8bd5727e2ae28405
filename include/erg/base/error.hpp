/// \file
/// The one exception for what comes from outside: files, options, numbers.
#pragma once

#include <charconv>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace erg {

/// Input that cannot be used: what it was, where, what was got and what was expected, in one line.
struct InputError : std::runtime_error {
  InputError(const std::string& what, const std::string& where, const std::string& got, const std::string& expected)
      : std::runtime_error(what + " (" + where + "): got " + got + ", expected " + expected) {}
};

/// The shortest decimal that reads back as the same number; "nan", "inf" and "-inf" for the others.
template <class T>
requires std::is_arithmetic_v<T> std::string to_text(T x) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof(text), x).ptr;
  return {text, end};
}

}  // namespace erg
