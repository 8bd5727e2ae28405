/// \file
/// The one exception for what comes from outside: files, options, numbers.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace erg {

/// Input that cannot be used: what it was, where, what was got and what was expected, in one line.
struct InputError : std::runtime_error {
  InputError(const std::string& what, const std::string& where, const std::string& got, const std::string& expected)
      : std::runtime_error(what + " (" + where + "): got " + got + ", expected " + expected) {}
};

}  // namespace erg
