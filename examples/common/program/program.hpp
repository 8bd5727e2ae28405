/// \file
/// What every program does with its command line and its errors.
#pragma once

#include "erg/base/error.hpp"

#include <string>

namespace CLI {
class App;
}

namespace example_rooms {

/// Reads the command line; false where it asked for --help or --version, which are printed.
///
/// Errors:  InputError for what the options do not allow.
bool parse(CLI::App& app, int argc, const char* const* argv);

/// A check of CLI11, which would read -1 as the largest whole number: what is wrong with a text, or nothing.
std::string not_negative(const std::string& text);

/// Refuses an option that CLI11 would accept without a word.
template <class T>
void require(bool good, const std::string& option, const T& got, const std::string& expected) {
  if (!good) throw erg::InputError(option, "command line", erg::to_text(got), expected);
}

/// What main() returns: the result of run(argc, argv), 2 for unusable input and too little memory, 1 for any other failure, each
/// with a line that says why. `of_memory`: what takes most of it.
int main_of(const char* program, const char* of_memory, int (*run)(int argc, const char* const* argv), int argc,
            const char* const* argv);

}  // namespace example_rooms
